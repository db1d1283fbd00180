"""Label rasters and images for the tests of statistics."""

from __future__ import annotations

import numpy as np
from osgeo import gdal, osr

TYPES = {
    "uint8": gdal.GDT_Byte,
    "uint16": gdal.GDT_UInt16,
    "int16": gdal.GDT_Int16,
    "uint32": gdal.GDT_UInt32,
    "int32": gdal.GDT_Int32,
    "float32": gdal.GDT_Float32,
    "float64": gdal.GDT_Float64,
}
#: An oblong pixel, and a grid that is turned by some 30 degrees.
NORTH_UP = (500000.0, 10.0, 0.0, 5300000.0, 0.0, -10.0)
ROTATED = (500000.0, 8.66, 5.0, 5300000.0, 5.0, -8.66)


def crs(code: int = 32632) -> str:
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(code)
    return reference.ExportToWkt()


def save(path, array, transform=NORTH_UP, nodata=None, projection=None, driver="GTiff", options=()):
    """Write an array of (rows, columns) or (bands, rows, columns); return the path as text."""
    bands = array[np.newaxis] if array.ndim == 2 else array
    dataset = gdal.GetDriverByName(driver).Create(
        str(path), bands.shape[2], bands.shape[1], bands.shape[0], TYPES[array.dtype.name], list(options)
    )
    if transform:
        dataset.SetGeoTransform(transform)
        dataset.SetProjection(crs() if projection is None else projection)
    for number, band in enumerate(bands, start=1):
        if nodata is not None:
            dataset.GetRasterBand(number).SetNoDataValue(nodata)
        dataset.GetRasterBand(number).WriteArray(band)
    dataset = None
    return str(path)


def patches(rows, columns, size=9, seed=0, dtype=np.uint32):
    """Labels in ragged patches, some of them in several parts, 0 in a corner."""
    rng = np.random.default_rng(seed)
    r, c = np.mgrid[:rows, :columns]
    r = (r + rng.integers(-2, 3, r.shape)).clip(0)
    c = (c + rng.integers(-2, 3, c.shape)).clip(0)
    labels = (r // size) * (columns // size + 2) + c // size + 1
    labels[: rows // 5, : columns // 5] = 0
    return labels.astype(dtype)
