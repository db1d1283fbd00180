"""The entry points: statistics of all segments as a table in a file, or as columns in memory."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from contextlib import ExitStack

import numpy as np

from ..progress import Progress
from .attribute_table import check_attribute_table
from .inputs import array_bands, as_paths, check_output, make_limits, make_request, open_rasters
from .job import Job, Outputs
from .mean_image import MeanImage
from .reading import ArrayLabels, RasterLabels
from .spec import StatisticsSpec, UserStatistic
from .table import SegmentTable, StatisticsResult
from .table_file import TableFile


def segment_statistics(  # noqa: PLR0913  (the options of a run, by keyword)
    segments: str | os.PathLike,
    rasters: str | os.PathLike | Sequence[str | os.PathLike] = (),
    output: str | os.PathLike | None = None,
    spec: StatisticsSpec | None = None,
    *,
    bands: Sequence[int] | None = None,
    layer: str | None = None,
    mean_image: str | os.PathLike | None = None,
    mean_image_type: str = "float32",
    write_attribute_table: bool = False,
    resampling: str = "nearest",
    tile_size: int | None = None,
    workers: int | None = None,
    max_concurrent_reads: int | None = None,
    memory: int | None = None,
    user_statistics: Sequence[UserStatistic] = (),
    progress: Progress | None = None,
) -> StatisticsResult:
    """Compute statistics of every segment of a label raster and write them as a table.

    The results are the same, bit for bit, for every `tile_size`, `workers`,
    `max_concurrent_reads` and `memory`.

    Parameters
    ----------
    segments : path
        Label raster of any type: ids above 0, in any order and with gaps; 0, negative values and
        nodata are outside.
    rasters : path or sequence of paths
        What is measured. Pixels that are nodata, NaN, infinite or masked are left out, band by
        band. A raster on another grid is warped to that of the segments.
    output : path, optional
        Table; its suffix decides the format. Written under a temporary name and moved to its
        place when it is complete. A GeoPackage that has other layers is refused, unless `layer`
        is given.
    spec : StatisticsSpec, optional
    bands : sequence of int, optional
        Bands of the first raster, counted from 1; None for all but an alpha band. Of other
        rasters all are taken.
    layer : str, optional
        Name of the table in the file; a GeoPackage that exists keeps its other layers then.
    mean_image : path, optional
        Raster in which every segment has the means of the bands of the first raster.
    mean_image_type : str
        ``"float32"`` or ``"input"``, see `MeanImage`.
    write_attribute_table : bool
        Add the columns to the attribute table of `segments` (Erdas Imagine and KEA only).
    resampling : str
        How rasters on another grid are warped, one of `RESAMPLING`.
    tile_size : int, optional
        Pixels along the side of a tile, rounded up to a multiple of 256.
    workers : int, optional
        Threads that compute; None or 0 for one per processor.
    max_concurrent_reads : int, optional
        Threads that read at the same time; None or 0 for one per worker.
    memory : int, optional
        Bytes for what must be held between tiles. Where values need more, the rasters are read
        several times; where results need more, they are kept in a temporary file.
    user_statistics : sequence of UserStatistic, optional
        The caller's own; each needs the whole segment in memory.
    progress : Progress, optional

    Returns
    -------
    StatisticsResult

    Raises
    ------
    ParameterError, RasterError, NotEnoughMemoryError, Cancelled
    """
    output = os.fspath(output) if output else None
    mean_image = os.fspath(mean_image) if mean_image else None
    inputs = [os.fspath(segments), *as_paths(rasters)]
    with ExitStack() as stack:
        job = _open_job(
            stack,
            inputs,
            spec,
            (bands, resampling),
            (tile_size, workers, max_concurrent_reads, memory),
            user_statistics,
        )
        check_output("output", output, inputs)
        check_output("mean_image", mean_image, inputs)
        if write_attribute_table:
            check_attribute_table(inputs[0])
        if mean_image:
            job.request.need_raster("mean_image")
        outputs = Outputs(
            TableFile(output, layer) if output else None,
            attribute_table=inputs[0] if write_attribute_table else None,
        )
        stack.callback(outputs.close)
        outputs.mean_image = MeanImage(mean_image, mean_image_type) if mean_image else None
        return job.write(outputs, progress or Progress())


def segment_columns(
    segments: str | os.PathLike,
    rasters: str | os.PathLike | Sequence[str | os.PathLike] = (),
    spec: StatisticsSpec | None = None,
    *,
    bands: Sequence[int] | None = None,
    resampling: str = "nearest",
    tile_size: int | None = None,
    workers: int | None = None,
    max_concurrent_reads: int | None = None,
    memory: int | None = None,
    user_statistics: Sequence[UserStatistic] = (),
    progress: Progress | None = None,
) -> SegmentTable:
    """Compute statistics of every segment and return them; see `segment_statistics`.

    Returns
    -------
    SegmentTable
    """
    with ExitStack() as stack:
        job = _open_job(
            stack,
            [os.fspath(segments), *as_paths(rasters)],
            spec,
            (bands, resampling),
            (tile_size, workers, max_concurrent_reads, memory),
            user_statistics,
        )
        return job.columns(progress or Progress())


def _open_job(
    stack: ExitStack,
    inputs: list[str],
    spec: StatisticsSpec | None,
    rasters: tuple,
    limits: tuple,
    user: Sequence[UserStatistic],
) -> Job:
    """Open the files and check everything that can be checked before the work."""
    limit = _Limit()
    labels = RasterLabels(inputs[0], limit)
    stack.callback(labels.close)
    sources = open_rasters(labels, inputs[1:], *rasters, limit)
    for source in sources:
        stack.callback(source.close)
    made = make_limits(sources, *limits)
    limit.set(made.readers)
    return Job(labels, make_request(spec, sources, inputs[1:], user), made)


class _Limit:
    """A semaphore whose number is known only after the files have been looked at."""

    def set(self, number: int) -> None:
        self._semaphore = threading.BoundedSemaphore(number)

    def __enter__(self) -> None:
        self._semaphore.acquire()

    def __exit__(self, *_: object) -> None:
        self._semaphore.release()


def segment_array_statistics(
    labels: np.ndarray,
    image: np.ndarray | None = None,
    spec: StatisticsSpec | None = None,
    *,
    nodata: float | Sequence[float | None] | None = None,
    geotransform: tuple[float, ...] | None = None,
    tile_size: int | None = None,
    workers: int | None = None,
    memory: int | None = None,
    user_statistics: Sequence[UserStatistic] = (),
    progress: Progress | None = None,
) -> SegmentTable:
    """Compute statistics of every segment of an array of labels.

    Parameters
    ----------
    labels : ndarray of integers, or of floats that are whole numbers, shape (rows, columns)
        Ids above 0; anything else is outside.
    image : ndarray, shape (bands, rows, columns) or (rows, columns), optional
    spec : StatisticsSpec, optional
    nodata : float, or one per band, optional
    geotransform : tuple of float, optional
        For shape in map units; otherwise it is in pixels.
    tile_size, workers, memory, user_statistics, progress
        See `segment_statistics`.

    Returns
    -------
    SegmentTable

    Raises
    ------
    ParameterError, NotEnoughMemoryError, Cancelled
    """
    source = ArrayLabels(np.asarray(labels), geotransform)
    shape = (source.grid.rows, source.grid.columns)
    sources = () if image is None else (array_bands(image, nodata, shape),)
    request = make_request(spec, sources, ["image"] * len(sources), user_statistics)
    limits = make_limits(sources, tile_size, workers, None, memory)
    return Job(source, request, limits).columns(progress or Progress())
