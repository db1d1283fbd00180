"""How results look on the map."""

from __future__ import annotations

import math
from collections.abc import Callable

from qgis import utils
from qgis.core import (
    QgsHillshadeRenderer,
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsRasterLayer,
    QgsRectangle,
    QgsScaleCalculator,
)
from qgis.PyQt import sip
from qgis.PyQt.QtGui import QColor, QPainter

Styler = QgsProcessingLayerPostProcessorInterface

#: With the blend mode Difference this gives orange lines on a dark background, violet ones on a medium
#: one and blue ones on a light one or on the empty canvas: one of the channels always stands out.
OUTLINE = QColor(255, 128, 0)

# QGIS measures the altitude of the light from the zenith (https://github.com/qgis/QGIS/issues/51178):
# this is light from straight above, under which everything level is white.
_OVERHEAD = 0.0
_AZIMUTH = 315.0
# Steep enough to turn a step of one between two ids into black at every scale of the map.
_EXAGGERATION = 1e6
_HALF = 127

#: In pixels of the screen; an outline is two pixels wide.
_SMALLEST_ON_SCREEN = 4
_SCREEN_DPI = 96


def show_outlines(layer: QgsRasterLayer) -> None:
    """Draw the outlines of segments, and let what lies below show through.

    Ids are names, not quantities: shades of grey would be noise, a palette of a hundred thousand entries
    would choke the legend, and a ramp gives neighbours, whose ids are close, nearly the same colour. A
    hillshade of the ids is black where the id changes and white elsewhere, at every scale, for any
    number of segments. The filters make that coloured lines on black, which Difference leaves out.
    """
    renderer = QgsHillshadeRenderer(layer.dataProvider(), 1, _AZIMUTH, _OVERHEAD)
    renderer.setZFactor(_EXAGGERATION)
    layer.setRenderer(renderer)
    layer.brightnessFilter().setBrightness(_HALF)
    colours = layer.hueSaturationFilter()
    colours.setInvertColors(True)
    colours.setColorizeOn(True)
    colours.setColorizeColor(OUTLINE)
    colours.setColorizeStrength(100)
    layer.setBlendMode(QPainter.CompositionMode.CompositionMode_Difference)


def smallest_scale(layer: QgsRasterLayer, pixels: float) -> float:
    """Return the scale (its denominator) below which outlines would cover everything.

    Parameters
    ----------
    layer : QgsRasterLayer
    pixels : float
        Mean size of a segment.
    """
    return scale_of(layer, math.sqrt(pixels) * layer.rasterUnitsPerPixelX())


def scale_of(layer: QgsMapLayer, side: float) -> float:
    """Return the scale at which a square in the middle of a layer is as small as a segment may be."""
    segment = QgsRectangle.fromCenterAndSize(layer.extent().center(), side, side)
    calculator = QgsScaleCalculator(_SCREEN_DPI, layer.crs().mapUnits())
    scale = calculator.calculate(segment, _SMALLEST_ON_SCREEN)
    step = 10 ** (math.floor(math.log10(scale)) - 1)
    return math.ceil(scale / step) * step


def show_from(layer: QgsMapLayer, scale: float) -> None:
    """Leave a layer out at smaller scales than this one.

    The first layer of a project changes the map's coordinate system, after which the legend may keep a
    scale in other units: it would grey out a layer that is drawn.
    """
    layer.setMinimumScale(scale)
    layer.setScaleBasedVisibility(True)
    if utils.iface is not None:
        canvas = utils.iface.mapCanvas()
        legend = utils.iface.layerTreeView().layerTreeModel()
        resolution = round(canvas.mapSettings().outputDpi())
        legend.setLegendMapViewData(canvas.mapUnitsPerPixel(), resolution, canvas.scale())


class SegmentStyler(QgsProcessingLayerPostProcessorInterface):
    """Styles a segment raster once it is loaded.

    Parameters
    ----------
    segments, nulls : int
        Number of segments, and of pixels without data.
    """

    def __init__(self, segments: int, nulls: int) -> None:
        super().__init__()
        self._segments = segments
        self._nulls = nulls

    def postProcessLayer(  # noqa: N802
        self, layer: QgsRasterLayer, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        if not isinstance(layer, QgsRasterLayer) or not layer.isValid():
            return
        show_outlines(layer)
        if self._segments and layer.crs().isValid():
            pixels = (layer.width() * layer.height() - self._nulls) / self._segments
            scale = smallest_scale(layer, pixels)
            show_from(layer, scale)
            feedback.pushInfo(f"The map shows the outlines of segments at 1:{scale:.0f} and larger scales.")
        layer.triggerRepaint()
        layer.emitStyleChanged()


# The context owns a post-processor and deletes it, but does not keep its Python half alive.
_in_use: list[Styler] = []


def _keep(styler: Styler) -> Styler:
    _in_use[:] = [other for other in _in_use if not sip.isdeleted(other)] + [styler]
    return styler


def style_when_loaded(
    context: QgsProcessingContext,
    output: str,
    styler: Styler | None,
    default_name: str,
    name: str,
    trial: Callable[[Styler | None], Styler] | None = None,
) -> None:
    """Have the layer `output` styled and named when the context loads it.

    The name is replaced only where it is the output's own (`default_name`): in a model or a script it is
    what somebody chose. The same holds for `trial`, which makes the styler one of a try.
    """
    if not context.willLoadLayerOnCompletion(output):
        return
    details = context.layerToLoadOnCompletionDetails(output)
    if details.name == default_name:
        details.name = name
        if trial is not None:
            styler = trial(styler)
    if styler is not None:
        details.setPostProcessor(_keep(styler))
