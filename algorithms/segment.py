"""Segment a raster, or an extent of it, in one go."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingParameterExtent,
    QgsRasterLayer,
    QgsRectangle,
)

from . import checks
from .engine import workers_to_use
from .inputs import gdal_extent
from .segmentation import SegmentationAlgorithm


class Segment(SegmentationAlgorithm):
    """For scenes that fit in memory, and for trying out parameters on a part of one."""

    EXTENT = "EXTENT"

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802
        self.add_main_parameters()
        self.add(
            QgsProcessingParameterExtent(
                self.EXTENT, self.tr("Extent (empty: the whole raster)"), optional=True
            ),
            self.tr(
                "Segments this part only. The clusters still come from the whole raster, so a trial on "
                "the map's extent shows what the full run will give."
            ),
        )
        self.add_spectral_parameters()
        self.add_pixel_parameters()
        self.add_sampling_parameters()
        self.add_outputs()

    def name(self) -> str:
        return "segment"

    def displayName(self) -> str:  # noqa: N802
        return self.tr("Segment a raster")

    def shortDescription(self) -> str:  # noqa: N802
        return self.tr("Groups similar neighbouring pixels into segments, in one go.")

    def tags(self) -> list[str]:
        return self.tr("obia,object,k-means,clustering,image,cluster,superpixel").split(",")

    def check(self, parameters: dict[str, Any], layer: QgsRasterLayer, context: QgsProcessingContext) -> None:
        super().check(parameters, layer, context)
        checks.check_extent(self._extent(parameters, layer, context), layer)

    def is_try(
        self, parameters: dict[str, Any], layer: QgsRasterLayer, context: QgsProcessingContext
    ) -> bool:
        return not self._extent(parameters, layer, context).isNull()

    def engine_arguments(
        self, parameters: dict[str, Any], layer: QgsRasterLayer, context: QgsProcessingContext
    ) -> dict[str, Any]:
        extent = self._extent(parameters, layer, context)
        # The engine's own tiles put all cores to work, and change nothing in the result.
        part = None if extent.isNull() else gdal_extent(extent, layer)
        return {"extent": part, "workers": workers_to_use(None)}

    def _extent(
        self, parameters: dict[str, Any], layer: QgsRasterLayer, context: QgsProcessingContext
    ) -> QgsRectangle:
        return self.parameterAsExtent(parameters, self.EXTENT, context, layer.crs())
