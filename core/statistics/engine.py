"""The passes over labels and rasters, in their order."""

from __future__ import annotations

from dataclasses import dataclass

from ..executors.threads import WorkerPool
from ..grid import TileGrid
from ..progress import Progress, ProgressSpan
from ..timings import Timings
from .narrowing import narrow
from .reading import Labels
from .results import Request, Results
from .scratch import Scratch
from .shape import merge_shapes
from .sums import merge_sums
from .survey import LabelTiles, survey_labels, tile_grid
from .tiles import TileSums, TileTask

#: Stages of the timings, with what they are called.
STAGES = {
    "compiling": "Compiling the engine",
    "survey": "Finding segments",
    "reading": "Reading",
    "measuring": "Measuring",
    "merging": "Merging",
    "narrowing": "Further passes",
    "writing": "Writing",
}
#: Share of the progress bar of the first look, the second, and further passes.
_FIRST, _SECOND, _FURTHER = 0.2, 0.9, 1.0


@dataclass(frozen=True)
class Limits:
    """What a run may use.

    Parameters
    ----------
    tile_size : int
        Pixels along the side of a tile; rounded up to whole cells.
    workers : int
        Threads that compute at the same time.
    readers : int
        Threads that read at the same time.
    memory : int
        Bytes for what must be held: labels between passes, results, values of unfinished segments.
    """

    tile_size: int
    workers: int
    readers: int
    memory: int

    @property
    def threads(self) -> int:
        """Threads in all."""
        return max(self.workers, self.readers)


@dataclass(frozen=True)
class Measured:
    """What the passes found.

    Parameters
    ----------
    results : Results
    tiles : LabelTiles
    task : TileTask
    passes : int
        How often values were read.
    """

    results: Results
    tiles: LabelTiles
    task: TileTask
    passes: int


def measure_segments(
    labels: Labels,
    request: Request,
    limits: Limits,
    pool: WorkerPool,
    scratch: Scratch,
    timings: Timings,
    progress: Progress,
) -> Measured:
    """Measure all segments.

    Parameters
    ----------
    labels : Labels
    request : Request
    limits : Limits
    pool : WorkerPool
        With ``limits.threads`` threads.
    scratch : Scratch
    timings : Timings
        With the stages of `STAGES`.
    progress : Progress
    """
    grid = tile_grid(labels.grid.rows, labels.grid.columns, limits.tile_size)
    tiles = LabelTiles(labels, grid, limits.memory // 4)
    survey = survey_labels(tiles, pool, timings, _counter(progress, 0.0, _FIRST, len(grid)))
    results = Results(request, survey.ids, scratch)
    task = TileTask(tiles, survey, results, limits.workers, limits.memory // 4, pool.cancel, timings)
    merger = _Merger(results, grid, timings, _counter(progress, _FIRST, _SECOND, len(grid)))
    pool.each(task.measure, grid, merger.take)
    further = narrow(task, pool, limits.memory // 4, ProgressSpan(progress, _SECOND, _FURTHER))
    return Measured(results, tiles, task, 1 + further)


def _counter(progress: Progress, start: float, end: float, total: int):
    span, done = ProgressSpan(progress, start, end), [0]

    def count() -> None:
        done[0] += 1
        span.fraction(done[0] / total)

    return count


class _Merger:
    """Merges the sums of the tiles in raster order of the cells, whenever a row of tiles is there."""

    def __init__(self, results: Results, grid: TileGrid, timings: Timings, done) -> None:
        self._results, self._grid, self._timings, self._done = results, grid, timings, done
        self._waiting: dict[int, TileSums] = {}
        self._next = 0

    def take(self, tile: TileSums) -> None:
        """Take the sums of a tile, in any order of the tiles."""
        self._waiting[tile.tile] = tile
        across = self._grid.tile_columns
        row = range(self._next, self._next + across)
        while self._next < len(self._grid) and all(number in self._waiting for number in row):
            with self._timings.measure("merging"):
                self._merge([self._waiting.pop(number) for number in row])
            self._next += across
            row = range(self._next, self._next + across)
        self._done()

    def _merge(self, tiles: list[TileSums]) -> None:
        results = self._results
        for index, into in enumerate(results.sums):
            for band in range(into.count.shape[0]):
                into_band = into.band(band)
                for tile, first, stop in _cell_rows(tiles):
                    part = tile.sums[index].band(band)
                    merge_sums(tile.segments.of_parts, first, stop, *part, into_band)
        if results.shapes.size:
            for tile, first, stop in _cell_rows(tiles):
                segments = tile.segments
                merge_shapes(
                    segments.of_parts, first, stop, segments.parts.origins, tile.shapes, results.shapes
                )
        for tile in tiles:
            if tile.borders:
                results.borders.add(*tile.borders)


def _cell_rows(tiles: list[TileSums]):
    """Yield pieces of the tiles' parts in raster order of their cells."""
    for cell_row in range(tiles[0].segments.parts.starts.size - 1):
        for tile in tiles:
            starts = tile.segments.parts.starts
            yield tile, int(starts[cell_row]), int(starts[cell_row + 1])
