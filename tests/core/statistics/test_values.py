"""Statistics of values against numpy, on real scenes and on hard ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from osgeo import gdal

from shepherd_segmentation.core import (
    SegmentationSpec,
    StatisticsSpec,
    segment_array_statistics,
    segment_columns,
    segment_raster,
)
from shepherd_segmentation.core.statistics.spec import STATISTICS
from tests.core.data import scene_path
from tests.core.statistics.brute import check_band
from tests.core.statistics.scenes import NORTH_UP, patches, save

PERCENTILES = (0, 5, 37.5, 75, 95, 100)
ALL = StatisticsSpec(STATISTICS, PERCENTILES)
NAMED = tuple(p for p in PERCENTILES if p != 37.5)


def scene_bands(path):
    """Bands as stored, and for each which pixels are valid by nodata and NaN."""
    dataset = gdal.Open(str(path))
    for number in range(1, dataset.RasterCount + 1):
        band = dataset.GetRasterBand(number)
        values, nodata = band.ReadAsArray(), band.GetNoDataValue()
        valid = np.isfinite(values)
        if nodata is not None:
            valid &= values != nodata
        yield number, values, valid


@pytest.mark.parametrize(
    "scene",
    [
        "s2_inn_demo_4band.tif",
        "naip_nd_2017_4band.tif",
        "l7_olinda_6band.tif",
        "l8_poland_float_nan_8band.tif",
        "l7_nc_float_5band.tif",
        "s2_slovenia_float_13band.tif",
    ],
)
def test_real_scene(scene, tmp_path):
    path = scene_path(scene)
    segment_raster(path, tmp_path / "labels.tif", SegmentationSpec(clusters=12, min_segment_size=200))
    labels = gdal.Open(str(tmp_path / "labels.tif")).ReadAsArray()
    table = segment_columns(tmp_path / "labels.tif", path, ALL, tile_size=256)
    for number, values, valid in scene_bands(path):
        check_band(table, f"b{number}", labels, values, valid, NAMED)


@pytest.mark.parametrize("scene", ["l8_poland_float_nan_8band.tif", "l7_nc_float_5band.tif"])
def test_nodata_counts_for_each_band_by_itself(scene, tmp_path):
    path = scene_path(scene)
    dataset = gdal.Open(str(path))
    labels = save(tmp_path / "labels.tif", patches(dataset.RasterYSize, dataset.RasterXSize, 40), None)
    table = segment_columns(labels, path, ALL)
    for number, values, valid in scene_bands(path):
        check_band(table, f"b{number}", gdal.Open(labels).ReadAsArray(), values, valid, NAMED)


def test_segments_without_valid_pixels_have_no_values():
    labels = np.array([[1, 1, 2, 2], [3, 3, 2, 2]])
    image = np.array([[np.nan, -1, np.nan, np.inf], [5, np.nan, -1, np.nan]])
    table = segment_array_statistics(labels, image, ALL, nodata=-1)
    assert table["b1_count"].tolist() == [0, 0, 1]
    for name in table.names[2:]:
        assert np.isnan(table[name][:2]).all() and not np.isnan(table[name][2]), name


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint32", "int32", "float32", "float64"])
def test_types_of_images(dtype, tmp_path):
    rng = np.random.default_rng(3)
    low, high = (-3e4, 3e4) if dtype.startswith(("int", "float")) else (0, 200)
    image = rng.uniform(low, high, (2, 300, 280)).astype(dtype)
    if dtype == "uint32":
        image += np.uint32(2**32 - 300)
    labels = patches(300, 280, 25)
    path = save(tmp_path / "image.tif", image)
    table = segment_columns(save(tmp_path / "labels.tif", labels), path, ALL, tile_size=256)
    for number, band in enumerate(image, start=1):
        check_band(table, f"b{number}", labels, band, np.ones(labels.shape, bool), NAMED)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "uint32", "int32", "float32", "float64"])
def test_types_of_labels(dtype, tmp_path):
    labels = patches(100, 90, 10).astype(np.int64)
    if dtype in ("uint8",):
        labels %= 256
    labels[50:60] = 0 if dtype.startswith("u") else -7
    image = np.random.default_rng(0).integers(0, 99, labels.shape).astype(np.uint16)
    written = save(tmp_path / "labels.tif", labels.astype(dtype))
    table = segment_columns(written, save(tmp_path / "image.tif", image), ALL)
    check_band(table, "b1", labels, image, np.ones(labels.shape, bool), NAMED)


def test_gaps_up_to_four_billion(tmp_path):
    labels = patches(600, 300, 20).astype(np.uint32)
    ids = np.unique(labels[labels > 0])
    far = np.sort(np.random.default_rng(1).choice(2**32 - 2, ids.size, replace=False) + 1)
    far[-1] = 2**32 - 1
    spread = np.concatenate([[0], far])[np.searchsorted(np.concatenate([[0], ids]), labels)].astype(np.uint32)
    image = np.random.default_rng(0).normal(1e6, 1, labels.shape)
    image_path = save(tmp_path / "image.tif", image)
    table = segment_columns(save(tmp_path / "labels.tif", spread), image_path, ALL, tile_size=256)
    assert table["segment_id"][-1] == 2**32 - 1
    check_band(table, "b1", spread, image, np.ones(labels.shape, bool), NAMED, 1e-7)


def test_two_hundred_bands(tmp_path):
    labels = patches(300, 300, 40)
    image = np.random.default_rng(0).normal(size=(200, 300, 300)).astype(np.float32)
    path = save(tmp_path / "image.tif", image, options=["INTERLEAVE=PIXEL"])
    table = segment_columns(save(tmp_path / "labels.tif", labels), path, ALL)
    for number in (1, 77, 200):
        check_band(table, f"b{number}", labels, image[number - 1], np.ones(labels.shape, bool), NAMED)
    assert len(table.names) == 1 + 200 * (len(STATISTICS) + len(PERCENTILES))


def test_one_pixel_and_everything():
    image = np.random.default_rng(0).normal(size=(1, 700, 600))
    labels = np.full((700, 600), 4)
    labels[300, 300] = 2
    table = segment_array_statistics(labels, image, ALL, tile_size=256)
    check_band(table, "b1", labels, image[0], np.ones(labels.shape, bool), NAMED)
    assert table["b1_stddev"][0] == 0 and table["b1_variety"][0] == 1


def test_variance_far_from_zero():
    rng = np.random.default_rng(5)
    labels = patches(600, 600, 50)
    image = 1e9 + rng.normal(0, 1e-3, labels.shape)
    table = segment_array_statistics(labels, image, StatisticsSpec(("variance",)), tile_size=256)
    expected = [np.var(image[labels == s] - 1e9) for s in table["segment_id"]]
    np.testing.assert_allclose(table["b1_variance"], expected, rtol=1e-6)


def test_sums_of_integers_are_exact():
    labels = np.ones((1024, 1024), np.uint32)
    image = np.full(labels.shape, 2**32 - 1, np.uint32)
    image[::2] = 2**31 + 7
    table = segment_array_statistics(labels, image, StatisticsSpec(("sum",)))
    assert table["b1_sum"][0] == float(int(image.astype(object).sum()))


def test_bands_and_masks(tmp_path):
    labels = patches(80, 80, 10)
    image = np.random.default_rng(0).integers(1, 255, (4, 80, 80)).astype(np.uint8)
    image[3] = np.where(image[3] > 80, 255, 0)
    path = save(tmp_path / "image.tif", image)
    dataset = gdal.Open(path, gdal.GA_Update)
    dataset.GetRasterBand(4).SetColorInterpretation(gdal.GCI_AlphaBand)
    dataset = None
    table = segment_columns(save(tmp_path / "labels.tif", labels), path, ALL)
    assert "b3_mean" in table and "b4_mean" not in table
    for number in (1, 2, 3):
        check_band(table, f"b{number}", labels, image[number - 1], image[3] > 0, NAMED)
    chosen = segment_columns(tmp_path / "labels.tif", path, StatisticsSpec(("mean",)), bands=(3,))
    assert chosen.names == ("segment_id", "b3_mean")
    assert np.array_equal(chosen["b3_mean"], table["b3_mean"], equal_nan=True)


def test_band_with_a_mask_of_its_own(tmp_path):
    labels = patches(64, 64, 8)
    image = np.random.default_rng(0).integers(1, 255, (2, 64, 64)).astype(np.uint8)
    path = save(tmp_path / "image.tif", image)
    dataset = gdal.Open(path, gdal.GA_Update)
    dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
    mask = np.random.default_rng(1).integers(0, 2, (64, 64)).astype(np.uint8) * 255
    dataset.GetRasterBand(1).GetMaskBand().WriteArray(mask)
    dataset = None
    table = segment_columns(save(tmp_path / "labels.tif", labels), path, ALL)
    for number in (1, 2):
        check_band(table, f"b{number}", labels, image[number - 1], mask > 0, NAMED)


_LABELS = arrays.arrays(np.int64, (5, 7), elements=st.integers(-2, 6))
_FLOATS = arrays.arrays(
    np.float64, (5, 7), elements=st.floats(-1e6, 1e6, width=32) | st.sampled_from([np.nan, -0.0, np.inf, 3.0])
)


@settings(deadline=None, max_examples=150)
@given(_LABELS, _FLOATS)
def test_small_arrays(labels, image):
    table = segment_array_statistics(labels, image, ALL, nodata=3.0, workers=1)
    valid = np.isfinite(image) & (image != 3.0)
    check_band(table, "b1", np.maximum(labels, 0), image, valid, NAMED)


@settings(deadline=None, max_examples=60)
@given(arrays.arrays(np.uint8, (6, 6), elements=st.integers(0, 3)), st.integers(1, 6))
def test_small_integers(image, modulus):
    labels = np.arange(36, dtype=np.uint32).reshape(6, 6) % modulus + 1
    table = segment_array_statistics(labels, image, ALL, workers=1)
    check_band(table, "b1", labels, image, np.ones((6, 6), bool), NAMED)


def test_transform_is_not_needed(tmp_path):
    labels, image = patches(30, 30, 5), np.ones((30, 30), np.float32)
    first = segment_columns(save(tmp_path / "a.tif", labels, None), save(tmp_path / "b.tif", image, None))
    second = segment_columns(tmp_path / "a.tif", save(tmp_path / "c.tif", image, NORTH_UP))
    assert np.array_equal(first["b1_mean"], second["b1_mean"])
