"""The plugin's menu and its button in the toolbar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qgis.core import QgsApplication, QgsProject, QgsRasterLayer
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QMenu, QMessageBox, QToolButton, QWidget
from qgis.utils import iface

from .documentation import open_documentation
from .options import PAGE
from .provider import ICON, ShepherdProvider
from .sample import sample_layer


def _tr(text: str) -> str:
    return QCoreApplication.translate("ShepherdSegmentation", text)


class PluginMenu:
    """“Shepherd Segmentation” in the menu Raster and in the toolbar of plugins."""

    def __init__(self) -> None:
        self._forms: list[QWidget] = []
        self.menu = QMenu("Shepherd Segmentation", iface.mainWindow())
        self.menu.setObjectName("mShepherdMenu")
        self.menu.setIcon(QIcon(str(ICON)))
        self.menu.setToolTipsVisible(True)
        self._fill()
        iface.rasterMenu().addMenu(self.menu)
        self._button = QToolButton()
        self._button.setObjectName("mShepherdButton")
        self._button.setDefaultAction(self.menu.actions()[0])
        self._button.setMenu(self.menu)
        self._button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self._in_toolbar = iface.addToolBarWidget(self._button)

    def remove(self) -> None:
        """Take everything out of QGIS again."""
        iface.removeToolBarIcon(self._in_toolbar)
        iface.rasterMenu().removeAction(self.menu.menuAction())
        self._button.deleteLater()
        self.menu.deleteLater()

    def _fill(self) -> None:
        self._add(
            _tr("&Segment the Active Layer…"),
            _tr("Segment the raster layer that is selected in the layer panel"),
            QIcon(str(ICON)),
            self.segment_active_layer,
        )
        self._add(
            _tr("&Try the Sample Image…"),
            _tr("Load a small satellite image and open the form to segment it"),
            QgsApplication.getThemeIcon("/mActionAddRasterLayer.svg"),
            self.try_sample,
        )
        self.menu.addSeparator()
        self._add(
            _tr("&Jobs on AWS…"),
            _tr("List, collect, watch or delete jobs that run on AWS Fargate"),
            QgsApplication.getThemeIcon("/mActionOpenTable.svg"),
            lambda: self.open_form("collectjob"),
        )
        self._add(
            _tr("S&ettings…"),
            _tr("Cores, memory, where the engine runs, and Fargate profiles"),
            QgsApplication.getThemeIcon("/mActionOptions.svg"),
            self.open_settings,
        )
        self._add(
            _tr("&Help"),
            _tr("Open the documentation"),
            QgsApplication.getThemeIcon("/mActionHelpContents.svg"),
            open_documentation,
        )

    def _add(self, text: str, tip: str, icon: QIcon, call: Callable[[], object]) -> None:
        action = self.menu.addAction(icon, text)
        action.setToolTip(tip)
        action.setStatusTip(tip)
        action.triggered.connect(lambda checked=False: call())

    def segment_active_layer(self) -> None:
        """Open the form with the active layer, if that is a raster."""
        layer = iface.activeLayer()
        is_raster = isinstance(layer, QgsRasterLayer)
        self.open_form("segment", {"INPUT": layer.id()} if is_raster else {})

    def try_sample(self) -> None:
        """Load the sample image, show it, and open the form with it."""
        layer = sample_layer(QgsProject.instance())
        iface.setActiveLayer(layer)
        iface.zoomToActiveLayer()
        self.open_form("segment", {"INPUT": layer.id()})

    def open_form(self, algorithm: str, parameters: dict[str, Any] | None = None) -> None:
        """Open an algorithm's form, or say why it cannot run."""
        from qgis import processing

        name = f"{ShepherdProvider.ID}:{algorithm}"
        found = QgsApplication.processingRegistry().algorithmById(name)
        possible, reason = found.canExecute() if found else (False, _tr("The toolbox is not loaded."))
        if not possible:
            QMessageBox.warning(iface.mainWindow(), "Shepherd Segmentation", reason)
            return
        dialog = processing.createAlgorithmDialog(name, parameters or {})
        # Newer versions give the form no parent that would keep it.
        self._forms = [form for form in self._forms if not sip.isdeleted(form) and form.isVisible()]
        self._forms.append(dialog)
        dialog.show()

    def open_settings(self) -> None:
        """Open the plugin's page of QGIS's options."""
        iface.showOptionsDialog(iface.mainWindow(), PAGE)
