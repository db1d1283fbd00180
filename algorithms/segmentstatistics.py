"""Measure every segment: statistics of rasters, shape, and neighbours."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsProcessingContext

from ..core.errors import ParameterError
from ..core.statistics.spec import StatisticsSpec, parse_percentiles
from ..plugin.feedback import FeedbackProgress
from . import checks
from .compute import local_compute
from .engine import call_engine
from .inputs import raster_source
from .statisticsparameters import StatisticsParameters


class SegmentStatistics(StatisticsParameters):
    """One pass over any number of rasters, on all cores."""

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802
        self.add_segments()
        self.add_rasters()
        self.add_values()
        self.add_geometry()
        self.add_naming()
        self.add_outputs()
        self.add_work()

    def name(self) -> str:
        return "segmentstatistics"

    def displayName(self) -> str:  # noqa: N802
        return self.tr("Segment statistics")

    def shortDescription(self) -> str:  # noqa: N802
        return self.tr("Measures every segment: statistics of rasters, shape, and neighbours.")

    def tags(self) -> list[str]:
        return self.tr("zonal,statistics,mean,percentile,obia,object,shape,features,table").split(",")

    def check(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        super().check(parameters, context)
        checks.check_layer_format("output", parameters.get(self.OUTPUT), is_table=True)
        spec = self.spec(parameters, context)
        self.chosen_one(parameters, self.RESAMPLING, context)
        self.chosen_one(parameters, self.MEAN_IMAGE_TYPE, context)
        self._limits(parameters, context)
        if spec.is_empty:
            raise ParameterError("statistics", "", "choose at least one statistic, percentile or shape.")
        self._check_rasters(parameters, spec, context)

    def _check_rasters(
        self, parameters: dict[str, Any], spec: StatisticsSpec, context: QgsProcessingContext
    ) -> None:
        layer = self.parameterAsRasterLayer(parameters, self.INPUT, context)
        if layer is not None and layer.isValid():
            raster_source(layer, "input")
            bands = tuple(self.parameterAsInts(parameters, self.BANDS, context))
            checks.check_bands(bands or None, layer)
        elif not parameters.get(self.INPUT):
            if parameters.get(self.ADDITIONAL):
                raise ParameterError("input", "", "choose the first one here, the others as further rasters.")
            if not (spec.shape or spec.neighbours):
                raise ParameterError("input", "", "choose a raster, or something of the shape or neighbours.")

    def spec(self, parameters: dict[str, Any], context: QgsProcessingContext) -> StatisticsSpec:
        """Collect what is to be computed."""
        percentiles = parameters.get(self.PERCENTILES)
        if not isinstance(percentiles, (list, tuple)):
            percentiles = [self.parameterAsString(parameters, self.PERCENTILES, context)]
        return StatisticsSpec(
            statistics=self.chosen(parameters, self.STATISTICS, context),
            percentiles=parse_percentiles(",".join(str(item) for item in percentiles)),
            shape=self.chosen(parameters, self.SHAPE, context),
            neighbours=self.chosen(parameters, self.NEIGHBOURS, context),
            prefix=self.parameterAsString(parameters, self.PREFIX, context),
        )

    def _limits(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, int | None]:
        """Collect how the work is divided."""
        compute = local_compute(
            self.parameterAsString(parameters, self.COMPUTE, context),
            self.exact_number(parameters, self.WORKERS, context) or 0,
            self.exact_number(parameters, self.MAX_CONCURRENT_READS, context) or 0,
        )
        size = self.exact_number(parameters, self.TILE_SIZE, context) or 0
        if not isinstance(size, int) or size < 0:
            raise ParameterError("tile_size", size, "give 0, or a whole number from 1 on.")
        return {"tile_size": size or None, **compute.arguments()}

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
        rasters += self.rasters(parameters, self.ADDITIONAL, context)
        self.measured = tuple(rasters)
        result = call_engine(
            "segment_statistics",
            progress,
            segments=raster_source(segments, "segments"),
            rasters=rasters,
            output=outputs[self.OUTPUT],
            spec=self.spec(parameters, context),
            bands=self.parameterAsInts(parameters, self.BANDS, context) or None,
            mean_image=outputs[self.MEAN_IMAGE] or None,
            mean_image_type=self.chosen_one(parameters, self.MEAN_IMAGE_TYPE, context),
            write_attribute_table=self.parameterAsBool(parameters, self.WRITE_ATTRIBUTE_TABLE, context),
            resampling=self.chosen_one(parameters, self.RESAMPLING, context),
            **self._limits(parameters, context),
        )
        self.show(self.OUTPUT, outputs, self.tr("Segment statistics"), segments, None, context)
        self.show(self.MEAN_IMAGE, outputs, self.tr("Segment means"), segments, None, context)
        return {self.SEGMENT_COUNT: result.segment_count, self.COLUMN_COUNT: len(result.columns)}
