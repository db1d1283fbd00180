"""A raster in which every segment has the mean values of its pixels."""

from __future__ import annotations

import os
import threading

import numpy as np
from osgeo import gdal

from ..errors import ParameterError
from ..executors.threads import WorkerPool
from ..progress import Progress
from ..raster.formats import OutputFormat, output_format
from ..raster.gdal_calls import call, quiet, run
from ..raster.output_folder import OutputFolder
from ..raster.source import RasterInfo
from .engine import Measured
from .reading import RasterBands

TYPES = ("float32", "input")
_SCRATCH = ("TILED=YES", "COMPRESS=DEFLATE", "ZLEVEL=1", "BIGTIFF=IF_SAFER")


class MeanImage:
    """A raster of means on the grid of the labels.

    Parameters
    ----------
    output : str
        Its suffix decides the format, see `output_format`.
    kind : str
        ``"float32"``: NaN where there is no value; ``"input"``: the type of the raster's bands,
        rounded where that is one of integers. Nodata is then that of the raster or, when it has
        none, the lowest number of a signed type and the highest of an unsigned one.

    Raises
    ------
    ParameterError
    """

    def __init__(self, output: str, kind: str) -> None:
        if kind not in TYPES:
            raise ParameterError("mean_image_type", kind, f"give {' or '.join(map(repr, TYPES))}.")
        self.output, self._kind = output, kind
        self._form = output_format(output)
        self._folder = OutputFolder(output)
        self._work = self._folder.temporary + ("" if self._form.can_create else ".tmp")
        self._lock = threading.Lock()
        self._dataset: gdal.Dataset | None = None

    def write(self, measured: Measured, pool: WorkerPool, progress: Progress) -> None:
        """Paint the means of the first raster, under a temporary name.

        Raises
        ------
        RasterError, Cancelled
        """
        source = measured.task.request.sources[0]
        kind, nodata = self._values(source.info)
        self._dataset = self._create(measured, source, kind, nodata)
        means, grid = measured.results.means(0), measured.tiles.grid
        done = [0]

        def count(_: None) -> None:
            done[0] += 1
            progress.fraction(done[0] / len(grid))

        pool.each(lambda tile: self._paint(tile, measured, means, nodata), grid, count)
        self._finish()

    def publish(self) -> None:
        """Move the file to its place.

        Raises
        ------
        RasterError
        """
        self._folder.publish()

    def _finish(self) -> None:
        """Close the file, and look at it again: errors of the last blocks may only show then."""
        what = f"Cannot write {self.output} (is the disk full?)"
        run(what, self._dataset.FlushCache)
        if not self._form.can_create:
            driver, options = gdal.GetDriverByName(self._form.driver), list(self._form.options)
            copy = call(what, driver.CreateCopy, self._folder.temporary, self._dataset, 0, options)
            run(what, copy.FlushCache)
            del copy
        with quiet():
            self._dataset = None
        if self._work != self._folder.temporary:
            os.unlink(self._work)
        dataset = call(what, gdal.Open, self._folder.temporary)
        band = dataset.GetRasterBand(dataset.RasterCount)
        call(what, band.ReadAsArray, 0, dataset.RasterYSize - 1, dataset.RasterXSize, 1)

    def _values(self, info: RasterInfo) -> tuple[int, float]:
        """Return the type of the image and its nodata value."""
        if self._kind == "float32":
            return gdal.GDT_Float32, float("nan")
        kind = info.types[0]
        for other in info.types[1:]:
            kind = gdal.DataTypeUnion(kind, other)
        name = gdal.GetDataTypeName(kind).lower().replace("byte", "uint8")
        if name.startswith("float"):
            return kind, float("nan")
        nodata = info.nodata[0]
        limits = np.iinfo(name)
        if nodata is None or not limits.min <= nodata <= limits.max:
            nodata = limits.max if limits.min == 0 else limits.min
        return kind, float(nodata)

    def _create(self, measured: Measured, source: RasterBands, kind: int, nodata: float) -> gdal.Dataset:
        grid = measured.tiles.labels.grid
        form = self._form if self._form.can_create else OutputFormat("GTiff", _SCRATCH)
        options = list(form.options)
        if np.isnan(nodata):
            options = ["PREDICTOR=3" if option == "PREDICTOR=2" else option for option in options]
        size = (grid.columns, grid.rows, len(source.numbers))
        driver = gdal.GetDriverByName(form.driver)
        dataset = call(f"Cannot create {self.output}", driver.Create, self._work, *size, kind, options)
        if grid.geotransform:
            call("Cannot set the geotransform", dataset.SetGeoTransform, grid.geotransform)
        if grid.projection:
            call("Cannot set the CRS", dataset.SetProjection, grid.projection)
        for index, number in enumerate(source.numbers, start=1):
            dataset.GetRasterBand(index).SetNoDataValue(nodata)
            dataset.GetRasterBand(index).SetDescription(f"b{number}_mean")
        return dataset

    def _paint(self, tile: int, measured: Measured, means: np.ndarray, nodata: float) -> None:
        segments = measured.task.segments(tile)
        window = measured.tiles.grid.window(tile)
        what = f"Cannot write {self.output} (is the disk full?)"
        for index, band in enumerate(means, start=1):
            measured.task.check()
            values = band[segments.of_parts]
            if not np.isnan(nodata):
                values = np.where(np.isnan(values), nodata, np.rint(values))
            # Pixels outside the segments have part -1, which is the last.
            painted = np.append(values, nodata)[segments.parts.image]
            with self._lock:
                target = self._dataset.GetRasterBand(index)
                run(what, target.WriteArray, painted, window.column, window.row)

    def close(self) -> None:
        """Remove what is temporary."""
        with quiet():
            self._dataset = None
        self._folder.remove()
