"""Runs on AWS Fargate and their jobs in the QGIS desktop; runs inside QGIS and reports as JSON.

The variable SHEPHERD_SESSION names a folder for `report.json` and pictures; its `request.json` names an
image, the profile, the job that waits to be collected, and how often things are looked at.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import numpy as np
from osgeo import gdal
from processing.core.ProcessingResults import resultsList
from processing.gui.BatchAlgorithmDialog import BatchAlgorithmDialog
from processing.modeler.ModelerParametersDialog import ModelerParametersDialog
from qgis import processing
from qgis.core import (
    QgsApplication,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelParameter,
    QgsProcessingParameterString,
    QgsProject,
    QgsRasterLayer,
)
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QComboBox, QGroupBox, QTextBrowser, QTextEdit
from qgis.utils import iface

from shepherd_segmentation.core.aws import Pace, client
from shepherd_segmentation.tests.qgis.in_desktop import FOLDER, picture, run_steps, wait

report: dict = {}
request = json.loads((FOLDER / "request.json").read_text())
NAME, SEGMENTATION = request["profile"], request["segmentation"]
image = QgsRasterLayer(request["image"], "Inn")
client.Pace = lambda: Pace(**request["pace"])


def form(name, values):
    dialog = processing.createAlgorithmDialog(f"shepherd:{name}", values)
    dialog.resize(1000, 760)
    dialog.show()
    return dialog


def choices(wrapper):
    box = wrapper.wrappedWidget() or wrapper.widget
    return box if isinstance(box, QComboBox) else box.findChild(QComboBox)


def offered(box):
    return [box.itemText(number) for number in range(box.count())]


def log_of(dialog):
    return dialog.findChild(QTextEdit, "txtLog").toPlainText().replace("\u00a0", " ")


def labels_of(path):
    return gdal.Open(path).ReadAsArray()


def finish(dialog, *pictures):
    """Press Run and wait for the end; take pictures when the log has some words."""
    outcome, wanted = [], list(pictures)
    dialog.algorithmFinished.connect(lambda good, results: outcome.append([good, results]))
    dialog.runButton().click()

    def look():
        for words, name in list(wanted):
            if words in log_of(dialog):
                dialog.grab().save(str(FOLDER / f"{name}.png"))
                wanted.remove((words, name))
        return outcome

    wait(look, 100)
    return outcome[0]


def draw_map(name):
    drawn = []
    canvas = iface.mapCanvas()
    canvas.mapCanvasRefreshed.connect(lambda: drawn.append(True))
    canvas.setExtent(image.extent().scaled(0.5))
    canvas.refresh()
    wait(lambda: drawn and not canvas.isDrawing())
    picture(iface.mainWindow(), name)


def choose_a_profile():
    dialog = form("segmenttiled", {"INPUT": image.id(), **SEGMENTATION, "OUTPUT": "TEMPORARY_OUTPUT"})
    box = choices(dialog.mainWidget().wrappers["COMPUTE"])
    report["offered"] = offered(box)
    # PyQGIS takes the collapsible box for a plain one; its property is there all the same.
    dialog.findChild(QGroupBox, "grpAdvanced").setProperty("collapsed", False)
    box.setCurrentIndex(box.findData(NAME))
    dialog.resize(1000, 1320)
    picture(dialog, "fargate-form")
    dialog.resize(1000, 760)
    good, results = finish(dialog, ("Segmenting tiles", "fargate-running"))
    picture(dialog, "fargate-log")
    same = np.array_equal(labels_of(results["OUTPUT"]), labels_of(request["expected"]))
    report["run"] = {"good": good, "log": log_of(dialog), "same": bool(same)}
    dialog.close()
    report["layers"] = [layer.name() for layer in QgsProject.instance().mapLayers().values()]
    draw_map("fargate-map")


def collect_a_job():
    dialog = form("collectjob", {})
    box = choices(dialog.mainWidget().wrappers["PROFILE"])
    report["profiles"] = offered(box)
    report["jobs"] = offered(choices(dialog.mainWidget().wrappers["JOB"]))
    picture(dialog, "jobs-form")
    good, results = finish(dialog)
    report["list"] = {"good": good, "count": results.get("JOB_COUNT"), "log": log_of(dialog)}
    picture(dialog, "jobs-log")
    dialog.close()
    page = resultsList.getResults()[-1]
    report["page"] = Path(page.filename).read_text(encoding="utf-8")
    show_page(page.filename)
    dialog = form("collectjob", {"OUTPUT": str(FOLDER / "collected.tif")})
    choices(dialog.mainWidget().wrappers["JOB"]).setCurrentIndex(1)
    picture(dialog, "jobs-chosen")
    before = len(QgsProject.instance().mapLayers())
    good, results = finish(dialog)
    picture(dialog, "jobs-collected")
    report["collect"] = {
        "good": good,
        "output": results.get("OUTPUT"),
        "segments": results.get("SEGMENT_COUNT"),
        "log": log_of(dialog),
    }
    report["layers collected"] = len(QgsProject.instance().mapLayers()) - before
    dialog.close()


def show_page(path):
    """Take a picture of a page, as far as Qt without a browser can show it."""
    viewer = QTextBrowser()
    viewer.resize(1100, 300)
    viewer.setHtml(Path(path).read_text(encoding="utf-8"))
    viewer.show()
    picture(viewer, "jobs-page")
    viewer.close()


def put_into_a_model():
    model = QgsProcessingModelAlgorithm("model", "tests")
    where = QgsProcessingParameterString("where", "Where to run")
    model.addModelParameter(where, QgsProcessingModelParameter("where"))
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("shepherd:segmenttiled")
    dialog = ModelerParametersDialog(algorithm, model)
    box = dialog.widget.widget.wrappers["COMPUTE"].widget
    report["offered in a model"] = offered(box)
    box.setCurrentIndex(box.count() - 1)
    child = dialog.createAlgorithm()
    dialog.close()
    model.addChildAlgorithm(child)
    again = ModelerParametersDialog(algorithm, model, child.childId())
    report["shown again in a model"] = again.widget.widget.wrappers["COMPUTE"].widget.currentText()
    (source,) = again.createAlgorithm().parameterSources()["COMPUTE"]
    report["source in a model"] = source.parameterName()
    again.close()


def batch(rows):
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("shepherd:segmenttiled")
    dialog = BatchAlgorithmDialog(algorithm, iface.mainWindow())
    dialog.resize(1200, 500)
    panel = dialog.mainWidget()
    panel.addRow(len(rows) - 1)
    for row, values in enumerate(rows):
        for name, value in {**SEGMENTATION, **values}.items():
            if name != "OUTPUT":
                wrapper = panel.wrappers[row][panel.parameter_to_column[name]]
                wrapper.setParameterValue(value, panel.processing_context)
        panel.tblParameters.cellWidget(row + 1, panel.parameter_to_column["OUTPUT"]).setValue(
            values["OUTPUT"]
        )
    return dialog


def run_a_batch():
    paths = [str(FOLDER / f"batch{row}.tif") for row in range(2)]
    rows = [
        {
            "INPUT": request["image"],
            "TILE_SIZE": 200,
            "MIN_SEGMENT_SIZE": size,
            "COMPUTE": NAME,
            "OUTPUT": path,
        }
        for size, path in zip((20, 60), paths)
    ]
    dialog = batch(rows)
    panel = dialog.mainWidget()
    box = choices(panel.wrappers[1][panel.parameter_to_column["COMPUTE"]])
    report["offered in a batch"], report["chosen in a batch"] = offered(box), box.currentText()
    panel.toggleAdvancedMode(True)
    dialog.show()
    panel.tblParameters.scrollToItem(panel.tblParameters.item(1, panel.parameter_to_column["COMPUTE"]))
    panel.tblParameters.horizontalScrollBar().setValue(panel.parameter_to_column["COMPUTE"])
    picture(dialog, "fargate-batch")
    dialog.runButton().click()
    # Since QGIS 3.40 a batch runs in the background.
    wait(lambda: all(map(os.path.exists, paths)) and not dialog.cancelButton().isEnabled(), 100)
    picture(dialog, "fargate-batch-done")
    report["batch"] = [int(labels_of(path).max()) for path in paths]
    report["batch log"] = log_of(dialog)
    dialog.close()


def cancel_a_batch():
    (FOLDER / "cancelled").mkdir()
    output = str(FOLDER / "cancelled" / "batch.tif")
    dialog = batch([{"INPUT": request["image"], "MIN_SEGMENT_SIZE": 99, "COMPUTE": NAME, "OUTPUT": output}])
    dialog.show()
    times = {}

    def read():
        log = log_of(dialog)
        if "Cancelling" in log:
            times.setdefault("answered", time.monotonic())
        elif "Starting a coordinator" in log and not times:
            # Later than the moments in which the log gets a line; the window may be deaf then.
            times["pressed"] = time.monotonic() + 0.4
            QTimer.singleShot(400, dialog.cancelButton().click)

    dialog.findChild(QTextEdit, "txtLog").textChanged.connect(read)
    dialog.runButton().click()
    wait(lambda: "answered" in times and not dialog.cancelButton().isEnabled(), 100)
    report["seconds to cancel a batch"] = times["answered"] - times["pressed"]
    report["left after cancel"] = os.listdir(FOLDER / "cancelled")
    dialog.close()


iface.mainWindow().resize(1260, 980)
QgsProject.instance().addMapLayer(image)
iface.mapCanvas().setDestinationCrs(image.crs())
run_steps(report, choose_a_profile, collect_a_job, put_into_a_model, run_a_batch, cancel_a_batch)
