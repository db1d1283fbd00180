"""Does in QGIS what the tutorial says, and takes pictures; run by `docs_screenshots.py` (`qgis --code`).

The variable SHEPHERD_SESSION names the folder for the pictures and for `report.json`.
"""

from __future__ import annotations

import json
import os
import time
import traceback
from pathlib import Path

from qgis.core import (
    QgsProject,
    QgsRectangle,
    QgsStyle,
)
from qgis.gui import QgsColorRampButton, QgsFieldExpressionWidget, QgsFileWidget
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QCoreApplication, Qt, QTimer
from qgis.PyQt.QtGui import QTextCursor
from qgis.PyQt.QtWidgets import (
    QApplication,
    QDialog,
    QDockWidget,
    QListWidget,
    QPushButton,
    QTextEdit,
    QWidget,
)
from qgis.utils import iface, plugins

FOLDER = Path(os.environ["SHEPHERD_SESSION"])
PLUGIN = "shepherd_segmentation"
NDVI = '("b4_mean" - "b3_mean") / ("b4_mean" + "b3_mean")'
#: Fields south of a town, in the sample image.
CLOSE = QgsRectangle(360600, 5350500, 361900, 5351500)
report: dict = {"problems": [], "done": False, "step": ""}


def save():
    (FOLDER / "report.json").write_text(json.dumps(report))


def wait(until, seconds=90):
    """Let QGIS work until something is the case."""
    start = time.monotonic()
    while not until():
        QCoreApplication.processEvents()
        if time.monotonic() - start > seconds:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(0.005)


def rest(seconds=0.4):
    start = time.monotonic()
    wait(lambda: time.monotonic() - start > seconds)


def picture(widget, name):
    rest()
    widget.grab().save(str(FOLDER / f"{name}.png"))


def screen(name, box):
    """Take a part of the screen: what lies above the window, such as a menu, is no part of the window."""
    rest()
    x, y, width, height = box
    window = iface.mainWindow().screen().grabWindow(0, x, y, width, height)
    window.save(str(FOLDER / f"{name}.png"))


def show(extent):
    """Show a part of the map, and wait until it is drawn."""
    drawn = []
    canvas = iface.mapCanvas()
    canvas.mapCanvasRefreshed.connect(lambda: drawn.append(True))
    canvas.setExtent(extent)
    canvas.refresh()
    wait(lambda: drawn and not canvas.isDrawing())


def modal(open_it, use_it, seconds=2.0):
    """Open a dialog that waits for its user, and use it meanwhile."""

    def use():
        dialog = QApplication.activeModalWidget()
        try:
            use_it(dialog)
        except Exception:  # noqa: BLE001  (the dialog has to be closed, whatever happened)
            report["problems"].append(traceback.format_exc())
        finally:
            if dialog is not None:
                dialog.reject() if isinstance(dialog, QDialog) else dialog.close()

    QTimer.singleShot(int(seconds * 1000), use)
    open_it()


def menu():
    return plugins[PLUGIN].menu


def form_of(kind):
    """Return the form of an algorithm that was opened last."""
    found = [w for w in QApplication.topLevelWidgets() if w.isVisible() and hasattr(w, "runButton")]
    assert found, f"no form of {kind}"
    return found[-1]


def tidy_window():
    window = iface.mainWindow()
    window.resize(1270, 890)
    window.move(0, 0)
    for dock in window.findChildren(QDockWidget):
        dock.setVisible(dock.objectName() == "Layers")
    window.findChild(QDockWidget, "Layers").resize(260, 600)
    window.resizeDocks([window.findChild(QDockWidget, "Layers")], [370], Qt.Orientation.Horizontal)
    iface.messageBar().clearWidgets()


def install_from_zip():
    def use(dialog):
        dialog.resize(800, 420)
        entries = dialog.findChild(QListWidget, "mOptionsListWidget")
        rows = [entries.item(row).text() for row in range(entries.count())]
        wanted = next(row for row, text in enumerate(rows) if "ZIP" in text)
        entries.setCurrentRow(wanted)
        rest()
        for field in dialog.findChildren(QgsFileWidget):
            field.setFilePath("shepherd_segmentation.zip")
        picture(dialog, "install-zip")

    # The button for a file that is not there would be grey.
    os.chdir(FOLDER)
    Path("shepherd_segmentation.zip").touch()
    modal(iface.actionManagePlugins().trigger, use, 6)


def open_the_menu():
    raster = iface.rasterMenu()
    bar = iface.mainWindow().menuBar()
    bar.setActiveAction(raster.menuAction())
    raster.popup(bar.mapToGlobal(bar.actionGeometry(raster.menuAction()).bottomLeft()))
    rest()
    raster.setActiveAction(menu().menu.menuAction())
    place = raster.actionGeometry(menu().menu.menuAction()).topRight()
    menu().menu.popup(raster.mapToGlobal(place))
    screen("menu", (0, 0, 900, 380))
    menu().menu.close()
    raster.close()


def segment_the_sample():
    menu().try_sample()
    rest(1)
    form = form_of("segment")
    form.resize(980, 700)
    image = iface.activeLayer()
    form.setParameters(
        {
            "INPUT": image.id(),
            "MIN_SEGMENT_SIZE": 50,
            "OUTPUT": "TEMPORARY_OUTPUT",
            "POLYGONS": "TEMPORARY_OUTPUT",
        }
    )
    picture(form, "form")
    outcome = []
    form.algorithmFinished.connect(lambda successful, results: outcome.append(successful))
    form.runButton().click()
    wait(lambda: outcome)
    assert outcome[0]
    rest(1)
    form.resize(980, 540)
    rest()
    log = form.findChild(QTextEdit, "txtLog")
    log.moveCursor(QTextCursor.MoveOperation.Start)
    log.verticalScrollBar().setValue(log.verticalScrollBar().maximum())
    # Found above what is shown, a line is scrolled to the top.
    log.find("Stage")
    log.moveCursor(QTextCursor.MoveOperation.StartOfLine)
    picture(form, "log")
    form.close()


def look_at_the_outlines():
    image, segments, polygons = layers()
    tree = QgsProject.instance().layerTreeRoot()
    tree.findLayer(polygons.id()).setItemVisibilityChecked(False)
    for node in tree.findLayers():
        node.setExpanded(False)
    tidy_window()
    show(CLOSE)
    picture(iface.mainWindow(), "map-outlines")
    save_canvas("result-outlines")


def save_canvas(name):
    """Keep the middle of the map."""
    canvas = iface.mapCanvas()
    rest()
    shot = canvas.grab()
    side = min(shot.width(), shot.height(), 520)
    shot.copy((shot.width() - side) // 2, (shot.height() - side) // 2, side, side).save(
        str(FOLDER / f"{name}.png")
    )


def layers():
    """Return the image, the segments and the polygons."""
    found = QgsProject.instance().mapLayers().values()
    rasters = [layer for layer in found if layer.type() == layer.RasterLayer]
    image = next(layer for layer in rasters if layer.bandCount() > 1)
    segments = next(layer for layer in rasters if layer.bandCount() == 1)
    return image, segments, next(layer for layer in found if layer not in rasters)


def look_at_the_polygons():
    _, segments, polygons = layers()
    QgsProject.instance().layerTreeRoot().findLayer(segments.id()).setItemVisibilityChecked(False)
    node = QgsProject.instance().layerTreeRoot().findLayer(polygons.id())
    node.setItemVisibilityChecked(True)
    node.setExpanded(True)
    iface.setActiveLayer(polygons)
    show(polygons.extent())
    picture(iface.mainWindow(), "map-polygons")


def look_at_the_table():
    _, _, polygons = layers()
    table = iface.showAttributeTable(polygons)
    rest(1)
    table.resize(1000, 420)
    picture(table, "table")
    table.close()


def visible(dialog, kind, text=None):
    """Return the first widget of a kind that is shown, and says something."""
    for widget in dialog.findChildren(QWidget):
        # PyQGIS takes widgets of QGIS's own for those that they are derived from.
        if widget.metaObject().className() == kind.__name__ and widget.isVisible():
            widget = sip.cast(widget, kind)
            if text is None or widget.text() == text:
                return widget
    raise LookupError(kind.__name__)


def show_vegetation():
    _, _, polygons = layers()

    def use(dialog):
        dialog.resize(900, 620)
        visible(dialog, QgsFieldExpressionWidget).setExpression(NDVI)
        visible(dialog, QgsColorRampButton).setColorRamp(QgsStyle.defaultStyle().colorRamp("RdYlGn"))
        visible(dialog, QPushButton, "Classify").click()
        picture(dialog, "symbology")
        dialog.accept()

    modal(lambda: iface.showLayerProperties(polygons, "mOptsPage_Style"), use, 2)
    show(polygons.extent())
    picture(iface.mainWindow(), "map-vegetation")
    show(CLOSE)
    save_canvas("result-map")


def look_at_the_settings():
    def use(dialog):
        dialog.resize(900, 620)
        picture(dialog, "settings")

    modal(menu().open_settings, use, 3)


STEPS = (
    tidy_window,
    install_from_zip,
    open_the_menu,
    segment_the_sample,
    look_at_the_outlines,
    look_at_the_polygons,
    look_at_the_table,
    show_vegetation,
    look_at_the_settings,
)


def session():
    rest(2)
    for step in STEPS:
        report["step"] = step.__name__
        save()
        try:
            step()
        except Exception:  # noqa: BLE001  (one missing picture must not cost the others)
            report["problems"].append(f"{step.__name__}: {traceback.format_exc()}")
    report["done"] = True


session()
save()
# Not through the menu: QGIS would ask what to do with the project.
os._exit(0)
