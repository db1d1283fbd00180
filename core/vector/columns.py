"""Columns of a statistics table, keyed by segment id, ready to be joined."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Union

import numpy as np
from osgeo import gdal, ogr

from ..errors import ParameterError
from ..raster.gdal_calls import call, quiet, run
from ..statistics.names import ID
from ..statistics.table import SegmentTable, column_of
from .scratch import Check, NewLayer, Watch, database, quoted, statement

#: What can be joined: the name of a table, a table in memory, or arrays by name.
TableLike = Union[str, os.PathLike, SegmentTable, Mapping[str, np.ndarray]]

_TABLE = "columns"
#: Name of the row number: one that no column of a table is likely to have.
_ROW = "shepherd_row"
_OPTIONS = (f"FID={_ROW}",)
_BATCH = 10_000
_NUMBERS = (ogr.OFTInteger, ogr.OFTInteger64, ogr.OFTReal)


@dataclass(frozen=True)
class Field:
    """A column of a table as OGR describes it.

    Parameters
    ----------
    name : str
    type, subtype, width, precision : int
    """

    name: str
    type: int
    subtype: int = ogr.OFSTNone
    width: int = 0
    precision: int = 0

    @classmethod
    def of(cls, field: ogr.FieldDefn) -> Field:
        """Describe a field of a layer."""
        return cls(
            field.GetName(), field.GetType(), field.GetSubType(), field.GetWidth(), field.GetPrecision()
        )

    def define(self, name: str | None = None) -> ogr.FieldDefn:
        """Return a definition for a new layer, perhaps under another name."""
        field = ogr.FieldDefn(name or self.name, self.type)
        field.SetSubType(self.subtype)
        field.SetWidth(self.width)
        field.SetPrecision(self.precision)
        return field


@dataclass(frozen=True)
class Columns:
    """A scratch database with one row per segment id.

    Parameters
    ----------
    path, table : str
        Where they are; the table is indexed by the key.
    key : str
        The column of segment ids.
    fields : tuple of Field
        All other columns.
    """

    path: str
    table: str
    key: str
    fields: tuple[Field, ...]


def store_columns(parameter: str, table: TableLike, path: str, check: Check) -> Columns:
    """Copy a table into a scratch database.

    Parameters
    ----------
    parameter : str
        What the caller names the table, for messages.
    table : path, SegmentTable or mapping of str to ndarray
        ``path`` or ``path|layername=name`` of anything that OGR opens, whose geometries are left
        out; or columns in memory, ``segment_id`` among them, NaN and masked values for NULL.
    path : str
        The database to make.
    check : callable

    Raises
    ------
    ParameterError
        If it does not open as a table, has no numeric column ``segment_id``, or repeats an id.
    RasterError, Cancelled
    """
    if isinstance(table, (str, os.PathLike)):
        return _store_file(parameter, os.fspath(table), path, check)
    if not isinstance(table, SegmentTable):
        table = _as_table(parameter, table)
    return _store_memory(parameter, table, path, check)


def _as_table(parameter: str, arrays: Mapping[str, np.ndarray]) -> SegmentTable:
    if ID not in arrays:
        raise ParameterError(parameter, sorted(arrays), f"one of the columns must be {ID}.")
    ids = np.asarray(arrays[ID])
    columns = []
    for name, given in arrays.items():
        values = np.ma.asanyarray(given)
        if values.shape != ids.shape or values.ndim != 1 or values.dtype.kind not in "biuf":
            raise ParameterError(parameter, name, f"give an array with one number for every {ID}.")
        whole = values.dtype.kind != "f"
        if np.ma.is_masked(values):
            values = values.astype(np.float64).filled(np.nan)
        if name != ID:
            columns.append(column_of(name, np.asarray(values), whole))
    return SegmentTable(ids, columns)


def _store_memory(parameter: str, table: SegmentTable, path: str, check: Check) -> Columns:
    fields = [
        Field(column.name, ogr.OFTInteger64 if column.is_integer else ogr.OFTReal) for column in table.columns
    ]
    with NewLayer(path, _TABLE, "", ogr.wkbNone, [field.define() for field in fields], _OPTIONS):
        pass  # from here on the file is Python's
    names = ",".join(quoted(field.name) for field in fields)
    insert = statement("INSERT INTO", _TABLE, f"({names})", "VALUES", f"({','.join('?' * len(fields))})")
    with database(path, check) as connection:
        connection.executemany(insert, _rows(table, check))
    _index(parameter, "columns in memory", path, ID, check)
    return Columns(path, _TABLE, ID, tuple(field for field in fields if field.name != ID))


def _rows(table: SegmentTable, check: Check) -> Iterator[tuple]:
    for _, columns in table.rows(_BATCH):
        check()
        yield from zip(*columns)


def _store_file(parameter: str, table: str, path: str, check: Check) -> Columns:
    dataset, layer = _open(parameter, table)
    definition = layer.GetLayerDefn()
    fields = [Field.of(definition.GetFieldDefn(i)) for i in range(definition.GetFieldCount())]
    own = next((field for field in fields if field.name.lower() == ID), None)
    is_row_number = own is None and layer.GetFIDColumn().lower() == ID
    if not is_row_number and (own is None or own.type not in _NUMBERS):
        raise ParameterError(parameter, table, f"this has no column {ID} of numbers.")
    watch = Watch(check)
    with watch.explaining():
        copy = call(
            f"Cannot read the table {table}",
            gdal.VectorTranslate,
            path,
            dataset,
            options=["-preserve_fid"] if is_row_number else ["-unsetFid"],
            format="GPKG",
            layers=[layer.GetName()],
            layerName=_TABLE,
            geometryType="NONE",
            layerCreationOptions=list(_OPTIONS),
            callback=watch.gdal_callback,
        )
        run(f"Cannot write {path} (is the disk full?)", copy.FlushCache)
    del copy
    key = _ROW if own is None else own.name
    _index(parameter, table, path, key, check)
    return Columns(path, _TABLE, key, tuple(field for field in fields if field is not own))


def _open(parameter: str, table: str) -> tuple[gdal.Dataset, ogr.Layer]:
    path, _, name = table.partition("|layername=")
    # Types are told from the whole file: a mean may look like an integer for many rows.
    options = ["AUTODETECT_TYPE=YES", "AUTODETECT_SIZE_LIMIT=0", "EMPTY_STRING_AS_NULL=YES"]
    is_csv = path.lower().endswith(".csv")
    with quiet():
        try:
            dataset = gdal.OpenEx(path, gdal.OF_VECTOR, open_options=options if is_csv else [])
        except RuntimeError:
            dataset = None
    if dataset is None or not dataset.GetLayerCount():
        raise ParameterError(parameter, table, "this does not open as a table.")
    name = name.split("|")[0]
    layer = dataset.GetLayerByName(name) if name else dataset.GetLayer(0)
    if layer is None:
        raise ParameterError(parameter, table, "this file has no such table.")
    return dataset, layer


def _index(parameter: str, table: str, path: str, key: str, check: Check) -> None:
    try:
        with database(path, check) as connection:
            connection.execute(statement("CREATE UNIQUE INDEX by_id ON", _TABLE, f"({quoted(key)})"))
    except sqlite3.IntegrityError:
        raise ParameterError(parameter, table, f"some {ID} has more than one row.") from None
