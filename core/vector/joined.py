"""Writes the rows of a scratch table, joined with columns, as a layer or a table of any format."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from osgeo import gdal, ogr

from ..raster.gdal_calls import call, run
from ..statistics.names import ID, dbase_names
from .columns import Columns, Field
from .formats import VectorFormat
from .scratch import Check, NewLayer, Watch, attach, database, free_name, quoted, statement

#: Rows between two looks at the cancel button: a tenth of a second.
_CHUNK = 5_000
#: Share of the time that the conversion to another format takes.
_CONVERTING = 0.5


@dataclass(frozen=True)
class Rows:
    """The rows that a result consists of: a table in a scratch database, indexed by id.

    Parameters
    ----------
    path, table : str
        Where they are; the table has a column ``segment_id`` without repetitions.
    ids : ndarray of int64, shape (rows,)
        The ids in ascending order.
    geometry : int
        ``ogr.wkbPolygon``, ``ogr.wkbMultiPolygon``, or ``ogr.wkbNone``; unless it is none, the
        table has a column ``geom`` of GeoPackage geometries.
    projection : str
        Well-known text of the geometries' CRS; empty without one.
    extra : tuple of Field
        More columns.
    join_on : str
        The column that the ids of other tables refer to.
    """

    path: str
    table: str
    ids: np.ndarray
    geometry: int = ogr.wkbNone
    projection: str = ""
    extra: tuple[Field, ...] = ()
    join_on: str = ID


def count_unmatched(rows: Rows, columns: Columns, check: Check) -> int:
    """Return how many rows find no partner in the columns."""
    own = f"r.{quoted(rows.join_on)}"
    with database(rows.path, check) as connection:
        connection.execute(attach(columns.path, "other"))
        partner = statement(
            "SELECT 1 FROM", f"other.{quoted(columns.table)}", "WHERE", quoted(columns.key), "=", own
        )
        count = statement("SELECT count(*) FROM", quoted(rows.table), "r", "WHERE NOT EXISTS", f"({partner})")
        return connection.execute(count).fetchone()[0]


def write_joined(
    rows: Rows, columns: Columns | None, path: str, form: VectorFormat, layer_name: str, watch: Watch
) -> tuple[str, ...]:
    """Write rows and columns side by side, in the order of the ids.

    A row without a partner has NULL in the columns. A column whose name is taken gets a number.

    Parameters
    ----------
    rows : Rows
    columns : Columns or None
    path : str
        File to write.
    form : VectorFormat
    layer_name : str
    watch : Watch
        Its fractions run from 0 to 1.

    Returns
    -------
    tuple of str
        Names of all columns.

    Raises
    ------
    RasterError, Cancelled
    """
    names = _names(rows, columns, form)
    if form.driver == "GPKG":
        _write_geopackage(rows, columns, names, path, layer_name, watch)
        return names
    joined = f"{rows.path}.joined.gpkg"
    first = Watch(watch.check, lambda done: watch.report((1 - _CONVERTING) * done))
    second = Watch(watch.check, lambda done: watch.report(1 - _CONVERTING + _CONVERTING * done))
    _write_geopackage(rows, columns, names, joined, layer_name, first, indexed=False)
    _convert(joined, path, form, bool(rows.projection), second)
    os.unlink(joined)
    return names


def _names(rows: Rows, columns: Columns | None, form: VectorFormat) -> tuple[str, ...]:
    names = [ID, *(field.name for field in rows.extra)]
    for field in columns.fields if columns else ():
        names.append(free_name(field.name, names))
    return tuple(dbase_names(names) if form.driver == "ESRI Shapefile" else names)


def _write_geopackage(
    rows: Rows,
    columns: Columns | None,
    names: tuple[str, ...],
    path: str,
    layer_name: str,
    watch: Watch,
    indexed: bool = True,
) -> None:
    spatial = rows.geometry != ogr.wkbNone
    geometry = free_name("geom", names)
    index = quoted(f"rtree_{layer_name}_{geometry}") if spatial and indexed else None
    head, tail = _insert(rows, columns, layer_name, geometry if spatial else None, names)
    with _new_layer(rows, columns, names, path, layer_name, geometry, index is not None) as out:
        out.execute(attach(rows.path, "rows_"))
        if columns:
            out.execute(attach(columns.path, "columns_"))
        out.begin()
        # Triggers would do for row after row what is quicker for many at once.
        triggers = out.pause_triggers()
        for start, stop in _chunks(rows.ids.size):
            span = f"BETWEEN {rows.ids[start]} AND {rows.ids[stop - 1]}"
            out.execute(statement(head, span, tail))
            if index:
                out.execute(_fill_index(index, layer_name, geometry, start, stop))
            watch.report(stop / rows.ids.size)
        for sql in triggers:
            out.execute(sql)
        out.commit()
        if index and rows.ids.size:
            # OGR notes the extent only of rows that it wrote one by one. The name is not quoted here.
            out.execute(statement("RECOMPUTE EXTENT ON", layer_name))
    _note_count(path, layer_name, rows.ids.size)


def _note_count(path: str, layer_name: str, count: int) -> None:
    """Put the number of rows where OGR looks it up; newer versions of GDAL have noted none by now."""
    with database(path, lambda: None) as connection:
        connection.execute(
            "UPDATE gpkg_ogr_contents SET feature_count = ? WHERE table_name = ?", (count, layer_name)
        )


def _new_layer(
    rows: Rows,
    columns: Columns | None,
    names: tuple[str, ...],
    path: str,
    layer_name: str,
    geometry: str,
    indexed: bool,
) -> NewLayer:
    described = (Field(ID, ogr.OFTInteger64), *rows.extra, *(columns.fields if columns else ()))
    fields = [field.define(name) for field, name in zip(described, names)]
    options = [f"FID={free_name('fid', [*names, geometry])}"]
    if rows.geometry != ogr.wkbNone:
        # An index that is there from the start grows with every row: made at the end, it would
        # be one long call that nobody can cancel.
        options += [f"GEOMETRY_NAME={geometry}", f"SPATIAL_INDEX={'YES' if indexed else 'NO'}"]
    return NewLayer(path, layer_name, rows.projection, rows.geometry, fields, options)


def _insert(
    rows: Rows, columns: Columns | None, layer_name: str, geometry: str | None, names: tuple[str, ...]
) -> tuple[str, str]:
    """Return the statement that copies rows, in two parts around the range of ids."""
    sources = [f"r.{quoted(ID)}", *(f"r.{quoted(field.name)}" for field in rows.extra)]
    sources += [f"c.{quoted(field.name)}" for field in (columns.fields if columns else ())]
    targets = [quoted(name) for name in names]
    if geometry:
        sources, targets = ["r.geom", *sources], [quoted(geometry), *targets]
    head = ["INSERT INTO", quoted(layer_name), f"({', '.join(targets)})"]
    head += ["SELECT", ", ".join(sources), "FROM", f"rows_.{quoted(rows.table)}", "r"]
    if columns:
        head += ["LEFT JOIN", f"columns_.{quoted(columns.table)}", "c ON"]
        head += [f"c.{quoted(columns.key)} = r.{quoted(rows.join_on)}"]
    head += ["WHERE", f"r.{quoted(ID)}"]
    return statement(*head), statement("ORDER BY", f"r.{quoted(ID)}")


def _fill_index(index: str, layer_name: str, geometry: str, start: int, stop: int) -> str:
    """Return the statement that enters the boxes of new rows into the spatial index.

    What the index looks like is laid down in http://www.geopackage.org/spec/#extension_rtree.
    """
    box = (f"{function}({quoted(geometry)})" for function in ("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"))
    select = statement("SELECT ROWID,", ", ".join(box), "FROM", quoted(layer_name))
    return statement("INSERT INTO", index, select, f"WHERE ROWID BETWEEN {start + 1} AND {stop}")


def _chunks(size: int) -> Iterator[tuple[int, int]]:
    """Yield the first row and the one after the last of every chunk."""
    for start in range(0, size, _CHUNK):
        yield start, min(start + _CHUNK, size)


def _convert(source: str, path: str, form: VectorFormat, has_crs: bool, watch: Watch) -> None:
    """Write a GeoPackage in another format."""
    what = f"Cannot write {path}"
    with watch.explaining():
        copy = call(
            what,
            gdal.VectorTranslate,
            path,
            source,
            options=[] if has_crs else ["-a_srs", "NULL"],
            format=form.driver,
            layerCreationOptions=list(form.options),
            callback=watch.gdal_callback,
        )
        run(what, copy.FlushCache)
