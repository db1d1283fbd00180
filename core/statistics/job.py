"""One run: measures the segments and writes what was asked for."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import numpy as np

from ..compiling import compile_once
from ..executors.threads import WorkerPool
from ..expectation import expectation, statistics_seconds
from ..grid import TileGrid
from ..progress import Progress, ProgressSpan
from ..timings import Timings
from .attribute_table import check_ids, write_columns
from .engine import STAGES, Limits, Measured, measure_segments
from .inputs import tiles_memory
from .mean_image import MeanImage
from .reading import ArrayBands, ArrayLabels, Labels, RasterBands
from .results import Request
from .scratch import Scratch
from .spec import NEIGHBOURS, SHAPES, StatisticsSpec
from .table import SegmentTable, StatisticsResult
from .table_file import TableFile

#: Share of the progress bar after measuring, and after the mean image.
_MEASURED, _PAINTED = 0.8, 0.9
_SECONDS = 10
#: At the most per pixel, for results of segments and values between tiles.
_HELD_BYTES = 64


@dataclass
class Outputs:
    """Where results go; each may be None.

    Parameters
    ----------
    table : TableFile
    mean_image : MeanImage
    attribute_table : str
        The label raster.
    """

    table: TableFile | None = None
    mean_image: MeanImage | None = None
    attribute_table: str | None = None

    def publish(self, table: SegmentTable) -> None:
        """Put everything in its place."""
        for output in (self.mean_image, self.table):
            if output:
                output.publish()
        if self.attribute_table:
            write_columns(self.attribute_table, table)

    def close(self) -> None:
        """Remove what is temporary."""
        for output in (self.table, self.mean_image):
            if output:
                output.close()


@dataclass(frozen=True)
class Job:
    """A run, checked.

    Parameters
    ----------
    labels : Labels
    request : Request
    limits : Limits
    """

    labels: Labels
    request: Request
    limits: Limits

    def columns(self, progress: Progress) -> SegmentTable:
        """Measure the segments and return the table."""
        with self._measured(progress, Timings(STAGES)) as (measured, _):
            table = measured.results.table(self.labels.grid.geotransform).in_memory()
        progress.fraction(1.0)
        return table

    def announcement(self) -> str:
        """Say what the run is expected to take."""
        grid, limits, sources = self.labels.grid, self.limits, self.request.sources
        tiles = len(TileGrid(grid.rows, grid.columns, limits.tile_size))
        seconds = statistics_seconds(
            grid.rows * grid.columns,
            sum(len(source.numbers) for source in sources),
            self.request.spec.needs_values,
            min(limits.workers, tiles),
        )
        held = min(limits.memory, grid.rows * grid.columns * _HELD_BYTES)
        memory = held + tiles_memory(sources, limits)
        return expectation(tiles, limits.tile_size, limits.workers, memory, seconds, "the statistics")

    def write(self, outputs: Outputs, progress: Progress) -> StatisticsResult:
        """Measure the segments and write the outputs."""
        timings = Timings(STAGES)
        progress.message(self.announcement())
        with self._measured(ProgressSpan(progress, 0, _MEASURED), timings, outputs) as (measured, pool):
            table = measured.results.table(self.labels.grid.geotransform)
            with timings.measure("writing"):
                self._write(outputs, measured, table, pool, progress)
            progress.fraction(1.0)
            progress.message(_summary(len(table), table.names, timings.as_dict()))
            return StatisticsResult(
                segment_count=len(table),
                columns=table.names,
                output=outputs.table.output if outputs.table else None,
                layer=outputs.table.layer if outputs.table else None,
                mean_image=outputs.mean_image.output if outputs.mean_image else None,
                warped=tuple(source.info.path for source in self._warped()),
                passes=measured.passes,
                timings=timings.as_dict(),
            )

    def _write(
        self,
        outputs: Outputs,
        measured: Measured,
        table: SegmentTable,
        pool: WorkerPool,
        progress: Progress,
    ) -> None:
        if outputs.attribute_table:
            check_ids(outputs.attribute_table, table.ids)
        if outputs.mean_image:
            outputs.mean_image.write(measured, pool, ProgressSpan(progress, _MEASURED, _PAINTED))
        if outputs.table:
            _warn_of_names(outputs.table, table, progress)
            span = ProgressSpan(progress, _PAINTED, 1)

            def report(done: float) -> None:
                progress.check()
                span.fraction(done)

            outputs.table.write(table, report)
        # Only now is anything of the user's changed.
        progress.check()
        outputs.publish(table)

    @contextmanager
    def _measured(self, progress: Progress, timings: Timings, outputs: Outputs | None = None):
        """Measure; what is yielded can be used until the end of the block."""
        for source in self._warped():
            progress.message(
                f"{source.info.path} lies on another grid than the segments: it is warped as it is read "
                f"({source.alignment.resampling})."
            )
        with timings.measure("compiling"):
            _compile(self.labels, self.request, progress)
        folder = outputs.table.scratch_folder if outputs and outputs.table else None
        with ExitStack() as stack:
            scratch = Scratch(self.limits.memory // 2, folder)
            stack.callback(scratch.close)
            pool = stack.enter_context(WorkerPool(self.limits.threads, progress.check))
            yield (
                measure_segments(self.labels, self.request, self.limits, pool, scratch, timings, progress),
                pool,
            )

    def _warped(self) -> list[RasterBands]:
        return [s for s in self.request.sources if isinstance(s, RasterBands) and s.alignment]


def _warn_of_names(file: TableFile, table: SegmentTable, progress: Progress) -> None:
    changed = [f"{new} for {old}" for old, new in zip(table.names, file.names(table)) if old != new]
    if changed:
        progress.warning(
            f"Names of columns are limited to 10 characters in this format: {', '.join(changed)}."
        )


def _summary(count: int, columns: tuple[str, ...], timings: dict[str, float]) -> str:
    lines = [f"{count} segments, {len(columns)} columns.", f"{'Stage':<22}{'Seconds':>9}"]
    for stage, title in STAGES.items():
        if timings[stage] >= 0.0005:
            lines.append(f"{title:<22}{timings[stage]:>9.2f}")
    lines.append(f"{'Elapsed':<22}{timings['total']:>9.2f}")
    return "\n".join(lines)


def _compile(labels: Labels, request: Request, progress: Progress) -> None:
    """Have the kernels for these types of labels and values."""
    spec = request.spec
    label_type = np.dtype(labels.dtype)
    for kind in sorted({source.dtype.str for source in request.sources} or {"<f4"}):
        key = f"statistics {label_type} {kind} {spec.needs_values} {bool(spec.shape or spec.neighbours)}"
        compile_once(key, lambda kind=kind: _measure_tiny(label_type, kind, spec), _SECONDS, progress)


def _measure_tiny(label_type: np.dtype, kind: str, spec: StatisticsSpec) -> None:
    number = np.random.default_rng(0).integers(0, 3, (8, 64))
    ordered = ("median", "mode") if spec.needs_values else ()
    shape = bool(spec.shape or spec.neighbours)
    tiny = StatisticsSpec(
        ("mean", "stddev", *ordered), (), SHAPES if shape else (), NEIGHBOURS if shape else ()
    )
    request = Request(tiny, (ArrayBands(number[np.newaxis].astype(kind), (None,)),), ("",))
    limits = Limits(256, 1, 1, 2**20)
    with WorkerPool(1, lambda: None) as pool:
        labels = ArrayLabels(number.astype(label_type))
        measure_segments(labels, request, limits, pool, Scratch(2**20), Timings(STAGES), Progress())
