"""The entry point: a label raster as a layer of polygons."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ..errors import Cancelled, ParameterError
from ..executors.background import in_background
from ..executors.threads import WorkerPool
from ..paths import same_file
from ..progress import Progress
from ..raster.labels import LabelBand, describe_labels
from ..raster.output_folder import OutputFolder
from ..vector.columns import Columns, TableLike, store_columns
from ..vector.formats import VectorFormat, layer_format
from ..vector.joined import count_unmatched, write_joined
from ..vector.publish import publish
from ..vector.scratch import Watch
from .outlines import collect, trace

#: The share of the progress bar at which outlines are traced, and put together.
_TRACED, _COLLECTED = 0.7, 0.75


@dataclass(frozen=True)
class PolygonsResult:
    """What was written.

    Parameters
    ----------
    output : str
        The file.
    layer_name : str
    segment_count : int
        Features, one per segment.
    multipart_count : int
        Segments of several parts, which touch at most at corners; unless this is 0 the layer is
        one of multipolygons.
    columns : tuple of str
        Names of the columns; the first is ``segment_id``.
    unmatched_count : int
        Segments that the statistics table has no row of; its columns are NULL there.
    """

    output: str
    layer_name: str
    segment_count: int
    multipart_count: int
    columns: tuple[str, ...]
    unmatched_count: int


def polygonize_segments(
    segments: str | os.PathLike,
    output: str | os.PathLike,
    *,
    statistics_table: TableLike | None = None,
    layer_name: str | None = None,
    band: int = 1,
    progress: Progress | None = None,
) -> PolygonsResult:
    """Write a polygon for every segment of a label raster.

    Outlines follow the edges of the pixels exactly, so that areas are those of the pixels,
    neighbours share their borders, and rasterising gives the labels back. All polygons are
    valid. Coordinates are in the raster's CRS, or in pixels (column, row) when it has no
    georeference.

    Parameters
    ----------
    segments : path
        Raster of integers: ids above 0, with gaps or without; 0, negative values, nodata and
        masked pixels belong to no segment.
    output : path
        Written under a temporary name beside its place and moved there when it is complete; an
        older file is replaced then. The suffix decides the format: ``.gpkg``, ``.shp``,
        ``.geojson``, ``.fgb``, ...; with a spatial index where the format has one.
    statistics_table : path, SegmentTable or mapping of str to ndarray, optional
        Columns to add, matched by ``segment_id``: the name of a table (``path`` or
        ``path|layername=name``), or columns in memory.
    layer_name : str, optional
        Default: the name of the file without its suffix.
    band : int
        Band of the ids, counted from 1.
    progress : Progress, optional

    Returns
    -------
    PolygonsResult

    Raises
    ------
    ParameterError, RasterError, Cancelled
    """
    progress = progress or Progress()
    segments, output = os.fspath(segments), os.fspath(output)
    labels, form = describe_labels(segments, band), layer_format(output)
    _check_names(segments, output, statistics_table)
    name = layer_name or Path(output).stem
    with ExitStack() as stack:
        folder = OutputFolder(output)
        stack.callback(folder.remove)
        result = in_background(
            lambda inner: _write(labels, statistics_table, folder, form, name, inner),
            progress,
            folder.remove,
        )
        progress.check()
        publish(folder)
    if not result.segment_count:
        progress.warning(f"{segments} has no segments: the layer is empty.")
    if result.unmatched_count:
        progress.warning(
            f"{result.unmatched_count} segment(s) have no row in the statistics table; "
            "its columns are empty there."
        )
    progress.fraction(1.0)
    return result


def _check_names(segments: str, output: str, table: TableLike | None) -> None:
    others = {"label raster": segments}
    if isinstance(table, (str, os.PathLike)):
        others["statistics table"] = os.fspath(table).partition("|")[0]
    for name, path in others.items():
        if same_file(output, path):
            raise ParameterError("output", output, f"this is the {name}; choose another name.")


def _write(
    labels: LabelBand,
    table: TableLike | None,
    folder: OutputFolder,
    form: VectorFormat,
    layer_name: str,
    progress: Progress,
) -> PolygonsResult:
    work = folder.path / "work"
    work.mkdir()
    outlines = str(work / "outlines.gpkg")
    columns = _trace_and_store(labels, outlines, table, str(work / "columns.gpkg"), progress)
    rows, multipart = collect(labels, outlines, progress.check)
    unmatched = count_unmatched(rows, columns, progress.check) if columns else 0

    def report(done: float) -> None:
        progress.fraction(_COLLECTED + (1 - _COLLECTED) * done)

    watch = Watch(progress.check, report)
    report(0.0)
    names = write_joined(rows, columns, folder.temporary, form, layer_name, watch)
    return PolygonsResult(folder.output, layer_name, rows.ids.size, multipart, names, unmatched)


def _trace_and_store(
    labels: LabelBand, outlines: str, table: TableLike | None, columns: str, progress: Progress
) -> Columns | None:
    """Trace outlines and, at the same time, bring the columns in place."""
    traced = [0.0]
    stored: list[Columns] = []

    def look() -> None:
        progress.check()
        progress.fraction(_TRACED * traced[0])

    with WorkerPool(2, look) as pool:

        def check() -> None:
            if pool.cancel[0]:
                raise Cancelled

        def trace_outlines() -> None:
            trace(labels, outlines, Watch(check, lambda done: traced.__setitem__(0, done)))

        def store() -> None:
            stored.append(store_columns("statistics_table", table, columns, check))

        jobs: list[Callable[[], None]] = [trace_outlines]
        if table is not None:
            jobs.append(store)
        pool.each(lambda job: job(), jobs)
    progress.fraction(_TRACED)
    return stored[0] if stored else None
