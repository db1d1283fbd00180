"""Writes a label raster so that it exists complete or not at all."""

from __future__ import annotations

import os
import threading
from contextlib import suppress

import numpy as np
from osgeo import gdal

from ..errors import RasterError
from ..grid import Window
from .attribute_table import write_histogram
from .formats import WITH_ATTRIBUTE_TABLE, OutputFormat
from .gdal_calls import call, quiet, run
from .output_folder import final_name

#: Overviews are made until one is at most this many pixels wide and high.
OVERVIEW_SIZE = 1024
#: Blocks are compressed at the latest after this many bytes: GDAL's cache would keep gigabytes
#: until the end, where nobody could cancel.
_FLUSH_BYTES = 128 * 2**20


class LabelRaster:
    """A UInt32 raster that tiles are written into, from any thread.

    Parameters
    ----------
    path : str
        Temporary place of the file.
    form : OutputFormat
    rows, columns : int
    geotransform : tuple of float or None
    projection : str
    metadata : dict of str to str
        Provenance.
    threads : int
        Threads that compress.
    """

    def __init__(
        self,
        path: str,
        form: OutputFormat,
        rows: int,
        columns: int,
        geotransform: tuple[float, ...] | None,
        projection: str,
        metadata: dict[str, str],
        threads: int = 1,
    ) -> None:
        self._path, self._form, self._threads = path, form, threads
        self._lock = threading.Lock()
        self._work = form if form.can_create else OutputFormat("GTiff", _SCRATCH_OPTIONS)
        self._work_path = path if form.can_create else f"{path}.tmp"
        name = final_name(path)
        self._what = f"Cannot write {name} (is the disk full?)"
        self._dataset = call(
            f"Cannot create {name}",
            gdal.GetDriverByName(self._work.driver).Create,
            self._work_path,
            columns,
            rows,
            1,
            gdal.GDT_UInt32,
            list(self._work.with_threads(threads)),
        )
        if geotransform:
            call("Cannot set the geotransform", self._dataset.SetGeoTransform, geotransform)
        if projection:
            call("Cannot set the CRS", self._dataset.SetProjection, projection)
        self._dataset.SetMetadata(metadata)
        self._band = self._dataset.GetRasterBand(1)
        self._band.SetNoDataValue(0)
        self._band.SetDescription("segment")
        self._band.SetMetadataItem("LAYER_TYPE", "thematic")
        self._unflushed = 0
        self._factors = _overview_factors(rows, columns)
        self._overviews = self._add_overviews()

    def _add_overviews(self) -> list[gdal.Band]:
        """Make empty overviews that tiles are written into; only GeoTIFF can do that."""
        if self._work.driver != "GTiff" or not self._form.can_create or not self._factors:
            return []
        call("Cannot make overviews", self._dataset.BuildOverviews, "NONE", self._factors)
        return [self._band.GetOverview(i) for i in range(len(self._factors))]

    def write(self, window: Window, labels: np.ndarray) -> None:
        """Write the labels of one tile, and their share of the overviews.

        Parameters
        ----------
        window : Window
        labels : ndarray of uint32, shape (rows, columns)
        """
        reduced = [_reduce(window, labels, factor) for factor in self._factors]
        what = self._what
        with self._lock:
            run(what, self._band.WriteArray, labels, window.column, window.row)
            for band, (part, row, column) in zip(self._overviews, reduced):
                if part.size:
                    run(what, band.WriteArray, part, column, row)
            self._unflushed += labels.nbytes
            if self._unflushed >= _FLUSH_BYTES:
                run(what, self._dataset.FlushCache)
                self._unflushed = 0

    def finish(self, counts: np.ndarray) -> None:
        """Write statistics, table and overviews, and close the file.

        Parameters
        ----------
        counts : ndarray of int64, shape (segments + 1,)
            Pixels of label 0, 1, 2, ...
        """
        what = self._what
        run(what, self._dataset.FlushCache)
        _set_statistics(self._band, counts[1:])
        if self._work.driver in WITH_ATTRIBUTE_TABLE:
            write_histogram(self._band, counts, what)
        if self._factors and not self._overviews and self._form.can_create:
            call(what, self._dataset.BuildOverviews, "NEAREST", self._factors)
        run(what, self._dataset.FlushCache)
        if not self._form.can_create:
            self._copy(what, counts)
        run(what, self.close)
        self._check_result(what, counts)

    def _copy(self, what: str, counts: np.ndarray) -> None:
        """Translate the working file for a driver that only copies."""
        driver = gdal.GetDriverByName(self._form.driver)
        options = list(self._form.with_threads(self._threads))
        if self._form.driver == "COG":
            options.append("OVERVIEW_RESAMPLING=NEAREST")
        copy = call(what, driver.CreateCopy, self._path, self._dataset, 0, options)
        if self._has_companion(counts):
            write_histogram(copy.GetRasterBand(1), counts, what)
        run(what, copy.FlushCache)
        del copy
        self.close()
        os.unlink(self._work_path)

    def _has_companion(self, counts: np.ndarray) -> bool:
        return self._form.driver == "COG" and counts.size <= _COMPANION_ROWS

    def _check_result(self, what: str, counts: np.ndarray) -> None:
        """Errors of the last blocks may only show when the file is closed: look at it again.

        GeoTIFF reports what fails before that; other formats are read as a whole.
        """
        dataset = call(what, gdal.Open, self._path)
        band = dataset.GetRasterBand(1)
        rows, columns = dataset.RasterYSize, dataset.RasterXSize
        complete = dataset.GetMetadataItem("SHEPHERD_VERSION") is not None
        complete &= band.GetOverviewCount() >= len(self._factors)
        if self._has_companion(counts):
            table = band.GetDefaultRAT()
            complete &= table is not None and table.GetRowCount() == counts.size
        if self._form.driver in ("GTiff", "COG"):
            call(what, band.ReadAsArray, 0, rows - 1, columns, 1)
        else:
            found = np.zeros(counts.size + 1, np.int64)
            for row in range(0, rows, _CHECKED_ROWS):
                labels = call(what, band.ReadAsArray, 0, row, columns, min(_CHECKED_ROWS, rows - row))
                found += np.bincount(np.minimum(labels, counts.size).ravel(), minlength=found.size)
            complete &= np.array_equal(found[:-1], counts)
        if not complete:
            raise RasterError(f"{what}: the file is not complete.")

    def close(self) -> None:
        """Close the file as it is."""
        with quiet():
            self._overviews = []
            self._band = None
            # GDAL may raise here when its exceptions are on; `_check_result` looks at the file.
            with suppress(RuntimeError):
                self._dataset = None


#: A cloud-optimised GeoTIFF has its attribute table in a companion file of XML; a longer table
#: would keep every program waiting that opens the raster.
_COMPANION_ROWS = 100_000
#: Rows that are read at a time to check a result.
_CHECKED_ROWS = 256
_SCRATCH_OPTIONS = ("TILED=YES", "COMPRESS=DEFLATE", "PREDICTOR=2", "ZLEVEL=1", "BIGTIFF=IF_SAFER")


def _overview_factors(rows: int, columns: int) -> list[int]:
    factors, factor = [], 2
    while max(rows, columns) / (factor / 2) > OVERVIEW_SIZE:
        factors.append(factor)
        factor *= 2
    return factors


def _reduce(window: Window, labels: np.ndarray, factor: int) -> tuple[np.ndarray, int, int]:
    """Take every `factor`-th pixel of the raster that lies in the window, and its place."""
    row, column = -(-window.row // factor), -(-window.column // factor)
    part = labels[row * factor - window.row :: factor, column * factor - window.column :: factor]
    return np.ascontiguousarray(part), row, column


def _set_statistics(band: gdal.Band, counts: np.ndarray) -> None:
    """Set minimum, maximum, mean and standard deviation without reading the raster again."""
    pixels = counts.sum()
    if not pixels:
        return
    labels = np.arange(1, counts.size + 1, dtype=np.float64)
    mean = (labels * counts).sum() / pixels
    deviation = np.sqrt(((labels - mean) ** 2 * counts).sum() / pixels)
    run("Cannot set statistics", band.SetStatistics, 1, counts.size, float(mean), float(deviation))
