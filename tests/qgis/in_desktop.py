"""What scripts inside the QGIS desktop have in common: waiting, dialogs, pictures, and the report.

Imported there as part of the plugin, which is linked into the profile.
"""

from __future__ import annotations

import faulthandler
import json
import os
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from qgis.core import QgsRectangle
from qgis.PyQt.QtCore import QCoreApplication, QTimer
from qgis.PyQt.QtWidgets import QApplication, QWidget
from qgis.utils import iface

FOLDER = Path(os.environ["SHEPHERD_SESSION"])
#: Where a session that takes too long stands still, is told before it is ended.
faulthandler.dump_traceback_later(100)


def wait(until: Callable[[], Any], seconds: float = 60) -> float:
    """Let QGIS work until something is the case; return how long it took."""
    start = time.monotonic()
    while not until():
        QCoreApplication.processEvents()
        if time.monotonic() - start > seconds:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(0.005)
    return time.monotonic() - start


def rest(seconds: float) -> None:
    """Let QGIS work for a while."""
    start = time.monotonic()
    wait(lambda: time.monotonic() - start > seconds)


def picture(widget: QWidget, name: str) -> None:
    """Keep a picture of a widget."""
    rest(0.2)
    widget.grab().save(str(FOLDER / f"{name}.png"))


def map_picture(name: str, extent: QgsRectangle | None = None) -> None:
    """Keep a picture of the window with the map, or a part of it.

    Until the map is drawn, QGIS shows the old one, enlarged.
    """
    drawn: list[bool] = []
    canvas = iface.mapCanvas()
    canvas.mapCanvasRefreshed.connect(lambda: drawn.append(True))
    if extent is not None:
        canvas.setExtent(extent)
    canvas.refresh()
    wait(lambda: drawn and not canvas.isDrawing())
    picture(iface.mainWindow(), name)


def opened(kind: str) -> QWidget | None:
    """Return the dialog of that class that is open; Python and Qt may call its class differently."""
    for widget in QApplication.topLevelWidgets():
        if widget.isVisible() and kind in (type(widget).__name__, widget.metaObject().className()):
            return widget
    return None


def in_dialog(kind: str, use: Callable[[QWidget], object], choose: Callable[[], object]) -> None:
    """Call `choose`, which opens a dialog and waits for it; `use` is called with the dialog then."""
    failures, deadline = [], time.monotonic() + 15

    def look() -> None:
        dialog = opened(kind)
        if dialog is None and time.monotonic() < deadline:
            QTimer.singleShot(50, look)
            return
        try:
            use(dialog)
        except Exception:  # noqa: BLE001  (told when the dialog is closed, which must happen)
            failures.append(traceback.format_exc())
            if QApplication.activeModalWidget():
                QApplication.activeModalWidget().close()

    QTimer.singleShot(50, look)
    choose()
    if failures:
        raise RuntimeError(failures[0])


def page_of(options: QWidget) -> QWidget:
    """Return the plugin's page of QGIS's options."""
    # Newer versions put it into a scroll area of the same name.
    pages = options.findChildren(QWidget, "shepherdOptions")
    return next(page for page in pages if hasattr(page, "profiles"))


def tab_order(window: QWidget, widgets: dict[str, QWidget]) -> list[str]:
    """Return the names of widgets in the order in which Tab goes through them."""
    found, widget = [], window.nextInFocusChain()
    while widget is not window:
        for name, wanted in widgets.items():
            if name not in found and (wanted is widget or wanted.isAncestorOf(widget)):
                found.append(name)
        widget = widget.nextInFocusChain()
    return found


def run_steps(report: dict, *steps: Callable[[], object]) -> None:
    """Do one step after the other, report, and end QGIS."""

    def save() -> None:
        (FOLDER / "report.json").write_text(json.dumps(report, indent=1))

    try:
        for step in steps:
            report["step"] = step.__name__
            save()
            step()
    except Exception:  # noqa: BLE001  (whatever it is, the test has to know)
        report["failed"] = traceback.format_exc()
    report["done"] = True
    save()
    # Not through the menu: QGIS would ask what to do with the project.
    os._exit(0)
