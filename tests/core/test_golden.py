"""The engine reproduces the golden results, pixel by pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from shepherd_segmentation.core import (
    SegmentationResult,
    SegmentationSpec,
    assign_clusters,
    segment_array,
    segment_raster,
)
from tests.core import data
from tests.core.contract import check_labels
from tests.core.rasters import read_labels


@pytest.fixture(scope="module", params=data.GOLDEN_CASES)
def golden(request: pytest.FixtureRequest) -> data.GoldenCase:
    """Read each of the golden cases once."""
    return data.golden_case(request.param)


def spec_of(golden: data.GoldenCase, **values: object) -> SegmentationSpec:
    """Return the parameters of a golden case."""
    return SegmentationSpec(
        clusters=golden.params["clusters"],
        min_segment_size=golden.params["min_segment_size"],
        connectivity=golden.connectivity,
        max_spectral_difference=golden.params["max_spectral_difference"],
        **values,
    )


def check_counts(golden: data.GoldenCase, result: SegmentationResult) -> None:
    """Compare what is counted on the way."""
    params = golden.params
    assert result.single_pixels_eliminated == params["clumps"] - params["after_single_pixel_elimination"]
    assert result.small_segments_eliminated == params["after_single_pixel_elimination"] - params["segments"]
    assert result.segment_count == params["segments"]
    assert result.segment_count == golden.labels.max()
    assert result.null_count == np.count_nonzero(~golden.valid)
    np.testing.assert_array_equal(result.centres, golden.centres)


def test_clusters(golden: data.GoldenCase) -> None:
    clusters = assign_clusters(golden.image, golden.centres, valid=golden.valid)
    assert clusters.dtype == np.uint16
    np.testing.assert_array_equal(clusters, golden.clusters)


@pytest.mark.parametrize(("tile_size", "workers"), [(4096, 1), (100, 2)])
def test_labels_of_an_array(golden: data.GoldenCase, tile_size: int, workers: int) -> None:
    result = segment_array(
        golden.image,
        spec_of(golden),
        valid=golden.valid,
        centres=golden.centres,
        tile_size=tile_size,
        workers=workers,
    )
    assert result.labels.dtype == np.uint32
    np.testing.assert_array_equal(result.labels, golden.labels)
    check_counts(golden, result)


@pytest.mark.parametrize(("tile_size", "workers"), [(4096, 1), (173, 2)])
def test_labels_of_a_raster(golden: data.GoldenCase, tile_size: int, workers: int, tmp_path: Path) -> None:
    output = tmp_path / "labels.tif"
    result = segment_raster(
        data.scene_path(golden.params["image"]),
        output,
        spec_of(golden),
        tile_size=tile_size,
        workers=workers,
        centres=golden.centres,
    )
    labels = read_labels(output)
    np.testing.assert_array_equal(labels, golden.labels)
    check_counts(golden, result)
    check_labels(labels, golden.valid, golden.connectivity)


def test_the_automatic_limit_is_that_of_the_golden_results(golden: data.GoldenCase) -> None:
    spec = SegmentationSpec(
        clusters=golden.params["clusters"],
        min_segment_size=golden.params["min_segment_size"],
        connectivity=golden.connectivity,
        spectral_distance_percentile=golden.params["spectral_distance_percentile"],
    )
    result = segment_array(golden.image, spec, valid=golden.valid, centres=golden.centres)
    assert result.max_spectral_difference == pytest.approx(golden.params["max_spectral_difference"])
