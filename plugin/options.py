"""The plugin's page in Settings > Options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.gui import QgsOptionsWidgetFactory
from qgis.PyQt.QtGui import QIcon

from .provider import ICON

if TYPE_CHECKING:
    from qgis.gui import QgsOptionsPageWidget
    from qgis.PyQt.QtWidgets import QWidget

#: What QGIS knows the page by.
PAGE = "shepherdOptions"


class OptionsFactory(QgsOptionsWidgetFactory):
    """Makes the page when the options are opened."""

    def __init__(self) -> None:
        super().__init__("Shepherd Segmentation", QIcon(str(ICON)))
        # Before QGIS 3.32 a page is found by the name of its widget alone.
        if hasattr(self, "setKey"):
            self.setKey(PAGE)

    def createWidget(self, parent: QWidget | None = None) -> QgsOptionsPageWidget:  # noqa: N802
        from .options_page import OptionsPage

        page = OptionsPage(parent)
        page.setObjectName(PAGE)
        return page
