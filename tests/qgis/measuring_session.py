"""Segments measured, drawn and clipped in the QGIS desktop; runs inside QGIS and reports as JSON.

The variable SHEPHERD_SESSION names a folder that holds `request.json` and takes `report.json` and pictures.
"""

from __future__ import annotations

import json
import os
import time
import traceback
from pathlib import Path

from processing.gui.BatchAlgorithmDialog import BatchAlgorithmDialog
from processing.modeler.ModelerParametersDialog import ModelerParametersDialog
from qgis import processing
from qgis.core import QgsApplication, QgsProcessingModelAlgorithm, QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtWidgets import QGroupBox, QPushButton
from qgis.utils import iface

FOLDER = Path(os.environ["SHEPHERD_SESSION"])
NAMES = ("segmentstatistics", "segmentstopolygons", "clipsegments")
report: dict = {}


def save():
    (FOLDER / "report.json").write_text(json.dumps(report, indent=1))


def wait(until, seconds=60):
    start = time.monotonic()
    while not until():
        QCoreApplication.processEvents()
        if time.monotonic() - start > seconds:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(0.005)


def picture(widget, name):
    start = time.monotonic()
    wait(lambda: time.monotonic() - start > 0.3)
    widget.grab().save(str(FOLDER / f"{name}.png"))


def map_picture(extent, name):
    drawn = []
    canvas = iface.mapCanvas()
    canvas.mapCanvasRefreshed.connect(lambda: drawn.append(True))
    canvas.setExtent(extent)
    canvas.refresh()
    wait(lambda: drawn and not canvas.isDrawing())
    picture(iface.mainWindow(), name)


def layer(start):
    """Return the layer of the project whose name starts so."""
    (found,) = (item for item in QgsProject.instance().mapLayers().values() if item.name().startswith(start))
    return found


def form(name, **parameters):
    dialog = processing.createAlgorithmDialog(f"shepherd:{name}", parameters)
    dialog.resize(1000, 900)
    dialog.show()
    return dialog


def run(name, **parameters):
    """Fill in a form, press Run, and wait until it is over."""
    dialog = form(name, **parameters)
    picture(dialog, f"{name}-filled")
    outcome = []
    dialog.algorithmFinished.connect(lambda successful, results: outcome.append((successful, results)))
    dialog.runButton().click()
    wait(lambda: outcome)
    picture(dialog, f"{name}-log")
    dialog.close()
    successful, results = outcome[0]
    report[name] = {"successful": successful, "segments": results.get("SEGMENT_COUNT")}


def look_at_forms():
    for name in NAMES:
        dialog = form(name)
        advanced = dialog.findChild(QGroupBox, "grpAdvanced")
        if advanced is not None and advanced.isVisible():
            advanced.setProperty("collapsed", False)
            dialog.resize(1000, 1250)
        picture(dialog, f"{name}-form")
        report[f"{name} defaults"] = {k: str(v) for k, v in dialog.createProcessingParameters().items()}
        dialog.close()


def run_from_the_forms():
    everything = {"POLYGONS": "TEMPORARY_OUTPUT", "STATISTICS_TABLE": "TEMPORARY_OUTPUT"}
    run("segment", INPUT=image.id(), MIN_SEGMENT_SIZE=30, OUTPUT="TEMPORARY_OUTPUT", **everything)
    map_picture(image.extent(), "map-after-segment")
    segments = layer("Segments").id()
    for other in ("Segment polygons", "Segment statistics"):
        QgsProject.instance().removeMapLayer(layer(other).id())
    chosen = {"STATISTICS": [1, 2, 8], "PERCENTILES": "5, 95", "SHAPE": [1, 6, 7]}
    run("segmentstatistics", SEGMENTS=segments, INPUT=image.id(), BANDS=[4, 3], **chosen)
    run("segmentstopolygons", SEGMENTS=segments, STATISTICS=layer("Segment statistics").id())
    map_picture(image.extent(), "map-polygons")
    extent = image.extent().scaled(0.5)
    text = f"{extent.xMinimum()},{extent.xMaximum()},{extent.yMinimum()},{extent.yMaximum()}"
    run("clipsegments", SEGMENTS=segments, EXTENT=text, STATISTICS_TABLE=layer("Segment statistics").id())
    report["layers"] = sorted(item.name() for item in QgsProject.instance().mapLayers().values())


def open_attribute_tables():
    for start in ("Segment polygons", "Segment statistics", "Clipped statistics"):
        dialog = iface.showAttributeTable(layer(start))
        report[f"table of {start}"] = [dialog.isVisible(), layer(start).fields().count()]
        picture(dialog, f"table-{start.replace(' ', '-').lower()}")
        dialog.close()


def show_outlines():
    polygons = layer("Segment polygons")
    QgsProject.instance().removeMapLayer(polygons.id())
    for start in ("Segments", "Clipped segments"):
        tree = QgsProject.instance().layerTreeRoot().findLayer(layer(start).id())
        tree.setItemVisibilityChecked(False)
    run("segmentstopolygons", SEGMENTS=layer("Segments").id())
    map_picture(image.extent().scaled(0.4), "map-outlines")


def run_a_batch():
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("shepherd:segmentstatistics")
    dialog = BatchAlgorithmDialog(algorithm, iface.mainWindow())
    dialog.resize(1200, 500)
    dialog.show()
    panel = dialog.mainWidget()
    panel.addRow(1)
    context = panel.processing_context
    paths = [str(FOLDER / f"batch{row}.csv") for row in range(2)]
    for row, path in enumerate(paths):
        values = {"SEGMENTS": layer("Segments").source(), "INPUT": request["image"], "STATISTICS": [row + 1]}
        for name, value in values.items():
            panel.wrappers[row][panel.parameter_to_column[name]].setParameterValue(value, context)
        output = panel.tblParameters.cellWidget(row + 1, panel.parameter_to_column["OUTPUT"])
        output.setValue(path)
    picture(dialog, "statistics-batch")
    dialog.runButton().click()
    # Since QGIS 3.40 a batch runs in the background.
    wait(lambda: all(map(os.path.exists, paths)) and not dialog.cancelButton().isEnabled())
    report["batch"] = paths
    dialog.close()


def put_into_a_model():
    # The form keeps a bare pointer to the model.
    model = QgsProcessingModelAlgorithm("model", "tests")
    for name in NAMES:
        algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"shepherd:{name}")
        dialog = ModelerParametersDialog(algorithm, model)
        dialog.resize(800, 1000)
        dialog.show()
        for button in dialog.findChildren(QPushButton):
            if "advanced" in button.text().lower():
                button.click()
        picture(dialog, f"{name}-in-model")
        child = dialog.createAlgorithm()
        assert child.algorithmId() == algorithm.id()
        report[f"{name} in a model"] = sorted(child.parameterSources())
        dialog.close()


def open_the_shipped_model():
    from processing.modeler.ModelerDialog import ModelerDialog

    designer = ModelerDialog()
    designer.loadModel(request["model"])
    designer.resize(1200, 800)
    designer.show()
    picture(designer, "model-designer")
    report["model is valid"] = designer.model().validate()[0]
    report["model"] = sorted(designer.model().childAlgorithms())
    designer.close()
    dialog = processing.createAlgorithmDialog("shepherd:segmentstatisticspolygons", {"image": image.id()})
    dialog.show()
    picture(dialog, "model-form")
    dialog.close()


def session():
    iface.mainWindow().resize(1260, 980)
    QgsProject.instance().addMapLayer(image)
    iface.mapCanvas().setDestinationCrs(image.crs())
    for step in (
        look_at_forms,
        run_from_the_forms,
        open_attribute_tables,
        show_outlines,
        run_a_batch,
        put_into_a_model,
        open_the_shipped_model,
    ):
        report["step"] = step.__name__
        save()
        step()


request = json.loads((FOLDER / "request.json").read_text())
image = QgsRasterLayer(request["image"], "Inn")
try:
    session()
except Exception:  # noqa: BLE001  (whatever it is, the test has to know)
    report["failed"] = traceback.format_exc()
report["done"] = True
save()
# Not through the menu: QGIS would ask what to do with the project.
os._exit(0)
