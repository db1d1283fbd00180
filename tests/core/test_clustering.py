"""k-means: the same every time, and as good as the best that is around."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from shepherd_segmentation.core import (
    ParameterError,
    SegmentationSpec,
    assign_clusters,
    fit_clusters,
    segment_array,
)
from shepherd_segmentation.core.clustering import fit
from tests.core import data, reference
from tests.core.images import make_image


def pixels_of(scene: str, seed: int = 0) -> NDArray[np.float64]:
    """Return the valid pixels of a scene (n, bands) in random order."""
    image, valid = data.read_scene(scene)
    pixels = image[:, valid].T.astype(np.float64)
    return np.random.default_rng(seed).permutation(pixels)


def error_of(pixels: NDArray, centres: NDArray) -> float:
    """Return the mean squared distance to the nearest centre."""
    squared = (pixels**2).sum(axis=1)[:, np.newaxis] - 2 * pixels @ centres.T + (centres**2).sum(axis=1)
    return float(squared.min(axis=1).mean())


# --- fit -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scene", "clusters"),
    [("s2_inn_demo_4band.tif", 10), ("l7_olinda_6band.tif", 30), ("naip_nd_2017_4band.tif", 20)],
)
def test_as_good_as_scikit_learn(scene: str, clusters: int) -> None:
    from sklearn.cluster import KMeans

    pixels = pixels_of(scene)
    sample, others = pixels[:12000], pixels[12000:80000]
    best = KMeans(clusters, n_init=5, random_state=0).fit(sample).cluster_centers_
    for seed in (0, 1):
        centres = fit_clusters(sample, clusters, seed=seed)
        assert error_of(others, centres) <= 1.02 * error_of(others, best), seed


def test_the_same_seed_gives_the_same_bits_on_any_number_of_threads() -> None:
    sample = pixels_of("s2_inn_demo_4band.tif")[:50000]
    first = fit_clusters(sample, 30, seed=5)
    for threads in (1, 2, 3, 8):
        with ThreadPoolExecutor(threads) as pool:
            again = fit_clusters(sample, 30, seed=5, threads=pool)
        np.testing.assert_array_equal(again, first)
    assert not np.array_equal(fit_clusters(sample, 30, seed=6), first)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.float32, np.float64])
def test_the_type_of_the_samples_changes_nothing(dtype: type) -> None:
    sample = np.random.default_rng(2).integers(0, 200, (3000, 3))
    np.testing.assert_array_equal(fit_clusters(sample.astype(dtype), 9), fit_clusters(sample, 9))


def test_centres_are_the_means_of_their_samples() -> None:
    sample = np.random.default_rng(3).normal(size=(4000, 3))
    centres = fit_clusters(sample, 12)
    nearest = assign_clusters(sample.T[:, np.newaxis], centres)[0] - 1
    means = np.array([sample[nearest == k].mean(axis=0) for k in range(12)])
    assert np.abs(means - centres).max() < 0.1
    assert error_of(sample, means) > 0.97 * error_of(sample, centres)


def test_scaled_bands_count_as_much_as_their_scale_says() -> None:
    random = np.random.default_rng(4)
    sample = np.stack([random.integers(0, 2, 2000), 1000 * random.normal(size=2000)], axis=1)
    centres = fit_clusters(sample, 2, scale=[1.0, 1e-6])
    np.testing.assert_allclose(np.sort(centres[:, 0]), [0, 1], atol=1e-9)
    centres = fit_clusters(sample, 2)
    assert 0.3 < centres[:, 0].min() <= centres[:, 0].max() < 0.7


@pytest.mark.parametrize("colours", [1, 2, 5, 59])
def test_fewer_colours_than_clusters(colours: int) -> None:
    random = np.random.default_rng(colours)
    palette = np.unique(random.integers(0, 255, (colours * 3, 3)), axis=0)[:colours]
    # One colour is so rare that the first part of the sample may lack it.
    share = np.r_[np.ones(len(palette) - 1), 0.001]
    sample = palette[random.choice(len(palette), 20000, p=share / share.sum())]
    present = np.unique(sample, axis=0)
    centres = fit_clusters(sample, 60)
    np.testing.assert_array_equal(np.unique(centres, axis=0), present)


def test_clusters_that_lose_all_their_samples_stay_among_them() -> None:
    sample = np.random.default_rng(5).uniform(100, 101, (2, 3000))
    centres = np.vstack([[100.5, 100.5], 100 + np.arange(2, 12)[:, np.newaxis] * [1.0, 1.0]])
    with ThreadPoolExecutor(2) as pool:
        moved, _ = fit._lloyd(sample, centres, 20, 1e-4, pool, lambda done: None)
    assert moved.min() >= 100


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 60), st.integers(1, 4))
@settings(max_examples=40)
def test_small_samples(seed: int, size: int, clusters: int, values: int) -> None:
    sample = np.random.default_rng(seed).integers(0, values + 1, (size, 2))
    centres = fit_clusters(sample, clusters, seed=seed)
    colours = len(np.unique(sample, axis=0))
    assert len(centres) == min(clusters, colours)
    assert len(np.unique(centres, axis=0)) == len(centres)
    assert (centres >= 0).all() and (centres <= values).all()
    if clusters >= colours:
        assert error_of(sample, centres) == pytest.approx(0, abs=1e-9)


def test_a_thousand_clusters_and_the_limit() -> None:
    sample = np.random.default_rng(7).integers(0, 256, (8000, 3))
    centres = fit_clusters(sample, 1000)
    assert centres.shape == (1000, 3)
    assert error_of(sample, centres) < 0.25 * error_of(sample, fit_clusters(sample, 100))
    few = np.random.default_rng(7).integers(0, 256, (500, 3))
    assert fit_clusters(few, 4096).shape == (len(np.unique(few, axis=0)), 3)
    with pytest.raises(ParameterError, match=r"clusters = 4097: give a whole number from 1 to 4096"):
        fit_clusters(few, 4097)
    with pytest.raises(ParameterError, match=r"clusters = 4097: give a whole number from 1 to 4096"):
        SegmentationSpec(clusters=4097)
    with pytest.raises(ParameterError, match=r"at most 4096 clusters are possible"):
        assign_clusters(np.zeros((3, 2, 2)), np.zeros((4097, 3)))


@pytest.mark.parametrize(
    ("sample", "complaint"),
    [
        (np.empty((0, 3)), "give an array of"),
        (np.empty((3, 0)), "give an array of"),
        (np.ones(5), "give an array of"),
        (np.array([[1.0, np.nan]]), "leave out pixels that are not finite"),
        (np.array([[1.0, np.inf]]), "leave out pixels that are not finite"),
    ],
)
def test_samples_that_cannot_be(sample: NDArray, complaint: str) -> None:
    with pytest.raises(ParameterError, match=rf"samples = .*{complaint}"):
        fit_clusters(sample, 3)


def test_progress_can_stop_a_fit() -> None:
    seen = []

    def report(done: float) -> None:
        seen.append(done)
        if len(seen) > 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_clusters(np.random.default_rng(1).normal(size=(5000, 2)), 20, report=report)
    assert len(seen) == 4


# --- assign --------------------------------------------------------------------------------------


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 40), st.booleans())
@settings(max_examples=60)
def test_assignment_is_that_of_the_reference(seed: int, bands: int, clusters: int, scaled: bool) -> None:
    random = np.random.default_rng(seed)
    image = random.integers(0, 8, (bands, 9, 1030 // bands)).astype(random.choice(["u1", "f4", "f8"]))
    centres = random.integers(0, 16, (clusters, bands)) / 2
    scale = random.uniform(0.1, 10, bands) if scaled else None
    valid = random.random(image.shape[1:]) > 0.1
    found = assign_clusters(image, centres, valid=valid, scale=scale)
    np.testing.assert_array_equal(found, reference.assign(image, centres, valid, scale))


def test_assignment_does_not_depend_on_where_a_pixel_is() -> None:
    random = np.random.default_rng(9)
    image = random.normal(size=(7, 3, 2500)).astype(np.float32)
    centres = random.normal(size=(50, 7))
    whole = assign_clusters(image, centres)
    for begin, end in ((0, 1), (1, 20), (777, 2500), (1023, 1026)):
        np.testing.assert_array_equal(assign_clusters(image[:, :, begin:end], centres), whole[:, begin:end])


def test_pixels_that_are_not_finite_are_null_by_themselves() -> None:
    image = np.array([[[1.0, np.nan, 3.0, np.inf]], [[1.0, 1.0, -np.inf, 1.0]]])
    assert assign_clusters(image, [[1.0, 1.0]]).tolist() == [[1, 0, 0, 0]]


@pytest.mark.parametrize("centres", [np.zeros((2, 3)), np.zeros(2), np.zeros((0, 2)), np.zeros((1, 2, 2))])
def test_centres_that_do_not_fit(centres: NDArray) -> None:
    with pytest.raises(ParameterError, match=r"centres = .*give an array of \(clusters, 2 bands\)"):
        assign_clusters(np.zeros((2, 4, 4)), centres)
    with pytest.raises(ParameterError, match=r"centres = .*give an array of \(clusters, 2 bands\)"):
        segment_array(make_image("noise", 1, 2, 4, 4), centres=centres)


def test_given_centres_are_finite() -> None:
    with pytest.raises(ParameterError, match="give finite numbers"):
        segment_array(make_image("noise", 1, 2, 4, 4), centres=[[1.0, np.nan]])
