"""Scratch databases: SQLite files in the run's temporary folder, seen by OGR as GeoPackages.

GDAL fills and reads them; joining and counting in between is SQL. No file is ever open on
both sides at once, because GDAL and Python may bring an SQLite library each.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager

from osgeo import gdal, ogr, osr

from ..errors import Cancelled, RasterError
from ..raster.gdal_calls import call, quiet, run

#: SQLite asks whether to go on after so many of its instructions, a few milliseconds.
_INSTRUCTIONS = 100_000

#: A function that raises `Cancelled` when the user asked to stop.
Check = Callable[[], None]


def quoted(name: str) -> str:
    """Return a name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def statement(*parts: str) -> str:
    """Put a statement together; values other than numbers do not belong into it."""
    return " ".join(parts)


def attach(path: str, name: str) -> str:
    """Return the statement that makes another database visible under a name."""
    return statement("ATTACH DATABASE", "'" + path.replace("'", "''") + "'", "AS", name)


def free_name(name: str, taken: Iterable[str]) -> str:
    """Return a name that no other one equals, whatever its case.

    Examples
    --------
    >>> free_name("fid", ["FID", "fid_1"])
    'fid_2'
    """
    used = {other.lower() for other in taken}
    candidate, number = name, 0
    while candidate.lower() in used:
        number += 1
        candidate = f"{name}_{number}"
    return candidate


class Watch:
    """Asks from within a C library whether to stop, and keeps the reason for later.

    Parameters
    ----------
    check : callable
        Raises `Cancelled` when the user asked to stop.
    report : callable, optional
        Told the fraction that is done.
    """

    def __init__(self, check: Check, report: Callable[[float], None] = lambda done: None) -> None:
        self.check, self._report = check, report
        self._reason: Cancelled | None = None

    def report(self, done: float) -> None:
        """Report the fraction that is done; raise `Cancelled` when the user asked to stop."""
        self._report(done)
        self.check()

    def must_stop(self) -> bool:
        """Ask; after the first yes the answer stays yes."""
        if self._reason is None:
            try:
                self.check()
            except Cancelled as reason:
                self._reason = reason
        return self._reason is not None

    def gdal_callback(self, done: float, *_: object) -> int:
        """Answer GDAL, which stops at 0."""
        self._report(done)
        return 0 if self.must_stop() else 1

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """Turn the error of a library that was stopped into the reason."""
        try:
            yield
        except (RasterError, sqlite3.OperationalError):
            if self._reason is not None:
                raise self._reason from None
            raise


class NewLayer:
    """A GeoPackage with one new layer, open until the end of a ``with`` block.

    However the block ends, nothing holds the file open afterwards: Windows deletes no open file.

    Parameters
    ----------
    path, name : str
    projection : str
        Well-known text; empty without a CRS.
    geometry : int
        ``ogr.wkbPolygon``, ``ogr.wkbMultiPolygon`` or ``ogr.wkbNone``.
    fields : iterable of FieldDefn
    options : iterable of str
        Layer creation options.

    Raises
    ------
    RasterError
        On entering the block.
    """

    def __init__(
        self,
        path: str,
        name: str,
        projection: str,
        geometry: int,
        fields: Iterable[ogr.FieldDefn],
        options: Iterable[str] = (),
    ) -> None:
        self._path = path
        self._layer = (name, _crs(projection), geometry, list(options))
        self._fields = list(fields)
        self._dataset: gdal.Dataset | None = None
        self.layer: ogr.Layer | None = None

    def __enter__(self) -> NewLayer:
        what = f"Cannot create {self._path}"
        driver = gdal.GetDriverByName("GPKG")
        self._dataset = call(what, driver.Create, self._path, 0, 0, 0, gdal.GDT_Unknown)
        # Nobody needs a temporary file after a power failure.
        self.execute("PRAGMA synchronous = OFF")
        self.layer = call(what, self._dataset.CreateLayer, *self._layer)
        for field in self._fields:
            call(what, self.layer.CreateField, field)
        # Until now GDAL may only have taken note of the layer, and of its index.
        run(what, self.layer.SyncToDisk)
        return self

    def __exit__(self, *_: object) -> None:
        with quiet():
            self.layer = None
            self._dataset = None

    def execute(self, sql: str) -> None:
        """Run a statement without a result.

        Raises
        ------
        RasterError
        """
        run(f"Cannot write {self._path} (is the disk full?)", self._dataset.ExecuteSQL, sql)

    def pause_triggers(self) -> list[str]:
        """Drop what is done after every inserted row; return statements that bring it back."""
        own = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name ="
        table = "'" + self._layer[0].replace("'", "''") + "'"
        query = statement(own, table, "AND sql LIKE '% AFTER INSERT ON %'")
        found = call(f"Cannot read {self._path}", self._dataset.ExecuteSQL, query)
        triggers = [(row["name"], row["sql"]) for row in found]
        self._dataset.ReleaseResultSet(found)
        for name, _ in triggers:
            self.execute(statement("DROP TRIGGER", quoted(name)))
        return [sql for _, sql in triggers]

    def begin(self) -> None:
        """Begin a transaction: everything until `commit` is written at once."""
        call(f"Cannot write {self._path}", self._dataset.StartTransaction)

    def commit(self) -> None:
        """End the transaction, and have OGR look at the rows that it did not write itself.

        Raises
        ------
        RasterError
        """
        what = f"Cannot write {self._path} (is the disk full?)"
        call(what, self._dataset.CommitTransaction)
        run(what, self.layer.GetFeatureCount)
        run(what, self._dataset.FlushCache)


def _crs(projection: str) -> osr.SpatialReference:
    # A GeoPackage always has a CRS; without one GDAL would say degrees.
    crs = osr.SpatialReference(projection or 'LOCAL_CS["Undefined Cartesian SRS"]')
    crs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return crs


@contextmanager
def database(path: str, check: Check) -> Iterator[sqlite3.Connection]:
    """Open a scratch database in Python; commit at the end.

    `check` is called while SQL runs; `Cancelled` ends the statement and is raised.
    """
    watch = Watch(check)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.set_progress_handler(watch.must_stop, _INSTRUCTIONS)
        try:
            with watch.explaining():
                yield connection
                connection.commit()
        except sqlite3.OperationalError as error:
            raise RasterError(f"Cannot write {path} (is the disk full?): {error}.") from error
