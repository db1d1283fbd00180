"""Traces the outlines of a label raster into a scratch database."""

from __future__ import annotations

import numpy as np
from osgeo import gdal, ogr

from ..errors import RasterError
from ..raster.gdal_calls import call, open_raster
from ..raster.labels import LabelBand
from ..statistics.names import ID
from ..vector.joined import Rows
from ..vector.scratch import Check, NewLayer, Watch, database, statement
from .parts import CollectParts

_TRACED, _COLLECTED = "traced", "collected"
#: GDAL before 3.5 knows no 64-bit integers: it takes all values beyond this for this one.
_LARGEST_INT32 = 2**31 - 1


def trace(labels: LabelBand, path: str, watch: Watch) -> None:
    """Trace every 4-connected patch of equal ids into a polygon.

    With 4-connection GDAL's polygons are valid, whatever the patch; with 8-connection their
    rings may cross themselves. Patches that touch at a corner are put together later.

    Parameters
    ----------
    labels : LabelBand
    path : str
        Scratch database to make.
    watch : Watch
        Its fractions run from 0 to 1.

    Raises
    ------
    RasterError, Cancelled
    """
    dataset = open_raster(labels.path)
    band = dataset.GetRasterBand(labels.band)
    # A mask is read as bytes, with larger values as 255 and negative ones as 0: the ids
    # themselves mask out what is not above 0.
    mask = band.GetMaskBand() if labels.has_mask else band
    fields = [ogr.FieldDefn(ID, ogr.OFTInteger64)]
    options = ["SPATIAL_INDEX=NO"]
    with NewLayer(path, _TRACED, labels.projection, ogr.wkbPolygon, fields, options) as out:
        out.begin()
        with watch.explaining():
            call(
                f"Cannot trace the outlines of {labels.path}",
                gdal.Polygonize,
                band,
                mask,
                out.layer,
                0,
                [],
                callback=watch.gdal_callback,
            )
        out.commit()


def collect(labels: LabelBand, path: str, check: Check) -> tuple[Rows, int]:
    """Index the outlines; put those of one id together where an id has several.

    Parameters
    ----------
    labels : LabelBand
    path : str
        The database that `trace` made.
    check : callable

    Returns
    -------
    rows : Rows
        One row per segment.
    multipart : int
        Number of segments of several parts.
    """
    with database(path, check) as connection:
        if labels.has_mask or labels.nodata is not None:
            connection.execute(
                statement("DELETE FROM", _TRACED, "WHERE", ID, "<= 0 OR", ID, "= ?"), (labels.nodata,)
            )
        connection.execute(statement("CREATE INDEX by_id ON", _TRACED, f"({ID})"))
        cursor = connection.execute(statement("SELECT", ID, "FROM", _TRACED, "ORDER BY", ID))
        traced = np.fromiter((row[0] for row in cursor), np.int64)
        _check_range(traced, labels)
        ids, parts = np.unique(traced, return_counts=True)
        multipart = int(np.count_nonzero(parts > 1))
        if not multipart:
            return Rows(path, _TRACED, ids, ogr.wkbPolygon, labels.projection), 0
        connection.create_aggregate("collect_parts", 1, CollectParts)
        connection.execute(
            statement(
                "CREATE TABLE",
                _COLLECTED,
                "AS SELECT",
                ID,
                ", collect_parts(geom) AS geom",
                "FROM",
                _TRACED,
                "GROUP BY",
                ID,
            )  # fmt: skip
        )
        connection.execute(statement("CREATE UNIQUE INDEX by_collected_id ON", _COLLECTED, f"({ID})"))
    return Rows(path, _COLLECTED, ids, ogr.wkbMultiPolygon, labels.projection), multipart


def _check_range(ids: np.ndarray, labels: LabelBand) -> None:
    is_old = int(gdal.VersionInfo("VERSION_NUM")) < 3050000
    if is_old and ids.size and ids[-1] == _LARGEST_INT32:
        raise RasterError(
            f"{labels.path} holds ids above {_LARGEST_INT32}, which this version of GDAL "
            f"({gdal.VersionInfo('RELEASE_NAME')}) cannot trace: renumber the segments first, with "
            "Clip segments."
        )
