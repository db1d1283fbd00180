"""Writes and reads the rasters of tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from osgeo import gdal, gdal_array, osr

#: Upper left corner and pixel size of the tests' rasters, north up.
NORTH_UP = (500000.0, 10.0, 0.0, 5200000.0, 0.0, -10.0)


def crs(code: int = 32632) -> str:
    """Return a CRS as well-known text."""
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(code)
    return reference.ExportToWkt()


def write_raster(
    path: str | Path,
    image: NDArray,
    *,
    driver: str = "GTiff",
    nodata: Any = None,
    geotransform: tuple[float, ...] | None = NORTH_UP,
    projection: str | None = None,
    alpha: NDArray | None = None,
    mask: NDArray | None = None,
    options: tuple[str, ...] = (),
) -> str:
    """Write bands (bands, rows, columns); `nodata` is one value, or a list of one per band.

    `alpha` becomes one more band, `mask` the mask band of the dataset.
    """
    bands, rows, columns = image.shape
    kind = gdal_array.NumericTypeCodeToGDALTypeCode(image.dtype)
    total = bands + (alpha is not None)
    dataset = gdal.GetDriverByName(driver).Create(str(path), columns, rows, total, kind, list(options))
    assert dataset is not None, gdal.GetLastErrorMsg()
    if geotransform:
        dataset.SetGeoTransform(geotransform)
        dataset.SetProjection(crs() if projection is None else projection)
    if alpha is not None:
        dataset.GetRasterBand(total).SetColorInterpretation(gdal.GCI_AlphaBand)
        dataset.GetRasterBand(total).WriteArray(alpha)
    values = nodata if isinstance(nodata, (list, tuple)) else [nodata] * bands
    for number, (band, value) in enumerate(zip(image, values), start=1):
        if value is not None:
            dataset.GetRasterBand(number).SetNoDataValue(value)
        dataset.GetRasterBand(number).WriteArray(band)
    if mask is not None:
        dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
        dataset.GetRasterBand(1).GetMaskBand().WriteArray(mask.astype(np.uint8) * 255)
    dataset.FlushCache()
    del dataset
    return str(path)


def read_labels(path: str | Path) -> NDArray[np.uint32]:
    """Read the label band."""
    dataset = gdal.OpenEx(str(path), gdal.OF_RASTER)
    assert dataset is not None, f"{path}: {gdal.GetLastErrorMsg()}"
    labels = dataset.GetRasterBand(1).ReadAsArray()
    assert labels is not None, f"{path}: {gdal.GetLastErrorMsg()}"
    return labels


def names_in(folder: Path) -> list[str]:
    """Return the names of everything in a folder, hidden things too."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))
