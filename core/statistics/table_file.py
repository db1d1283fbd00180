"""Writes a table so that it exists complete or not at all.

A GeoPackage is made by GDAL and filled by Python's SQLite, which is several times quicker than
one feature at a time; GDAL translates it into other formats. CSV is written as text, because GDAL
leaves out the last digits.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
from osgeo import gdal, ogr

from ..errors import ParameterError, RasterError
from ..raster.gdal_calls import call, run
from ..raster.output_folder import OutputFolder
from ..vector.formats import table_format
from ..vector.publish import publish
from ..vector.scratch import NewLayer, Watch, attach, database, quoted, statement
from .names import dbase_names, safe_name
from .table import Column, SegmentTable

#: Rows that are written between two looks at the cancel button.
_BATCH = 20_000
#: Values in one statement: older builds of SQLite allow 999.
_VARIABLES = 990
_DRIVER = "GPKG"
#: With tables for geometries, GDAL would not list one without.
_CREATION = {"SQLite": ("METADATA=NO",)}
_OPTIONS = ("ASPATIAL_VARIANT=GPKG_ATTRIBUTES",)

#: Told the fraction of rows that is written; raises `Cancelled` when the user asked to stop.
Report = Callable[[float], None]


class TableFile:
    """A table in a file of any format that keeps tables.

    Parameters
    ----------
    output : str
        Its suffix decides the format.
    layer : str, optional
        Name of the table; by default that of the file. When the file is a GeoPackage that exists,
        the table is added to it, or replaces the table of that name.

    Raises
    ------
    ParameterError
        If it cannot be written, or would replace a GeoPackage that has other layers.
    """

    def __init__(self, output: str, layer: str | None = None) -> None:
        self.output = output
        self.driver = table_format("output", output).driver
        stem = os.path.splitext(os.path.basename(output))[0]
        self.layer = layer or safe_name(stem, "segments")
        self._adds = False
        if self.driver == _DRIVER and os.path.isfile(output):
            self._adds = self._must_add(layer is not None)
        self._folder = OutputFolder(output)

    def _must_add(self, is_named: bool) -> bool:
        """Tell whether an existing GeoPackage has something to keep."""
        tables = _contents(self.output)
        others = sorted(set(tables) - {self.layer})
        if others and not is_named:
            raise ParameterError(
                "output",
                self.output,
                f"this database has other layers ({', '.join(others[:3])}); give layer, the name of the "
                "table to add to it, or another file.",
            )
        if tables.get(self.layer, "attributes") not in ("attributes", "aspatial"):
            raise ParameterError("layer", self.layer, "a layer with geometries has that name; give another.")
        return bool(others)

    @property
    def scratch_folder(self) -> Path:
        """A place on the disk of the output for what is temporary."""
        return self._folder.path

    def names(self, table: SegmentTable) -> list[str]:
        """Return the names of the columns in the file; dBASE tables have shorter ones."""
        return dbase_names(table.names) if self.driver == "ESRI Shapefile" else list(table.names)

    def write(self, table: SegmentTable, report: Report) -> None:
        """Write the table under a temporary name.

        Raises
        ------
        RasterError, Cancelled
        """
        temporary = self._folder.temporary
        if self.driver == "CSV":
            _write_csv(temporary, table, report)
        elif self.driver == _DRIVER:
            _write_geopackage(temporary, self.layer, self.names(table), table, report)
        else:
            scratch = self._folder.path / "work"
            scratch.mkdir()
            database_path = str(scratch / "table.gpkg")
            _write_geopackage(database_path, self.layer, self.names(table), table, report)
            self._translate(database_path, temporary, report)
        report(1.0)

    def publish(self) -> None:
        """Move the table to its place, or add it to the GeoPackage.

        Raises
        ------
        RasterError
        """
        if self._adds:
            _add_table(self.output, self._folder.temporary, self.layer)
        else:
            publish(self._folder)

    def _translate(self, source: str, target: str, report: Report) -> None:
        what = f"Cannot write {self.output} (is the disk full?)"
        watch = Watch(lambda: report(1.0))
        with watch.explaining():
            copy = call(
                what,
                gdal.VectorTranslate,
                target,
                source,
                format=self.driver,
                layers=[self.layer],
                layerName=self.layer,
                options=["-unsetFid"],
                datasetCreationOptions=list(_CREATION.get(self.driver, ())),
                callback=watch.gdal_callback,
            )
            run(what, copy.FlushCache)

    def close(self) -> None:
        """Remove what is temporary."""
        self._folder.remove()


def _contents(path: str) -> dict[str, str]:
    """Return name and kind of everything in a GeoPackage; nothing if it is not one."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return dict(connection.execute("SELECT table_name, data_type FROM gpkg_contents"))
    except sqlite3.DatabaseError:
        return {}


def _write_csv(path: str, table: SegmentTable, report: Report) -> None:
    try:
        with open(path, "w", encoding="ascii", newline="") as stream:
            stream.write(",".join(table.names) + "\r\n")
            for start, columns in table.rows(_BATCH):
                report(start / len(table))
                texts = [_texts(column) for column in columns]
                stream.write("".join(",".join(row) + "\r\n" for row in zip(*texts)))
    except OSError as error:
        raise RasterError(f"Cannot write {path} (is the disk full?): {error.strerror}.") from error


def _texts(values: list) -> list[str]:
    """Return numbers with all their digits, nothing for NULL."""
    return ["" if value is None else repr(value) for value in values]


def _define(name: str, column: Column) -> ogr.FieldDefn:
    return ogr.FieldDefn(name, ogr.OFTInteger64 if column.is_integer else ogr.OFTReal)


def _write_geopackage(path: str, layer: str, names: list[str], table: SegmentTable, report: Report) -> None:
    fields = [_define(name, column) for name, column in zip(names, table.columns)]
    # The row number must not take the name of a column.
    with NewLayer(path, layer, "", ogr.wkbNone, fields, (*_OPTIONS, "FID=fid")):
        pass  # from here on the file is Python's
    columns = ",".join(quoted(name) for name in names)
    insert = statement("INSERT INTO", quoted(layer), f"({columns})", "VALUES")
    with database(path, lambda: None) as connection:
        # GDAL's triggers count every row; one sum at the end is the same and quicker.
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", (layer,)
        ).fetchall()
        for name, _ in triggers:
            connection.execute(statement("DROP TRIGGER", quoted(name)))
        for rows, values in _rows(table, report):
            place = f"({','.join('?' * len(names))})"
            connection.executemany(statement(insert, ",".join([place] * rows)), values)
        for _, sql in triggers:
            connection.execute(sql)
        connection.execute(
            "UPDATE gpkg_ogr_contents SET feature_count = ? WHERE table_name = ?", (len(table), layer)
        )


def _rows(table: SegmentTable, report: Report) -> Iterator[tuple[int, list[list[float]]]]:
    """Yield numbers of rows that go into one statement, and the values of many such statements.

    SQLite stores whole numbers in a column of integers as integers, and NaN as NULL.
    """
    several = max(1, _VARIABLES // len(table.columns))
    for start in range(0, len(table), _BATCH):
        report(start / len(table))
        stop = min(start + _BATCH, len(table))
        values = np.empty((stop - start, len(table.columns)))
        for index, column in enumerate(table.columns):
            values[:, index] = column.read(start, stop)
        full = (stop - start) // several * several
        yield several, values[:full].reshape(full // several, several * values.shape[1]).tolist()
        yield 1, values[full:].tolist()


def _add_table(output: str, source: str, layer: str) -> None:
    """Copy a table into a GeoPackage that exists, in one transaction."""
    try:
        with closing(sqlite3.connect(output, isolation_level=None)) as connection:
            connection.execute(attach(source, "new"))
            connection.execute("BEGIN IMMEDIATE")
            try:
                _copy_table(connection, layer)
                connection.execute("COMMIT")
            except BaseException:
                connection.execute("ROLLBACK")
                raise
    except sqlite3.Error as error:
        raise RasterError(
            f"Cannot add the table {layer} to {output}: {error}. Close the programs that use it."
        ) from error


def _copy_table(connection: sqlite3.Connection, layer: str) -> None:
    has_counts = connection.execute(
        "SELECT 1 FROM main.sqlite_master WHERE name = 'gpkg_ogr_contents'"
    ).fetchone()
    registers = ["gpkg_contents"] + (["gpkg_ogr_contents"] if has_counts else [])
    connection.execute(statement("DROP TABLE IF EXISTS", f"main.{quoted(layer)}"))
    objects = connection.execute(
        "SELECT type, sql FROM new.sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL "
        "ORDER BY type = 'trigger'",
        (layer,),
    ).fetchall()
    for kind, sql in objects:
        if kind == "table":
            # The statement names no database: the first one, which is the user's, is meant.
            connection.execute(sql)
            connection.execute(
                statement("INSERT INTO", f"main.{quoted(layer)}", "SELECT * FROM", f"new.{quoted(layer)}")
            )
        elif has_counts:
            connection.execute(sql)
    for register in registers:
        connection.execute(statement("DELETE FROM", f"main.{register}", "WHERE table_name = ?"), (layer,))
        columns = [row[1] for row in connection.execute(f"PRAGMA new.table_info({register})")]
        names = ",".join(quoted(name) for name in columns)
        connection.execute(
            statement(
                "INSERT INTO",
                f"main.{register} ({names})",
                "SELECT",
                names,
                "FROM",
                f"new.{register}",
                "WHERE table_name = ?",
            ),
            (layer,),
        )
