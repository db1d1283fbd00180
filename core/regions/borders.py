"""What happens where tiles meet: clumps that go on, single pixels that joined across, neighbours.

A tile's edge pixels are enough for all of it. Matches can be made as soon as both tiles are
there; they name nodes as (tile, node) and become global when the number of nodes is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..dtypes import NODE
from ..grid import TileGrid
from .tile import TileGraph


@dataclass(frozen=True)
class Edges:
    """The part of a tile's graph that its neighbours need.

    Parameters
    ----------
    nodes, clusters : dict of str to ndarray
        By side: "top", "bottom", "left", "right".
    outside_nodes, outside_rows, outside_columns : ndarray
        As in `TileGraph`.
    """

    nodes: dict[str, np.ndarray]
    clusters: dict[str, np.ndarray]
    outside_nodes: np.ndarray
    outside_rows: np.ndarray
    outside_columns: np.ndarray


@dataclass(frozen=True)
class Matches:
    """Pairs of nodes of two tiles.

    Parameters
    ----------
    tiles : tuple of int
        First and second tile.
    same : ndarray of int32, shape (n, 2)
        Nodes of the first and the second tile that are one clump.
    neighbours : ndarray of int32, shape (m, 2)
        Nodes that touch.
    """

    tiles: tuple[int, int]
    same: np.ndarray
    neighbours: np.ndarray


def edges_of(graph: TileGraph, rows: int, columns: int) -> Edges:
    """Take from a tile's graph what its neighbours need."""
    cuts = np.cumsum([columns, columns, rows])
    names = ("top", "bottom", "left", "right")
    return Edges(
        nodes=dict(zip(names, np.split(graph.edge_nodes, cuts))),
        clusters=dict(zip(names, np.split(graph.edge_clusters, cuts))),
        outside_nodes=graph.outside_nodes,
        outside_rows=graph.outside_rows,
        outside_columns=graph.outside_columns,
    )


#: The sides that meet, by the step from the first tile to the second.
_SIDES = {(0, 1): ("right", "left"), (1, 0): ("bottom", "top")}


def match_tiles(
    grid: TileGrid,
    first: tuple[int, Edges],
    second: tuple[int, Edges],
    step: tuple[int, int],
    connectivity: int,
) -> Matches:
    """Match two tiles that touch; `step` leads from the first to the second.

    Steps are (0, 1), (1, 0), (1, 1) and (1, -1): the other four are the same pairs again.
    """
    pairs = _touching(first[1], second[1], step, connectivity)
    same, neighbours = [], []
    for nodes_a, clusters_a, nodes_b, clusters_b in pairs:
        valid = (nodes_a >= 0) & (nodes_b >= 0)
        equal = valid & (clusters_a == clusters_b)
        same.append(_pair(nodes_a[equal], nodes_b[equal]))
        valid &= ~equal
        neighbours.append(_pair(nodes_a[valid], nodes_b[valid]))
    same.append(_joined_across(grid, first, second))
    same.append(_joined_across(grid, second, first)[:, ::-1])
    return Matches((first[0], second[0]), _unique(same), _unique(neighbours))


def _touching(a: Edges, b: Edges, step: tuple[int, int], connectivity: int):
    """Yield aligned arrays of edge pixels that are neighbours of each other."""
    if step in _SIDES:
        side_a, side_b = _SIDES[step]
        shifts = (0,) if connectivity == 4 else (-1, 0, 1)
        na, ca, nb, cb = a.nodes[side_a], a.clusters[side_a], b.nodes[side_b], b.clusters[side_b]
        for shift in shifts:
            low, high = max(0, -shift), min(na.size, na.size - shift)
            if low < high:
                here, there = slice(low, high), slice(low + shift, high + shift)
                yield na[here], ca[here], nb[there], cb[there]
    elif connectivity == 8:
        # Only the corner pixels of tiles that meet at a corner touch.
        corner_a, corner_b = (-1, 0) if step == (1, 1) else (0, -1)
        na, ca = a.nodes["bottom"], a.clusters["bottom"]
        nb, cb = b.nodes["top"], b.clusters["top"]
        at_a, at_b = [corner_a], [corner_b]
        yield na[at_a], ca[at_a], nb[at_b], cb[at_b]


def _joined_across(grid: TileGrid, source: tuple[int, Edges], target: tuple[int, Edges]) -> np.ndarray:
    """Pairs of a provisional node of `source` and the node of the pixel it joined in `target`."""
    edges = source[1]
    window = grid.window(target[0])
    rows, columns = edges.outside_rows - window.row, edges.outside_columns - window.column
    inside = (rows >= 0) & (rows < window.rows) & (columns >= 0) & (columns < window.columns)
    rows, columns = rows[inside], columns[inside]
    nodes = np.full(rows.size, -1, NODE)
    # A joined pixel touches the source tile, so it lies on an edge of its own tile.
    for side, at_edge, along in (
        ("top", rows == 0, columns),
        ("bottom", rows == window.rows - 1, columns),
        ("left", columns == 0, rows),
        ("right", columns == window.columns - 1, rows),
    ):
        nodes[at_edge] = target[1].nodes[side][along[at_edge]]
    return _pair(edges.outside_nodes[inside], nodes)


def _pair(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.stack([a, b], axis=1).astype(NODE, copy=False)


def _unique(pairs: list[np.ndarray]) -> np.ndarray:
    """Join lists of pairs and drop repeated ones."""
    joined = np.concatenate(pairs) if pairs else np.empty((0, 2), NODE)
    keys = np.unique((joined[:, 0].astype(np.int64) << 32) | joined[:, 1].astype(np.int64))
    return np.stack([keys >> 32, keys & 0xFFFFFFFF], axis=1).astype(NODE)
