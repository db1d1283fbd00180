"""What a run is given: files and arrays, opened and checked."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from ..errors import ParameterError
from ..executors.threads import default_workers
from ..memory import BASE_BYTES, check_memory
from ..paths import same_file
from ..raster.source import describe_raster
from ..segmentation import check_count
from .engine import Limits
from .names import raster_prefixes
from .reading import ArrayBands, Bands, RasterBands, RasterLabels
from .results import Request
from .spec import RESAMPLING, StatisticsSpec, UserStatistic

DEFAULT_TILE_SIZE = 1024
#: Bytes for what is held between tiles.
DEFAULT_MEMORY = 512 * 2**20
#: A tile of all bands should not take more: the blocks of a file hold all its bands.
_TILE_BYTES = 256 * 2**20


def as_paths(rasters: Any) -> list[str]:
    """Return one path or several as a list."""
    if isinstance(rasters, (str, os.PathLike)):
        return [os.fspath(rasters)]
    return [os.fspath(path) for path in rasters or ()]


def open_rasters(
    labels: RasterLabels,
    paths: list[str],
    bands: Sequence[int] | None,
    resampling: str,
    limit: AbstractContextManager,
) -> tuple[RasterBands, ...]:
    """Open the rasters to measure.

    Parameters
    ----------
    labels : RasterLabels
    paths : list of str
    bands : sequence of int, optional
        Of the first raster; of the others all are taken.
    resampling : str
    limit : context manager

    Raises
    ------
    RasterError, ParameterError
    """
    if resampling not in RESAMPLING:
        raise ParameterError("resampling", resampling, f"give one of {', '.join(RESAMPLING)}.")
    chosen = [_bands(bands)] + [None] * len(paths)
    infos = [describe_raster(path, numbers) for path, numbers in zip(paths, chosen)]
    return tuple(RasterBands(info, labels.grid, resampling, limit) for info in infos)


def _bands(bands: Any) -> tuple[int, ...] | None:
    if bands is None:
        return None
    numbers = (bands,) if isinstance(bands, int) else tuple(bands)
    for number in numbers:
        whole = isinstance(number, (int, np.integer)) and not isinstance(number, bool)
        if not whole or number < 1 or numbers.count(number) > 1:
            raise ParameterError("bands", number, "give different band numbers, counted from 1.")
    return tuple(int(number) for number in numbers) or None


def array_bands(image: Any, nodata: Any, shape: tuple[int, int]) -> ArrayBands:
    """Return an image in memory as a source.

    Raises
    ------
    ParameterError
        If its shape is not that of the labels.
    """
    image = np.asarray(image)
    image = image[np.newaxis] if image.ndim == 2 else image
    if image.ndim != 3 or image.shape[1:] != shape or image.dtype.kind not in "biuf":
        raise ParameterError(
            "image", image.shape, f"give an array of numbers of shape (bands, {shape[0]}, {shape[1]})."
        )
    values = tuple(nodata) if isinstance(nodata, Iterable) else (nodata,) * image.shape[0]
    if len(values) != image.shape[0]:
        raise ParameterError("nodata", values, "give one value, or one for every band.")
    return ArrayBands(image, values)


def make_request(
    spec: StatisticsSpec | None,
    sources: tuple[Bands, ...],
    paths: list[str],
    user: Sequence[UserStatistic],
) -> Request:
    """Put together what was asked for.

    Raises
    ------
    ParameterError
        If there is nothing to compute.
    """
    spec = spec or StatisticsSpec()
    user = (user,) if isinstance(user, UserStatistic) else tuple(user)
    if not sources and not (spec.shape or spec.neighbours):
        raise ParameterError("rasters", paths, "give at least one raster, or ask for shape or neighbours.")
    if spec.is_empty and not user:
        raise ParameterError("statistics", spec.statistics, "choose at least one.")
    return Request(spec, sources, raster_prefixes(paths, spec.prefix), user)


def make_limits(
    sources: tuple[Bands, ...],
    tile_size: int | None,
    workers: int | None,
    readers: int | None,
    memory: int | None,
) -> Limits:
    """Choose what was not given.

    Raises
    ------
    ParameterError, NotEnoughMemoryError
    """
    size = check_count("tile_size", tile_size)
    threads = check_count("workers", workers) or default_workers()
    per_pixel = _pixel_bytes(sources)
    if size is None:
        size = DEFAULT_TILE_SIZE
        while size > 256 and size * size * per_pixel > _TILE_BYTES:
            size //= 2
    limits = Limits(
        size,
        threads,
        check_count("max_concurrent_reads", readers) or threads,
        check_count("memory", memory) or DEFAULT_MEMORY,
    )
    check_memory(tiles_memory(sources, limits), "use smaller tiles, fewer workers or fewer readers.")
    return limits


def tiles_memory(sources: tuple[Bands, ...], limits: Limits) -> int:
    """Estimate the bytes that a run needs beside those that `Limits.memory` grants."""
    # Labels, parts, what is read at once, and its values in order.
    tile = limits.tile_size**2 * (12 + 2 * min(_pixel_bytes(sources), 64))
    return BASE_BYTES + limits.threads * tile


def _pixel_bytes(sources: tuple[Bands, ...]) -> int:
    return max((len(source.numbers) * source.dtype.itemsize for source in sources), default=0)


def check_output(parameter: str, output: str | None, inputs: list[str]) -> None:
    """Refuse an output that is an input.

    Raises
    ------
    ParameterError
    """
    for path in inputs:
        if output and same_file(output, path):
            raise ParameterError(parameter, output, "this is an input; choose another name.")
