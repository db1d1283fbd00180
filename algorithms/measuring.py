"""What the algorithms have in common that take segments as they are: reading them, and the run."""

from __future__ import annotations

import tempfile
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsProcessingOutputNumber,
    QgsProcessingParameterRasterLayer,
    QgsProcessingUtils,
    QgsRasterLayer,
)

from ..core.errors import Cancelled, ParameterError, ShepherdError
from ..plugin.feedback import FeedbackProgress
from ..plugin.lineage import LineageStyler, lineage
from ..plugin.styling import style_when_loaded
from . import checks, naming
from .base import ShepherdAlgorithm
from .inputs import destination, file_of, raster_source


class MeasuringAlgorithm(ShepherdAlgorithm):
    """Base of the algorithms that begin with a raster of segments."""

    SEGMENTS = "SEGMENTS"
    SEGMENT_COUNT = "SEGMENT_COUNT"
    #: The outputs that are files.
    FILES: tuple[str, ...] = ()
    #: What the run measures.
    measured: tuple[str, ...] = ()

    def group(self) -> str:
        return self.tr("Segments: measure and convert")

    def groupId(self) -> str:  # noqa: N802
        return "segments"

    def add_segments(self) -> None:
        """Declare the raster of segments."""
        self.add(
            QgsProcessingParameterRasterLayer(self.SEGMENTS, self.tr("Segments")),
            self.tr(
                "Raster of segment ids above 0, from this plugin or any other source; gaps between the ids "
                "do no harm. 0 and nodata are outside."
            ),
        )

    def add_segment_count(self) -> None:
        """Declare the number that all of them return."""
        self.addOutput(QgsProcessingOutputNumber(self.SEGMENT_COUNT, self.tr("Number of segments")))

    def check(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """Raise `ParameterError` for what is known to fail before the run."""
        layer = self.parameterAsRasterLayer(parameters, self.SEGMENTS, context)
        taken: dict[str, str | None] = {}
        if layer is not None and layer.isValid():
            taken["raster of segments"] = file_of(raster_source(layer, "segments"))
        for name in self.FILES:
            checks.check_output(name.lower(), parameters.get(name), taken)
            taken[f"output “{self.label(name)}”"] = destination(parameters.get(name))

    def checkParameterValues(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> tuple[bool, str]:
        try:
            self.check(parameters, context)
        except ShepherdError as error:
            return False, self.explain(error)
        # Processing's own checks name neither the value nor a cure, so they come second.
        return super().checkParameterValues(self.as_processing_likes(parameters), context)

    def processAlgorithm(  # noqa: N802
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> dict[str, Any]:
        outputs = {name: self.parameterAsOutputLayer(parameters, name, context) for name in self.FILES}
        temporary = tempfile.TemporaryDirectory(dir=QgsProcessingUtils.tempFolder())
        try:
            with self.errors_for_processing(), temporary as folder:
                numbers = self.run_engine(parameters, outputs, folder, context, FeedbackProgress(feedback))
        except Cancelled:
            feedback.pushInfo(self.tr("Cancelled. No result was written."))
            return {}
        return {**{name: path for name, path in outputs.items() if path}, **numbers}

    def run_engine(
        self,
        parameters: dict[str, Any],
        outputs: dict[str, str],
        folder: str,
        context: QgsProcessingContext,
        progress: FeedbackProgress,
    ) -> dict[str, Any]:
        """Call the engine, have the results styled, and return the outputs that are numbers.

        `outputs` are paths, empty where none is wanted; `folder` is for what is temporary.
        """
        raise NotImplementedError

    def segments(self, parameters: dict[str, Any], context: QgsProcessingContext) -> QgsRasterLayer:
        """Return the layer of segments."""
        layer = self.parameterAsRasterLayer(parameters, self.SEGMENTS, context)
        if layer is None:
            raise QgsProcessingException(self.invalidRasterError(parameters, self.SEGMENTS))
        return layer

    def rasters(self, parameters: dict[str, Any], name: str, context: QgsProcessingContext) -> list[str]:
        """Return what GDAL opens to read the rasters of a parameter, one or several."""
        if not parameters.get(name):
            return []
        layers = self.parameterAsLayerList(parameters, name, context)
        for layer in layers:
            if not isinstance(layer, QgsRasterLayer):
                raise ParameterError(name.lower(), layer.name(), "choose a raster.")
        return [raster_source(layer, name.lower()) for layer in layers]

    def show(
        self,
        name: str,
        outputs: dict[str, str],
        title: str,
        segments: QgsRasterLayer,
        styler: QgsProcessingLayerPostProcessorInterface | None,
        context: QgsProcessingContext,
    ) -> None:
        """Have a result styled, and named after the segments, when it is loaded."""
        if outputs[name]:
            made = naming.of_segments(segments, segments.source())
            styler = LineageStyler(styler, lineage(self.id(), segments.source(), self.measured))
            style_when_loaded(context, outputs[name], styler, self.label(name), f"{title} {made}")
