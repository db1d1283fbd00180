"""The engine's entry points: segment an array, or a raster of any size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .clustering.assign import as_features
from .compiling import compile_kernels
from .dtypes import LABEL
from .errors import ParameterError
from .executors.threads import WorkerPool, default_workers
from .grid import Window
from .pipeline.outcome import Stitched
from .pipeline.prepare import Prepared
from .pipeline.run import Run
from .progress import Progress
from .raster.source import ArraySource
from .spec import SegmentationSpec
from .timings import Timings
from .workspace.memory import MemoryWorkspace

DEFAULT_TILE_SIZE = 1024


@dataclass(frozen=True)
class SegmentationResult:
    """What a segmentation found.

    Parameters
    ----------
    segment_count : int
        Segments; their ids are 1..segment_count.
    null_count : int
        Pixels without a segment.
    single_pixels_eliminated : int
        Single-pixel clumps that joined a neighbour before any segment was compared.
    small_segments_eliminated : int
        Merges of the iterative elimination.
    max_spectral_difference : float
        The limit that was used; in units of the scaled bands.
    centres : ndarray of float64, shape (k, bands)
        Cluster centres in the image's units.
    tile_rows, tile_columns : int
        Number of rows and columns of tiles.
    timings : dict of str to float
        Seconds of work per stage over all threads, and the elapsed "total".
    labels : ndarray of uint32, shape (rows, columns), optional
        Only from `segment_array`.
    """

    segment_count: int
    null_count: int
    single_pixels_eliminated: int
    small_segments_eliminated: int
    max_spectral_difference: float
    centres: np.ndarray
    tile_rows: int
    tile_columns: int
    timings: dict[str, float]
    labels: np.ndarray | None = None


def segment_array(
    image: np.ndarray,
    spec: SegmentationSpec | None = None,
    *,
    valid: np.ndarray | None = None,
    centres: np.ndarray | None = None,
    tile_size: int = DEFAULT_TILE_SIZE,
    workers: int | None = None,
    progress: Progress | None = None,
) -> SegmentationResult:
    """Segment an image in memory.

    Parameters
    ----------
    image : ndarray, shape (bands, rows, columns)
        Integers or floating-point numbers; pixels that are not finite are null.
    spec : SegmentationSpec, optional
        Its ``bands`` select from the first axis.
    valid : ndarray of bool, shape (rows, columns), optional
        False marks null pixels.
    centres : ndarray, shape (clusters, bands), optional
        Cluster centres to use; then none are fitted.
    tile_size, workers : int, optional
        How the work is cut; they change no result.
    progress : Progress, optional

    Returns
    -------
    SegmentationResult
        With `labels`.

    Raises
    ------
    ParameterError
        If shapes or types cannot work.
    Cancelled
    """
    spec, progress = spec or SegmentationSpec(), progress or Progress()
    workers = check_count("workers", workers) or default_workers()
    tile_size = check_count("tile_size", tile_size) or DEFAULT_TILE_SIZE
    source = _array_source(image, spec, valid)
    timings, sink = Timings(), _ArraySink((source.rows, source.columns))
    with timings.measure("compiling"):
        compile_kernels(source.dtype, spec.smoothing > 0, progress)
    with WorkerPool(workers, progress.check) as pool:
        bounds = Window(0, 0, source.rows, source.columns)
        run = Run(source, bounds, spec, tile_size, MemoryWorkspace(), pool, progress, timings, centres)
        prepared = run.prepared()
        stitched = run.stitched(prepared)
        run.write(stitched, sink)
    return result_of(run, prepared, stitched, sink.labels)


def result_of(
    run: Run, prepared: Prepared, stitched: Stitched, labels: np.ndarray | None = None
) -> SegmentationResult:
    """Put together what a run found."""
    return SegmentationResult(
        segment_count=stitched.counts.size,
        null_count=stitched.null_count,
        single_pixels_eliminated=stitched.singles_joined,
        small_segments_eliminated=stitched.eliminated,
        max_spectral_difference=prepared.max_spectral_difference,
        centres=prepared.centres,
        tile_rows=run.grid.tile_rows,
        tile_columns=run.grid.tile_columns,
        timings=run.timings.as_dict(),
        labels=labels,
    )


def check_count(parameter: str, value: int | None) -> int | None:
    """Return a positive number, or None for None or 0."""
    if value is None or value == 0:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
        raise ParameterError(parameter, value, "give a positive whole number, or 0 for automatic.")
    return int(value)


def _array_source(image: np.ndarray, spec: SegmentationSpec, valid: np.ndarray | None) -> ArraySource:
    image = np.asarray(image)
    if image.ndim != 3 or 0 in image.shape:
        raise ParameterError("image", image.shape, "give an array of (bands, rows, columns).")
    if spec.bands:
        if max(spec.bands) > len(image):
            raise ParameterError("bands", max(spec.bands), f"the image has only {len(image)} band(s).")
        image = image[[number - 1 for number in spec.bands]]
    is_integer = image.dtype.kind in "biu"
    if is_integer and image.dtype.itemsize == 8 and np.abs(image).max() > 2**40:
        raise ParameterError("image", str(image.dtype), "integers beyond 2^40 are not possible.")
    if valid is not None:
        valid = np.asarray(valid, np.bool_)
        if valid.shape != image.shape[1:]:
            raise ParameterError("valid", valid.shape, f"give an array of {image.shape[1:]}.")
    return ArraySource(as_features(image), valid, is_integer, spec.nodata)


class _ArraySink:
    """Collects the tiles of an array."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self.labels = np.zeros(shape, LABEL)
        self._bounds = Window(0, 0, *shape)

    def write(self, window: Window, labels: np.ndarray) -> None:
        """Put a tile in its place."""
        self.labels[window.slices_in(self._bounds)] = labels
