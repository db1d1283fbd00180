"""Labels and bands as statistics need them: windows, with what is null marked in each band."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

import numpy as np
from osgeo import gdal

from ..errors import ParameterError
from ..grid import Window
from ..raster.gdal_calls import open_raster, read_band
from ..raster.nulls import nodata_as
from ..raster.source import RasterInfo, describe_raster
from .alignment import Alignment, Grid
from .sums import blank

_AS_UINT32 = (gdal.GDT_Byte, gdal.GDT_UInt16, gdal.GDT_UInt32)
_NO_MASK = np.ones((1, 1), np.uint8)


class Labels(Protocol):
    """Segment ids, from a file or an array."""

    grid: Grid
    nodata: float
    dtype: type

    def read(self, window: Window) -> np.ndarray:
        """Return ids as uint32 or float64, C-contiguous; what is not above 0 is outside."""
        ...


class Bands(Protocol):
    """The bands of one raster on the grid of the labels."""

    numbers: tuple[int, ...]
    dtype: np.dtype
    is_integer: bool

    def read(self, window: Window, first: int, stop: int) -> np.ndarray:
        """Return some bands as ``dtype``, shape (bands, rows, columns), NaN where null."""
        ...


class _Readers:
    """Things to read with, each used by one thread at a time, and at most so many at once."""

    def __init__(self, make: Callable[[], Any], limit: AbstractContextManager) -> None:
        self._make, self._limit = make, limit
        # The one used last is taken first: its blocks are still cached.
        self._idle: queue.LifoQueue = queue.LifoQueue()

    @contextmanager
    def borrow(self) -> Iterator[Any]:
        with self._limit:
            try:
                reader = self._idle.get_nowait()
            except queue.Empty:
                reader = self._make()
            yield reader
            self._idle.put(reader)

    def close(self) -> None:
        """Forget the readers that are not busy."""
        while not self._idle.empty():
            self._idle.get_nowait()


class RasterLabels:
    """Segment ids in the first band of a raster of any type.

    Parameters
    ----------
    path : str
    limit : context manager
        Lets as many threads read at once as may.

    Raises
    ------
    RasterError, ParameterError
    """

    def __init__(self, path: str, limit: AbstractContextManager) -> None:
        info = describe_raster(path, (1,))
        self.path, self.info = path, info
        self.grid = Grid(info.rows, info.columns, info.geotransform, info.projection)
        self.nodata = float("nan") if info.nodata[0] is None else float(info.nodata[0])
        self.dtype = np.uint32 if info.types[0] in _AS_UINT32 else np.float64
        self._readers = _Readers(lambda: _open_with_masks(info), limit)

    def read(self, window: Window) -> np.ndarray:
        """Return the ids of a window."""
        labels = np.empty((window.rows, window.columns), self.dtype)
        with self._readers.borrow() as (dataset, masks):
            read_band(dataset.GetRasterBand(1), window, labels, self.path)
            if masks[0]:
                labels[_read_masks(masks[0], window, self.path) == 0] = 0
        return labels

    def close(self) -> None:
        """Close the file."""
        self._readers.close()


class ArrayLabels:
    """Segment ids in memory.

    Parameters
    ----------
    labels : ndarray of integers or floats, shape (rows, columns)
    geotransform : tuple of float, optional
    """

    nodata = float("nan")

    def __init__(self, labels: np.ndarray, geotransform: tuple[float, ...] | None = None) -> None:
        if labels.ndim != 2 or labels.dtype.kind not in "uif":
            raise ParameterError("labels", labels.shape, "give numbers of shape (rows, columns).")
        self.grid = Grid(*labels.shape, geotransform, "")
        self._labels = labels
        unsigned = labels.dtype.kind == "u" and labels.dtype.itemsize <= 4
        self.dtype = np.uint32 if unsigned else np.float64

    def read(self, window: Window) -> np.ndarray:
        """Return a copy of a window."""
        index = window.slices_in(Window(0, 0, self.grid.rows, self.grid.columns))
        return np.ascontiguousarray(self._labels[index], self.dtype)


class RasterBands:
    """Bands of a raster file, warped when it lies on another grid.

    Parameters
    ----------
    info : RasterInfo
    grid : Grid
        Of the labels.
    resampling : str
    limit : context manager
    """

    def __init__(self, info: RasterInfo, grid: Grid, resampling: str, limit: AbstractContextManager) -> None:
        self.info, self.numbers, self.dtype = info, info.bands, info.dtype
        self.is_integer = info.is_integer
        self.alignment = None if grid.has(info) else Alignment(info, grid, resampling)
        if self.alignment and resampling not in ("nearest", "mode"):
            self.is_integer = False
        self._nodata = nodata_as(info.nodata, info.dtype)
        opener = self.alignment.open if self.alignment else lambda: _open_with_masks(info)
        self._readers = _Readers(opener, limit)

    def read(self, window: Window, first: int, stop: int) -> np.ndarray:
        """Return bands ``first`` to ``stop - 1`` (counted from 0) of a window, NaN where null."""
        image = np.empty((stop - first, window.rows, window.columns), self.dtype)
        with self._readers.borrow() as reader:
            if self.alignment:
                mask = self.alignment.read(reader, window, first, image)
                masks = [mask] * (stop - first)
            else:
                masks = self._read_plain(reader, window, first, image)
        for band, (values, mask) in enumerate(zip(image, masks), start=first):
            blank(values, self._nodata[band], mask)
        return image

    def _read_plain(self, reader: tuple, window: Window, first: int, image: np.ndarray) -> list:
        dataset, masks = reader
        known: dict[tuple, np.ndarray] = {(): _NO_MASK}
        result = []
        for index, values in enumerate(image, start=first):
            read_band(dataset.GetRasterBand(self.numbers[index]), window, values, self.info.path)
            key = tuple(masks[index])
            if key not in known:
                known[key] = _read_masks(masks[index], window, self.info.path)
            result.append(known[key])
        return result

    def close(self) -> None:
        """Close the file."""
        self._readers.close()


class ArrayBands:
    """Bands in memory.

    Parameters
    ----------
    image : ndarray of numbers, shape (bands, rows, columns)
    nodata : tuple of (float or None)
        Of each band.
    """

    def __init__(self, image: np.ndarray, nodata: tuple[float | None, ...]) -> None:
        self.numbers = tuple(range(1, image.shape[0] + 1))
        self.is_integer = image.dtype.kind in "iub"
        small = image.dtype.itemsize <= (4 if image.dtype.kind == "f" else 2)
        self.dtype = np.dtype(np.float32 if small else np.float64)
        self._image, self._nodata = image, nodata_as(nodata, self.dtype)

    def read(self, window: Window, first: int, stop: int) -> np.ndarray:
        """Return a copy of some bands of a window, NaN where null."""
        whole = Window(0, 0, *self._image.shape[1:])
        part = self._image[(slice(first, stop), *window.slices_in(whole))]
        image = np.array(part, self.dtype, order="C")
        for band, values in enumerate(image, start=first):
            blank(values, self._nodata[band], _NO_MASK)
        return image


def _open_with_masks(info: RasterInfo) -> tuple[gdal.Dataset, list[list[gdal.Band]]]:
    """Open a raster, and find for every band what masks it beside its nodata value."""
    dataset = open_raster(info.path)
    alphas = [
        dataset.GetRasterBand(number)
        for number in range(1, dataset.RasterCount + 1)
        if dataset.GetRasterBand(number).GetColorInterpretation() == gdal.GCI_AlphaBand
        and number not in info.bands
    ]
    shared: list[gdal.Band] = []
    masks = []
    for number in info.bands:
        band = dataset.GetRasterBand(number)
        flags = band.GetMaskFlags()
        own = list(alphas)
        if flags not in (gdal.GMF_ALL_VALID, gdal.GMF_NODATA) and not flags & gdal.GMF_ALPHA:
            if flags & gdal.GMF_PER_DATASET:
                shared = shared or [band.GetMaskBand()]
                own += shared
            else:
                own.append(band.GetMaskBand())
        masks.append(own)
    return dataset, masks


def _read_masks(masks: list[gdal.Band], window: Window, path: str) -> np.ndarray:
    together = np.ones((window.rows, window.columns), np.uint8)
    mask = np.empty_like(together)
    for band in masks:
        read_band(band, window, mask, path)
        together &= mask != 0
    return together
