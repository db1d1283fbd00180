"""The algorithms as a step of a model."""

from __future__ import annotations

import numpy as np
import pytest
from osgeo import gdal


@pytest.fixture(params=["segment", "segmenttiled"])
def model(request, plugin):
    """A model with the minimum size as an input; its second step counts the values of the segments."""
    from qgis.core import (
        QgsProcessingModelAlgorithm,
        QgsProcessingModelParameter,
        QgsProcessingParameterNumber,
        QgsProcessingParameterRasterLayer,
    )

    made = QgsProcessingModelAlgorithm("model", "tests")
    for parameter in (
        QgsProcessingParameterRasterLayer("image", "Image"),
        QgsProcessingParameterNumber("size", "Size", defaultValue=50),
    ):
        made.addModelParameter(parameter, QgsProcessingModelParameter(parameter.name()))
    made.addChildAlgorithm(segmentation(f"shepherd:{request.param}"))
    made.addChildAlgorithm(statistics())
    made.updateDestinationParameters()
    return made


def segmentation(algorithm):
    from qgis.core import QgsProcessingModelChildAlgorithm, QgsProcessingModelOutput
    from qgis.core import QgsProcessingModelChildParameterSource as Source

    child = QgsProcessingModelChildAlgorithm(algorithm)
    child.setChildId("segments")
    child.addParameterSources("INPUT", [Source.fromModelParameter("image")])
    child.addParameterSources("CLUSTERS", [Source.fromExpression("3 * 20")])
    child.addParameterSources("MIN_SEGMENT_SIZE", [Source.fromModelParameter("size")])
    child.addParameterSources("CONNECTIVITY", [Source.fromStaticValue("8")])
    child.addParameterSources("NODATA", [Source.fromStaticValue(None)])
    if algorithm.endswith("tiled"):
        child.addParameterSources("COMPUTE", [Source.fromStaticValue("local")])
    output = QgsProcessingModelOutput("My segments", "My segments")
    output.setChildId("segments")
    output.setChildOutputName("OUTPUT")
    child.setModelOutputs({"My segments": output})
    return child


def statistics():
    from qgis.core import QgsProcessingModelChildAlgorithm
    from qgis.core import QgsProcessingModelChildParameterSource as Source

    child = QgsProcessingModelChildAlgorithm("native:rasterlayerstatistics")
    child.setChildId("statistics")
    child.addParameterSources("INPUT", [Source.fromChildOutput("segments", "OUTPUT")])
    child.addParameterSources("BAND", [Source.fromStaticValue(1)])
    return child


def run_model(model, image, size):
    from qgis import processing
    from qgis.core import QgsProcessingContext

    context = QgsProcessingContext()
    output = output_name(model)
    parameters = {"image": image, "size": size, output: "TEMPORARY_OUTPUT"}
    results = processing.run(model, parameters, context=context)
    return results[output], results["CHILD_RESULTS"]


def output_name(model):
    """Versions of QGIS name a model's output differently."""
    return model.destinationParameterDefinitions()[0].name()


def test_a_model(model, image, run):
    path, steps = run_model(model, image, 30)
    labels = gdal.Open(path).ReadAsArray()
    assert steps["segments"]["SEGMENT_COUNT"] == labels.max() == steps["statistics"]["MAX"]
    alone = run("segment", INPUT=image, MIN_SEGMENT_SIZE=30, CONNECTIVITY="8", OUTPUT="TEMPORARY_OUTPUT")
    assert np.array_equal(gdal.Open(alone["OUTPUT"]).ReadAsArray(), labels)


def test_a_saved_model(model, image, tmp_path):
    from qgis.core import QgsProcessingModelAlgorithm

    path = str(tmp_path / "model.model3")
    assert model.toFile(path)
    opened = QgsProcessingModelAlgorithm()
    assert opened.fromFile(path)
    first, _ = run_model(model, image, 50)
    again, _ = run_model(opened, image, 50)
    assert np.array_equal(gdal.Open(first).ReadAsArray(), gdal.Open(again).ReadAsArray())


def test_a_model_keeps_the_name_of_its_output(model, image):
    from qgis import processing
    from qgis.core import QgsProcessingContext, QgsProcessingOutputLayerDefinition, QgsProject

    context, project = QgsProcessingContext(), QgsProject()
    context.setProject(project)
    output = QgsProcessingOutputLayerDefinition("TEMPORARY_OUTPUT", project)
    parameters = {"image": image, "size": 50, output_name(model): output}
    results = processing.run(model, parameters, context=context)
    details = context.layerToLoadOnCompletionDetails(results[output_name(model)])
    assert details.name == "My segments"
    assert details.postProcessor() is not None
