"""Calls into GDAL that fail with one kind of exception, whether or not GDAL's own are on.

`gdal.UseExceptions` is a switch of the whole process, and QGIS and other plugins share it: the
engine leaves it as it is and understands both ways.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
from osgeo import gdal

from ..errors import RasterError
from ..grid import Window

Result = TypeVar("Result")

#: Seconds that rewriting a small text file may take.
_REWRITE_SECONDS = 0.3


@contextmanager
def quiet() -> Iterator[None]:
    """Keep GDAL from printing errors that are about to be raised."""
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        yield
    finally:
        gdal.PopErrorHandler()


def call(what: str, function: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
    """Call a GDAL function; raise `RasterError` starting with `what` if it fails.

    A failure is an exception, an error code, or a result of None.
    """
    with quiet():
        gdal.ErrorReset()
        try:
            result = function(*args, **kwargs)
        except RuntimeError as error:
            raise RasterError(f"{what}: {_sentence(str(error))}") from error
        if result is None or (isinstance(result, int) and result >= gdal.CE_Failure):
            raise RasterError(f"{what}: {_sentence(gdal.GetLastErrorMsg())}")
    return result


def run(what: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Call a GDAL function that returns nothing useful; look at GDAL's last error instead."""
    with quiet():
        gdal.ErrorReset()
        try:
            function(*args, **kwargs)
        except RuntimeError as error:
            raise RasterError(f"{what}: {_sentence(str(error))}") from error
        if gdal.GetLastErrorType() >= gdal.CE_Failure:
            raise RasterError(f"{what}: {_sentence(gdal.GetLastErrorMsg())}")


def open_raster(path: str, update: bool = False) -> gdal.Dataset:
    """Open a raster.

    Raises
    ------
    RasterError
        If GDAL cannot open it as a raster.
    """
    flags = gdal.OF_RASTER | (gdal.OF_UPDATE if update else gdal.OF_READONLY)
    what = f"Cannot open the raster {path}"
    try:
        return call(what, gdal.OpenEx, path, flags)
    except RasterError:
        # QGIS rewrites a VRT, to keep statistics in it, when a layer of it is closed; for a
        # moment the file is empty.
        if not path.lower().endswith(".vrt"):
            raise
        time.sleep(_REWRITE_SECONDS)
        return call(what, gdal.OpenEx, path, flags)


def read_band(band: gdal.Band, window: Window, target: np.ndarray, path: str) -> None:
    """Read a window of a band into an array of its size.

    Raises
    ------
    RasterError
        Naming the rows, the columns and the file.
    """
    where = (
        f"Cannot read rows {window.row + 1} to {window.bottom}, "
        f"columns {window.column + 1} to {window.right} of {path}"
    )
    call(
        where,
        band.ReadAsArray,
        window.column,
        window.row,
        window.columns,
        window.rows,
        buf_obj=target,
    )


def _sentence(text: str) -> str:
    text = " ".join(text.split()) or "GDAL gives no reason"
    return text if text.endswith(".") else text + "."
