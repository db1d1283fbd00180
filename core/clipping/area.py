"""Which pixels of a raster are asked for."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import ParameterError
from ..grid import TileGrid, Window
from ..progress import Progress
from ..raster.extent import extent_to_window
from ..raster.gdal_calls import call, open_raster
from ..raster.mask import align_mask
from ..raster.source import RasterInfo

_BLOCK = 2048


@dataclass(frozen=True)
class Area:
    """A window, and which of its pixels are inside.

    Parameters
    ----------
    window : Window
    mask : str or None
        Raster of bytes on the grid of the whole raster: 1 inside, 0 outside.
    """

    window: Window
    mask: str | None = None


def find_area(
    info: RasterInfo,
    extent: tuple[float, float, float, float] | None,
    mask: str | None,
    folder: Path,
    progress: Progress,
) -> Area:
    """Return the pixels inside an extent, a mask, or both; with a mask, only its surroundings.

    Parameters
    ----------
    info : RasterInfo
    extent : tuple of float, optional
        See `extent_to_window`.
    mask : str, optional
        See `align_mask`.
    folder : Path
        For the aligned mask.
    progress : Progress

    Raises
    ------
    ParameterError
        If neither is given, or no pixel is inside.
    RasterError, Cancelled
    """
    if extent is None and mask is None:
        raise ParameterError("extent", None, "give an extent, a mask, or both.")
    window = Window(0, 0, info.rows, info.columns)
    if extent is not None:
        window = extent_to_window(extent, info)
    if mask is None:
        return Area(window)
    aligned = os.fspath(folder / "mask.tif")
    align_mask(mask, info, aligned, progress)
    bounds = _bounds(aligned, window, progress)
    if bounds is None:
        raise ParameterError("mask", mask, "no pixel of the raster lies inside; choose another part.")
    return Area(bounds, aligned)


def _bounds(mask: str, window: Window, progress: Progress) -> Window | None:
    """Return the smallest window around the pixels that are not 0."""
    dataset = open_raster(mask)
    band = dataset.GetRasterBand(1)
    grid = TileGrid(window.rows, window.columns, _BLOCK)
    in_row, in_column = np.zeros(window.rows, np.bool_), np.zeros(window.columns, np.bool_)
    for tile in grid:
        progress.check()
        part = grid.window(tile)
        place = part.shift(window.row, window.column)
        inside = call(
            "Cannot read the mask", band.ReadAsArray, place.column, place.row, place.columns, place.rows
        )
        in_row[part.row : part.bottom] |= inside.any(axis=1)
        in_column[part.column : part.right] |= inside.any(axis=0)
    rows, columns = np.flatnonzero(in_row), np.flatnonzero(in_column)
    if not rows.size:
        return None
    return Window(
        window.row + int(rows[0]),
        window.column + int(columns[0]),
        int(rows[-1] - rows[0]) + 1,
        int(columns[-1] - columns[0]) + 1,
    )
