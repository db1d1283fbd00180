"""Step 6 as far as one tile can know it: most small segments are eliminated beside their pixels.

Where a segment touches a border to another tile, the tile knows neither its size nor its mean
spectrum: it is *open*. The passes of the elimination are followed in the tile all the same, and
what an open segment may touch becomes open in turn, in the state that it has just then:

- A segment whose turn it is, and which has an open neighbour, cannot choose: it becomes open.
- An open segment whose turn it may be, because the tile knows no more than so many pixels of it,
  may join any neighbour: those become open.

Everything else is decided here exactly as in the whole raster. What has never become open is
final. What has become open goes on in the region graph of the whole raster, which is several
times smaller than without this, and has to be told when: see `RegionGraph.wakes`.

Why the labels are those of the whole raster:

- Whoever chooses here looks at nothing but what has the same state in the whole raster.
- When an open segment looks at its neighbours, each of them has become open in the pass in which
  it can first be looked at, or is smaller and has had its passes. What chose such a neighbour in
  that same pass does not join it here: the choice is noted for that pass.
- What became open sleeps until that pass in the graph of the raster, too. The tile has carried out
  the passes before, and looking at its neighbours earlier would show what came later.
- The graph of the raster may end the passes of a size early although tiles still merged in them:
  those merges are out of sight of everything that is open.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numba import njit

from ..dtypes import LABEL, NODE
from ..errors import raise_if_cancelled
from .graph import NEVER, TARGET_KNOWN, find_root
from .tile import TileGraph
from .tile_passes import KNOWN, Nodes, eliminate_known, new_marks


def eliminate_in_tile(
    labels: np.ndarray,
    graph: TileGraph,
    at_border: np.ndarray,
    min_segment_size: int,
    max_spectral_difference: float,
    unit: np.ndarray,
    cancel: np.ndarray,
) -> tuple[np.ndarray, TileGraph]:
    """Eliminate the small segments whose fate a tile knows; return its labels and what is left.

    Parameters
    ----------
    labels : ndarray of uint32, shape (rows, columns)
    graph : TileGraph
        Fresh from `graph_of_tile`; used up.
    at_border : ndarray of int32
        Nodes that touch another tile, or belong to a segment of another tile; each once or more.
    min_segment_size : int
        Pixels.
    max_spectral_difference : float
        In the units of `unit`.
    unit : ndarray of float64, shape (bands,)
        As in `eliminate_small_segments`.
    cancel : ndarray of uint8, shape (1,)

    Returns
    -------
    labels : ndarray of uint32, shape (rows, columns)
        Label ``i + 1`` is node ``i`` of the graph that is returned.
    graph : TileGraph
        Its nodes are the segments that are left, in the order in which they begin in the tile.
    """
    count = len(graph.totals)
    # No segment of the tile can outgrow it.
    limit = int(min(min_segment_size, graph.totals[:, 0].sum() + 1))
    each = np.arange(count, dtype=NODE)
    nodes = Nodes(graph.totals, graph.first_pixels, graph.starts, graph.adjacent, each, each.copy())
    marks = new_marks(count, at_border, limit)
    eliminated = eliminate_known(nodes, marks, max_spectral_difference, unit, cancel)
    raise_if_cancelled(cancel)
    numbers, roots = _number_in_order(nodes.parents)
    starts, adjacent = _list_adjacency(nodes, marks, numbers, roots)
    left = replace(
        graph,
        totals=graph.totals[roots],
        first_pixels=graph.first_pixels[roots],
        starts=starts,
        adjacent=adjacent,
        wakes=np.where(marks.opened[roots] == KNOWN, np.uint8(NEVER), marks.wakes[roots]),
        edge_nodes=np.append(numbers, NODE(-1))[graph.edge_nodes],
        outside_nodes=numbers[graph.outside_nodes],
        eliminated=eliminated,
    )
    table = np.zeros(count + 1, LABEL)
    table[1:] = numbers + 1
    return table[labels], left


@njit(nogil=True, cache=True)
def _number_in_order(parents):
    """Give segments numbers in the order of their first nodes; return those of all nodes, and the roots."""
    numbers, roots = np.full(parents.size, -1, NODE), np.empty(parents.size, NODE)
    count = 0
    for node in range(parents.size):
        root = find_root(parents, node)
        if numbers[root] < 0:
            numbers[root] = count
            roots[count] = root
            count += 1
        numbers[node] = numbers[root]
    return numbers, roots[:count].copy()


@njit(nogil=True, cache=True)
def _list_adjacency(nodes, marks, numbers, roots):
    """List the open neighbours of every open segment below the limit, each once.

    A target that is known comes first. When no choice of the two will follow, it comes alone.
    """
    limit, totals, parents, members = marks.heads.size, nodes.totals, nodes.parents, nodes.members
    old_starts, old_adjacent = nodes.starts, nodes.adjacent
    opened, wakes, targets = marks.opened, marks.wakes, marks.targets
    starts = np.zeros(roots.size + 1, np.int64)
    adjacent = np.empty(old_adjacent.size, NODE)
    seen_by = np.full(numbers.size, -1, NODE)
    count = 0
    for i in range(roots.size):
        node, root = roots[i], roots[i]
        wanted = opened[root] != KNOWN and totals[root, 0] < limit
        if wanted and TARGET_KNOWN <= wakes[root] < NEVER:
            target = targets[root]
            adjacent[count] = numbers[target]
            seen_by[target] = i
            count += 1
            wanted = totals[target, 0] < limit
        while wanted:
            for e in range(old_starts[node], old_starts[node + 1]):
                other = find_root(parents, old_adjacent[e])
                if other != root and opened[other] != KNOWN and seen_by[other] != i:
                    adjacent[count] = numbers[other]
                    seen_by[other] = i
                    count += 1
            node = members[node]
            wanted = node != root
        starts[i + 1] = count
    return starts, adjacent[:count].copy()
