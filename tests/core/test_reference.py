"""The reference is held to results derived by hand: clusters, clumps and single pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from tests.core import reference
from tests.core.images import everywhere, row

# --- assignment ------------------------------------------------------------------------------


def test_assign_takes_the_nearest_centre_and_leaves_null_at_0() -> None:
    image = row(0.0, 4.0, 9.0, np.nan, 10.0)
    clusters = reference.assign(image, [[10.0], [1.0]], np.isfinite(image[0]))
    assert clusters.tolist() == [[2, 2, 1, 0, 1]]


def test_assign_gives_ties_to_the_lower_centre() -> None:
    image = row(5, 5)
    assert reference.assign(image, [[7], [3], [5.5], [4.5]], everywhere(image)).tolist() == [[3, 3]]
    assert reference.assign(image, [[3], [7]], everywhere(image)).tolist() == [[1, 1]]


def test_assign_adds_in_band_order() -> None:
    # (1e16 + 1) + 1 is 1e16 in float64, 1e16 + (1 + 1) is not: only in band order do these tie.
    image = np.zeros((3, 1, 1))
    centres = [[1e8, 1, 1], [1e8, 0, 0]]
    assert reference.assign(image, centres, everywhere(image)).item() == 1
    assert reference.assign(image[::-1], np.fliplr(centres), everywhere(image)).item() == 2


def test_assign_scales_values_and_centres() -> None:
    image = np.array([[[4.0]], [[0.0]]])
    centres = [[0.0, 0.0], [4.0, 11.0]]
    assert reference.assign(image, centres, everywhere(image)).item() == 1
    assert reference.assign(image, centres, everywhere(image), [3, 1]).item() == 2


# --- smoothing -------------------------------------------------------------------------------


def test_smooth_weighs_the_neighbours() -> None:
    # Radius 1: 1 in the middle, exp(-8) beside it, exp(-16) at the corners.
    image = np.zeros((1, 3, 3))
    image[0, 1, 1] = 1.0
    edge, corner = np.exp(-8.0), np.exp(-16.0)
    smoothed = reference.smooth(image, everywhere(image), sigma=0.25)[0]
    assert smoothed[1, 1] == pytest.approx(1 / (1 + 4 * edge + 4 * corner))
    assert smoothed[0, 1] == pytest.approx(edge / (1 + 3 * edge + 2 * corner))
    assert smoothed[0, 0] == pytest.approx(corner / (1 + 2 * edge + corner))


def test_smooth_leaves_out_null_pixels() -> None:
    image = np.full((2, 6, 7), 5.0)
    image[1] = 8.0
    image[:, 2, 3] = np.nan
    image[:, 4, 4] = -9999.0
    valid = image[0] == 5.0
    smoothed = reference.smooth(image, valid, sigma=1.0)
    assert np.allclose(smoothed[:, valid].T, [5.0, 8.0])
    assert not smoothed[:, ~valid].any()


@pytest.mark.parametrize("sigma", [0.3, 0.7, 1.5])
def test_smooth_agrees_with_a_separable_filter(sigma: float) -> None:
    random = np.random.default_rng(1)
    image, valid = random.normal(size=(1, 12, 17)), random.random((12, 17)) > 0.2
    numerator = ndimage.gaussian_filter(image[0] * valid, sigma, mode="constant", truncate=4)
    weights = ndimage.gaussian_filter(valid.astype(float), sigma, mode="constant", truncate=4)
    smoothed = reference.smooth(image, valid, sigma)[0]
    assert np.allclose(smoothed[valid], (numerator / weights)[valid])


# --- clumps ----------------------------------------------------------------------------------

CLUSTERS = np.array(
    [
        [3, 1, 1, 0],
        [1, 2, 1, 0],
        [1, 1, 0, 1],
    ]
)


def test_clumps_are_numbered_by_their_first_pixel() -> None:
    assert reference.clumps(CLUSTERS, 4).tolist() == [[1, 2, 2, 0], [3, 4, 2, 0], [3, 3, 0, 5]]
    assert reference.clumps(CLUSTERS, 8).tolist() == [[1, 2, 2, 0], [2, 3, 2, 0], [2, 2, 0, 2]]


def test_a_clump_keeps_its_first_pixel_when_it_is_found_from_below() -> None:
    clusters = np.array([[1, 2, 1], [1, 1, 1]])
    labels = reference.clumps(clusters, 4)
    assert labels.tolist() == [[1, 2, 1], [1, 1, 1]]
    assert reference.first_pixels(labels).tolist() == [-1, 0, 1]


def test_clumps_of_nothing() -> None:
    labels = reference.clumps(np.zeros((2, 3), dtype=int), 4)
    assert labels.tolist() == [[0, 0, 0], [0, 0, 0]]
    assert reference.first_pixels(labels).tolist() == [-1]


@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 9), st.sampled_from([4, 8]))
@settings(max_examples=50, deadline=None)
def test_clumps_agree_with_scipy(seed: int, rows: int, cols: int, connectivity: int) -> None:
    clusters = np.random.default_rng(seed).integers(0, 4, (rows, cols))
    labels = reference.clumps(clusters, connectivity)
    structure = ndimage.generate_binary_structure(2, connectivity // 4)
    parts = [ndimage.label(clusters == cluster, structure) for cluster in (1, 2, 3)]
    assert labels.max() == sum(count for _, count in parts)
    for components, _ in parts:
        here = components > 0
        pairs = set(zip(components[here].tolist(), labels[here].tolist()))
        assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})
    first = reference.first_pixels(labels)[1:]
    assert (np.diff(first) > 0).all()


# --- single pixels ---------------------------------------------------------------------------


def test_a_single_pixel_joins_the_nearest_pixel_not_the_nearest_clump() -> None:
    # The clump on the left has mean 5, the one on the right 8; the pixel beside it has 9, 1.
    image = row(1, 9, 8, 1, 15)
    labels, joined = reference.join_single_pixels(image, np.array([[1, 1, 2, 3, 3]]), 4)
    assert labels.tolist() == [[1, 1, 1, 3, 3]]
    assert joined == 1


def test_equal_neighbours_of_a_single_pixel_go_in_raster_order() -> None:
    labels = np.array([[1, 1, 1], [2, 3, 4], [2, 5, 4], [6, 5, 6]])
    image = np.full((1, 4, 3), 7)
    joined_labels, joined = reference.join_single_pixels(image, labels, 4)
    assert joined_labels[1, 1] == 1
    image[0, 0, 1] = 6
    assert reference.join_single_pixels(image, labels, 4)[0][1, 1] == 2
    assert reference.join_single_pixels(image, labels, 8)[0][1, 1] == 1
    assert joined == 1


@pytest.mark.parametrize("connectivity", [4, 8])
def test_raster_order_goes_all_around_a_single_pixel(connectivity: int) -> None:
    # Each neighbour's clump has one more pixel at the bottom.
    labels = np.array([[1, 2, 3], [4, 9, 5], [6, 7, 8], [0, 0, 0], [1, 2, 3], [4, 5, 6], [7, 8, 0]])
    image = np.full((1, 7, 3), 7)
    for label in [1, 2, 3, 4, 5, 6, 7, 8] if connectivity == 8 else [2, 4, 5, 7]:
        assert reference.join_single_pixels(image, labels, connectivity)[0][1, 1] == label
        image[0, :3][labels[:3] == label] = 8


def test_single_pixels_do_not_join_each_other_or_null() -> None:
    image = row(7, 7, 100, 7, 8)
    labels, joined = reference.join_single_pixels(image, np.array([[1, 2, 0, 3, 4]]), 4)
    assert labels.tolist() == [[1, 2, 0, 3, 4]]
    assert joined == 0


def test_a_pass_is_decided_on_the_state_at_its_start() -> None:
    # The pixels of 5 are alike, but neither has a clump that the other could join.
    image = np.array([[[1, 1, 5, 5, 9, 9]]])
    labels, joined = reference.join_single_pixels(image, np.array([[1, 1, 2, 3, 4, 4]]), 4)
    assert labels.tolist() == [[1, 1, 1, 4, 4, 4]]
    assert joined == 2


@pytest.mark.parametrize("singles", [3, 63, 64, 65, 70])
def test_a_chain_of_single_pixels_joins_one_in_each_of_64_passes(singles: int) -> None:
    labels = np.array([[1, 1, *range(2, singles + 2)]])
    joined_labels, joined = reference.join_single_pixels(labels[np.newaxis], labels, 4)
    assert joined == min(singles, 64)
    assert joined_labels[0, : joined + 2].tolist() == [1] * (joined + 2)
    assert joined_labels[0, joined + 2 :].tolist() == labels[0, joined + 2 :].tolist()


def test_single_pixels_are_joined_in_scaled_bands() -> None:
    image = np.array([[[0, 0, 1, 3, 3]], [[5, 5, 0, 0, 0]]])
    labels = np.array([[1, 1, 2, 3, 3]])
    assert reference.join_single_pixels(image, labels, 4)[0][0, 2] == 3
    assert reference.join_single_pixels(image, labels, 4, scale=[9, 1])[0][0, 2] == 1
