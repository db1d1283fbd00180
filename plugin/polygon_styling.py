"""How polygons of segments look on the map."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from qgis.core import (
    QgsClassificationQuantile,
    QgsFillSymbol,
    QgsGraduatedSymbolRenderer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsProperty,
    QgsRendererRange,
    QgsSingleSymbolRenderer,
    QgsStyle,
    QgsSymbolLayer,
    QgsVectorLayer,
)

from .styling import OUTLINE, scale_of, show_from

#: Quantiles: as many segments in every class, whatever outliers there are.
CLASSES = 7
_RAMP, _TEAL = "Viridis", "#21918c"
#: A sample of so many segments tells the classes well enough.
_SAMPLE = 50_000
_ID = "segment_id"
_MEAN = re.compile(r"(^|_)b\d+_mean$")


@dataclass(frozen=True)
class Graduation:
    """A field and the limits of its classes, ascending.

    Parameters
    ----------
    field : str
    breaks : tuple of float
        One more than classes.
    """

    field: str
    breaks: tuple[float, ...]


def graduation(path: str, count: int) -> Graduation | None:
    """Choose the first column of means and its classes; None if there is nothing to tell apart.

    Meant for the thread of the algorithm: it reads the file, which takes a moment.

    Parameters
    ----------
    path : str
        The finished layer.
    count : int
        Number of its features.
    """
    import numpy as np
    from osgeo import ogr

    dataset = ogr.Open(path)
    layer = dataset.GetLayer(0)
    definition = layer.GetLayerDefn()
    columns = [definition.GetFieldDefn(index).GetName() for index in range(definition.GetFieldCount())]
    field = next((name for name in columns if _MEAN.search(name)), None)
    if field is None or not count:
        return None
    layer.SetIgnoredFields(["OGR_GEOMETRY", *(name for name in columns if name not in (field, _ID))])
    if count > _SAMPLE:
        layer.SetAttributeFilter(f"{_ID} % {math.ceil(count / _SAMPLE)} = 0")
    place = definition.GetFieldIndex(field)
    values = [feature.GetField(place) for feature in layer if feature.IsFieldSetAndNotNull(place)]
    if not values:
        return None
    breaks = np.unique(np.percentile(values, np.linspace(0, 100, CLASSES + 1)))
    return Graduation(field, tuple(breaks.tolist())) if breaks.size > 1 else None


def polygon_styler(path: str, count: int) -> PolygonStyler:
    """Return the styler of a finished layer, see `graduation`."""
    return PolygonStyler(count, graduation(path, count))


class PolygonStyler(QgsProcessingLayerPostProcessorInterface):
    """Styles polygons of segments once they are loaded: by a field, or as outlines over an image.

    Both draw half a million polygons in seconds: symbols are as simple as can be, there are no labels,
    and outlines are left out at scales where they would cover everything.

    Parameters
    ----------
    count : int
        Number of polygons.
    graduated : Graduation, optional
    """

    def __init__(self, count: int, graduated: Graduation | None = None) -> None:
        super().__init__()
        self._count = count
        self._graduated = graduated

    def postProcessLayer(  # noqa: N802
        self, layer: QgsVectorLayer, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        if not isinstance(layer, QgsVectorLayer) or not layer.isValid():
            return
        if self._graduated and layer.fields().indexOf(self._graduated.field) >= 0:
            show_classes(layer, self._graduated)
        else:
            show_outlines(layer)
            self._limit_scale(layer, feedback)
        layer.triggerRepaint()
        layer.emitStyleChanged()

    def _limit_scale(self, layer: QgsVectorLayer, feedback: QgsProcessingFeedback) -> None:
        extent = layer.extent()
        if not self._count or extent.isEmpty() or not layer.crs().isValid():
            return
        scale = scale_of(layer, math.sqrt(extent.width() * extent.height() / self._count))
        show_from(layer, scale)
        feedback.pushInfo(f"The map shows the outlines of polygons at 1:{scale:.0f} and larger scales.")


def show_outlines(layer: QgsVectorLayer) -> None:
    """Draw thin outlines, and let what lies below show through."""
    # Of width 0, a line is one pixel wide on every screen, and quickly drawn.
    properties = {"style": "no", "outline_color": OUTLINE.name(), "outline_width": "0"}
    layer.setRenderer(QgsSingleSymbolRenderer(QgsFillSymbol.createSimple(properties)))


def show_classes(layer: QgsVectorLayer, graduated: Graduation) -> None:
    """Colour polygons by the class of a field."""
    ramp = QgsStyle.defaultStyle().colorRamp(_RAMP)
    pairs = list(zip(graduated.breaks[:-1], graduated.breaks[1:]))
    ranges = []
    for number, (low, high) in enumerate(pairs):
        colour = ramp.color(number / max(len(pairs) - 1, 1))
        # The outline in the fill's colour closes the gaps that antialiasing leaves between neighbours.
        properties = {"color": colour.name(), "outline_color": colour.name(), "outline_width": "0"}
        symbol = QgsFillSymbol.createSimple(properties)
        ranges.append(QgsRendererRange(low, high, symbol, f"{low:.6g} – {high:.6g}"))
    renderer = QgsGraduatedSymbolRenderer(graduated.field, ranges)
    renderer.setClassificationMethod(QgsClassificationQuantile())
    renderer.setSourceColorRamp(ramp)
    renderer.setSourceSymbol(_seamless())
    layer.setRenderer(renderer)


def _seamless() -> QgsFillSymbol:
    """Return what “Classify” makes classes of: an outline has the colour of its fill, whatever that is."""
    symbol = QgsFillSymbol.createSimple({"color": _TEAL, "outline_width": "0"})
    keys = QgsSymbolLayer.Property
    # Its name until QGIS 3.36.
    key = keys.StrokeColor if hasattr(keys, "StrokeColor") else keys.PropertyStrokeColor
    symbol.symbolLayer(0).setDataDefinedProperty(key, QgsProperty.fromExpression("@symbol_color"))
    return symbol
