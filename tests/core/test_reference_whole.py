"""The whole reference is held to results derived by hand, and to the golden ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core import data, reference
from tests.core.contract import check_labels
from tests.core.images import everywhere, row


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
