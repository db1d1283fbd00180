"""Build the model that comes with the plugin: segment, measure, draw polygons.

Writes `resources/models/segment_statistics_polygons.model3` through QGIS's own classes; run it with
`scripts/with-qgis.sh .venv/bin/python scripts/build_model.py` after a change.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from qgis.core import (  # noqa: E402
    QgsApplication,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingParameterBand,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterLayer,
)
from qgis.core import QgsProcessingModelChildParameterSource as Source  # noqa: E402
from qgis.PyQt.QtCore import QPointF  # noqa: E402

from demo import start_qgis  # noqa: E402
from shepherd_segmentation.core.statistics.spec import SHAPES, STATISTICS  # noqa: E402

MODEL = ROOT / "resources" / "models" / "segment_statistics_polygons.model3"
INTEGER = QgsProcessingParameterNumber.Type.Integer


def add_inputs(model: QgsProcessingModelAlgorithm) -> None:
    """Add what the user of the model is asked for."""
    bands = QgsProcessingParameterBand(
        "bands", "Bands (none chosen: all)", None, "image", optional=True, allowMultiple=True
    )
    parameters = (
        (QgsProcessingParameterRasterLayer("image", "Raster to segment"), (120, 60)),
        (bands, (340, 60)),
        (QgsProcessingParameterNumber("clusters", "Number of clusters", INTEGER, 60, False, 1), (560, 60)),
        (
            QgsProcessingParameterNumber("size", "Minimum segment size [pixels]", INTEGER, 50, False, 1),
            (780, 60),
        ),
    )
    for definition, place in parameters:
        parameter = QgsProcessingModelParameter(definition.name())
        parameter.setPosition(QPointF(*place))
        model.addModelParameter(definition, parameter)
    model.setParameterOrder([definition.name() for definition, _ in parameters])


def step(name: str, title: str, sources: dict, output: str, place: tuple[int, int]):
    """Return a step of the model whose main result is a result of the model."""
    child = QgsProcessingModelChildAlgorithm(f"shepherd:{name}")
    child.setChildId(name)
    child.setDescription(title)
    child.setPosition(QPointF(*place))
    for parameter, source in {**defaults(name, sources), **sources}.items():
        child.addParameterSources(parameter, [source])
    result = QgsProcessingModelOutput(output, output)
    result.setChildId(name)
    result.setChildOutputName("OUTPUT")
    result.setPosition(QPointF(place[0] + 260, place[1] + 60))
    child.setModelOutputs({output: result})
    return child


def defaults(name: str, given: dict) -> dict:
    """Return the defaults of parameters that a step of a model must be given nevertheless."""
    optional = QgsProcessingParameterDefinition.Flag.FlagOptional
    algorithm = QgsApplication.processingRegistry().algorithmById(f"shepherd:{name}")
    return {
        item.name(): Source.fromStaticValue(item.defaultValue())
        for item in algorithm.parameterDefinitions()
        if not (item.flags() & optional or item.isDestination() or item.name() in given)
    }


def positions(names: tuple[str, ...], *wanted: str) -> Source:
    """Return choices as the model designer writes them."""
    return Source.fromStaticValue([names.index(name) for name in wanted])


def steps() -> list[QgsProcessingModelChildAlgorithm]:
    """Return the steps."""
    image, bands = Source.fromModelParameter("image"), Source.fromModelParameter("bands")
    labels = Source.fromChildOutput("segment", "OUTPUT")
    segment = {
        "INPUT": image,
        "BANDS": bands,
        "CLUSTERS": Source.fromModelParameter("clusters"),
        "MIN_SEGMENT_SIZE": Source.fromModelParameter("size"),
    }
    measure = {
        "SEGMENTS": labels,
        "INPUT": image,
        "BANDS": bands,
        "STATISTICS": positions(STATISTICS, "count", "mean", "stddev", "median"),
        "PERCENTILES": Source.fromStaticValue("5, 95"),
        "SHAPE": positions(SHAPES, "area", "perimeter", "compactness", "elongation"),
    }
    draw = {"SEGMENTS": labels, "STATISTICS": Source.fromChildOutput("segmentstatistics", "OUTPUT")}
    return [
        step("segment", "Segment the image", segment, "Segments", (340, 200)),
        step("segmentstatistics", "Measure the segments", measure, "Segment statistics", (340, 340)),
        step("segmentstopolygons", "Draw polygons", draw, "Segment polygons", (340, 480)),
    ]


def build() -> QgsProcessingModelAlgorithm:
    """Return the model."""
    model = QgsProcessingModelAlgorithm("Image to polygons with statistics", "Shepherd Segmentation")
    add_inputs(model)
    for child in steps():
        model.addChildAlgorithm(child)
    model.updateDestinationParameters()
    return model


def main() -> None:
    """Write the file."""
    application = start_qgis()
    MODEL.parent.mkdir(exist_ok=True)
    built = build()
    if not built.toFile(str(MODEL)):
        raise OSError(f"{MODEL} could not be written.")
    valid, issues = built.validate()
    if not valid:
        raise ValueError(issues)
    print(MODEL)
    application.exitQgis()


if __name__ == "__main__":
    main()
