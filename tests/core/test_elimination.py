"""The elimination on graphs that are made by hand."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from shepherd_segmentation.core.regions.eliminate import MAX_PASSES, eliminate_small_segments
from shepherd_segmentation.core.regions.graph import RegionGraph, number_segments


def graph_of(sizes: list[int], edges: list[tuple[int, int]]) -> RegionGraph:
    """Return a graph of segments that all look alike; ids follow the order."""
    neighbours: list[list[int]] = [[] for _ in sizes]
    for a, b in edges:
        neighbours[a].append(b)
        neighbours[b].append(a)
    return RegionGraph.from_arrays(
        totals=np.array([[size, 7 * size] for size in sizes], np.int64),
        first_pixels=np.arange(len(sizes), dtype=np.int64),
        starts=np.cumsum([0, *map(len, neighbours)], dtype=np.int64),
        adjacent=np.concatenate([np.array(n, np.int32) for n in neighbours]),
        wakes=np.zeros(len(sizes), np.uint8),
    )


def eliminate(graph: RegionGraph, min_segment_size: int) -> tuple[int, np.ndarray]:
    """Return how many segments were eliminated, and the label of every node."""
    with ThreadPoolExecutor(2) as threads:
        count = eliminate_small_segments(graph, min_segment_size, np.inf, np.ones(1), threads)
    return count, number_segments(graph)[0]


def test_a_size_has_ten_passes_also_where_segments_have_grown_to_it() -> None:
    # A chain of 12 segments of 5 pixels at a large one, each of which waits for the one before it.
    chain = list(range(1, 13))
    edges = [(n - 1, n) for n in chain]
    assert MAX_PASSES == 10
    _, labels = eliminate(graph_of([100] + 12 * [5], edges), 6)
    assert labels.tolist() == [1] * 11 + [2, 3]
    # Beside it, two segments without other neighbours become one of 5 pixels.
    count, labels = eliminate(graph_of([100] + 12 * [5] + [2, 3], [*edges, (13, 14)]), 6)
    assert count == 11
    assert labels.tolist() == [1] * 11 + [2, 3] + [4, 4]
