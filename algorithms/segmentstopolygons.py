"""Turn segments into polygons, with statistics as attributes."""

from __future__ import annotations

from typing import Any, ClassVar

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterVectorDestination,
)

from ..core.statistics.spec import SHAPES, StatisticsSpec
from ..plugin.feedback import FeedbackProgress
from ..plugin.polygon_styling import polygon_styler
from . import checks
from .engine import call_engine, workers_to_use
from .inputs import raster_source
from .measuring import MeasuringAlgorithm
from .vectors import table_source

#: What is measured of rasters in the same run.
MEASURED = StatisticsSpec(statistics=("mean", "stddev", "min", "max"), shape=SHAPES)


class SegmentsToPolygons(MeasuringAlgorithm):
    """One valid polygon per segment, along the edges of the pixels."""

    STATISTICS = "STATISTICS"
    INPUT = "INPUT"
    OUTPUT = "OUTPUT"
    MULTIPART_COUNT = "MULTIPART_COUNT"

    FILES = (OUTPUT,)
    ENGINE_NAMES: ClassVar[dict[str, str]] = {"statistics_table": STATISTICS, "rasters": INPUT}

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802
        self.add_segments()
        self.add(
            QgsProcessingParameterFeatureSource(
                self.STATISTICS,
                self.tr("Statistics table to join"),
                [QgsProcessing.SourceType.TypeVector],
                optional=True,
            ),
            self.tr("A table with the column segment_id, such as the result of “Segment statistics”."),
        )
        self.add(
            QgsProcessingParameterMultipleLayers(
                self.INPUT,
                self.tr("Rasters to measure in the same run"),
                QgsProcessing.SourceType.TypeRaster,
                optional=True,
            ),
            self.tr("Adds mean, standard deviation, minimum and maximum of all their bands, and the shape."),
        )
        self.add(
            QgsProcessingParameterVectorDestination(
                self.OUTPUT, self.tr("Polygons"), QgsProcessing.SourceType.TypeVectorPolygon
            ),
            self.tr("A layer with one polygon per segment: GeoPackage, Shapefile, and others."),
        )
        self.add_segment_count()
        self.addOutput(
            QgsProcessingOutputNumber(self.MULTIPART_COUNT, self.tr("Number of polygons of several parts"))
        )

    def name(self) -> str:
        return "segmentstopolygons"

    def displayName(self) -> str:  # noqa: N802
        return self.tr("Segments to polygons")

    def shortDescription(self) -> str:  # noqa: N802
        return self.tr("Draws a valid polygon around every segment, with statistics as attributes.")

    def tags(self) -> list[str]:
        return self.tr("polygonize,vectorize,vector,outline,join,obia,object").split(",")

    def check(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        super().check(parameters, context)
        checks.check_layer_format("output", parameters.get(self.OUTPUT), is_table=False)
        self.rasters(parameters, self.INPUT, context)

    def run_engine(
        self,
        parameters: dict[str, Any],
        outputs: dict[str, str],
        folder: str,
        context: QgsProcessingContext,
        progress: FeedbackProgress,
    ) -> dict[str, Any]:
        segments = self.segments(parameters, context)
        rasters = self.rasters(parameters, self.INPUT, context)
        self.measured = tuple(rasters)
        result = call_engine(
            "polygonize_with_statistics",
            progress,
            segments=raster_source(segments, "segments"),
            output=outputs[self.OUTPUT],
            rasters=rasters,
            spec=MEASURED if rasters else None,
            statistics_table=table_source(self, parameters, self.STATISTICS, folder, context),
            workers=workers_to_use(None),
        )
        styler = None
        if context.willLoadLayerOnCompletion(outputs[self.OUTPUT]):
            styler = polygon_styler(outputs[self.OUTPUT], result.segment_count)
        self.show(self.OUTPUT, outputs, self.tr("Segment polygons"), segments, styler, context)
        return {self.SEGMENT_COUNT: result.segment_count, self.MULTIPART_COUNT: result.multipart_count}
