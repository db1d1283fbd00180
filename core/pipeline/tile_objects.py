"""What the second stage leaves of a tile, as arrays in a workspace, and their checks.

Kernels do not check types, shapes and indices again, and a workspace may be anybody's.
"""

from __future__ import annotations

from dataclasses import asdict, fields

import numpy as np

from ..dtypes import CLUSTER, LABEL, NODE
from ..errors import WorkspaceError
from ..grid import Window
from ..regions.graph import MAX_PASSES, NEVER, TARGET_KNOWN
from ..regions.tile import TileGraph
from ..workspace.base import Arrays


def graph_to_arrays(graph: TileGraph) -> Arrays:
    """Return a tile's graph as arrays for a workspace."""
    return {name: np.asarray(value) for name, value in asdict(graph).items()}


def graph_from_arrays(arrays: Arrays, tile: int, window: Window, bands: int) -> TileGraph:
    """Rebuild a tile's graph from a workspace.

    Raises
    ------
    WorkspaceError
        If types, shapes or indices are not those of a graph of this tile: the kernels do not
        check them again.
    """
    try:
        values = {field.name: arrays[field.name] for field in fields(TileGraph)}
        for name in ("singles_joined", "nulls", "clamped", "eliminated"):
            values[name] = int(values[name])
        graph = TileGraph(**values)
        sound = _is_sound(graph, window, bands)
    except (KeyError, TypeError, ValueError, IndexError, OverflowError):
        sound = False
    if not sound:
        raise WorkspaceError(
            f"The workspace's graph of tile {tile} is damaged: delete graph/{tile}.npz there and "
            "start the run again."
        )
    return graph


def _is_sound(graph: TileGraph, window: Window, bands: int) -> bool:
    n = len(graph.totals)
    edge = 2 * (window.rows + window.columns)
    outside = graph.outside_nodes.size
    shapes = (
        (graph.totals, np.int64, (n, 1 + bands)),
        (graph.first_pixels, np.int64, (n,)),
        (graph.starts, np.int64, (n + 1,)),
        (graph.adjacent, NODE, (int(graph.starts[-1]),)),
        (graph.wakes, np.uint8, (n,)),
        (graph.edge_nodes, NODE, (edge,)),
        (graph.edge_clusters, CLUSTER, (edge,)),
        (graph.outside_nodes, NODE, (outside,)),
        (graph.outside_rows, np.int64, (outside,)),
        (graph.outside_columns, np.int64, (outside,)),
    )
    if not all(array.dtype == kind and array.shape == shape for array, kind, shape in shapes):
        return False
    in_range = _between(graph.adjacent, 0, n) and _between(graph.edge_nodes, -1, n)
    in_range &= _between(graph.outside_nodes, 0, n) and _between(graph.totals[:, 0], 1, window.pixels + 1)
    in_range &= _lie_around(graph.outside_rows, graph.outside_columns, window)
    in_range &= all(
        0 <= count <= window.pixels for count in (graph.eliminated, graph.nulls, graph.singles_joined)
    )
    in_range &= 0 <= graph.clamped <= window.pixels * bands and _may_wake(graph.wakes, np.diff(graph.starts))
    return bool(in_range and graph.starts[0] == 0 and (np.diff(graph.starts) >= 0).all())


def _may_wake(wakes: np.ndarray, neighbours: np.ndarray) -> bool:
    """Tell whether segments take part in passes that there are, and have the target that they know."""
    knows_target = (wakes >= TARGET_KNOWN) & (wakes != NEVER)
    known_passes = np.where(knows_target, wakes - TARGET_KNOWN, wakes)
    return bool(((known_passes <= MAX_PASSES) | (wakes == NEVER)).all() and neighbours[knows_target].all())


def _between(values: np.ndarray, low: int, high: int) -> bool:
    return values.size == 0 or bool(values.min() >= low and values.max() < high)


def _lie_around(rows: np.ndarray, columns: np.ndarray, window: Window) -> bool:
    """Tell whether pixels touch a window from outside."""
    beside = (rows == window.row - 1) | (rows == window.bottom)
    beside |= (columns == window.column - 1) | (columns == window.right)
    near = _between(rows, window.row - 1, window.bottom + 1)
    return bool(near and _between(columns, window.column - 1, window.right + 1) and beside.all())


def checked_labels(arrays: Arrays, tile: int, window: Window, nodes: int) -> np.ndarray:
    """Return a tile's labels from a workspace, refusing what does not fit its graph."""
    labels = arrays.get("labels")
    fits = labels is not None and labels.dtype == LABEL
    if not fits or labels.shape != (window.rows, window.columns) or labels.max() > nodes:
        raise WorkspaceError(
            f"The workspace's labels of tile {tile} are damaged: delete labels/{tile}.npz and "
            f"graph/{tile}.npz there and start the run again."
        )
    return labels
