"""Runs the stages of a segmentation, from an image to labels in a sink."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numba import njit

from ..dtypes import LABEL
from ..executors.threads import WorkerPool
from ..grid import TileGrid, Window
from ..progress import Progress, ProgressSpan
from ..raster.source import ImageSource
from ..spec import SegmentationSpec
from ..timings import Timings
from ..workspace.base import Workspace
from .collect import GraphCollector
from .outcome import Stitched
from .prepare import Prepared, prepare
from .tile_objects import checked_labels, graph_from_arrays, graph_to_arrays
from .tiles import TileTask

#: The share of the progress bar at which each stage begins; measured on large scenes.
_PREPARED, _SEGMENTED, _ELIMINATED = 0.06, 0.66, 0.74
#: Rows of tiles that a worker goes through side by side: a block of the file that lies between
#: them is decoded once. More would gain little, and need more of GDAL's block cache; a file
#: stored in whole rows would need it for every row.
_ROWS_PER_WORKER = 2


class Sink(Protocol):
    """Where final labels go."""

    def write(self, window: Window, labels: np.ndarray) -> None:
        """Take the labels of one tile; called from several threads."""
        ...


@dataclass(frozen=True)
class Run:
    """One segmentation: what, of which image, with what means.

    Parameters
    ----------
    source : ImageSource
        The whole raster, which clusters are fitted on.
    extent : Window
        The part of it that is segmented.
    spec : SegmentationSpec
    tile_size : int
    workspace : Workspace
    pool : WorkerPool
    progress : Progress
    timings : Timings
    centres : ndarray, optional
        Given cluster centres.
    """

    source: ImageSource
    extent: Window
    spec: SegmentationSpec
    tile_size: int
    workspace: Workspace
    pool: WorkerPool
    progress: Progress
    timings: Timings
    centres: np.ndarray | None = None

    @property
    def grid(self) -> TileGrid:
        """The tiles of the extent."""
        return TileGrid(self.extent.rows, self.extent.columns, self.tile_size)

    def prepared(self) -> Prepared:
        """Run the first stage, or take its result from the workspace."""
        if self.workspace.has("prepared"):
            return Prepared.from_arrays(self.workspace.get("prepared"), self.source.bands)
        span = ProgressSpan(self.progress, 0.0, _PREPARED)
        result = prepare(self.source, self.spec, self.centres, self.pool, self.timings, reporter(span))
        self.workspace.put("prepared", result.to_arrays())
        return result

    def stitched(self, prepared: Prepared) -> Stitched:
        """Run the second and third stage, or take their result from the workspace."""
        # A user who was told to delete damaged labels gets them made again.
        complete = all(self.workspace.has(f"labels/{tile}") for tile in self.grid)
        if complete and self.workspace.has("stitched"):
            return Stitched.from_arrays(self.workspace.get("stitched"), len(self.grid))
        result = _TileStage(self, prepared).run()
        self.workspace.put("stitched", result.to_arrays())
        return result

    def write(self, stitched: Stitched, sink: Sink) -> None:
        """Run the last stage: final labels of every tile into the sink."""
        grid = self.grid
        span = ProgressSpan(self.progress, _ELIMINATED, 1.0)
        counter = _Counter(len(grid), span)

        def write_tile(tile: int) -> None:
            window = grid.window(tile)
            stored = self.workspace.get(f"labels/{tile}")
            labels = checked_labels(stored, tile, window, int(stitched.sizes[tile]))
            final = np.empty(labels.shape, LABEL)
            with self.timings.measure("writing"):
                _look_up(labels, stitched.lookup(tile), final)
                sink.write(window, final)
            if not self.workspace.resumable:
                self.workspace.drop(f"labels/{tile}")

        self.pool.each(write_tile, grid, counter)


class _TileStage:
    """Segments all tiles, stitches them as they come, and eliminates small segments."""

    def __init__(self, run: Run, prepared: Prepared) -> None:
        self._run = run
        self._grid = run.grid
        self._task = TileTask(
            run.source, run.extent, run.grid, run.spec, prepared, run.pool.cancel, run.timings
        )
        self._collector = GraphCollector(run.grid, run.source.bands, run.spec, prepared, run.timings)

    def run(self) -> Stitched:
        run = self._run
        finished = sum(self._is_finished(tile) for tile in self._grid)
        if finished:
            run.progress.message(f"Going on from {finished} finished tile(s) of {len(self._grid)}.")
        span = ProgressSpan(run.progress, _PREPARED, _SEGMENTED)
        depth = _ROWS_PER_WORKER if run.source.in_blocks() else 1
        order = self._grid.in_bands(run.pool.workers, depth)
        with run.timings.idle_of(run.pool.workers):
            run.pool.each(self._tile, order, _Counter(len(self._grid), span))
        report = reporter(ProgressSpan(run.progress, _SEGMENTED, _ELIMINATED))
        report(0.0)
        return self._collector.finish(run.pool, report)

    def _is_finished(self, tile: int) -> bool:
        workspace = self._run.workspace
        return workspace.has(f"labels/{tile}") and workspace.has(f"graph/{tile}")

    def _tile(self, tile: int) -> None:
        """Segment a tile if that was not done before; add its graph to the others."""
        workspace = self._run.workspace
        if not self._is_finished(tile):
            labels, graph = self._task.segment(tile)
            workspace.put(f"labels/{tile}", {"labels": labels})
            if workspace.resumable:
                workspace.put(f"graph/{tile}", graph_to_arrays(graph))
        else:
            stored = workspace.get(f"graph/{tile}")
            graph = graph_from_arrays(stored, tile, self._grid.window(tile), self._run.source.bands)
        self._collector.add(tile, graph)


class _Counter:
    """Turns finished tiles into progress."""

    def __init__(self, total: int, progress: Progress) -> None:
        self._total, self._done, self._progress = total, 0, progress

    def __call__(self, _: object) -> None:
        self._done += 1
        self._progress.fraction(self._done / self._total)


def reporter(progress: Progress) -> Callable[[float], None]:
    """Return a function that reports progress and looks at the cancel button, not too often."""
    latest = [0.0]

    def report(done: float) -> None:
        now = time.monotonic()
        if now - latest[0] >= 0.05:
            latest[0] = now
            progress.check()
            progress.fraction(done)

    return report


@njit(nogil=True, cache=True)
def _look_up(labels, table, out):
    for r in range(labels.shape[0]):
        for c in range(labels.shape[1]):
            out[r, c] = table[labels[r, c]]
