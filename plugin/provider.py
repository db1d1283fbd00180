"""The Processing provider."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsApplication, QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from ..algorithms.clipsegments import ClipSegments
from ..algorithms.collectjob import CollectJob
from ..algorithms.segment import Segment
from ..algorithms.segmentstatistics import SegmentStatistics
from ..algorithms.segmentstopolygons import SegmentsToPolygons
from ..algorithms.segmenttiled import SegmentTiled
from ..algorithms.shippedmodel import ShippedModel

RESOURCES = Path(__file__).parent.parent / "resources"
ICON = RESOURCES / "icons" / "shepherd.svg"
MODELS = RESOURCES / "models"
ALGORITHMS = (Segment, SegmentTiled, SegmentStatistics, SegmentsToPolygons, ClipSegments, CollectJob)
#: What the engine writes, the usual first. Layers and tables that cannot be written are refused before
#: the run, with the names that can.
LAYERS = ("gpkg", "shp", "geojson", "fgb", "sqlite", "gml", "tab", "parquet")
TABLES = ("gpkg", "csv", "dbf", "sqlite", "xlsx", "ods", "parquet")


class ShepherdProvider(QgsProcessingProvider):
    """Group of the toolbox that holds this plugin's algorithms."""

    ID = "shepherd"

    def id(self) -> str:
        return self.ID

    def name(self) -> str:
        return "Shepherd Segmentation"

    def icon(self) -> QIcon:
        return QIcon(str(ICON))

    def svgIconPath(self) -> str:  # noqa: N802
        return str(ICON)

    def supportedOutputVectorLayerExtensions(self) -> list[str]:  # noqa: N802
        # Processing asks for this also where a result is a table.
        return list(dict.fromkeys(LAYERS + TABLES))

    def supportedOutputTableExtensions(self) -> list[str]:  # noqa: N802
        return list(TABLES)

    def defaultVectorFileExtension(self, hasGeometry: bool = True) -> str:  # noqa: N802, N803
        return LAYERS[0] if hasGeometry else TABLES[0]

    def load(self) -> bool:
        # A model finds its steps by the registry, where they are only after the provider.
        QgsApplication.processingRegistry().providerAdded.connect(self._add_models)
        return super().load()

    def loadAlgorithms(self) -> None:  # noqa: N802
        for algorithm in ALGORITHMS:
            self.addAlgorithm(algorithm())
        if QgsApplication.processingRegistry().providerById(self.ID) is self:
            for path in sorted(MODELS.glob("*.model3")):
                self.addAlgorithm(ShippedModel(str(path)))

    def _add_models(self, provider: str) -> None:
        if provider == self.ID:
            QgsApplication.processingRegistry().providerAdded.disconnect(self._add_models)
            self.refreshAlgorithms()
