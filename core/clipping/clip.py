"""The entry point: a part of a label raster, renumbered, with its statistics."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np

from ..errors import ParameterError
from ..executors.background import in_background
from ..executors.threads import WorkerPool, default_workers
from ..grid import Window
from ..paths import same_file
from ..progress import Progress, ProgressSpan
from ..raster.extent import part_geotransform
from ..raster.formats import OutputFormat, output_format
from ..raster.gdal_calls import open_raster
from ..raster.labels import describe_labels
from ..raster.output import LabelRaster
from ..raster.output_folder import OutputFolder
from ..raster.provenance import without_secrets
from ..raster.source import RasterInfo, RasterSource, describe_raster
from ..segmentation import DEFAULT_TILE_SIZE, check_count
from ..vector.columns import TableLike
from ..vector.formats import VectorFormat, table_format
from ..vector.publish import publish
from ..version import VERSION
from .area import Area, find_area
from .cut import Cutter, Remains
from .table import write_table

#: The share of the progress bar at which segments are counted, and the raster is written.
_COUNTED, _WRITTEN = 0.4, 0.85

Extent = tuple[float, float, float, float]


@dataclass(frozen=True)
class ClipResult:
    """What was written.

    Parameters
    ----------
    output : str
    output_table : str or None
    window : Window
        The part of the raster that the result covers.
    segment_count : int
        Segments; their ids are 1..segment_count.
    null_count : int
        Pixels without a segment.
    original_ids : ndarray of int64, shape (segment_count,)
        The former id of segment 1, 2, ...
    columns : tuple of str
        Names of the table's columns.
    unmatched_count : int
        Segments that the statistics table has no row of; its columns are NULL there.
    """

    output: str
    output_table: str | None
    window: Window
    segment_count: int
    null_count: int
    original_ids: np.ndarray
    columns: tuple[str, ...] = ()
    unmatched_count: int = 0


@dataclass(frozen=True)
class _Job:
    """Everything a run was asked for, checked."""

    info: RasterInfo
    output: str
    form: OutputFormat
    extent: Extent | None
    mask: str | None
    table: TableLike | None
    output_table: str | None
    table_form: VectorFormat | None
    tile_size: int
    workers: int


def clip_segments(
    segments: str | os.PathLike,
    output: str | os.PathLike,
    *,
    extent: Extent | None = None,
    mask: str | os.PathLike | None = None,
    statistics_table: TableLike | None = None,
    output_table: str | os.PathLike | None = None,
    band: int = 1,
    tile_size: int = DEFAULT_TILE_SIZE,
    workers: int | None = None,
    creation_options: list[str] | None = None,
    progress: Progress | None = None,
) -> ClipResult:
    """Cut a label raster to an extent, a mask, or both, and number its segments from 1.

    New ids follow the order of the old ones. A segment that the cut takes apart stays one
    segment, of several parts. Pixels are not resampled: the result has those that the extent
    covers at least in part, and of these the ones whose centre is in the mask.

    Parameters
    ----------
    segments : path
        Raster of integers: ids above 0, with gaps or without; 0, negative values, nodata and
        masked pixels belong to no segment.
    output : path
        UInt32 raster as `segment_raster` writes it, in place of an older file.
    extent : tuple of float, optional
        (xmin, ymin, xmax, ymax) in the raster's CRS; in pixels (column, row) when the raster has
        no georeference.
    mask : path, optional
        Polygon layer (``path|layername=name``) or raster (above 0 is inside). The result ends
        where the mask ends.
    statistics_table : path, SegmentTable or mapping of str to ndarray, optional
        A table with a column ``segment_id``. Its values are carried over as they are: those of
        a segment that was cut still describe all of it.
    output_table : path, optional
        Table to write: ``segment_id``, ``original_id``, and the columns of the statistics table.
    band : int
        Band of the ids, counted from 1.
    tile_size, workers : int, optional
        How the work is cut; they change no result.
    creation_options : list of str, optional
        ``KEY=VALUE`` for the GDAL driver.
    progress : Progress, optional

    Returns
    -------
    ClipResult

    Raises
    ------
    ParameterError
        Also when there is neither an extent nor a mask, or no segment is inside.
    RasterError, Cancelled
    """
    segments, output = os.fspath(segments), os.fspath(output)
    describe_labels(segments, band)
    output_table = os.fspath(output_table) if output_table else None
    job = _Job(
        info=describe_raster(segments, (band,)),
        output=output,
        form=output_format(output, creation_options),
        extent=extent,
        mask=os.fspath(mask) if mask else None,
        table=statistics_table,
        output_table=output_table,
        table_form=table_format("output_table", output_table) if output_table else None,
        tile_size=check_count("tile_size", tile_size) or DEFAULT_TILE_SIZE,
        workers=check_count("workers", workers) or default_workers(),
    )
    _check_names(job)
    return _run(job, progress or Progress())


def _check_names(job: _Job) -> None:
    if job.table is not None and not job.output_table:
        raise ParameterError("output_table", None, "name the table to write the statistics to.")
    inputs = {"label raster": job.info.path, "mask": job.mask, "statistics table": job.table}
    outputs = {"output": job.output, "output_table": job.output_table}
    for parameter, target in outputs.items():
        for name, path in inputs.items():
            is_path = target and isinstance(path, (str, os.PathLike))
            if is_path and same_file(target, os.fspath(path).partition("|")[0]):
                raise ParameterError(parameter, target, f"this is the {name}; choose another name.")


def _run(job: _Job, progress: Progress) -> ClipResult:
    with ExitStack() as stack:
        folder = OutputFolder(job.output)
        stack.callback(folder.remove)
        work = folder.path / "work"
        work.mkdir()
        area = find_area(job.info, job.extent, job.mask, work, progress)
        remains = _cut(job, area, folder.temporary, ProgressSpan(progress, 0.0, _WRITTEN))
        columns, unmatched = (), 0
        tables = OutputFolder(job.output_table) if job.output_table else None
        if tables:
            stack.callback(tables.remove)
            columns, unmatched = in_background(
                lambda inner: write_table(remains.ids, job.table, tables, job.table_form, inner),
                ProgressSpan(progress, _WRITTEN, 1.0),
                tables.remove,
            )
        progress.check()
        folder.publish()
        if tables:
            publish(tables)
    if unmatched:
        progress.warning(f"{unmatched} segment(s) have no row in the statistics table.")
    progress.fraction(1.0)
    return ClipResult(
        output=job.output,
        output_table=job.output_table,
        window=area.window,
        segment_count=remains.ids.size,
        null_count=remains.null_count,
        original_ids=remains.ids,
        columns=columns,
        unmatched_count=unmatched,
    )


def _cut(job: _Job, area: Area, path: str, progress: Progress) -> Remains:
    """Write the raster."""
    source = RasterSource(job.info, area.mask, job.workers)
    with ExitStack() as stack:
        stack.callback(source.close)
        pool = stack.enter_context(WorkerPool(job.workers, progress.check))
        cutter = Cutter(source, area.window, job.tile_size, pool)
        remains = cutter.count(ProgressSpan(progress, 0.0, _COUNTED / _WRITTEN))
        if not remains.ids.size:
            parameter = "mask" if job.mask else "extent"
            value = job.mask or job.extent
            raise ParameterError(parameter, value, "no segment lies inside; choose another part.")
        raster = LabelRaster(
            path,
            job.form,
            area.window.rows,
            area.window.columns,
            part_geotransform(job.info.geotransform, area.window),
            job.info.projection,
            _metadata(job, area.window, remains.ids.size),
            job.workers,
        )
        stack.callback(raster.close)
        cutter.write(remains, raster, ProgressSpan(progress, _COUNTED / _WRITTEN, 1.0))
    return remains


def _metadata(job: _Job, window: Window, segment_count: int) -> dict[str, str]:
    """Return where the segments came from: how they were made, and how they were cut."""
    own = open_raster(job.info.path).GetMetadata() or {}
    return {
        "SHEPHERD_VERSION": VERSION,
        **{name: value for name, value in own.items() if name.startswith("SHEPHERD_")},
        "SHEPHERD_SEGMENT_COUNT": str(segment_count),
        "SHEPHERD_CLIP_VERSION": VERSION,
        "SHEPHERD_CLIP_INPUT": without_secrets(job.info.path),
        "SHEPHERD_CLIP_EXTENT": ",".join(repr(float(value)) for value in job.extent or ()),
        "SHEPHERD_CLIP_MASK": without_secrets(job.mask or ""),
        "SHEPHERD_CLIP_WINDOW": f"{window.column},{window.row},{window.columns},{window.rows}",
    }
