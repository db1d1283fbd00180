"""Step 5 across tiles: one region graph from the graphs of all tiles.

Tiles may arrive in any order. Each one's nodes are appended to arrays that grow in place, and
its borders are matched with those neighbours that are already there, so that little is left to
do when the last tile arrives.
"""

from __future__ import annotations

import threading

import numpy as np

from ..dtypes import MAX_NODES, NO_PIXEL, NODE
from ..errors import NotEnoughMemoryError
from ..grid import TileGrid
from .borders import Edges, Matches, edges_of, match_tiles
from .graph import RegionGraph, join_nodes
from .tile import TileGraph

_STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))


class GrowingArray:
    """A one- or two-dimensional array that grows at its end."""

    def __init__(self, dtype: np.dtype | type, columns: int | None = None) -> None:
        self._tail = () if columns is None else (columns,)
        self._data = np.empty((0, *self._tail), dtype)
        self.size = 0

    def append(self, values: np.ndarray) -> None:
        """Copy `values` to the end."""
        end = self.size + len(values)
        if end > len(self._data):
            # resize() lets the system move pages instead of copying: no second copy in memory.
            room = max(end, len(self._data) + len(self._data) // 4, 1024)
            self._data.resize((room, *self._tail), refcheck=False)
        self._data[self.size : end] = values
        self.size = end

    @property
    def values(self) -> np.ndarray:
        """What was appended so far, as a view that the next append makes invalid."""
        return self._data[: self.size]

    def finish(self) -> np.ndarray:
        """Return the array, cut to its size; it must not grow afterwards."""
        self._data.resize((self.size, *self._tail), refcheck=False)
        return self._data


class Stitcher:
    """Collects tile graphs and joins them; safe to feed from several threads.

    Parameters
    ----------
    grid : TileGrid
    bands : int
    connectivity : int
    min_segment_size : int
    """

    def __init__(self, grid: TileGrid, bands: int, connectivity: int, min_segment_size: int) -> None:
        self._grid = grid
        self._connectivity = connectivity
        self._min_segment_size = min_segment_size
        self._lock = threading.Lock()
        self._totals = GrowingArray(np.int64, 1 + bands)
        self._first_pixels = GrowingArray(np.int64)
        self._starts = GrowingArray(np.int64)
        self._adjacent = GrowingArray(NODE)
        self._wakes = GrowingArray(np.uint8)
        self._edges: dict[int, Edges] = {}
        self._matches: list[Matches] = []
        self.offsets: dict[int, int] = {}
        self.sizes: dict[int, int] = {}

    def add(self, tile: int, graph: TileGraph) -> None:
        """Append a tile and match its borders with the neighbours that are there."""
        window = self._grid.window(tile)
        edges = edges_of(graph, window.rows, window.columns)
        with self._lock:
            self._append(tile, graph)
            self._edges[tile] = edges
            pairs = list(self._pairs_of(tile))
        matches = [
            match_tiles(self._grid, (a, self._edges[a]), (b, self._edges[b]), step, self._connectivity)
            for a, b, step in pairs
        ]
        with self._lock:
            self._matches.extend(matches)

    def _append(self, tile: int, graph: TileGraph) -> None:
        offset = self._totals.size
        if offset + len(graph.totals) > MAX_NODES:
            raise NotEnoughMemoryError(
                f"The image has more than {MAX_NODES} clumps. Use fewer clusters or smoothing, "
                "or segment it in parts."
            )
        self.offsets[tile], self.sizes[tile] = offset, len(graph.totals)
        self._totals.append(graph.totals)
        self._first_pixels.append(graph.first_pixels)
        self._starts.append(graph.starts[:-1] + self._adjacent.size)
        self._adjacent.append(graph.adjacent + NODE(offset))
        self._wakes.append(graph.wakes)

    def _pairs_of(self, tile: int):
        """Pairs with the neighbours that came before, first tile first."""
        for step in _STEPS:
            after = self._grid.neighbour(tile, *step)
            if after in self._edges:
                yield tile, after, step
            before = self._grid.neighbour(tile, -step[0], -step[1])
            if before in self._edges:
                yield before, tile, step

    def finish(self) -> RegionGraph:
        """Join everything into one graph; the stitcher is empty afterwards."""
        neighbours = self._append_border_nodes()
        same = self._global_pairs("same")
        graph = RegionGraph.from_arrays(
            totals=self._totals.finish(),
            first_pixels=self._first_pixels.finish(),
            starts=self._starts.finish(),
            adjacent=self._adjacent.finish(),
            wakes=self._wakes.finish(),
        )
        join_nodes(graph, np.concatenate([same, neighbours]))
        self._edges.clear()
        self._matches.clear()
        return graph

    def _global_pairs(self, kind: str) -> np.ndarray:
        pairs = [np.empty((0, 2), np.int64)]
        for match in self._matches:
            offsets = np.array([self.offsets[tile] for tile in match.tiles])
            pairs.append(getattr(match, kind) + offsets)
        return np.concatenate(pairs)

    def _append_border_nodes(self) -> np.ndarray:
        """Add the neighbours across borders.

        They go into nodes of no pixels, one per node at a border, that are joined to it: so a
        segment's neighbours are its members' ranges of `adjacent`, at borders as elsewhere.
        Returns the pairs (node, added node).
        """
        pairs = self._global_pairs("neighbours")
        pairs = np.concatenate([pairs, pairs[:, ::-1]])
        # Nodes of the minimum size or more are never searched: they need no neighbours.
        pairs = pairs[self._totals.values[pairs[:, 0], 0] < self._min_segment_size]
        keys = np.unique((pairs[:, 0] << 32) | pairs[:, 1])
        owners, begins = np.unique(keys >> 32, return_index=True)
        first = self._totals.size
        if first + owners.size > MAX_NODES:
            raise NotEnoughMemoryError(f"The region graph has more than {MAX_NODES} nodes.")
        self._totals.append(np.zeros((owners.size, self._totals.values.shape[1]), np.int64))
        self._first_pixels.append(np.full(owners.size, NO_PIXEL))
        self._wakes.append(np.zeros(owners.size, np.uint8))
        self._starts.append(begins + self._adjacent.size)
        self._adjacent.append((keys & 0xFFFFFFFF).astype(NODE))
        self._starts.append(np.array([self._adjacent.size]))
        return np.stack([owners, np.arange(first, first + owners.size)], axis=1)
