"""Where a result came from, in the metadata of its layer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from qgis.core import (
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
)

from ..core.redaction import without_secrets
from ..core.version import VERSION

#: What rasters of segments say of themselves, as far as it is for people.
_ITEMS = {
    "SHEPHERD_INPUT": "Image",
    "SHEPHERD_INPUT_SIZE": "Size of the image",
    "SHEPHERD_BANDS": "Bands",
    "SHEPHERD_MASK": "Mask",
    "SHEPHERD_MAX_SPECTRAL_DIFFERENCE": "Maximum spectral difference used",
    "SHEPHERD_CLIP_INPUT": "Clipped from",
    "SHEPHERD_CLIP_EXTENT": "Clipped to the extent",
    "SHEPHERD_CLIP_MASK": "Clipped to the mask",
}


def lineage(algorithm: str, segments: str, rasters: Sequence[str] = ()) -> tuple[str, ...]:
    """Return how a result was made, in lines.

    Parameters
    ----------
    algorithm : str
        Its id.
    segments : str
        The raster of segments, which tells how they were made.
    rasters : sequence of str
        What was measured.
    """
    from osgeo import gdal

    dataset = None
    with suppress(RuntimeError):
        dataset = gdal.Open(segments)
    items = dataset.GetMetadata() if dataset else {}
    lines = [f"Made by {algorithm}, Shepherd Segmentation {VERSION}"]
    lines += [f"Measured: {without_secrets(raster)}" for raster in rasters]
    lines.append(f"Segments: {without_secrets(segments)}")
    lines += [f"{title}: {items[key]}" for key, title in _ITEMS.items() if items.get(key)]
    with suppress(KeyError, ValueError, AttributeError):
        found = json.loads(items["SHEPHERD_PARAMETERS"])
        lines += [f"{name.replace('_', ' ').capitalize()}: {value}" for name, value in found.items()]
    return tuple(lines)


class LineageStyler(QgsProcessingLayerPostProcessorInterface):
    """Puts the lineage of a layer into its metadata, once it has been styled.

    Parameters
    ----------
    styler : QgsProcessingLayerPostProcessorInterface, optional
    lines : tuple of str
    """

    def __init__(
        self, styler: QgsProcessingLayerPostProcessorInterface | None, lines: tuple[str, ...]
    ) -> None:
        super().__init__()
        self._styler = styler
        self._lines = lines

    def postProcessLayer(  # noqa: N802
        self, layer: QgsMapLayer, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        if self._styler is not None:
            self._styler.postProcessLayer(layer, context, feedback)
        metadata = layer.metadata()
        metadata.setTitle(metadata.title() or layer.name() or Path(layer.source()).stem)
        metadata.setHistory([*metadata.history(), *self._lines])
        layer.setMetadata(metadata)
