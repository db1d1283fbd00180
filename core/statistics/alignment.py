"""Lays rasters on another grid over the labels, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from osgeo import gdal, osr

from ..errors import ParameterError
from ..grid import Window
from ..raster.gdal_calls import call, open_raster
from ..raster.source import RasterInfo
from .cells import CELL
from .spec import RESAMPLING

#: Largest error of a position in pixels of the source: exact for all purposes, and twice as fast.
_MAX_ERROR = 1e-6


@dataclass(frozen=True)
class Grid:
    """The grid of the labels.

    Parameters
    ----------
    rows, columns : int
    geotransform : tuple of float or None
    projection : str
    """

    rows: int
    columns: int
    geotransform: tuple[float, ...] | None
    projection: str

    def has(self, info: RasterInfo) -> bool:
        """Tell whether a raster lies on this grid, pixel by pixel."""
        if (info.rows, info.columns) != (self.rows, self.columns):
            return False
        if self.geotransform is None or info.geotransform is None:
            return True
        pixel = max(abs(value) for value in self.geotransform[1:3] + self.geotransform[4:6])
        far = max(self.rows, self.columns)
        # An error in the pixel's size adds up over the raster.
        tolerance = np.array([1e-3, 1e-3 / far, 1e-3 / far] * 2) * pixel
        close = np.abs(np.subtract(self.geotransform, info.geotransform)) <= tolerance
        return bool(close.all() and _same_crs(self.projection, info.projection))

    def transform_at(self, window: Window) -> tuple[float, ...]:
        """Return the geotransform of a window."""
        x, y = gdal.ApplyGeoTransform(self.geotransform, window.column, window.row)
        return (x, *self.geotransform[1:3], y, *self.geotransform[4:6])


@dataclass(frozen=True)
class Alignment:
    """How a raster is brought to the grid of the labels.

    Every cell is warped for itself, so that the result does not depend on how it is read.

    Parameters
    ----------
    info : RasterInfo
        The raster.
    grid : Grid
        Of the labels.
    resampling : str
        One of `RESAMPLING`.
    """

    info: RasterInfo
    grid: Grid
    resampling: str = "nearest"

    def __post_init__(self) -> None:
        if self.resampling not in RESAMPLING:
            raise ParameterError("resampling", self.resampling, f"give one of {', '.join(RESAMPLING)}.")
        if self.info.geotransform is None or self.grid.geotransform is None:
            raise ParameterError(
                "rasters",
                self.info.path,
                f"it has {self.info.columns} x {self.info.rows} pixels, the segments "
                f"{self.grid.columns} x {self.grid.rows}, and without georeferences on both there is "
                "no telling where it lies.",
            )

    def open(self) -> gdal.Dataset:
        """Open the raster with the selected bands and what masks them."""
        dataset = open_raster(self.info.path)
        alpha = [
            number
            for number in range(1, dataset.RasterCount + 1)
            if dataset.GetRasterBand(number).GetColorInterpretation() == gdal.GCI_AlphaBand
        ]
        chosen = list(self.info.bands)
        # An alpha band must come last.
        chosen += [number for number in alpha[:1] if number not in chosen]
        what = f"Cannot choose bands of {self.info.path}"
        return call(what, gdal.Translate, "", dataset, format="VRT", bandList=chosen)

    def read(self, dataset: gdal.Dataset, window: Window, first: int, target: np.ndarray) -> np.ndarray:
        """Warp a window.

        Parameters
        ----------
        dataset : gdal.Dataset
            From `open`.
        window : Window
            Of the labels; its upper left corner is that of a cell.
        first : int
            Band to begin with.
        target : ndarray of float, shape (bands, rows, columns)
            Filled.

        Returns
        -------
        ndarray of uint8, shape (rows, columns)
            0 where the raster has nothing.
        """
        mask = np.empty(target.shape[1:], np.uint8)
        for row in range(window.row, window.bottom, CELL):
            for column in range(window.column, window.right, CELL):
                cell = Window(row, column, min(CELL, window.bottom - row), min(CELL, window.right - column))
                warped = self._warp(dataset, cell)
                rows, columns = cell.slices_in(window)
                for index in range(target.shape[0]):
                    band = warped.GetRasterBand(first + index + 1)
                    target[index, rows, columns] = band.ReadAsArray()
                mask[rows, columns] = warped.GetRasterBand(len(self.info.bands) + 1).ReadAsArray() != 0
        return mask

    def _warp(self, dataset: gdal.Dataset, cell: Window) -> gdal.Dataset:
        info, grid = self.info, self.grid
        kind = gdal.GDT_Float32 if info.dtype == np.float32 else gdal.GDT_Float64
        bands = len(info.bands)
        memory = gdal.GetDriverByName("MEM").Create("", cell.columns, cell.rows, bands + 1, kind)
        memory.SetGeoTransform(grid.transform_at(cell))
        crs = grid.projection or info.projection
        memory.SetProjection(crs)
        for index, nodata in enumerate(info.nodata):
            if nodata is not None:
                memory.GetRasterBand(index + 1).SetNoDataValue(nodata)
                memory.GetRasterBand(index + 1).Fill(nodata)
        memory.GetRasterBand(bands + 1).SetColorInterpretation(gdal.GCI_AlphaBand)
        call(
            f"Cannot lay {info.path} over the segments",
            gdal.Warp,
            memory,
            dataset,
            srcSRS=info.projection or crs or None,
            resampleAlg=RESAMPLING[self.resampling],
            errorThreshold=_MAX_ERROR,
            dstAlpha=True,
        )
        return memory


def _same_crs(first: str, second: str) -> bool:
    if not first or not second:
        return True
    return bool(osr.SpatialReference(first).IsSame(osr.SpatialReference(second)))
