"""What somebody does in the QGIS desktop; runs inside QGIS (`qgis --code`) and reports as JSON.

The variable SHEPHERD_SESSION names a folder that holds `request.json` (the images to use) and takes
`report.json` and screenshots.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from pathlib import Path

FOLDER = Path(os.environ["SHEPHERD_SESSION"])
report: dict = {"heavy modules": sorted({"numba", "boto3", "llvmlite"} & set(sys.modules))}

from processing.gui.BatchAlgorithmDialog import BatchAlgorithmDialog  # noqa: E402
from processing.modeler.ModelerParametersDialog import ModelerParametersDialog  # noqa: E402
from qgis import processing  # noqa: E402
from qgis.core import (  # noqa: E402
    QgsApplication,
    QgsProcessingModelAlgorithm,
    QgsProject,
    QgsRasterLayer,
)
from qgis.PyQt.QtCore import QCoreApplication, QTimer  # noqa: E402
from qgis.PyQt.QtWidgets import QApplication, QGroupBox, QLabel, QMessageBox, QPushButton  # noqa: E402
from qgis.utils import iface, loadPlugin, plugins, startPlugin, unloadPlugin  # noqa: E402


def save():
    (FOLDER / "report.json").write_text(json.dumps(report, indent=1))


def wait(until, seconds=60):
    """Let QGIS work until something is the case; return how long it took."""
    start = time.monotonic()
    while not until():
        QCoreApplication.processEvents()
        if time.monotonic() - start > seconds:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(0.005)
    return time.monotonic() - start


def rest(seconds):
    start = time.monotonic()
    wait(lambda: time.monotonic() - start > seconds)


def picture(widget, name):
    rest(0.3)
    widget.grab().save(str(FOLDER / f"{name}.png"))


def map_picture(extent, name):
    """Show a part of the map; until it is drawn, QGIS shows the old picture enlarged."""
    drawn = []
    canvas = iface.mapCanvas()
    canvas.mapCanvasRefreshed.connect(lambda: drawn.append(True))
    canvas.setExtent(extent)
    canvas.refresh()
    wait(lambda: drawn and not canvas.isDrawing())
    picture(iface.mainWindow(), name)


def visit(name):
    """Open an algorithm's form on the image and return it."""
    dialog = processing.createAlgorithmDialog(f"shepherd:{name}", {"INPUT": image.id()})
    dialog.resize(1000, 720)
    dialog.show()
    return dialog


def finish(dialog):
    """Press Run and wait until the algorithm is over; return whether it succeeded, and its results."""
    outcome = []
    dialog.algorithmFinished.connect(lambda successful, results: outcome.append((successful, results)))
    dialog.runButton().click()
    # The first run on a computer compiles the engine.
    wait(lambda: outcome, 120)
    return outcome[0]


def look_at_forms():
    for name in ("segment", "segmenttiled"):
        dialog = visit(name)
        picture(dialog, f"{name}-form")
        # PyQGIS takes the collapsible box for a plain one; its property is there all the same.
        dialog.findChild(QGroupBox, "grpAdvanced").setProperty("collapsed", False)
        dialog.resize(1000, 1250)
        picture(dialog, f"{name}-advanced")
        report[f"{name} defaults"] = {
            key: str(value) for key, value in dialog.createProcessingParameters().items()
        }
        dialog.close()


def look_at_the_size():
    """See what so many pixels are on the ground, as the image and the number change."""
    report["areas"] = {}
    dialog = visit("segment")
    wrapper = dialog.mainWidget().wrappers["MIN_SEGMENT_SIZE"]
    for what, values in {
        "at first": {},
        "another number": {"MIN_SEGMENT_SIZE": 500},
        "in degrees": {"INPUT": request["degrees"], "MIN_SEGMENT_SIZE": 50},
        "without a CRS": {"INPUT": request["plain"]},
        "back again": {"INPUT": image.id(), "MIN_SEGMENT_SIZE": 7},
    }.items():
        if values:
            dialog.setParameters({"INPUT": image.id(), **values})
        label = wrapper.wrappedWidget().findChild(QLabel)
        report["areas"][what] = label.text() if label.isVisible() else ""
    report["size in the form"] = dialog.createProcessingParameters()["MIN_SEGMENT_SIZE"]
    report["without a tip"] = [
        name
        for name, wrapper in dialog.mainWidget().wrappers.items()
        # The native form for creation options has tips of its own.
        if name != "CREATION_OPTIONS" and name not in wrapper.wrappedWidget().toolTip()
    ]
    dialog.close()


def run_from_the_form():
    dialog = visit("segment")
    dialog.setParameters({"INPUT": image.id(), "MIN_SEGMENT_SIZE": 30, "OUTPUT": "TEMPORARY_OUTPUT"})
    successful, results = finish(dialog)
    dialog.resize(900, 1000)
    picture(dialog, "segment-log")
    report["run"] = {"successful": successful, "segments": results.get("SEGMENT_COUNT")}
    report["log"] = dialog.processingLog() if hasattr(dialog, "processingLog") else ""
    dialog.close()
    report["layers"] = [layer.name() for layer in QgsProject.instance().mapLayers().values()]
    map_picture(image.extent(), "map")
    map_picture(image.extent().scaled(0.3), "map-close")


def try_parameters():
    """Segment what the map shows, again and again."""
    canvas = iface.mapCanvas()
    canvas.setExtent(image.extent().scaled(0.3))
    extent = canvas.extent()
    box = [extent.xMinimum(), extent.xMaximum(), extent.yMinimum(), extent.yMaximum()]
    known = set(QgsProject.instance().mapLayers())
    report["tries"] = []
    for size, output in ((20, "TEMPORARY_OUTPUT"), (40, "TEMPORARY_OUTPUT"), (60, str(FOLDER / "kept.tif"))):
        dialog = visit("segment")
        values = {"INPUT": image.id(), "MIN_SEGMENT_SIZE": size, "OUTPUT": output}
        dialog.setParameters({**values, "EXTENT": ",".join(map(str, box)), "POLYGONS": "TEMPORARY_OUTPUT"})
        finish(dialog)
        picture(dialog, f"try-{size}")
        dialog.close()
        layers = QgsProject.instance().mapLayers()
        report["tries"].append(sorted(layers[key].name() for key in set(layers) - known))
    # With the outlines on top, as the first run without polygons shows them.
    map_picture(extent, "map-of-a-try")


def cancel_in_the_form():
    dialog = visit("segmenttiled")
    output = FOLDER / "cancelled" / "segments.tif"
    output.parent.mkdir()
    # Small tiles, so that there is something left to cancel on a fast computer.
    values = {"INPUT": request["large image"], "TILE_SIZE": 64, "OUTPUT": str(output)}
    dialog.setParameters(values)
    outcome = []
    dialog.algorithmFinished.connect(lambda successful, results: outcome.append(successful))
    dialog.runButton().click()
    wait(lambda: os.listdir(output.parent))
    rest(1.5)
    picture(dialog, "segmenttiled-running")
    dialog.cancelButton().click()
    report["seconds to cancel"] = wait(dialog.runButton().isEnabled)
    report["left after cancel"] = os.listdir(output.parent)
    picture(dialog, "segmenttiled-cancelled")
    dialog.close()


def make_a_mistake():
    dialog = visit("segment")
    dialog.setParameters({"INPUT": image.id(), "BANDS": [1], "OUTPUT": request["image"]})
    messages = []

    def read_and_close():
        for box in QApplication.topLevelWidgets():
            if isinstance(box, QMessageBox) and box.isVisible():
                messages.append(box.text())
                picture(box, "mistake")
                box.accept()

    QTimer.singleShot(500, read_and_close)
    dialog.runButton().click()
    report["mistake"] = messages
    dialog.close()


def run_a_batch():
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("shepherd:segment")
    dialog = BatchAlgorithmDialog(algorithm, iface.mainWindow())
    dialog.resize(1100, 500)
    dialog.show()
    panel = dialog.mainWidget()
    panel.addRow(1)
    context = panel.processing_context
    paths = [str(FOLDER / f"batch{row}.tif") for row in range(2)]
    for row, path in enumerate(paths):
        for name, value in (("INPUT", request["image"]), ("MIN_SEGMENT_SIZE", 20 + 40 * row)):
            panel.wrappers[row][panel.parameter_to_column[name]].setParameterValue(value, context)
        output = panel.tblParameters.cellWidget(row + 1, panel.parameter_to_column["OUTPUT"])
        output.setValue(path)
    picture(dialog, "batch")
    dialog.runButton().click()
    # Since QGIS 3.40 a batch runs in the background.
    wait(lambda: all(map(os.path.exists, paths)) and not dialog.cancelButton().isEnabled())
    picture(dialog, "batch-done")
    report["batch"] = paths
    dialog.close()


def put_into_a_model():
    """Open the form that the model designer shows, and take its values."""
    # The form keeps a bare pointer to the model.
    model = QgsProcessingModelAlgorithm("model", "tests")
    for name in ("segment", "segmenttiled"):
        algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"shepherd:{name}")
        dialog = ModelerParametersDialog(algorithm, model)
        dialog.resize(800, 1000)
        dialog.show()
        for button in dialog.findChildren(QPushButton):
            if "advanced" in button.text().lower():
                button.click()
        picture(dialog, f"{name}-in-model")
        child = dialog.createAlgorithm()
        values = {key: source[0].staticValue() for key, source in child.parameterSources().items()}
        report[f"{name} in a model"] = {key: str(value) for key, value in values.items()}
        dialog.close()


def reload_the_plugin():
    unloadPlugin("shepherd_segmentation")
    registry = QgsApplication.processingRegistry()
    report["after unload"] = registry.providerById("shepherd") is not None
    loadPlugin("shepherd_segmentation")
    startPlugin("shepherd_segmentation")
    report["after reload"] = registry.algorithmById("shepherd:segment") is not None


def session():
    report["loaded"] = "shepherd_segmentation" in plugins
    provider = QgsApplication.processingRegistry().providerById("shepherd")
    report["algorithms"] = sorted(algorithm.id() for algorithm in provider.algorithms())
    iface.mainWindow().resize(1260, 980)
    QgsProject.instance().addMapLayer(image)
    iface.mapCanvas().setDestinationCrs(image.crs())
    iface.mapCanvas().setExtent(image.extent())
    for step in (
        look_at_forms,
        look_at_the_size,
        run_from_the_form,
        try_parameters,
        cancel_in_the_form,
        make_a_mistake,
        run_a_batch,
        put_into_a_model,
        reload_the_plugin,
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
