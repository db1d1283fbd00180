"""Raster attribute tables: one row per segment."""

from __future__ import annotations

import numpy as np
from osgeo import gdal

from .gdal_calls import call, run


def write_histogram(band: gdal.Band, counts: np.ndarray, what: str) -> None:
    """Store the number of pixels of label 0, 1, 2, ... in the band's attribute table.

    Parameters
    ----------
    band : gdal.Band
    counts : ndarray of int64, shape (segments + 1,)
    what : str
        Beginning of the message when it fails.
    """
    own = band.GetDefaultRAT()
    table = gdal.RasterAttributeTable() if own is None else own
    column = table.GetColOfUsage(gdal.GFU_PixelCount)
    if column < 0:
        call(what, table.CreateColumn, "Histogram", gdal.GFT_Real, gdal.GFU_PixelCount)
        column = table.GetColOfUsage(gdal.GFU_PixelCount)
    table.SetRowCount(counts.size)
    run(what, table.WriteArray, counts.astype(np.float64), column)
    # The band's own table is written through; giving it back frees it while it is copied.
    if own is None:
        run(what, band.SetDefaultRAT, table)
