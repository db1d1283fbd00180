"""Polygons of segments, measured in the same run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np
from osgeo import ogr

from ..executors.background import in_background
from ..progress import Progress, ProgressSpan
from ..raster.output_folder import OutputFolder
from ..statistics.names import ID
from ..statistics.spec import StatisticsSpec
from ..statistics.statistics import segment_statistics
from ..vector.columns import Columns, Field, TableLike, store_columns
from ..vector.formats import VectorFormat, layer_format
from ..vector.joined import Rows, count_unmatched, write_joined
from ..vector.scratch import Watch, database, statement
from .polygonize import PolygonsResult, polygonize_segments

_COMPUTED = "computed"
#: The share of the progress bar at which the table is stored, and everything is measured.
_STORED, _MEASURED = 0.05, 0.4


def polygonize_with_statistics(
    segments: str | os.PathLike,
    output: str | os.PathLike,
    rasters: str | os.PathLike | Sequence[str | os.PathLike] = (),
    spec: StatisticsSpec | None = None,
    *,
    statistics_table: TableLike | None = None,
    resampling: str = "nearest",
    layer_name: str | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> PolygonsResult:
    """Write a polygon for every segment, with statistics of rasters as columns.

    Parameters
    ----------
    segments, output
        See `polygonize_segments`.
    rasters, spec
        See `segment_statistics`; without any of the two nothing is measured.
    statistics_table : path, SegmentTable or mapping of str to ndarray, optional
        More columns, which come after those that are computed.
    resampling, workers
        See `segment_statistics`.
    layer_name, progress
        See `polygonize_segments`.

    Returns
    -------
    PolygonsResult

    Raises
    ------
    ParameterError, RasterError, NotEnoughMemoryError, Cancelled
    """
    progress, output = progress or Progress(), os.fspath(output)
    layer_format(output)
    table = statistics_table
    with ExitStack() as stack:
        if rasters or spec is not None:
            folder = OutputFolder(output)
            stack.callback(folder.remove)
            given = _store(table, folder, ProgressSpan(progress, 0, _STORED))
            table = str(folder.path / "computed.gpkg")
            span = ProgressSpan(progress, _STORED, _MEASURED)
            limits = {"resampling": resampling, "workers": workers}
            segment_statistics(segments, rasters, table, spec, layer=_COMPUTED, **limits, progress=span)
            table = _joined(table, given, folder, progress)
            progress = ProgressSpan(progress, _MEASURED, 1.0)
        return polygonize_segments(
            segments, output, statistics_table=table, layer_name=layer_name, progress=progress
        )


def _store(table: TableLike | None, folder: OutputFolder, progress: Progress) -> Columns | None:
    """Copy a table before anything is computed: what is wrong with it shows at once."""
    if table is None:
        return None
    path = str(folder.path / "given.gpkg")
    return in_background(
        lambda inner: store_columns("statistics_table", table, path, inner.check), progress, folder.remove
    )


def _joined(computed: str, given: Columns | None, folder: OutputFolder, progress: Progress) -> str:
    """Return a table with the columns of both."""
    if given is None:
        return computed
    target = folder.path / "joined.gpkg"

    def join(inner: Progress) -> str:
        watch = Watch(inner.check)
        rows = _rows(computed, watch)
        unmatched = count_unmatched(rows, given, inner.check)
        if unmatched:
            inner.warning(f"{unmatched} segment(s) have no row in the statistics table.")
        write_joined(rows, given, str(target), VectorFormat("GPKG"), target.stem, watch)
        return str(target)

    return in_background(join, progress, folder.remove)


def _rows(computed: str, watch: Watch) -> Rows:
    with database(computed, watch.check) as connection:
        connection.execute(statement("CREATE UNIQUE INDEX by_id ON", _COMPUTED, f"({ID})"))
        select = statement("SELECT", ID, "FROM", _COMPUTED, "ORDER BY", ID)
        with closing(connection.execute(select)) as cursor:
            ids = np.fromiter((row[0] for row in cursor), np.int64)
    return Rows(path=computed, table=_COMPUTED, ids=ids, extra=_fields(computed))


def _fields(path: str) -> tuple[Field, ...]:
    dataset = ogr.Open(str(Path(path)))
    definition = dataset.GetLayerByName(_COMPUTED).GetLayerDefn()
    fields = (Field.of(definition.GetFieldDefn(index)) for index in range(definition.GetFieldCount()))
    return tuple(field for field in fields if field.name != ID)
