"""What a tile eliminates by itself is what the whole raster would have eliminated."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from numpy.typing import NDArray

from shepherd_segmentation.core import SegmentationResult, SegmentationSpec, segment_array, segment_raster
from shepherd_segmentation.core.dtypes import LABEL, NODE
from shepherd_segmentation.core.pipeline import tiles
from shepherd_segmentation.core.regions.eliminate import eliminate_small_segments
from shepherd_segmentation.core.regions.graph import MAX_PASSES, NEVER, TARGET_KNOWN, RegionGraph
from shepherd_segmentation.core.regions.tile import TileGraph
from shepherd_segmentation.core.regions.tile_elimination import eliminate_in_tile
from tests.core import data
from tests.core.rasters import read_labels

UNIT, GO_ON = np.ones(1), np.zeros(1, np.uint8)


def as_it_is(labels: NDArray, graph: TileGraph, *_: object) -> tuple[NDArray, TileGraph]:
    """Leave the whole elimination to the graph of the raster."""
    return labels, graph


class Watched:
    """Eliminates in tiles and counts what the tiles leave to the graph of the raster."""

    def __init__(self) -> None:
        self.before = self.after = self.later_passes = self.known_targets = self.eliminated = 0

    def __call__(self, labels: NDArray, graph: TileGraph, *rest: object) -> tuple[NDArray, TileGraph]:
        self.before += len(graph.totals)
        labels, graph = eliminate_in_tile(labels, graph, *rest)
        self.after += int((graph.wakes != NEVER).sum())
        self.later_passes += int(((graph.wakes > 1) & (graph.wakes <= MAX_PASSES)).sum())
        self.known_targets += int(((graph.wakes > TARGET_KNOWN) & (graph.wakes < NEVER)).sum())
        self.eliminated += graph.eliminated
        return labels, graph


def segmented(how: Callable, image: NDArray, spec: SegmentationSpec, tile_size: int) -> SegmentationResult:
    with mock.patch.object(tiles, "eliminate_in_tile", how):
        return segment_array(image, spec, tile_size=tile_size, workers=1)


def rough_image(random: np.random.Generator) -> NDArray:
    """Return an image of many small clumps, some of them equally far from each other."""
    rows, columns, bands = (int(n) for n in random.integers([30, 30, 1], [120, 120, 4]))
    image = random.integers(1, random.choice([4, 20, 200]), (bands, rows, columns)).astype(float)
    for _ in range(random.integers(0, 4)):
        image = np.rint((image + np.roll(image, 1, 1) + np.roll(image, 1, 2)) / 3) + 1
    return np.minimum(image, 255).astype(np.uint8)


@pytest.mark.parametrize("connectivity", [4, 8])
def test_the_graph_of_the_raster_alone_gives_the_same(connectivity: int) -> None:
    watched = Watched()
    for seed in range(16):
        random = np.random.default_rng([seed, connectivity])
        image = rough_image(random)
        spec = SegmentationSpec(
            clusters=int(random.integers(2, 12)),
            min_segment_size=int(random.choice([2, 3, 9, 20, 50, 120])),
            connectivity=connectivity,
            max_spectral_difference=random.choice([None, 0.5, 1.0, 3.0, float("inf")]),
        )
        whole = segmented(as_it_is, image, spec, 4096)
        for tile_size in (4096, *random.integers([4, 10, 30], [10, 30, 70]).tolist()):
            tiled = segmented(watched, image, spec, tile_size)
            np.testing.assert_array_equal(tiled.labels, whole.labels)
            assert tiled.small_segments_eliminated == whole.small_segments_eliminated
    # Otherwise this would show nothing.
    assert watched.later_passes and watched.known_targets and watched.eliminated


@pytest.mark.parametrize("name", ["naip_nd_2017_4band.tif", "l8_parana_mosaic_3band.tif"])
def test_a_scene_leaves_little(name: str, tmp_path: Path) -> None:
    path, watched = data.scene_path(name), Watched()
    spec = SegmentationSpec()
    with mock.patch.object(tiles, "eliminate_in_tile", as_it_is):
        whole = segment_raster(path, tmp_path / "whole.tif", spec, tile_size=700)
    with mock.patch.object(tiles, "eliminate_in_tile", watched):
        tiled = segment_raster(path, tmp_path / "tiled.tif", spec, tile_size=700)
    np.testing.assert_array_equal(read_labels(tmp_path / "tiled.tif"), read_labels(tmp_path / "whole.tif"))
    assert tiled.small_segments_eliminated == whole.small_segments_eliminated
    assert watched.after < 0.5 * watched.before


def tile_of(sizes: list[int], edges: list[tuple[int, int]], values: list[int]) -> tuple[NDArray, TileGraph]:
    """Return a tile whose segments have these sizes, neighbours and values; ids follow the order."""
    neighbours: list[list[int]] = [[] for _ in sizes]
    for a, b in edges:
        neighbours[a].append(b)
        neighbours[b].append(a)
    nobody = np.empty(0, NODE)
    graph = TileGraph(
        totals=np.array([[size, value * size] for size, value in zip(sizes, values)], np.int64),
        first_pixels=np.arange(len(sizes), dtype=np.int64),
        starts=np.cumsum([0, *map(len, neighbours)], dtype=np.int64),
        adjacent=np.concatenate([np.array(n, NODE) for n in neighbours]),
        edge_nodes=nobody,
        edge_clusters=nobody.astype(np.uint16),
        outside_nodes=nobody,
        outside_rows=nobody.astype(np.int64),
        outside_columns=nobody.astype(np.int64),
        singles_joined=0,
        nulls=0,
        clamped=0,
        wakes=np.zeros(len(sizes), np.uint8),
        eliminated=0,
    )
    return np.repeat(np.arange(1, len(sizes) + 1, dtype=LABEL), sizes)[np.newaxis], graph


def in_tile(
    sizes: list[int], edges: list[tuple[int, int]], values: list[int], at_border: list[int], size: int
) -> TileGraph:
    labels, graph = tile_of(sizes, edges, values)
    _, left = eliminate_in_tile(labels, graph, np.array(at_border, NODE), size, np.inf, UNIT, GO_ON)
    return left


def test_a_tile_without_neighbours_leaves_nothing() -> None:
    left = in_tile([100, 5, 7, 3], [(0, 1), (1, 2), (2, 3)], [10, 11, 12, 13], [], 12)
    assert left.eliminated == 3
    assert left.totals.tolist() == [[115, 1000 + 55 + 84 + 39]]
    assert left.wakes.tolist() == [NEVER]
    assert left.adjacent.size == 0


def test_a_size_has_ten_passes_in_a_tile() -> None:
    chain = list(range(1, 13))
    left = in_tile([100] + 12 * [5], [(n - 1, n) for n in chain], 13 * [7], [], 6)
    assert left.eliminated == 10
    assert left.totals[:, 0].tolist() == [150, 5, 5]


def test_what_touches_the_border_is_left_in_the_state_that_it_has_then() -> None:
    # 0 lies at the border. 1 cannot choose when it is its turn; 3 joined 2 before, which 1 may join.
    left = in_tile([4, 6, 30, 2, 50], [(0, 1), (1, 2), (2, 3), (2, 4)], [1, 2, 3, 3, 9], [0], 10)
    assert left.eliminated == 1
    assert left.totals[:, 0].tolist() == [4, 6, 32, 50]
    assert left.wakes.tolist() == [0, 0, 0, NEVER]
    assert [left.adjacent[a:b].tolist() for a, b in zip(left.starts, left.starts[1:])] == [
        [1],
        [0, 2],
        [],
        [],
    ]


def test_a_choice_is_kept_for_the_pass_in_which_it_was_made() -> None:
    # It is the turn of 1 and 3, of five pixels. 1 may join 2, so 3, which joins 2, must not do so before.
    left = in_tile([3, 5, 30, 5], [(0, 1), (1, 2), (2, 3)], [1, 2, 3, 3], [0], 10)
    assert left.eliminated == 0
    assert left.wakes.tolist() == [0, 0, 0, TARGET_KNOWN + 1]
    assert left.adjacent[left.starts[3] : left.starts[4]].tolist() == [2]


def test_what_may_have_changed_spreads_for_ten_passes() -> None:
    # Segments of five pixels in a row, of which the first touches one at the border.
    last = 2 * MAX_PASSES + 3
    left = in_tile([3] + last * [5], [(n - 1, n) for n in range(1, last + 1)], (last + 1) * [7], [0], 6)
    assert left.eliminated == 0
    # In a pass, those that were opened in the one before and their neighbours cannot choose.
    passes = [0, 0, *np.repeat(range(2, MAX_PASSES + 1), 2).tolist()]
    assert left.wakes.tolist() == [0, *passes, NEVER, NEVER, NEVER]
    # The next one may be looked at in the last pass, so it is open; those after it never are.
    looked_at = 2 * MAX_PASSES + 1
    assert left.adjacent[left.starts[looked_at] : left.starts[looked_at + 1]].tolist() == [looked_at - 1]


def test_segments_that_wake_later_are_not_merged_before() -> None:
    # 1 looks like 0, but may look for it only from the third pass on; until then 2 has changed nothing.
    graph = RegionGraph.from_arrays(
        totals=np.array([[20, 200], [5, 50], [5, 50]], np.int64),
        first_pixels=np.arange(3, dtype=np.int64),
        starts=np.array([0, 0, 1, 2], np.int64),
        adjacent=np.array([0, 1], NODE),
        wakes=np.array([0, 3, 0], np.uint8),
    )
    with ThreadPoolExecutor(1) as threads:
        assert eliminate_small_segments(graph, 10, np.inf, UNIT, threads) == 2
    assert graph.totals[:, 0].tolist() == [30, 0, 0]


def test_a_segment_that_never_wakes_stays() -> None:
    graph = RegionGraph.from_arrays(
        totals=np.array([[20, 200], [5, 50]], np.int64),
        first_pixels=np.arange(2, dtype=np.int64),
        starts=np.array([0, 0, 1], np.int64),
        adjacent=np.array([0], NODE),
        wakes=np.array([0, NEVER], np.uint8),
    )
    with ThreadPoolExecutor(1) as threads:
        assert eliminate_small_segments(graph, 10, np.inf, UNIT, threads) == 0


def test_known_targets_that_are_not_larger_are_refused() -> None:
    graph = RegionGraph.from_arrays(
        totals=np.array([[5, 50], [5, 50]], np.int64),
        first_pixels=np.arange(2, dtype=np.int64),
        starts=np.array([0, 1, 2], np.int64),
        adjacent=np.array([1, 0], NODE),
        wakes=np.full(2, TARGET_KNOWN + 1, np.uint8),
    )
    with ThreadPoolExecutor(1) as threads:
        assert eliminate_small_segments(graph, 10, np.inf, UNIT, threads) == 0
