"""Models that come with the plugin, as algorithms of its own provider."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsProcessingAlgorithm, QgsProcessingModelAlgorithm
from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtGui import QIcon

from ..plugin.documentation import page_of
from ..plugin.helptext import help_page


class ShippedModel(QgsProcessingModelAlgorithm):
    """A model in a file; its id is the name of the file without underscores."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path
        self.fromFile(path)

    def createInstance(self) -> QgsProcessingAlgorithm:  # noqa: N802
        return ShippedModel(self._path)

    def name(self) -> str:
        return Path(self._path).stem.replace("_", "")

    def displayName(self) -> str:  # noqa: N802
        return super().name()

    def group(self) -> str:
        return QCoreApplication.translate("ShepherdSegmentation", "Models")

    def groupId(self) -> str:  # noqa: N802
        return "models"

    def icon(self) -> QIcon:
        return self.provider().icon() if self.provider() else super().icon()

    def shortHelpString(self) -> str:  # noqa: N802
        return help_page(self.name())

    def helpUrl(self) -> str:  # noqa: N802
        return page_of(self.name())
