"""What somebody does in the QGIS desktop; runs inside QGIS (`qgis --code`) and reports as JSON.

The variable SHEPHERD_SESSION names a folder that holds `request.json` (the images to use) and takes
`report.json` and screenshots.
"""

from __future__ import annotations

import json
import os
import sys

# What starting QGIS has loaded; so before anything else is imported.
report: dict = {"heavy modules": sorted({"numba", "boto3", "llvmlite"} & set(sys.modules))}

from qgis.core import QgsApplication, QgsProject, QgsRasterLayer  # noqa: E402
from qgis.PyQt.QtCore import Qt, QTimer  # noqa: E402
from qgis.PyQt.QtWidgets import QApplication, QLabel, QMessageBox  # noqa: E402
from qgis.utils import iface, loadPlugin, plugins, startPlugin, unloadPlugin  # noqa: E402

from shepherd_segmentation.tests.qgis.in_desktop import (  # noqa: E402
    FOLDER,
    map_picture,
    picture,
    rest,
    run_steps,
    wait,
)
from shepherd_segmentation.tests.qgis.in_forms import (  # noqa: E402
    defaults,
    finish,
    form,
    put_into_model,
    run_batch,
    show_advanced,
)

request = json.loads((FOLDER / "request.json").read_text())
image = QgsRasterLayer(request["image"], "Inn")


def visit(name):
    """Open an algorithm's form on the image and return it."""
    return form(name, 720, INPUT=image.id())


def look_at_the_start():
    report["loaded"] = "shepherd_segmentation" in plugins
    provider = QgsApplication.processingRegistry().providerById("shepherd")
    report["algorithms"] = sorted(algorithm.id() for algorithm in provider.algorithms())
    iface.mainWindow().resize(1260, 980)
    QgsProject.instance().addMapLayer(image)
    iface.mapCanvas().setDestinationCrs(image.crs())
    iface.mapCanvas().setExtent(image.extent())


def look_at_forms():
    for name in ("segment", "segmenttiled"):
        dialog = visit(name)
        picture(dialog, f"{name}-form")
        show_advanced(dialog)
        picture(dialog, f"{name}-advanced")
        report[f"{name} defaults"] = defaults(dialog)
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
    legend = iface.layerTreeView().layerTreeModel()
    # As after the first layer of a project, which brings another coordinate system.
    legend.setLegendMapViewData(1.0, 96, 1e9)
    dialog = visit("segment")
    dialog.setParameters({"INPUT": image.id(), "MIN_SEGMENT_SIZE": 30, "OUTPUT": "TEMPORARY_OUTPUT"})
    successful, results = finish(dialog)
    dialog.resize(900, 1000)
    picture(dialog, "segment-log")
    report["run"] = {"successful": successful, "segments": results.get("SEGMENT_COUNT")}
    report["log"] = dialog.processingLog() if hasattr(dialog, "processingLog") else ""
    dialog.close()
    report["layers"] = [layer.name() for layer in QgsProject.instance().mapLayers().values()]
    nodes = legend.rootGroup().findLayers()
    fonts = [legend.data(legend.node2index(node), Qt.ItemDataRole.FontRole) for node in nodes]
    report["greyed out"] = [node.name() for node, font in zip(nodes, fonts) if font.italic()]
    map_picture("map", image.extent())
    map_picture("map-close", image.extent().scaled(0.3))


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
    map_picture("map-of-a-try", extent)


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
    rows = [
        {"INPUT": request["image"], "MIN_SEGMENT_SIZE": size, "OUTPUT": str(FOLDER / f"batch{size}.tif")}
        for size in (20, 60)
    ]
    report["batch"] = run_batch("segment", rows)


def put_into_a_model():
    for name in ("segment", "segmenttiled"):
        sources = put_into_model(name).parameterSources()
        report[f"{name} in a model"] = {key: str(source[0].staticValue()) for key, source in sources.items()}


def reload_the_plugin():
    unloadPlugin("shepherd_segmentation")
    registry = QgsApplication.processingRegistry()
    report["after unload"] = registry.providerById("shepherd") is not None
    loadPlugin("shepherd_segmentation")
    startPlugin("shepherd_segmentation")
    report["after reload"] = registry.algorithmById("shepherd:segment") is not None


run_steps(
    report,
    look_at_the_start,
    look_at_forms,
    look_at_the_size,
    run_from_the_form,
    try_parameters,
    cancel_in_the_form,
    make_a_mistake,
    run_a_batch,
    put_into_a_model,
    reload_the_plugin,
)
