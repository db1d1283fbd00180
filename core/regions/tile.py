"""Steps 3 to 5 of one tile: from a window of clusters to the tile's labels and region graph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..dtypes import NO_PIXEL, NODE
from ..grid import Window
from .clump import label_clumps
from .measure import Quantisation, build_adjacency, label_singles, measure_clumps
from .singles import JoinedSingles


@dataclass(frozen=True)
class TileGraph:
    """The nodes of one tile, their adjacency, and what its neighbours need to know.

    Nodes are clumps at first, and segments when the tile has eliminated what it can.

    Parameters
    ----------
    totals : ndarray of int64, shape (n, 1 + bands)
        Number of pixels of each node, and the sums of its quantised values. Node ``i`` is label
        ``i + 1`` of the tile.
    first_pixels : ndarray of int64, shape (n,)
        Index in the raster of the first pixel of the clump, or of the clump that gave a segment
        its id; `NO_PIXEL` for a provisional node.
    starts : ndarray of int64, shape (n + 1,)
    adjacent : ndarray of int32
        Neighbours of node ``i`` are ``adjacent[starts[i]:starts[i + 1]]``; empty for nodes of
        at least the minimum size. After the tile's elimination only what is still open has and
        is a neighbour, and a known target comes first.
    edge_nodes : ndarray of int32, shape (2 * (rows + columns),)
        Node of every edge pixel: top row, bottom row, left column, right column; -1 is null.
    edge_clusters : ndarray of uint16, same shape
        Cluster of every edge pixel.
    outside_nodes : ndarray of int32, shape (m,)
        Provisional nodes: single pixels that joined a pixel outside the tile.
    outside_rows, outside_columns : ndarray of int64, shape (m,)
        The pixel, in the raster, that each of them joined.
    singles_joined : int
        Single pixels of the tile that joined a neighbour.
    nulls : int
        Null pixels of the tile.
    clamped : int
        Values that were clamped by the quantisation.
    wakes : ndarray of uint8, shape (n,)
        As in `RegionGraph`.
    eliminated : int
        Segments of the tile that are not among the nodes any more.
    """

    totals: np.ndarray
    first_pixels: np.ndarray
    starts: np.ndarray
    adjacent: np.ndarray
    edge_nodes: np.ndarray
    edge_clusters: np.ndarray
    outside_nodes: np.ndarray
    outside_rows: np.ndarray
    outside_columns: np.ndarray
    singles_joined: int
    nulls: int
    clamped: int
    wakes: np.ndarray
    eliminated: int


def graph_of_tile(
    image: np.ndarray,
    clusters: np.ndarray,
    singles: JoinedSingles,
    tile: Window,
    window: Window,
    raster_columns: int,
    connectivity: int,
    min_segment_size: int,
    quantisation: Quantisation,
    cancel: np.ndarray,
) -> tuple[np.ndarray, TileGraph]:
    """Label the clumps of a tile and build its region graph.

    Parameters
    ----------
    image : ndarray of float, shape (bands, rows, columns) of the window
    clusters : ndarray of uint16, shape (rows, columns) of the window
    singles : JoinedSingles
        Of the window.
    tile, window : Window
        The tile within the raster, and the tile with its halo.

    Returns
    -------
    labels : ndarray of uint32, shape (rows, columns) of the tile
        Label 0 is null, label ``i + 1`` is node ``i``.
    graph : TileGraph
    """
    inside = tile.slices_in(window)
    own_clusters = np.ascontiguousarray(clusters[inside])
    own_state = np.ascontiguousarray(singles.state[inside])
    labels, first_pixels = label_clumps(own_clusters, own_state, connectivity, cancel)
    box = np.array([inside[0].start, inside[1].start, window.columns, window.row, window.column], np.int64)
    provisional, outside_pixels, joined = label_singles(
        labels, singles.pixels, singles.targets, box, np.int64(first_pixels.size)
    )
    count = first_pixels.size + provisional
    totals, clamped = measure_clumps(image, labels, box, count, quantisation, cancel)
    starts, adjacent = build_adjacency(labels, totals[:, 0], connectivity == 8, min_segment_size, cancel)
    rows, columns = np.divmod(first_pixels, tile.columns)
    first = np.full(count, NO_PIXEL)
    first[: first_pixels.size] = (rows + tile.row) * raster_columns + columns + tile.column
    return labels, TileGraph(
        totals=totals,
        first_pixels=first,
        starts=starts,
        adjacent=adjacent,
        edge_nodes=_edges(labels).astype(NODE) - NODE(1),
        edge_clusters=_edges(own_clusters),
        outside_nodes=np.arange(first_pixels.size, count, dtype=NODE),
        outside_rows=outside_pixels // window.columns + window.row,
        outside_columns=outside_pixels % window.columns + window.column,
        singles_joined=int(joined),
        nulls=int(own_clusters.size - totals[:, 0].sum()),
        clamped=int(clamped),
        wakes=np.zeros(count, np.uint8),
        eliminated=0,
    )


def _edges(array: np.ndarray) -> np.ndarray:
    """Return top row, bottom row, left column and right column, one after the other."""
    return np.concatenate([array[0], array[-1], array[:, 0], array[:, -1]])
