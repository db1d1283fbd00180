"""Tiles and threads change nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from osgeo import gdal

from shepherd_segmentation.core import (
    SegmentationResult,
    SegmentationSpec,
    raster_segmentation,
    segment_array,
    segment_raster,
)
from tests.core import data
from tests.core.contract import check_labels, small_segments
from tests.core.images import KINDS, make_image, make_valid
from tests.core.rasters import names_in, read_labels

SEEDS = st.integers(0, 2**32 - 1)


def check_equal(tiled: SegmentationResult, whole: SegmentationResult) -> None:
    """Assert that two results differ in nothing but the tiles."""
    np.testing.assert_array_equal(tiled.labels, whole.labels)
    np.testing.assert_array_equal(tiled.centres, whole.centres)
    for name in (
        "segment_count",
        "null_count",
        "single_pixels_eliminated",
        "small_segments_eliminated",
        "max_spectral_difference",
    ):
        assert getattr(tiled, name) == getattr(whole, name), name


def check_contract(labels: NDArray, valid: NDArray, spec: SegmentationSpec) -> None:
    """Contract 4, but for the part of its last clause that needs the slow reference."""
    check_labels(labels, valid, spec.connectivity)
    if spec.max_spectral_difference == float("inf") and spec.min_segment_size <= 5:
        # Without a limit, what stays small has no larger neighbour.
        sizes = np.bincount(labels.ravel())
        for segment in small_segments(labels, spec.min_segment_size)[:50]:
            around = _neighbours(labels, segment, spec.connectivity)
            assert (sizes[around] <= sizes[segment]).all(), segment


def _neighbours(labels: NDArray, segment: int, connectivity: int) -> NDArray:
    from scipy import ndimage

    structure = ndimage.generate_binary_structure(2, connectivity // 4)
    around = labels[ndimage.binary_dilation(labels == segment, structure)]
    return np.unique(around[(around != 0) & (around != segment)])


@given(
    SEEDS, st.sampled_from(KINDS), st.sampled_from(["all", "holes", "islands"]),
    st.integers(1, 140), st.integers(1, 140), st.integers(1, 150), st.sampled_from([1, 2, 4]),
    st.sampled_from([4, 8]), st.sampled_from([1, 5, 40]), st.sampled_from([np.uint8, np.float32, np.float64]),
)  # fmt: skip
@settings(max_examples=80)
def test_any_image_any_tiles(
    seed, kind, mask, rows, columns, tile_size, workers, connectivity, size, dtype
) -> None:
    tile_size = max(tile_size, max(rows, columns) // 12)
    image = make_image(kind, seed, 2, rows, columns).astype(dtype)
    if image.dtype.kind == "f":
        image = image / dtype(3)
        image[1][np.random.default_rng(seed).random((rows, columns)) < 0.05] = np.nan
    spec = SegmentationSpec(
        clusters=12,
        min_segment_size=size,
        connectivity=connectivity,
        max_spectral_difference=float("inf"),
        seed=seed,
    )
    valid = make_valid(mask, seed, rows, columns)
    whole = segment_array(image, spec, valid=valid, tile_size=4096, workers=1)
    check_contract(whole.labels, valid & np.isfinite(image).all(axis=0), spec)
    check_equal(segment_array(image, spec, valid=valid, tile_size=tile_size, workers=workers), whole)


@given(SEEDS, st.sampled_from(["noise", "blobs"]), st.integers(4, 60), st.sampled_from([0.2, 0.5, 1.0, 2.5]))
@settings(max_examples=30)
def test_smoothing_looks_across_tiles(seed, kind, tile_size, sigma) -> None:
    image = make_image(kind, seed, 2, 50, 70).astype(np.float32)
    valid = make_valid("holes", seed, 50, 70)
    spec = SegmentationSpec(clusters=10, min_segment_size=8, smoothing=sigma)
    whole = segment_array(image, spec, valid=valid, workers=1)
    check_equal(segment_array(image, spec, valid=valid, tile_size=tile_size, workers=2), whole)


@pytest.mark.parametrize("tile_size", [1, 3, 7, 50, 64, 101])
@pytest.mark.parametrize("connectivity", [4, 8])
def test_noise_in_which_singles_form_large_patches(tile_size: int, connectivity: int) -> None:
    side = 30 if tile_size < 5 else 200
    image = make_image("noise", tile_size, 3, side, side).astype(np.uint8)
    spec = SegmentationSpec(clusters=60, min_segment_size=15, connectivity=connectivity)
    whole = segment_array(image, spec, workers=1)
    assert whole.single_pixels_eliminated > 0.5 * side * side
    tiled = segment_array(image, spec, tile_size=tile_size, workers=2)
    check_equal(tiled, whole)
    check_labels(tiled.labels, np.ones((side, side), dtype=bool), connectivity)


SCENES = {
    "s2_inn_demo_4band.tif": {"clusters": 60},
    "naip_nd_2017_4band.tif": {"connectivity": 8, "min_segment_size": 30},
    "l7_olinda_6band.tif": {"smoothing": 0.5, "band_scaling": "standardise"},
    "l8_poland_float_nan_8band.tif": {"clusters": 30},
    "l7_nc_float_5band.tif": {"clusters": 40, "max_spectral_difference": 0.02},
}


@pytest.fixture(scope="module", params=SCENES)
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """Segment each scene once in one piece."""
    path = data.scene_path(request.param)
    spec = SegmentationSpec(**SCENES[request.param])
    output = tmp_path_factory.mktemp("whole") / "labels.tif"
    result = segment_raster(path, output, spec, tile_size=8192, workers=1)
    assert (result.tile_rows, result.tile_columns) == (1, 1)
    return path, spec, result, read_labels(output)


def test_scenes_keep_the_contract(scene) -> None:
    path, spec, result, labels = scene
    _, valid = data.read_scene(path.name)
    check_labels(labels, valid, spec.connectivity)
    assert result.null_count == np.count_nonzero(~valid)
    assert result.segment_count == labels.max() > 100


@pytest.mark.parametrize(("tile_size", "workers"), [(61, 4), (128, 2), (300, 1), (333, 4)])
def test_scenes_in_tiles(scene, tile_size: int, workers: int, tmp_path: Path) -> None:
    path, spec, whole, labels = scene
    output = tmp_path / "labels.tif"
    tiled = segment_raster(path, output, spec, tile_size=tile_size, workers=workers)
    np.testing.assert_array_equal(read_labels(output), labels)
    np.testing.assert_array_equal(tiled.centres, whole.centres)
    assert tiled.segment_count == whole.segment_count
    assert tiled.single_pixels_eliminated == whole.single_pixels_eliminated
    assert tiled.small_segments_eliminated == whole.small_segments_eliminated


def test_the_same_run_gives_the_same_file(tmp_path: Path) -> None:
    path = data.scene_path("s2_inn_demo_4band.tif")
    for name, workers, tile_size in (("first", 1, 100), ("second", 4, 100)):
        (tmp_path / name).mkdir()
        segment_raster(path, tmp_path / name / "labels.tif", tile_size=tile_size, workers=workers)
    texts = [gdal.Info(str(tmp_path / name / "labels.tif")).replace(name, "") for name in ("first", "second")]
    assert texts[0] == texts[1]
    assert "SHEPHERD_CENTRES" in texts[0]


def test_labels_that_are_too_large_for_memory(scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raster_segmentation, "_SMALL_LABELS", 0)
    path, spec, _, labels = scene
    segment_raster(path, tmp_path / "labels.tif", spec, tile_size=150, workers=2)
    np.testing.assert_array_equal(read_labels(tmp_path / "labels.tif"), labels)
    assert names_in(tmp_path) == ["labels.tif"]


def test_an_array_and_its_raster_give_the_same(scene) -> None:
    path, spec, result, labels = scene
    image, valid = data.read_scene(path.name)
    in_memory = segment_array(image, spec, valid=valid, tile_size=200, workers=2)
    np.testing.assert_array_equal(in_memory.labels, labels)
    np.testing.assert_array_equal(in_memory.centres, result.centres)
