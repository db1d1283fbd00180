"""Images as the engine reads them: windows of features and of valid pixels."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from osgeo import gdal

from ..errors import Cancelled, ParameterError, RasterError
from ..grid import Window
from .gdal_calls import open_raster, read_band
from .nulls import mark_nulls, nodata_as

_SMALL = (gdal.GDT_Byte, gdal.GDT_UInt16, gdal.GDT_Int16, gdal.GDT_Float32)
_FLOATING = (gdal.GDT_Float32, gdal.GDT_Float64)
#: Rows that are read between two looks at the cancel flag.
STRIP_ROWS = 256
_COMPLEX = (gdal.GDT_CInt16, gdal.GDT_CInt32, gdal.GDT_CFloat32, gdal.GDT_CFloat64)


class ImageSource(Protocol):
    """What the stages need of an image, whether it is a file or an array."""

    rows: int
    columns: int
    bands: int
    dtype: np.dtype
    is_integer: bool

    def read(self, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """Return features (bands, rows, columns) and valid pixels (rows, columns)."""
        ...

    def in_blocks(self) -> bool:
        """Tell whether a part of a row can be read without the rest of it."""
        ...


@dataclass(frozen=True)
class RasterInfo:
    """What is known of a raster without reading its pixels.

    Parameters
    ----------
    path : str
        As given to GDAL.
    rows, columns : int
    bands : tuple of int
        The selected bands, counted from 1.
    types : tuple of int
        GDAL data type of each.
    nodata : tuple of (float or None)
        Nodata value of each.
    geotransform : tuple of float or None
    projection : str
        Well-known text; empty without a CRS.
    """

    path: str
    rows: int
    columns: int
    bands: tuple[int, ...]
    types: tuple[int, ...]
    nodata: tuple[float | None, ...]
    geotransform: tuple[float, ...] | None
    projection: str

    @property
    def is_integer(self) -> bool:
        """Whether all selected bands hold integers."""
        return not any(kind in _FLOATING for kind in self.types)

    @property
    def dtype(self) -> np.dtype:
        """float32 where that holds every value exactly, else float64."""
        return np.dtype(np.float32 if all(kind in _SMALL for kind in self.types) else np.float64)


def describe_raster(
    path: str, bands: tuple[int, ...] | None = None, nodata: float | None = None
) -> RasterInfo:
    """Open a raster and check that it can be segmented.

    Raises
    ------
    RasterError
        If it cannot be opened.
    ParameterError
        If a band does not exist or is complex.
    """
    dataset = open_raster(path)
    chosen = _choose_bands(dataset, path, bands)
    opened = [dataset.GetRasterBand(number) for number in chosen]
    for number, band in zip(chosen, opened):
        if band.DataType in _COMPLEX:
            raise ParameterError(
                "bands", number, "this band holds complex numbers; convert it to amplitude first."
            )
    transform = dataset.GetGeoTransform(can_return_null=True)
    return RasterInfo(
        path=path,
        rows=dataset.RasterYSize,
        columns=dataset.RasterXSize,
        bands=chosen,
        types=tuple(band.DataType for band in opened),
        nodata=tuple(band.GetNoDataValue() if nodata is None else nodata for band in opened),
        geotransform=tuple(transform) if transform else None,
        projection=dataset.GetProjection() or "",
    )


def _choose_bands(dataset: gdal.Dataset, path: str, bands: tuple[int, ...] | None) -> tuple[int, ...]:
    count = dataset.RasterCount
    if count == 0:
        raise RasterError(f"{path} has no bands of its own; choose one of its subdatasets.")
    if bands is None:
        numbers = tuple(n for n in range(1, count + 1) if not _is_alpha(dataset, n))
        return numbers or (1,)
    for number in bands:
        if number > count:
            raise ParameterError("bands", number, f"the raster has only {count} band(s).")
    return bands


def _is_alpha(dataset: gdal.Dataset, number: int) -> bool:
    return dataset.GetRasterBand(number).GetColorInterpretation() == gdal.GCI_AlphaBand


class RasterSource:
    """A raster file, read from several threads.

    Every reader has a GDAL dataset of its own; there are at most `readers` of them, and a
    thread that wants to read when all are busy waits.

    Parameters
    ----------
    info : RasterInfo
    mask : str, optional
        A raster of bytes on the same grid; pixels that are 0 there are null.
    readers : int
        Number of reads that may run at the same time.
    cancel : ndarray of uint8, shape (1,), optional
        A read stops early, with `Cancelled`, when this turns 1.
    """

    def __init__(
        self,
        info: RasterInfo,
        mask: str | None = None,
        readers: int = 1,
        cancel: np.ndarray | None = None,
    ) -> None:
        self.info = info
        self.rows, self.columns, self.bands = info.rows, info.columns, len(info.bands)
        self.dtype, self.is_integer = info.dtype, info.is_integer
        self._mask = mask
        self._nodata = nodata_as(info.nodata, info.dtype)
        self._cancel = np.zeros(1, np.uint8) if cancel is None else cancel
        self._idle: list[_Reader] = []
        self._lock = threading.Lock()
        self._may_read = threading.BoundedSemaphore(max(1, readers))

    def read(self, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """Read a window of the raster.

        Returns
        -------
        image : ndarray of float32 or float64, shape (bands, rows, columns)
        valid : ndarray of bool, shape (rows, columns)

        Raises
        ------
        RasterError
            Naming the file and the window.
        """
        image = np.empty((self.bands, window.rows, window.columns), self.dtype)
        valid = np.ones((window.rows, window.columns), np.bool_)
        with self._may_read, self._reader(window) as reader:
            for part in _strips(window):
                if self._cancel[0]:
                    raise Cancelled
                rows = slice(part.row - window.row, part.bottom - window.row)
                self._read_part(reader, part, image[:, rows], valid[rows])
        mark_nulls(image, self._nodata, valid)
        return image, valid

    def in_blocks(self) -> bool:
        """Tell whether a part of a row can be read without the rest of it; see `ImageSource`."""
        dataset = open_raster(self.info.path)
        width, _ = dataset.GetRasterBand(self.info.bands[0]).GetBlockSize()
        # The blocks of a VRT say nothing of the files that it is made of.
        return width < self.columns and dataset.GetDriver().ShortName != "VRT"

    def _read_part(self, reader: _Reader, part: Window, image: np.ndarray, valid: np.ndarray) -> None:
        for number, target in zip(self.info.bands, image):
            read_band(reader.dataset.GetRasterBand(number), part, target, self.info.path)
        for band, path in reader.masks:
            mask = np.empty(valid.shape, np.uint8)
            read_band(band, part, mask, path)
            valid &= mask != 0

    def close(self) -> None:
        """Close all readers that are not busy."""
        with self._lock:
            self._idle.clear()

    @contextmanager
    def _reader(self, window: Window) -> Iterator[_Reader]:
        """Take the idle reader whose latest window was nearest: its blocks are still cached."""
        reader = None
        with self._lock:
            if self._idle:
                reader = min(self._idle, key=lambda idle: idle.distance(window))
                self._idle.remove(reader)
        reader = reader or _Reader(self.info, self._mask)
        reader.latest = window
        yield reader
        with self._lock:
            self._idle.append(reader)


class _Reader:
    """One open dataset with the masks that apply to the selected bands."""

    def __init__(self, info: RasterInfo, mask: str | None) -> None:
        self.dataset = open_raster(info.path)
        self.masks = [(band, info.path) for band in _mask_bands(self.dataset, info.bands)]
        self.latest = Window(0, 0, 0, 0)
        self._user_mask = open_raster(mask) if mask else None
        if self._user_mask:
            self.masks.append((self._user_mask.GetRasterBand(1), mask))

    def distance(self, window: Window) -> tuple[int, bool, int]:
        """Return how far a window is from the latest one, rows first: files are stored in rows.

        Of two readers that are equally far, the one above has been nearer: tiles are visited
        from above.
        """
        rows = window.row - self.latest.row
        return abs(rows), rows < 0, abs(window.column - self.latest.column)


def _strips(window: Window) -> Iterator[Window]:
    """Cut a window into strips, so that a slow read can be cancelled in between."""
    for row in range(window.row, window.bottom, STRIP_ROWS):
        rows = min(STRIP_ROWS, window.bottom - row)
        yield Window(row, window.column, rows, window.columns)


def _mask_bands(dataset: gdal.Dataset, bands: tuple[int, ...]) -> list[gdal.Band]:
    """Return the bands that say which pixels are valid, nodata values aside."""
    masks = [
        dataset.GetRasterBand(number)
        for number in range(1, dataset.RasterCount + 1)
        if _is_alpha(dataset, number) and number not in bands
    ]
    for number in bands:
        band = dataset.GetRasterBand(number)
        flags = band.GetMaskFlags()
        if flags in (gdal.GMF_ALL_VALID, gdal.GMF_NODATA) or flags & gdal.GMF_ALPHA:
            continue
        masks.append(band.GetMaskBand())
        if flags & gdal.GMF_PER_DATASET:
            break
    return masks


class ArraySource:
    """An image in memory.

    Parameters
    ----------
    image : ndarray of float32 or float64, shape (bands, rows, columns)
    valid : ndarray of bool, shape (rows, columns), optional
    is_integer : bool
        Whether the values are integers.
    nodata : float, optional
    """

    def __init__(
        self,
        image: np.ndarray,
        valid: np.ndarray | None = None,
        is_integer: bool = True,
        nodata: float | None = None,
    ) -> None:
        self.bands, self.rows, self.columns = image.shape
        self.dtype, self.is_integer = image.dtype, is_integer
        self._image = image
        self._valid = np.ones(image.shape[1:], np.bool_) if valid is None else valid.copy()
        mark_nulls(image, nodata_as((nodata,) * self.bands, image.dtype), self._valid)

    def read(self, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """Return a copy of a window; see `ImageSource`."""
        index = window.slices_in(Window(0, 0, self.rows, self.columns))
        image = np.ascontiguousarray(self._image[(slice(None), *index)])
        return image, np.ascontiguousarray(self._valid[index])

    def in_blocks(self) -> bool:
        """Tell that any part of an array can be read; see `ImageSource`."""
        return True
