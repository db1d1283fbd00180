"""Holds the engine to the slow reference."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shepherd_segmentation.core import SegmentationResult, SegmentationSpec, segment_array
from shepherd_segmentation.core.executors.threads import WorkerPool
from shepherd_segmentation.core.grid import Window
from shepherd_segmentation.core.pipeline.prepare import Prepared
from shepherd_segmentation.core.pipeline.run import Run
from shepherd_segmentation.core.progress import Progress
from shepherd_segmentation.core.raster.source import ArraySource
from shepherd_segmentation.core.timings import Timings
from shepherd_segmentation.core.workspace.memory import MemoryWorkspace
from tests.core import reference
from tests.core.contract import check_labels


def prepare(
    image: NDArray, spec: SegmentationSpec, valid: NDArray[np.bool_], centres: NDArray | None = None
) -> Prepared:
    """Return what the engine fixes before it looks at single tiles."""
    is_integer = image.dtype.kind in "iu"
    source = ArraySource(image.astype(np.float64), valid, is_integer)
    extent = Window(0, 0, source.rows, source.columns)
    with WorkerPool(1, lambda: None) as pool:
        args = (source, extent, spec, 64, MemoryWorkspace(), pool, Progress(), Timings(), centres)
        return Run(*args).prepared()


def quantised(image: NDArray, valid: NDArray[np.bool_], prepared: Prepared) -> NDArray[np.int64]:
    """Return the integers that a floating-point image is summed in, 0 where null."""
    column = (slice(None), np.newaxis, np.newaxis)
    values = np.where(valid, image, 0.0).astype(np.float64)
    values = np.rint((values - prepared.offset[column]) * prepared.factor[column])
    return np.where(valid, np.clip(values, -prepared.limit, prepared.limit), 0).astype(np.int64)


def expected_labels(
    image: NDArray,
    spec: SegmentationSpec,
    valid: NDArray[np.bool_],
    prepared: Prepared,
    features: NDArray | None = None,
) -> tuple[NDArray[np.int64], dict[str, int]]:
    """Segment by the slow reference, with what the engine prepared."""
    exact = {}
    if image.dtype.kind == "f":
        exact = {"values": quantised(image, valid, prepared), "unit": 1 / prepared.factor}
    return reference.segment(
        image,
        prepared.centres,
        valid=valid,
        min_segment_size=spec.min_segment_size,
        connectivity=spec.connectivity,
        max_spectral_difference=prepared.max_spectral_difference,
        scale=prepared.scale,
        features=features,
        **exact,
    )


def check_against_reference(
    image: NDArray,
    spec: SegmentationSpec,
    *,
    valid: NDArray[np.bool_] | None = None,
    centres: NDArray | None = None,
    tile_sizes: tuple[int, ...] = (1024,),
    workers: int = 1,
) -> SegmentationResult:
    """Assert that the engine finds what the reference does, for every tile size."""
    if valid is None:
        valid = np.ones(image.shape[1:], dtype=bool)
    valid = valid & np.isfinite(image).all(axis=0)
    prepared = prepare(image, spec, valid, centres)
    expected, counts = expected_labels(image, spec, valid, prepared)
    check_labels(expected, valid, spec.connectivity)
    for tile_size in tile_sizes:
        result = segment_array(
            image, spec, valid=valid, centres=centres, tile_size=tile_size, workers=workers
        )
        np.testing.assert_array_equal(result.labels, expected, f"tiles of {tile_size} pixels")
        assert result.segment_count == counts["segments"]
        assert result.single_pixels_eliminated == counts["joined"]
        assert result.small_segments_eliminated == counts["eliminated"]
        assert result.null_count == np.count_nonzero(~valid)
        assert result.max_spectral_difference == prepared.max_spectral_difference
        np.testing.assert_array_equal(result.centres, prepared.centres)
    return result
