"""Segments measured, drawn and clipped in the QGIS desktop; runs inside QGIS and reports as JSON.

The variable SHEPHERD_SESSION names a folder that holds `request.json` and takes `report.json` and pictures.
"""

from __future__ import annotations

import json

from qgis.core import QgsProject, QgsRasterLayer
from qgis.utils import iface

from shepherd_segmentation.tests.qgis.in_desktop import FOLDER, map_picture, picture, run_steps
from shepherd_segmentation.tests.qgis.in_forms import (
    defaults,
    finish,
    form,
    put_into_model,
    run_batch,
    show_advanced,
)

NAMES = ("segmentstatistics", "segmentstopolygons", "clipsegments")
request = json.loads((FOLDER / "request.json").read_text())
image = QgsRasterLayer(request["image"], "Inn")
report: dict = {}


def layer(start):
    """Return the layer of the project whose name starts so."""
    (found,) = (item for item in QgsProject.instance().mapLayers().values() if item.name().startswith(start))
    return found


def run(name, **parameters):
    """Fill in a form, press Run, and wait until it is over."""
    dialog = form(name, **parameters)
    picture(dialog, f"{name}-filled")
    successful, results = finish(dialog)
    picture(dialog, f"{name}-log")
    dialog.close()
    report[name] = {"successful": successful, "segments": results.get("SEGMENT_COUNT")}


def look_at_forms():
    for name in NAMES:
        dialog = form(name)
        show_advanced(dialog)
        picture(dialog, f"{name}-form")
        report[f"{name} defaults"] = defaults(dialog)
        dialog.close()


def run_from_the_forms():
    everything = {"POLYGONS": "TEMPORARY_OUTPUT", "STATISTICS_TABLE": "TEMPORARY_OUTPUT"}
    run("segment", INPUT=image.id(), MIN_SEGMENT_SIZE=30, OUTPUT="TEMPORARY_OUTPUT", **everything)
    map_picture("map-after-segment", image.extent())
    segments = layer("Segments").id()
    for other in ("Segment polygons", "Segment statistics"):
        QgsProject.instance().removeMapLayer(layer(other).id())
    chosen = {"STATISTICS": [1, 2, 8], "PERCENTILES": "5, 95", "SHAPE": [1, 6, 7]}
    run("segmentstatistics", SEGMENTS=segments, INPUT=image.id(), BANDS=[4, 3], **chosen)
    run("segmentstopolygons", SEGMENTS=segments, STATISTICS=layer("Segment statistics").id())
    map_picture("map-polygons", image.extent())
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
    map_picture("map-outlines", image.extent().scaled(0.4))


def run_a_batch():
    common = {"SEGMENTS": layer("Segments").source(), "INPUT": request["image"]}
    rows = [
        {**common, "STATISTICS": [number], "OUTPUT": str(FOLDER / f"batch{number}.csv")} for number in (1, 2)
    ]
    report["batch"] = run_batch("segmentstatistics", rows)


def put_into_a_model():
    for name in NAMES:
        child = put_into_model(name)
        assert child.algorithmId() == f"shepherd:{name}"
        report[f"{name} in a model"] = sorted(child.parameterSources())


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
    dialog = form("segmentstatisticspolygons", image=image.id())
    picture(dialog, "model-form")
    dialog.close()


iface.mainWindow().resize(1260, 980)
QgsProject.instance().addMapLayer(image)
iface.mapCanvas().setDestinationCrs(image.crs())
run_steps(
    report,
    look_at_forms,
    run_from_the_forms,
    open_attribute_tables,
    show_outlines,
    run_a_batch,
    put_into_a_model,
    open_the_shipped_model,
)
