"""What the two segmentation algorithms share: reading their parameters, and the run."""

from __future__ import annotations

import re
import tempfile
from functools import partial
from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingUtils,
    QgsRasterLayer,
)

from ..core.errors import Cancelled, LeftRunning, ShepherdError
from ..core.spec import SegmentationSpec
from ..plugin.feedback import FeedbackProgress
from ..plugin.lineage import LineageStyler, lineage
from ..plugin.polygon_styling import polygon_styler
from ..plugin.styling import SegmentStyler, style_when_loaded
from ..plugin.tries import Try, TryStyler, is_from_a_form
from . import checks, naming
from .engine import call_engine
from .inputs import destination, file_of, raster_source
from .parameters import SegmentationParameters
from .vectors import mask_source, only_selected

if TYPE_CHECKING:
    from ..core import SegmentationResult


class SegmentationAlgorithm(SegmentationParameters):
    """Base of the segmentation algorithms; they add where and how to run."""

    def engine_arguments(
        self, parameters: dict[str, Any], layer: QgsRasterLayer, context: QgsProcessingContext
    ) -> dict[str, Any]:
        """Return what `segment_raster` is told beyond what both algorithms share."""
        raise NotImplementedError

    def is_try(
        self, parameters: dict[str, Any], layer: QgsRasterLayer, context: QgsProcessingContext
    ) -> bool:
        """Tell whether the results are to make room for the next ones, as long as they are temporary."""
        return False

    def checkParameterValues(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> tuple[bool, str]:
        layer = self.parameterAsRasterLayer(parameters, self.INPUT, context)
        if layer is not None and layer.isValid():
            try:
                self.check(parameters, layer, context)
            except ShepherdError as error:
                return False, self.explain(error)
        # Processing's own checks name neither the value nor a cure, so they come second.
        return super().checkParameterValues(self.as_processing_likes(parameters), context)

    def as_processing_likes(self, parameters: dict[str, Any]) -> dict[str, Any]:
        parameters = super().as_processing_likes(parameters)
        limit = parameters.get(self.MAX_SPECTRAL_DIFFERENCE)
        if limit is not None:
            parameters[self.MAX_SPECTRAL_DIFFERENCE] = checks.finite(limit)
        return parameters

    def check(self, parameters: dict[str, Any], layer: QgsRasterLayer, context: QgsProcessingContext) -> None:
        """Raise `ParameterError` for what is known to fail before the run."""
        spec = self.spec(parameters, context)
        checks.check_bands(spec.bands, layer)
        self._check_outputs(parameters, file_of(raster_source(layer, "input")))
        if parameters.get(self.MASK) and not only_selected(parameters[self.MASK]):
            checks.check_mask(self.parameterAsLayer(parameters, self.MASK, context), parameters[self.MASK])

    def _check_outputs(self, parameters: dict[str, Any], image: str) -> None:
        taken: dict[str, str | None] = {"input": image}
        for name in (self.OUTPUT, self.POLYGONS, self.STATISTICS_TABLE):
            value = parameters.get(name)
            checks.check_output(name.lower(), value, taken)
            if name != self.OUTPUT:
                checks.check_layer_format(name.lower(), value, name == self.STATISTICS_TABLE)
            taken[f"output “{self.label(name)}”"] = destination(value)

    def spec(self, parameters: dict[str, Any], context: QgsProcessingContext) -> SegmentationSpec:
        """Collect the parameters of the segmentation itself."""

        def number(name: str) -> float | None:
            return self.exact_number(parameters, name, context)

        return SegmentationSpec(
            bands=tuple(self.parameterAsInts(parameters, self.BANDS, context)) or None,
            clusters=number(self.CLUSTERS),
            min_segment_size=number(self.MIN_SEGMENT_SIZE),
            connectivity=int(self.chosen_one(parameters, self.CONNECTIVITY, context)),
            max_spectral_difference=number(self.MAX_SPECTRAL_DIFFERENCE),
            spectral_distance_percentile=number(self.SPECTRAL_DISTANCE_PERCENTILE),
            band_scaling=self.chosen_one(parameters, self.BAND_SCALING, context),
            smoothing=number(self.SMOOTHING),
            sample_size=number(self.SAMPLE_SIZE),
            seed=number(self.SEED),
            nodata=number(self.NODATA),
        )

    def creation_options(self, parameters: dict[str, Any], context: QgsProcessingContext) -> list[str] | None:
        """Return KEY=VALUE pairs; QGIS separates them by bars, people also by spaces."""
        text = self.parameterAsString(parameters, self.CREATION_OPTIONS, context)
        options = re.split(r"\||\s+(?=\w+=)", text)
        return [option.strip() for option in options if option.strip()] or None

    def processAlgorithm(  # noqa: N802
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> dict[str, Any]:
        layer = self.parameterAsRasterLayer(parameters, self.INPUT, context)
        if layer is None:
            raise QgsProcessingException(self.invalidRasterError(parameters, self.INPUT))
        self._warn_of_segments(layer, feedback)
        names = (self.OUTPUT, self.POLYGONS, self.STATISTICS_TABLE)
        outputs = {name: self.parameterAsOutputLayer(parameters, name, context) for name in names}
        may_go = is_from_a_form(feedback) and self.is_try(parameters, layer, context)
        trial = Try(layer.source()) if may_go else None
        try:
            with self.errors_for_processing():
                spec = self.spec(parameters, context)
                result = self._segment(parameters, layer, spec, outputs, context, feedback)
        except Cancelled:
            feedback.pushInfo(self.tr("Cancelled. No result was written."))
            return {}
        except LeftRunning as left:
            feedback.pushInfo(str(left))
            context.setLayersToLoadOnCompletion({})  # QGIS would miss what it was promised
            return {}
        feedback.pushInfo(self._summary(result))
        self._show(outputs, spec, result, trial, context)
        return {
            **{name: path for name, path in outputs.items() if path},
            self.SEGMENT_COUNT: result.segment_count,
            self.MAX_SPECTRAL_DIFFERENCE: result.max_spectral_difference,
        }

    def _segment(
        self,
        parameters: dict[str, Any],
        layer: QgsRasterLayer,
        spec: SegmentationSpec,
        outputs: dict[str, str],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> SegmentationResult:
        with tempfile.TemporaryDirectory(dir=QgsProcessingUtils.tempFolder()) as folder:
            return call_engine(
                "segment_with_products",
                FeedbackProgress(feedback),
                input=raster_source(layer, "input"),
                output=outputs[self.OUTPUT],
                polygons=outputs[self.POLYGONS],
                statistics_table=outputs[self.STATISTICS_TABLE],
                spec=spec,
                mask=mask_source(self, parameters, self.MASK, layer.crs(), folder, context),
                creation_options=self.creation_options(parameters, context),
                **self.engine_arguments(parameters, layer, context),
            )

    def _warn_of_segments(self, layer: QgsRasterLayer, feedback: QgsProcessingFeedback) -> None:
        if naming.holds_segments(layer.source()):
            text = self.tr(
                "“{layer}” is a result: its pixels are ids of segments, and segments of ids mean nothing. "
                "Choose the image itself as “{parameter}”."
            )
            feedback.pushWarning(text.format(layer=layer.name(), parameter=self.label(self.INPUT)))

    def _show(
        self,
        outputs: dict[str, str],
        spec: SegmentationSpec,
        result: SegmentationResult,
        trial: Try | None,
        context: QgsProcessingContext,
    ) -> None:
        """Have the results styled, and named after what decides on them, when they are loaded."""
        count, scale = result.segment_count, naming.of_spec(spec)
        stylers = {
            self.OUTPUT: lambda path: SegmentStyler(count, result.null_count),
            self.POLYGONS: lambda path: polygon_styler(path, count),
            self.STATISTICS_TABLE: lambda path: None,
        }
        titles = {
            self.OUTPUT: self.tr("Segments {what}"),
            self.POLYGONS: self.tr("Segment polygons {what}"),
            self.STATISTICS_TABLE: self.tr("Segment statistics {what}"),
        }
        for name, path in outputs.items():
            if path and context.willLoadLayerOnCompletion(path):
                title = titles[name].format(what=scale)
                styler = LineageStyler(stylers[name](path), lineage(self.id(), outputs[self.OUTPUT]))
                try_of = partial(TryStyler, trial, name) if trial else None
                style_when_loaded(context, path, styler, self.label(name), title, try_of)

    def _summary(self, result: SegmentationResult) -> str:
        text = self.tr(
            "{segments} segments. {singles} single pixels and {small} small segments have joined a "
            "neighbour; {nulls} pixels have no data."
        )
        return text.format(
            segments=result.segment_count,
            singles=result.single_pixels_eliminated,
            small=result.small_segments_eliminated,
            nulls=result.null_count,
        )
