"""The results are the same, to the last bit, however the work is cut up."""

from __future__ import annotations

import numpy as np
import pytest
from osgeo import gdal

from shepherd_segmentation.core import (
    SegmentationSpec,
    StatisticsSpec,
    UserStatistic,
    segment_array_statistics,
    segment_columns,
    segment_raster,
    segment_statistics,
)
from shepherd_segmentation.core.statistics.spec import SHAPES, STATISTICS
from tests.core.data import scene_path
from tests.core.statistics.brute import check_band
from tests.core.statistics.scenes import patches, save

ALL = StatisticsSpec(STATISTICS, (2.5, 25, 90), SHAPES, True)


def assert_same(first, second):
    assert first.names == second.names
    for name in first.names:
        np.testing.assert_array_equal(first[name].view(np.int64), second[name].view(np.int64), name)


def noisy(shape, seed=0):
    image = np.random.default_rng(seed).normal(3, 1e3, shape)
    image[..., ::7, ::5] = np.nan
    return image


@pytest.fixture(scope="module")
def float_case():
    labels = patches(900, 1100, 90)
    labels[300:420, 40:1000] = 99999
    return labels, noisy((2, 900, 1100))


@pytest.fixture(scope="module")
def expected(float_case):
    return segment_array_statistics(*float_case, ALL, tile_size=2048, workers=1)


@pytest.mark.parametrize("tile_size", [1, 256, 300, 512, 1024])
@pytest.mark.parametrize("workers", [1, 3])
def test_tile_size_and_workers(float_case, expected, tile_size, workers):
    assert_same(segment_array_statistics(*float_case, ALL, tile_size=tile_size, workers=workers), expected)


@pytest.mark.parametrize("memory", [1, 100_000, 3_000_000])
def test_memory(float_case, expected, memory):
    assert_same(segment_array_statistics(*float_case, ALL, tile_size=256, memory=memory), expected)


def test_concurrent_reads_and_labels_read_twice(float_case, tmp_path):
    labels, image = save(tmp_path / "l.tif", float_case[0]), save(tmp_path / "i.tif", float_case[1])
    expected = segment_columns(labels, image, ALL, workers=1)
    assert_same(
        segment_columns(labels, image, ALL, tile_size=256, max_concurrent_reads=7, memory=1), expected
    )


@pytest.mark.parametrize("scene", ["l8_poland_float_nan_8band.tif", "s2_inn_demo_4band.tif"])
def test_real_scene_in_little_memory(scene, tmp_path):
    segment_raster(scene_path(scene), tmp_path / "l.tif", SegmentationSpec(clusters=6, min_segment_size=3000))
    first = segment_columns(tmp_path / "l.tif", scene_path(scene), ALL, tile_size=1024)
    assert_same(
        segment_columns(tmp_path / "l.tif", scene_path(scene), ALL, tile_size=256, memory=20_000), first
    )


@pytest.mark.parametrize("counting", [True, False])
@pytest.mark.parametrize(
    "make",
    [
        lambda rng, shape: rng.integers(0, 2**16, shape).astype(np.uint16),
        lambda rng, shape: rng.integers(-(2**31), 2**31 - 1, shape).astype(np.int32),
        lambda rng, shape: rng.choice([-1e300, -1e-300, -0.0, 0.0, 5e-324, 1.0, 1e300], shape),
        lambda rng, shape: np.where(rng.random(shape) < 0.9, 7.25, rng.normal(0, 1e-9, shape)),
        lambda rng, shape: rng.standard_cauchy(shape).astype(np.float32),
        lambda rng, shape: np.full(shape, -3.5),
    ],
)
def test_one_segment_in_further_passes(make, counting):
    image = make(np.random.default_rng(4), (520, 530))
    labels = np.full(image.shape, 12)
    labels[0, :3] = 5
    ordered = ("median", "mode", "minority", "variety") if counting else ("median",)
    spec = StatisticsSpec(ordered, (0, 10, 99.9, 100))
    table = segment_array_statistics(labels, image, spec, tile_size=256, memory=40_000)
    check_band(table, "b1", labels, image, np.ones(image.shape, bool), (0, 10, 100))
    assert_same(table, segment_array_statistics(labels, image, spec))


def test_further_passes_are_counted_and_told(tmp_path):
    labels = save(tmp_path / "l.tif", np.ones((600, 600), np.uint32))
    image = save(tmp_path / "i.tif", np.random.default_rng(0).normal(size=(600, 600)))
    spec = StatisticsSpec(("median",))
    assert segment_statistics(labels, image, None, spec, tile_size=256).passes == 1
    few = segment_statistics(labels, image, None, spec, tile_size=256, memory=100_000).passes
    assert 2 <= few <= 5


def test_pixels_of_user_statistics_come_in_raster_order():
    labels = patches(600, 600, 100)
    image = noisy(labels.shape)
    seen = {}

    def keep(values, rows, columns):
        seen[labels[rows[0], columns[0]]] = (values.copy(), rows.copy(), columns.copy())
        return values.size

    table = segment_array_statistics(
        labels, image, StatisticsSpec(("count",)), tile_size=256, user_statistics=[UserStatistic("n", keep)]
    )
    assert np.array_equal(table["b1_n"], table["b1_count"])
    for segment, (values, rows, columns) in seen.items():
        r, c = np.nonzero((labels == segment) & np.isfinite(image))
        assert np.array_equal(rows, r) and np.array_equal(columns, c)
        assert np.array_equal(values, image[r, c])


def test_results_in_a_temporary_file(tmp_path):
    labels, image = (
        save(tmp_path / "l.tif", patches(200, 200, 5)),
        save(tmp_path / "i.tif", noisy((200, 200))),
    )
    segment_statistics(labels, image, tmp_path / "a.csv", ALL)
    segment_statistics(labels, image, tmp_path / "b.csv", ALL, memory=1000)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "b.csv", "i.tif", "l.tif"]


def test_tiles_of_labels_from_elsewhere(tmp_path):
    """Labels in no order, in many parts, and interleaved."""
    rng = np.random.default_rng(8)
    labels = rng.permutation(np.arange(1, 301)).astype(np.int32)[rng.integers(0, 300, (530, 540))]
    image = rng.integers(0, 1000, labels.shape).astype(np.uint16)
    path = save(tmp_path / "l.tif", labels)
    table = segment_columns(path, save(tmp_path / "i.tif", image), ALL, tile_size=256)
    check_band(table, "b1", labels, image, np.ones(labels.shape, bool), (25, 90))
    assert gdal.Open(path).RasterCount == 1
