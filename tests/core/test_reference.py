"""The reference is held to results derived by hand, and to the golden ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from tests.core import data, reference
from tests.core.contract import check_labels, small_segments

# --- assignment ------------------------------------------------------------------------------


def row(*values: float) -> NDArray:
    """Return an image of one band and one row."""
    return np.array([[values]])


def everywhere(image: NDArray) -> NDArray[np.bool_]:
    """Return a mask without null pixels."""
    return np.ones(image.shape[1:], dtype=bool)


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


# --- elimination -----------------------------------------------------------------------------


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


# --- the whole -------------------------------------------------------------------------------


def test_segment_numbers_by_the_clumps_before_single_pixels_joined() -> None:
    # Pixel 0 joins the clump below, which begins at pixel 4: after the one that begins at 1.
    image = np.array([[[9, 1, 1, 1], [8, 8, 8, 8]]])
    labels, counts = reference.segment(
        image,
        [[1], [8], [9]],
        valid=everywhere(image),
        min_segment_size=2,
        connectivity=4,
        max_spectral_difference=3.0,
    )
    assert labels.tolist() == [[2, 1, 1, 1], [2, 2, 2, 2]]
    assert counts == {
        "clumps": 3,
        "single_pixel_clumps": 1,
        "after_single_pixel_elimination": 2,
        "joined": 1,
        "eliminated": 0,
        "segments": 2,
    }


def test_segment_assigns_features_but_measures_the_image() -> None:
    image = row(0, 0, 9, 9)
    labels, _ = reference.segment(
        image,
        [[0], [9]],
        valid=everywhere(image),
        min_segment_size=1,
        connectivity=4,
        max_spectral_difference=np.inf,
        features=row(0.0, 8.0, 8.0, 8.0),
    )
    # Pixel 0 is a single one; by its own value it is like pixel 1 all the same.
    assert labels.tolist() == [[1, 1, 1, 1]]


def test_segment_of_null_pixels_only() -> None:
    image = np.zeros((2, 3, 4), dtype=np.uint8)
    labels, counts = reference.segment(
        image,
        [[0, 0]],
        valid=np.zeros((3, 4), dtype=bool),
        min_segment_size=5,
        connectivity=8,
        max_spectral_difference=np.inf,
    )
    assert not labels.any()
    assert set(counts.values()) == {0}


@given(st.integers(0, 2**32 - 1), st.sampled_from([4, 8]), st.sampled_from([1, 2, 12]))
@settings(max_examples=40, deadline=None)
def test_segment_keeps_the_contract(seed: int, connectivity: int, size: int) -> None:
    random = np.random.default_rng(seed)
    image = random.integers(0, 50, (3, 14, 10))
    valid = random.random((14, 10)) > 0.15
    labels, _ = reference.segment(
        image,
        random.uniform(0, 50, (5, 3)),
        valid=valid,
        min_segment_size=size,
        connectivity=connectivity,
        max_spectral_difference=20.0,
    )
    check_labels(labels, valid, connectivity)


# --- the contract checker --------------------------------------------------------------------

GOOD = np.array([[2, 1, 1], [2, 0, 1]])


def test_check_labels_accepts_any_order_of_ids() -> None:
    check_labels(GOOD, GOOD > 0, 4)
    check_labels(np.zeros((2, 2), dtype=np.uint32), np.zeros((2, 2), dtype=bool), 8)


@pytest.mark.parametrize(
    ("labels", "complaint"),
    [
        ([[2, 1, 1], [2, 0, 0]], "1 valid pixels without a segment, first at row 1, column 2"),
        ([[2, 1, 1], [2, 2, 1]], "1 null pixels with a segment, first at row 1, column 1"),
        ([[3, 1, 1], [3, 0, 1]], "1 ids below 3 are unused, first 2"),
        ([[2, 1, 1], [1, 0, 1]], "segment 1 falls into 2 parts"),
    ],
)
def test_check_labels_names_the_violation(labels: list[list[int]], complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        check_labels(np.array(labels), GOOD > 0, 4)


def test_check_labels_knows_the_connectivity() -> None:
    labels = np.array([[1, 2], [2, 1]])
    check_labels(labels, labels > 0, 8)
    with pytest.raises(AssertionError, match="segment 1 falls into 2 parts"):
        check_labels(labels, labels > 0, 4)


def test_small_segments() -> None:
    assert small_segments(GOOD, 3).tolist() == [2]
    assert small_segments(GOOD, 4).tolist() == [1, 2]
    assert small_segments(GOOD, 1).tolist() == []


# --- the golden results ----------------------------------------------------------------------


@pytest.fixture(scope="module", params=data.GOLDEN_CASES)
def golden(request: pytest.FixtureRequest) -> data.GoldenCase:
    """Read each of the golden cases once."""
    return data.golden_case(request.param)


def test_golden_clusters(golden: data.GoldenCase) -> None:
    clusters = reference.assign(golden.image, golden.centres, golden.valid)
    assert np.array_equal(clusters, golden.clusters)


def test_golden_labels(golden: data.GoldenCase) -> None:
    labels, counts = reference.segment(
        golden.image,
        golden.centres,
        valid=golden.valid,
        min_segment_size=golden.params["min_segment_size"],
        connectivity=golden.connectivity,
        max_spectral_difference=golden.params["max_spectral_difference"],
    )
    assert np.array_equal(labels, golden.labels)
    stated = {name: golden.params[name] for name in counts if name in golden.params}
    assert {name: counts[name] for name in stated} == stated
    check_labels(labels, golden.valid, golden.connectivity)


def test_a_missing_scene_skips_only_when_it_is_not_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "locate", lambda kind, name: None)
    with pytest.raises(pytest.skip.Exception):
        data.scene_path("too_large_to_ship.tif")
    with pytest.raises(FileNotFoundError):
        data.scene_path("l7_olinda_6band.tif")
