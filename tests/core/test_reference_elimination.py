"""The reference's elimination is held to results derived by hand, and to those of plain work on pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from tests.core import reference
from tests.core.images import row


def eliminate(
    image: NDArray,
    labels: NDArray,
    size: int,
    limit: float = np.inf,
    connectivity: int = 4,
    first: NDArray | None = None,
) -> list[list[int]]:
    """Eliminate; without `first`, ids go in the order of the labels' first pixels."""
    first = reference.first_pixels(labels) if first is None else first
    result, eliminated = reference.eliminate_small_segments(image, labels, first, size, connectivity, limit)
    assert eliminated == np.unique(labels[labels > 0]).size - result.max()
    return result.tolist()


def test_a_small_segment_joins_the_nearest_mean() -> None:
    image = row(0, 10, 5, 9, 7)
    labels = np.array([[1, 1, 2, 3, 3]])
    assert eliminate(image, labels, 2) == [[1, 1, 1, 2, 2]]
    assert eliminate(image, labels, 1) == [[1, 1, 2, 3, 3]]


def test_distance_is_euclidean_and_the_limit_is_part_of_the_range() -> None:
    image = np.array([[[0, 0, 3]], [[0, 0, 4]]])
    labels = np.array([[1, 1, 2]])
    assert eliminate(image, labels, 2, limit=5.0) == [[1, 1, 1]]
    assert eliminate(image, labels, 2, limit=np.nextafter(5.0, 0)) == [[1, 1, 2]]


def test_only_a_larger_neighbour_is_joined() -> None:
    assert eliminate(row(0, 0, 9, 9), np.array([[1, 1, 2, 2]]), 10) == [[1, 1, 2, 2]]
    # The single pixel takes the only larger neighbour, though its twin is nearer.
    assert eliminate(row(5, 5, 6, 6), np.array([[1, 2, 3, 3]]), 2) == [[1, 1, 1, 1]]


def test_equal_distances_go_to_the_smaller_id() -> None:
    image, labels = row(1, 1, 2, 3, 3), np.array([[1, 1, 2, 3, 3]])
    assert eliminate(image, labels, 2) == [[1, 1, 1, 2, 2]]
    # The same, when the first pixel of the right one came first.
    first = np.array([-1, 9, 5, 0])
    assert eliminate(image, labels, 2, first=first) == [[2, 2, 1, 1, 1]]


def test_distances_that_tie_only_after_the_square_root_go_to_the_smaller_id() -> None:
    # Squared distances 1 + 2**-52 and 1 have the same root.
    unit = [1.0, 2.0**-26]
    values = np.array([[[1, 1, 0, 1, 1]], [[1, 1, 0, 0, 0]]])
    labels = np.array([[1, 1, 2, 3, 3]])
    first = reference.first_pixels(labels)
    result, _ = reference.eliminate_small_segments(
        values.astype(float), labels, first, 2, 4, np.inf, None, values, unit
    )
    assert result.tolist() == [[1, 1, 1, 2, 2]]


def test_the_larger_segment_keeps_its_id() -> None:
    # Labels 1 and 2 join 3, which begins after them but before 4.
    labels = np.array([[1, 2, 3, 3], [4, 4, 4, 3]])
    image = np.array([[[5, 5, 5, 5], [50, 50, 50, 5]]])
    assert eliminate(image, labels, 2, limit=10) == [[1, 1, 1, 1], [2, 2, 2, 1]]
    # Now 1 joins 3: its pixel comes first in the raster, and has the last number.
    labels = np.array([[1, 2, 2, 2], [3, 3, 3, 3]])
    image = np.array([[[5, 9, 9, 9], [5, 5, 5, 5]]])
    assert eliminate(image, labels, 2) == [[2, 1, 1, 1], [2, 2, 2, 2]]


def test_decisions_of_a_pass_do_not_see_each_other() -> None:
    # Had the pixel of 40 been counted already, the mean on the left would be 20, not 10, and
    # nearer to 16 than the 21 on the right.
    image = row(40, 10, 10, 16, 21, 21)
    assert eliminate(image, np.array([[1, 2, 2, 3, 4, 4]]), 2) == [[1, 1, 1, 2, 2, 2]]


def test_means_are_those_of_the_merged_segment() -> None:
    # 1 joins 2 at size 1: mean (40 + 10 + 10) / 3 = 20. At size 2, the 19 are nearer to that than
    # to the 16 on the right; the mean of 2 alone would be 9 away.
    image = row(40, 10, 10, 19, 19, 16, 16, 16)
    labels = np.array([[1, 2, 2, 3, 3, 4, 4, 4]])
    assert eliminate(image, labels, 2) == [[1, 1, 1, 2, 2, 3, 3, 3]]
    assert eliminate(image, labels, 3) == [[1, 1, 1, 1, 1, 2, 2, 2]]


def test_a_merged_segment_that_is_still_small_is_eliminated_at_its_new_size() -> None:
    # 1 joins 2, which has three pixels now, and joins 3 at size 3.
    image = row(1, 2, 2, 5, 5, 5, 5)
    labels = np.array([[1, 2, 2, 3, 3, 3, 3]])
    assert eliminate(image, labels, 3) == [[1, 1, 1, 2, 2, 2, 2]]
    assert eliminate(image, labels, 4) == [[1, 1, 1, 1, 1, 1, 1]]


@pytest.mark.parametrize(("chain", "left"), [(4, 0), (10, 0), (11, 1), (13, 3)])
def test_a_size_has_ten_passes_and_is_not_visited_again(chain: int, left: int) -> None:
    # One pixel of the chain touches the growing segment in each pass.
    labels = np.array([[1, 1, *range(2, chain + 2)]])
    result = eliminate(np.zeros((1, 1, chain + 2), int), labels, 5)
    assert result == [[1] * (chain + 2 - left) + list(range(2, left + 2))]


def test_adjacency_follows_the_connectivity() -> None:
    labels = np.array([[1, 2, 2], [3, 4, 4], [3, 3, 4]])
    image = np.array([[[5, 9, 9], [9, 5, 5], [9, 9, 5]]])
    # The corner meets 4 only diagonally.
    assert eliminate(image, labels, 2, connectivity=8) == [[3, 1, 1], [2, 3, 3], [2, 2, 3]]
    assert eliminate(image, labels, 2, connectivity=4) == [[1, 1, 1], [2, 3, 3], [2, 2, 3]]


def test_null_pixels_separate_segments() -> None:
    labels = np.array([[1, 0, 2, 2], [0, 0, 0, 2]])
    assert eliminate(np.zeros((1, 2, 4), int), labels, 3) == [[1, 0, 2, 2], [0, 0, 0, 2]]


def test_scale_and_unit_multiply_the_difference_of_means() -> None:
    image = np.array([[[0, 0, 1, 3, 3]], [[5, 5, 0, 0, 0]]])
    labels = np.array([[1, 1, 2, 3, 3]])
    first = reference.first_pixels(labels)

    def joins_left(limit: float, **factors: object) -> bool | None:
        result, eliminated = reference.eliminate_small_segments(
            image.astype(float), labels, first, 2, 4, limit, values=image, **factors
        )
        return bool(result[0, 2] == 1) if eliminated else None

    assert joins_left(np.inf) is False
    assert joins_left(np.inf, scale=[9, 1]) is True
    assert joins_left(np.inf, unit=[9, 1]) is True
    assert joins_left(4.0, scale=[4, 1], unit=[0.5, 1]) is False
    assert joins_left(3.0, scale=[4, 1], unit=[0.5, 1]) is None


def test_sums_are_exact() -> None:
    # Added up as float64, 2**60 + 1 + 1 would lose both ones.
    labels = np.array([[1, 1, 1]])
    regions = reference.region_graph(row(2**60, 1, 1), labels, 4)
    assert regions[1].sums == [2**60 + 2]


def test_a_float_image_needs_integers_for_its_sums() -> None:
    with pytest.raises(ValueError, match="quantised"):
        eliminate(row(0.5, 0.5), np.array([[1, 1]]), 2)


def eliminate_on_pixels(
    image: NDArray, labels: NDArray, size: int, limit: float, connectivity: int
) -> NDArray:
    """Eliminate in an image of two bands, everything taken from the pixels again in each pass."""
    footprint = ndimage.generate_binary_structure(2, connectivity // 4)
    labels = labels.copy()
    for t in range(1, size):
        for _ in range(10):
            before = labels.copy()
            ids, counts = np.unique(before[before > 0], return_counts=True)
            mean = {i: image[:, before == i].mean(axis=1) for i in ids}
            pixels = dict(zip(ids, counts))
            for small in ids[counts == t]:
                around = before[ndimage.binary_dilation(before == small, footprint)]
                larger = [i for i in np.unique(around) if i and pixels[i] > t]
                distance = [np.sqrt(((mean[small] - mean[i]) ** 2).sum()) for i in larger]
                if larger and min(distance) <= limit:
                    labels[before == small] = larger[int(np.argmin(distance))]
            if (labels == before).all():
                break
    survivors = np.unique(np.append(labels, 0))
    return np.searchsorted(survivors, labels)


@given(st.integers(0, 2**32 - 1), st.sampled_from([4, 8]), st.sampled_from([3.0, 30.0, np.inf]))
@settings(max_examples=60, deadline=None)
def test_the_graph_does_what_the_pixels_would(seed: int, connectivity: int, limit: float) -> None:
    random = np.random.default_rng(seed)
    clusters = random.integers(0, 4, (9, 11))
    image = random.integers(0, 100, (2, 9, 11))
    clump_labels = reference.clumps(clusters, connectivity)
    labels, _ = reference.join_single_pixels(image, clump_labels, connectivity)
    first = reference.first_pixels(clump_labels)
    expected = eliminate_on_pixels(image, labels, 8, limit, connectivity)
    assert eliminate(image, labels, 8, limit, connectivity, first) == expected.tolist()
