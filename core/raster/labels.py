"""Label rasters as input: ids above 0, with gaps or without, in any type of integer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from osgeo import gdal

from ..errors import ParameterError, RasterError
from ..grid import Window
from .gdal_calls import open_raster
from .source import RasterSource

_INTEGERS = {"Byte", "Int8", "UInt16", "Int16", "UInt32", "Int32", "UInt64", "Int64"}
#: Beyond this, float64, in which rasters are read, leaves out integers.
_MAX_ID = 2**53


@dataclass(frozen=True)
class LabelBand:
    """A band of segment ids.

    Parameters
    ----------
    path : str
    band : int
        Counted from 1.
    nodata : int or None
    projection : str
        Well-known text; empty without a CRS.
    has_mask : bool
        Whether something else than nodata says which pixels are valid.
    """

    path: str
    band: int
    nodata: int | None
    projection: str
    has_mask: bool


def describe_labels(path: str, band: int) -> LabelBand:
    """Open a label raster and check that it is one.

    Raises
    ------
    RasterError
        If it cannot be opened.
    ParameterError
        If there is no such band, or it does not hold integers.
    """
    dataset = open_raster(path)
    if not 1 <= band <= dataset.RasterCount:
        raise ParameterError("band", band, f"the raster has {dataset.RasterCount} band(s).")
    opened = dataset.GetRasterBand(band)
    kind = gdal.GetDataTypeName(opened.DataType)
    if kind not in _INTEGERS:
        raise ParameterError("segments", path, f"this holds {kind}; segment ids are integers.")
    nodata = opened.GetNoDataValue()
    is_id = nodata is not None and nodata > 0 and float(nodata).is_integer()
    return LabelBand(
        path=path,
        band=band,
        nodata=int(nodata) if is_id else None,
        projection=dataset.GetProjection() or "",
        has_mask=opened.GetMaskFlags() not in (gdal.GMF_ALL_VALID, gdal.GMF_NODATA),
    )


def read_labels(source: RasterSource, window: Window) -> np.ndarray:
    """Read the ids of a window; 0 where there is no segment.

    Parameters
    ----------
    source : RasterSource
        Of one band.
    window : Window

    Returns
    -------
    ndarray of int64, shape (rows, columns)

    Raises
    ------
    RasterError
        If it cannot be read, or holds ids beyond 2^53.
    """
    (ids,), valid = source.read(window)
    ids[~valid | (ids < 0)] = 0
    if ids.max(initial=0) > _MAX_ID:
        raise RasterError(f"{source.info.path} holds ids beyond 2^53, which is too large.")
    return ids.astype(np.int64)
