"""The third stage: the graphs of all tiles become final labels, wherever tiles were segmented."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..executors.threads import WorkerPool
from ..grid import TileGrid
from ..regions.eliminate import eliminate_small_segments
from ..regions.graph import number_segments
from ..regions.stitch import Stitcher
from ..regions.tile import TileGraph
from ..spec import SegmentationSpec
from ..timings import Timings
from .outcome import Stitched
from .prepare import Prepared


class GraphCollector:
    """Stitches tiles as they come, then eliminates small segments.

    Parameters
    ----------
    grid : TileGrid
    bands : int
    spec : SegmentationSpec
    prepared : Prepared
    timings : Timings
    """

    def __init__(
        self, grid: TileGrid, bands: int, spec: SegmentationSpec, prepared: Prepared, timings: Timings
    ) -> None:
        self._grid, self._spec, self._prepared, self._timings = grid, spec, prepared, timings
        self._stitcher = Stitcher(grid, bands, spec.connectivity, spec.min_segment_size)
        self._nulls = np.zeros(len(grid), np.int64)
        self._joined = np.zeros(len(grid), np.int64)
        self._clamped = np.zeros(len(grid), np.int64)
        self._eliminated = np.zeros(len(grid), np.int64)

    def add(self, tile: int, graph: TileGraph) -> None:
        """Take the graph of a tile; once for every tile, from any thread."""
        self._nulls[tile], self._joined[tile] = graph.nulls, graph.singles_joined
        self._clamped[tile], self._eliminated[tile] = graph.clamped, graph.eliminated
        with self._timings.measure("stitching"):
            self._stitcher.add(tile, graph)

    def finish(self, pool: WorkerPool, report: Callable[[float], None]) -> Stitched:
        """Eliminate small segments once all tiles are there.

        Parameters
        ----------
        pool : WorkerPool
            Runs the searches.
        report : callable
            Called with the share done; may raise to stop.
        """
        with self._timings.measure("stitching"):
            graph = self._stitcher.finish()
        with self._timings.measure("elimination"):
            eliminated = eliminate_small_segments(
                graph,
                self._spec.min_segment_size,
                self._prepared.max_spectral_difference,
                self._prepared.unit,
                pool,
                report,
            )
            labels, roots = number_segments(graph)
        return Stitched(
            labels=labels,
            offsets=np.array([self._stitcher.offsets[tile] for tile in self._grid], np.int64),
            sizes=np.array([self._stitcher.sizes[tile] for tile in self._grid], np.int64),
            counts=graph.totals[roots, 0],
            null_count=int(self._nulls.sum()),
            singles_joined=int(self._joined.sum()),
            eliminated=eliminated + int(self._eliminated.sum()),
            clamped=int(self._clamped.sum()),
        )
