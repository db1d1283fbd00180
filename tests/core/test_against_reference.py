"""The engine, tiled and untiled, finds exactly what the slow reference finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shepherd_segmentation.core import SegmentationSpec
from shepherd_segmentation.core.regions.measure import Quantisation, measure_clumps
from tests.core.agreement import check_against_reference, prepare
from tests.core.images import KINDS, make_image, make_valid

SEEDS = st.integers(0, 2**32 - 1)
SIDES = st.integers(1, 24)
LIMITS = st.sampled_from([None, 0.0, 5.0, 30.0, float("inf")])
MASKS = st.sampled_from(["all", "holes", "frame", "islands", "none"])
TILES = st.lists(st.integers(1, 26), min_size=1, max_size=2).map(tuple)


def spec_of(**values: object) -> SegmentationSpec:
    """Return a spec for small images."""
    return SegmentationSpec(**{"clusters": 8, "min_segment_size": 6, **values})


@given(
    SEEDS, st.sampled_from(KINDS), MASKS, SIDES, SIDES, st.integers(1, 4), TILES,
    st.sampled_from([4, 8]), st.sampled_from([1, 2, 5, 20, 1000]), st.integers(1, 30), LIMITS,
)  # fmt: skip
@settings(max_examples=100)
def test_integer_images(
    seed, kind, mask, rows, columns, bands, tiles, connectivity, size, clusters, limit
) -> None:
    image = make_image(kind, seed, bands, rows, columns)
    spec = spec_of(
        clusters=clusters,
        min_segment_size=size,
        connectivity=connectivity,
        max_spectral_difference=limit,
        seed=seed,
    )
    valid = make_valid(mask, seed, rows, columns)
    check_against_reference(image, spec, valid=valid, tile_sizes=(1024, *tiles))


@given(
    SEEDS, st.sampled_from(KINDS), SIDES, SIDES, TILES, st.sampled_from([4, 8]),
    st.sampled_from([np.float32, np.float64]), st.sampled_from(["none", "standardise"]),
)  # fmt: skip
@settings(max_examples=60)
def test_floating_point_images_with_nan(
    seed, kind, rows, columns, tiles, connectivity, dtype, scaling
) -> None:
    random = np.random.default_rng(seed)
    image = make_image(kind, seed, 3, rows, columns).astype(dtype) / 7
    image += random.normal(scale=0.001, size=image.shape).astype(dtype)
    image *= np.array([1, 1e-3, 1e4], dtype)[:, np.newaxis, np.newaxis]
    image[random.random(image.shape) < 0.03] = np.nan
    image[random.random(image.shape) < 0.01] = np.inf
    spec = spec_of(connectivity=connectivity, band_scaling=scaling, seed=seed)
    check_against_reference(image.astype(dtype), spec, tile_sizes=(1024, *tiles))


@given(SEEDS, st.sampled_from(KINDS), SIDES, SIDES, TILES, st.sampled_from([4, 8]))
@settings(max_examples=50)
def test_centres_that_are_given(seed, kind, rows, columns, tiles, connectivity) -> None:
    # Centres on half numbers make ties, and some have no pixel at all.
    image = make_image(kind, seed, 2, rows, columns)
    centres = np.random.default_rng(seed).integers(0, 20, (12, 2)) * 5 + 0.5
    spec = spec_of(connectivity=connectivity, spectral_distance_percentile=80)
    check_against_reference(image, spec, centres=centres, tile_sizes=(1024, *tiles))


@given(SEEDS, st.sampled_from(["noise", "blobs", "checkers"]), SIDES, TILES, st.sampled_from([4, 8]))
@settings(max_examples=40)
def test_bands_in_units_of_their_deviation(seed, kind, side, tiles, connectivity) -> None:
    # Without scaling, the second band would decide everything.
    image = make_image(kind, seed, 2, side, 17)
    image[1] *= 1000
    spec = spec_of(band_scaling="standardise", connectivity=connectivity, seed=seed)
    check_against_reference(image, spec, tile_sizes=(1024, *tiles))


def test_the_scale_is_one_over_the_standard_deviation() -> None:
    image = make_image("noise", 1, 3, 40, 40)
    image[1] *= 1000
    image[2] = 5
    valid = make_valid("holes", 1, 40, 40)
    prepared = prepare(image, spec_of(band_scaling="standardise"), valid)
    deviation = image[:, valid].std(axis=1)
    np.testing.assert_allclose(prepared.scale, [1 / deviation[0], 1 / deviation[1], 1.0])


@pytest.mark.parametrize("scaling", ["none", "standardise"])
@pytest.mark.parametrize("percentile", [0.0, 12.5, 50.0, 100.0])
def test_the_automatic_limit_is_a_percentile_of_the_distances_of_centres(
    scaling: str, percentile: float
) -> None:
    from scipy.spatial.distance import pdist

    image = make_image("blobs", 3, 3, 60, 60)
    valid = make_valid("all", 3, 60, 60)
    spec = spec_of(clusters=25, spectral_distance_percentile=percentile, band_scaling=scaling)
    prepared = prepare(image, spec, valid)
    assert prepared.centres.shape == (25, 3)
    distances = pdist(prepared.centres * prepared.scale)
    assert prepared.max_spectral_difference == pytest.approx(np.percentile(distances, percentile))


def test_quantised_sums_are_precise() -> None:
    # What quantisation loses is far below anything a segmentation could depend on.
    image = make_image("blobs", 5, 2, 50, 50) * 1e-4
    valid = make_valid("all", 5, 50, 50)
    prepared = prepare(image, spec_of(), valid)
    spread = np.ptp(image, axis=(1, 2))
    assert (1 / prepared.factor < spread * 1e-7).all()
    mantissa, _ = np.frexp(prepared.factor)
    assert (mantissa == 0.5).all(), "factors are powers of two"
    assert prepared.limit == 2**29


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sums_are_those_of_the_rounded_values(dtype: type) -> None:
    random = np.random.default_rng(6)
    image = random.normal(scale=100, size=(3, 20, 20)).astype(dtype)
    # Halves, which round to the even number, and values beyond the limit.
    image[:, 3] = np.arange(20) / 8
    image[1, 4, :5], image[2, 4, :7] = 1e12, -1e12
    labels = random.integers(0, 30, (12, 13)).astype(np.uint32)
    offset, factor = np.array([0.0, 0.25, -3.0]), np.array([4.0, 2.0, 4.0])
    box = np.array([2, 1, 20, 0, 0])
    quantisation = Quantisation(offset, factor, 2.0**29)
    totals, clamped = measure_clumps(image, labels, box, 30, quantisation, np.zeros(1, np.uint8))
    values = (image[:, 2:14, 1:14].astype(np.float64) - offset[:, None, None]) * factor[:, None, None]
    values = np.clip(np.rint(values), -(2.0**29), 2.0**29).astype(np.int64)
    for label in range(1, 31):
        inside = labels == label
        assert totals[label - 1].tolist() == [np.count_nonzero(inside), *values[:, inside].sum(axis=1)]
    beyond = np.abs(image[:, 2:14, 1:14]) > 1e11
    assert clamped == np.count_nonzero(beyond & (labels > 0)) > 0
