"""What the plugin tells when QGIS has started, each thing once."""

from __future__ import annotations

from collections.abc import Callable

from qgis.core import Qgis, QgsSettings
from qgis.PyQt.QtCore import QCoreApplication, Qt
from qgis.PyQt.QtWidgets import QMessageBox, QPushButton
from qgis.utils import iface

from .dependencies import is_installed, missing_package
from .settings import GROUP

_TOLD = f"{GROUP}/told"
TITLE = "Shepherd Segmentation"


def _tr(text: str) -> str:
    return QCoreApplication.translate("ShepherdSegmentation", text)


def tell_missing_numba() -> None:
    """Offer the way to install numba if it is missing; not again at the next start."""
    settings = QgsSettings()
    if is_installed("numba"):
        settings.remove(f"{_TOLD}/numba")
        return
    if settings.value(f"{_TOLD}/numba"):
        return
    settings.setValue(f"{_TOLD}/numba", "1")
    text = _tr("numba is missing, without which nothing can be segmented.")
    show(text, Qgis.MessageLevel.Warning, _tr("How to Install It"), _show_cure)


def _show_cure() -> None:
    box = QMessageBox(iface.mainWindow())
    box.setWindowTitle(TITLE)
    box.setIcon(QMessageBox.Icon.Information)
    box.setText(missing_package("numba"))
    box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    box.exec()


def tell_crash(open_settings: Callable[[], None]) -> None:
    """Say that the engine runs in a process of its own from now on, and why."""
    text = _tr(
        "QGIS ended while the engine was being loaded. From now on it runs in a process of its own, where "
        "that does no harm."
    )
    show(text, Qgis.MessageLevel.Warning, _tr("Settings"), open_settings)


def show(text: str, level: Qgis.MessageLevel, label: str, call: Callable[[], None]) -> None:
    """Show a message, with a button, until somebody closes it."""
    bar = iface.messageBar()
    item = bar.createMessage(TITLE, text)
    button = QPushButton(label)
    button.clicked.connect(lambda checked=False: call())
    item.layout().addWidget(button)
    bar.pushWidget(item, level, 0)
