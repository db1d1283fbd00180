"""Cut segments to an extent or a mask, and number them anew."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingParameterExtent,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterMapLayer,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterVectorDestination,
)

from ..core.errors import ParameterError
from ..plugin.feedback import FeedbackProgress
from ..plugin.styling import SegmentStyler
from . import checks
from .engine import call_engine, workers_to_use
from .inputs import gdal_extent, raster_source
from .measuring import MeasuringAlgorithm
from .vectors import mask_source, only_selected, table_source


class ClipSegments(MeasuringAlgorithm):
    """Ids from 1 on without gaps, whatever remains; the table goes along."""

    EXTENT = "EXTENT"
    MASK = "MASK"
    STATISTICS_TABLE = "STATISTICS_TABLE"
    OUTPUT = "OUTPUT"
    OUTPUT_TABLE = "OUTPUT_TABLE"

    FILES = (OUTPUT, OUTPUT_TABLE)

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802
        self.add_segments()
        self.add_part()
        self.add(
            QgsProcessingParameterFeatureSource(
                self.STATISTICS_TABLE,
                self.tr("Statistics table of these segments"),
                [QgsProcessing.SourceType.TypeVector],
                optional=True,
            ),
            self.tr("Its rows are carried over to the new ids. The values stay those of the whole segments."),
        )
        self.add(
            QgsProcessingParameterRasterDestination(self.OUTPUT, self.tr("Clipped segments")),
            self.tr("Raster of segment ids from 1 on, in the order of the former ids."),
        )
        self.add(
            QgsProcessingParameterVectorDestination(
                self.OUTPUT_TABLE,
                self.tr("Clipped statistics table"),
                QgsProcessing.SourceType.TypeVector,
                optional=True,
                createByDefault=True,
            ),
            self.tr("New and former id of every segment, and the columns of the statistics table."),
        )
        self.add_segment_count()

    def add_part(self) -> None:
        """Declare which part is kept."""
        self.add(
            QgsProcessingParameterExtent(self.EXTENT, self.tr("Extent"), optional=True),
            self.tr("Pixels that it covers at least in part are kept. Extent, mask, or both must be given."),
        )
        self.add(
            QgsProcessingParameterMapLayer(
                self.MASK,
                self.tr("Mask (polygons, or raster above 0)"),
                optional=True,
                types=[QgsProcessing.SourceType.TypeVectorPolygon, QgsProcessing.SourceType.TypeRaster],
            ),
            self.tr("Pixels whose centre is inside are kept."),
        )

    def name(self) -> str:
        return "clipsegments"

    def displayName(self) -> str:  # noqa: N802
        return self.tr("Clip segments")

    def shortDescription(self) -> str:  # noqa: N802
        return self.tr("Cuts segments to an extent or a mask, and numbers them anew with their statistics.")

    def tags(self) -> list[str]:
        return self.tr("crop,cut,subset,mask,extent,renumber,obia,object").split(",")

    def check(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        super().check(parameters, context)
        checks.check_layer_format("output_table", parameters.get(self.OUTPUT_TABLE), is_table=True)
        mask = parameters.get(self.MASK)
        layer = self.parameterAsRasterLayer(parameters, self.SEGMENTS, context)
        if layer is not None and layer.isValid():
            extent = self.parameterAsExtent(parameters, self.EXTENT, context, layer.crs())
            if extent.isNull() and not mask:
                raise ParameterError("extent", "", "give an extent, a mask, or both.")
            checks.check_extent(extent, layer)
        if mask and not only_selected(mask):
            checks.check_mask(self.parameterAsLayer(parameters, self.MASK, context), mask)
        if parameters.get(self.STATISTICS_TABLE) and not parameters.get(self.OUTPUT_TABLE):
            raise ParameterError("output_table", "", "name the table to write the statistics to.")

    def run_engine(
        self,
        parameters: dict[str, Any],
        outputs: dict[str, str],
        folder: str,
        context: QgsProcessingContext,
        progress: FeedbackProgress,
    ) -> dict[str, Any]:
        segments = self.segments(parameters, context)
        extent = self.parameterAsExtent(parameters, self.EXTENT, context, segments.crs())
        result = call_engine(
            "clip_segments",
            progress,
            segments=raster_source(segments, "segments"),
            output=outputs[self.OUTPUT],
            extent=None if extent.isNull() else gdal_extent(extent, segments),
            mask=mask_source(self, parameters, self.MASK, segments.crs(), folder, context),
            statistics_table=table_source(self, parameters, self.STATISTICS_TABLE, folder, context),
            output_table=outputs[self.OUTPUT_TABLE] or None,
            workers=workers_to_use(None),
        )
        styler = SegmentStyler(result.segment_count, result.null_count)
        self.show(self.OUTPUT, outputs, self.tr("Clipped segments"), segments, styler, context)
        self.show(self.OUTPUT_TABLE, outputs, self.tr("Clipped statistics"), segments, None, context)
        return {self.SEGMENT_COUNT: result.segment_count}
