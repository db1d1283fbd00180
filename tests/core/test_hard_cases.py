"""Images made so that a tile does not see what decides about its pixels."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from shepherd_segmentation.core import SegmentationSpec, segment_array
from shepherd_segmentation.core.regions.singles import EXACT_HALO, FIRST_HALO, MAX_PASSES
from tests.core.agreement import check_against_reference
from tests.core.images import make_image, snake

#: Smaller than the halo, equal to it, and around multiples of it.
TILES = (1, 3, 7, 8, 9, 17, 64, 65)


def clusters_as_image(clusters: NDArray) -> tuple[NDArray, NDArray[np.bool_], NDArray]:
    """Return an image, its valid pixels and centres that give these clusters; 0 is null."""
    count = int(clusters.max())
    return clusters[np.newaxis] * 10, clusters > 0, 10.0 * np.arange(1, count + 1)[:, np.newaxis]


def check(clusters: NDArray, tile_sizes: tuple[int, ...] = TILES, **values: object):
    """Hold the engine to the reference on an image of these clusters."""
    image, valid, centres = clusters_as_image(clusters)
    spec = SegmentationSpec(**{"min_segment_size": 1, "max_spectral_difference": float("inf"), **values})
    return check_against_reference(image, spec, valid=valid, centres=centres, tile_sizes=tile_sizes)


def chain_along(path: NDArray[np.bool_], length: int) -> NDArray[np.int64]:
    """Put a pair of equal pixels and then `length` single ones along a snake; the rest is null."""
    clusters = np.zeros(path.shape, dtype=np.int64)
    positions = _walk(path)[: length + 2]
    assert len(positions) == length + 2, "the path is too short"
    for step, position in enumerate(positions):
        clusters[position] = 1 if step < 2 else 2 + step % 3
    return clusters


def _walk(path: NDArray[np.bool_]) -> list[tuple[int, int]]:
    position, last, walked = (0, 0), None, [(0, 0)]
    while True:
        row, column = position
        steps = [(row, column + 1), (row + 1, column), (row, column - 1)]
        inside = [(r, c) for r, c in steps if r < path.shape[0] and 0 <= c < path.shape[1] and path[r, c]]
        ahead = [step for step in inside if step != last]
        if not ahead:
            return walked
        last, position = position, ahead[0]
        walked.append(position)


@pytest.mark.parametrize("length", [7, 8, 9, 63, 64, 65, 80, 129])
def test_a_straight_chain_of_singles_across_tile_borders(length: int) -> None:
    clusters = chain_along(np.ones((1, length + 2), dtype=bool), length)
    for image in (clusters, clusters.T, clusters[:, ::-1], clusters.T[::-1]):
        result = check(image)
        assert result.single_pixels_eliminated == min(length, MAX_PASSES)


@pytest.mark.parametrize("connectivity", [4, 8])
@pytest.mark.parametrize("side", [4, 9, 21])
def test_a_winding_chain_of_singles_across_borders_and_corners(side: int, connectivity: int) -> None:
    path = snake(side, -(-90 // side))
    clusters = chain_along(path, 80)
    for image in (clusters, clusters[::-1, ::-1], clusters.T):
        result = check(image, connectivity=connectivity)
        assert connectivity == 8 or result.single_pixels_eliminated == MAX_PASSES


def test_a_diagonal_chain_of_singles_through_tile_corners() -> None:
    side = 25
    clusters = np.zeros((side, side), dtype=np.int64)
    step = np.arange(side)
    clusters[step, step] = 2 + step % 3
    clusters[0, :2] = 1
    for image in (clusters, clusters[:, ::-1]):
        assert check(image, connectivity=8).segment_count == 1
        # The second pixel of the chain lies below the pair.
        assert check(image, connectivity=4).single_pixels_eliminated == 1


@pytest.mark.parametrize("connectivity", [4, 8])
@pytest.mark.parametrize("far", [6, 7, 8, 9, 15, 30, 64, 65, 70])
def test_singles_that_only_join_because_of_a_pixel_far_outside_their_tile(
    far: int, connectivity: int
) -> None:
    # A plain of singles with one pair of equal pixels on its far side.
    columns = np.arange(far + 12)
    clusters = 1 + (columns + 2 * np.arange(3)[:, np.newaxis]) % 5
    if connectivity == 8:
        clusters = 1 + (columns + 2 * np.arange(3)[:, np.newaxis]) % 7
    clusters[1, :2] = 9
    result = check(clusters, connectivity=connectivity, tile_sizes=(4, 8, 12, 13))
    assert result.single_pixels_eliminated > 3 * min(far, MAX_PASSES - 2)


def test_singles_only() -> None:
    clusters = 1 + np.arange(23) % 2 + 2 * (np.arange(19)[:, np.newaxis] % 2)
    result = check(clusters, connectivity=8)
    assert result.segment_count == clusters.size
    assert result.single_pixels_eliminated == 0
    # One equal pair at the corner is enough to draw all of them in, pass by pass.
    clusters[-1, -2:] = 5
    result = check(clusters, connectivity=8)
    assert result.segment_count == 1


@pytest.mark.parametrize("connectivity", [4, 8])
def test_nulls_around_everything(connectivity: int) -> None:
    clusters = make_image("coarse", 4, 1, 33, 29)[0] // 10 + 1
    clusters[::4] = 0
    clusters[:, ::5] = 0
    check(clusters, connectivity=connectivity, min_segment_size=30)
    lonely = np.zeros((17, 17), dtype=np.int64)
    lonely[8, 8] = 1
    assert check(lonely, connectivity=connectivity, min_segment_size=30).segment_count == 1


@pytest.mark.parametrize("connectivity", [4, 8])
def test_equal_distances_everywhere(connectivity: int) -> None:
    # All neighbours of a pixel differ by the same amount: the order of pixels and ids decides.
    rows, columns = np.mgrid[:21, :26]
    for period in (2, 3):
        clusters = 1 + (rows // period + columns // period) % 2
        for size in (1, 4, 50):
            check(clusters, connectivity=connectivity, min_segment_size=size, tile_sizes=(3, 8, 9))


@pytest.mark.parametrize("corner", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_diagonal_neighbours_where_four_tiles_meet(corner: tuple[int, int]) -> None:
    # Clumps that touch only across the corner of four tiles of 8 pixels.
    clusters = np.ones((16, 16), dtype=np.int64)
    clusters[6:8, 6:8] = 2
    clusters[8:10, 8:10] = 2
    clusters[6:8, 8:10] = 3
    clusters[8:10, 6:8] = 4
    row, column = 7 + corner[0], 7 + corner[1]
    clusters[row, column] = 5
    for size in (1, 3, 5, 9):
        check(clusters, connectivity=8, min_segment_size=size, tile_sizes=(1, 4, 8))
        check(clusters, connectivity=4, min_segment_size=size, tile_sizes=(1, 4, 8))


@pytest.mark.parametrize(("pairs", "left"), [(4, 0), (10, 0), (11, 1), (15, 5)])
def test_a_size_has_ten_passes(pairs: int, left: int) -> None:
    # In each pass one pair touches the segment that has grown.
    sizes = [3] + [2] * pairs
    clusters = np.repeat(1 + np.arange(len(sizes)) % 2, sizes)[np.newaxis]
    result = check(clusters, min_segment_size=3)
    assert result.segment_count == 1 + left


@pytest.mark.parametrize("connectivity", [4, 8])
def test_a_clump_that_no_tile_sees_whole(connectivity: int) -> None:
    # A spiral wall and the corridor in it, both through every tile; the corridor has small islands.
    clusters = np.full((61, 61), 1)
    for ring in range(0, 30, 4):
        clusters[ring : 61 - ring, ring : 61 - ring] = 2
        clusters[ring + 1 : 60 - ring, ring + 1 : 60 - ring] = 1
        clusters[ring + 1, ring] = 1
    clusters[10::7, 3::11] = 3
    result = check(clusters, connectivity=connectivity, min_segment_size=40, tile_sizes=(3, 8, 20))
    assert result.segment_count >= 2
    comb = np.ones((20, 41), dtype=np.int64)
    comb[:-1, 1::2] = 2
    comb[0, 1::4] = 3
    check(comb, connectivity=connectivity, min_segment_size=12, tile_sizes=(1, 3, 8, 19))


def test_a_single_delayed_to_the_last_pass_by_what_its_window_does_not_see() -> None:
    # The chain of 64 singles above pixel (16, 20) begins at a pair of equal pixels inside the
    # window of the middle tile, so that its end joins in the last pass and the pixel stays alone.
    # In truth pixel (8, 20) at the window's edge has an equal neighbour outside: the chain is short.
    clusters = np.zeros((48, 48), dtype=np.int64)
    path, column = [], 20
    while len(path) < MAX_PASSES + 2:
        rows = range(8, 16) if (column // 2) % 2 else range(15, 7, -1)
        path += [(row, column) for row in rows]
        path.append((path[-1][0], column + 1))
        column += 2
    path = path[: MAX_PASSES + 2]
    for step, position in enumerate(path):
        clusters[position] = 1 + step % 3
    clusters[path[-1]] = clusters[path[-2]]
    clusters[16, 20] = 5
    clusters[7, 20] = clusters[8, 20]
    assert (FIRST_HALO, EXACT_HALO) == (8, 65), "the picture above is drawn for these"
    check(clusters, tile_sizes=(16,))


@pytest.mark.parametrize("connectivity", [4, 8])
def test_a_plain_of_singles_longer_than_the_passes(connectivity: int) -> None:
    # Too large for the slow reference in several variants: the tiles are held to one another.
    image = make_image("ramp", 2, 2, 150, 170)
    clusters = np.arange(26000)[: 150 * 170].reshape(150, 170) % 97 + 1
    clusters[0, :3] = clusters[-1, -3:] = 98
    centres = np.arange(98)[:, np.newaxis].astype(float) + 1
    spec = SegmentationSpec(connectivity=connectivity, min_segment_size=12)
    for picture, given in ((image, None), (clusters[np.newaxis], centres)):
        whole = segment_array(picture, spec, centres=given)
        for tile_size in (23, 64):
            tiled = segment_array(picture, spec, centres=given, tile_size=tile_size, workers=2)
            np.testing.assert_array_equal(tiled.labels, whole.labels)
            assert tiled.single_pixels_eliminated == whole.single_pixels_eliminated
