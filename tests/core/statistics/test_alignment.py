"""Rasters on another grid: other resolution, extent, CRS, and turned grids."""

from __future__ import annotations

import time

import numpy as np
import pytest
from osgeo import gdal, osr

from shepherd_segmentation.core import (
    ParameterError,
    Progress,
    StatisticsSpec,
    segment_columns,
    segment_statistics,
)
from shepherd_segmentation.core.statistics.spec import STATISTICS
from tests.core.statistics.brute import check_band
from tests.core.statistics.scenes import NORTH_UP, ROTATED, crs, patches, save

ALL = StatisticsSpec(STATISTICS, (25,))


class Listener(Progress):
    def __init__(self):
        self.messages = []

    def message(self, text):
        self.messages.append(text)


def nearest(shape, transform, band, source_transform, target_crs=None, source_crs=None):
    """Value of the raster's pixel under every pixel's centre, and where there is one."""
    rows, columns = np.mgrid[: shape[0], : shape[1]] + 0.5
    x = transform[0] + columns * transform[1] + rows * transform[2]
    y = transform[3] + columns * transform[4] + rows * transform[5]
    if source_crs:
        first, second = osr.SpatialReference(target_crs), osr.SpatialReference(source_crs)
        for reference in (first, second):
            reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        moved = osr.CoordinateTransformation(first, second).TransformPoints(np.c_[x.ravel(), y.ravel()])
        x, y = (np.array(moved)[:, i].reshape(shape) for i in (0, 1))
    inverse = gdal.InvGeoTransform(source_transform)
    c = np.floor(inverse[0] + x * inverse[1] + y * inverse[2]).astype(int)
    r = np.floor(inverse[3] + x * inverse[4] + y * inverse[5]).astype(int)
    inside = (r >= 0) & (c >= 0) & (r < band.shape[0]) & (c < band.shape[1])
    return band[r.clip(0, band.shape[0] - 1), c.clip(0, band.shape[1] - 1)], inside


SOUTH_UP = (500000.0, 10.0, 0.0, 5300000.0, 0.0, 10.0)
CASES = {
    "coarse": (NORTH_UP, (499990.0, 130.0, 0.0, 5300044.0, 0.0, -170.0), (40, 40)),
    "fine": (NORTH_UP, (500100.0, 3.3, 0.0, 5299900.0, 0.0, -2.9), (900, 700)),
    "part": (NORTH_UP, (501000.0, 10.0, 0.0, 5299000.0, 0.0, -10.0), (100, 120)),
    "none": (NORTH_UP, (900000.0, 10.0, 0.0, 5299000.0, 0.0, -10.0), (10, 12)),
    "turned labels": (ROTATED, (499990.0, 130.0, 0.0, 5303044.0, 0.0, -170.0), (40, 40)),
    "turned raster": (NORTH_UP, (500400.0, 12.0, 7.0, 5299900.0, 7.0, -12.0), (300, 200)),
    "south up": (
        (500000.0, 10.0, 0.0, 5300000.0, 0.0, 10.0),
        (499990.0, 130.0, 0.0, 5300044.0, 0.0, 170.0),
        (40, 40),
    ),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dtype", ["uint8", "float32", "int32"])
def test_nearest(name, dtype, tmp_path):
    transform, source_transform, shape = CASES[name]
    labels = patches(420, 530, 40)
    image = np.random.default_rng(0).integers(1, 250, (2, *shape)).astype(dtype)
    image[1, ::3] = 0
    path = save(tmp_path / "i.tif", image, source_transform, nodata=0)
    written = save(tmp_path / "l.tif", labels, transform)
    table = segment_columns(written, path, ALL, tile_size=256)
    for number, band in enumerate(image, start=1):
        values, inside = nearest(labels.shape, transform, band, source_transform)
        check_band(table, f"b{number}", labels, values, inside & (values != 0), (25,))


def test_without_nodata_what_is_not_covered_is_left_out(tmp_path):
    labels = patches(300, 300, 30)
    image = np.full((50, 60), 7, np.uint8)
    image[:25] = 0
    part = (501000.0, 10.0, 0.0, 5299000.0, 0.0, -10.0)
    table = segment_columns(
        save(tmp_path / "l.tif", labels), save(tmp_path / "i.tif", image, part), ALL, tile_size=256
    )
    values, inside = nearest(labels.shape, NORTH_UP, image, part)
    check_band(table, "b1", labels, values, inside, (25,))


def test_other_crs(tmp_path):
    labels = patches(300, 300, 30)
    image = np.random.default_rng(0).uniform(0, 2000, (70, 80)).astype(np.float32)
    degrees = (9.01, 0.0007, 0.0, 47.845, 0.0, -0.0006)
    projection = osr.SpatialReference()
    projection.ImportFromEPSG(4326)
    projection.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    text = projection.ExportToWkt()
    path = save(tmp_path / "rain.tif", image, degrees, projection=text)
    table = segment_columns(save(tmp_path / "l.tif", labels), path, ALL, tile_size=256)
    values, inside = nearest(labels.shape, NORTH_UP, image, degrees, crs(), text)
    assert 0 < inside.sum() < inside.size
    check_band(table, "b1", labels, values, inside, (25,))


@pytest.mark.parametrize("resampling", ["nearest", "bilinear", "cubic", "average", "mode"])
def test_tiles_change_nothing(resampling, tmp_path):
    labels = save(tmp_path / "l.tif", patches(600, 700, 40))
    image = np.random.default_rng(0).normal(size=(90, 80))
    path = save(tmp_path / "i.tif", image, (499990.0, 77.0, 0.0, 5300044.0, 0.0, -81.0))
    spec = StatisticsSpec(("mean", "stddev"), (50,))
    first = segment_columns(labels, path, spec, resampling=resampling, tile_size=1024, workers=1)
    second = segment_columns(labels, path, spec, resampling=resampling, tile_size=256, workers=3)
    for name in first.names:
        assert np.array_equal(first[name], second[name], equal_nan=True)


def test_bilinear_of_integers_is_not_rounded(tmp_path):
    labels = save(tmp_path / "l.tif", np.arange(1, 401, dtype=np.uint32).reshape(20, 20))
    image = (np.arange(25, dtype=np.uint8) // 5).reshape(5, 5)
    path = save(tmp_path / "i.tif", image, (500000.0, 40.0, 0.0, 5300000.0, 0.0, -40.0))
    table = segment_columns(labels, path, StatisticsSpec(("mean",)), resampling="bilinear")
    assert (table["b1_mean"] % 1 != 0).any()


def test_message_names_and_result(tmp_path):
    labels = save(tmp_path / "l.tif", patches(60, 60, 10))
    image = save(tmp_path / "image.tif", np.ones((2, 60, 60), np.uint8))
    rain = save(
        tmp_path / "Rain 2020.tif", np.ones((6, 6), np.uint8), (500000.0, 100.0, 0, 5300000.0, 0, -100.0)
    )
    listener = Listener()
    spec = StatisticsSpec(("mean",), (2.5,))
    result = segment_statistics(labels, [image, rain], None, spec, bands=[2], progress=listener)
    assert result.columns == ("segment_id", "b2_mean", "b2_p2_5", "rain_2020_b1_mean", "rain_2020_b1_p2_5")
    assert result.warped == (rain,)
    assert sum("warped" in text and "Rain 2020" in text for text in listener.messages) == 1


def test_no_georeference(tmp_path):
    labels = save(tmp_path / "l.tif", patches(60, 60, 10), None)
    other = save(tmp_path / "i.tif", np.ones((30, 30), np.uint8))
    with pytest.raises(ParameterError, match="georeference"):
        segment_columns(labels, other)
    with pytest.raises(ParameterError, match="resampling"):
        segment_columns(labels, labels, resampling="closest")


def test_grids_that_differ_by_rounding_are_the_same(tmp_path):
    labels = save(tmp_path / "l.tif", patches(60, 60, 10))
    near = tuple(value * (1 + 1e-13) for value in NORTH_UP)
    image = save(tmp_path / "i.tif", np.ones((60, 60), np.uint8), near)
    assert segment_statistics(labels, image).warped == ()


def test_coarse_raster_is_quick(tmp_path):
    labels = save(tmp_path / "l.tif", patches(2048, 2048, 12))
    fine = save(tmp_path / "i.tif", np.ones((2048, 2048), np.float32))
    rain = save(
        tmp_path / "r.tif", np.ones((25, 25), np.float32), (500000.0, 1000.0, 0, 5300000.0, 0, -1000.0)
    )
    spec = StatisticsSpec(("mean",))
    segment_columns(labels, fine, spec)
    start = time.perf_counter()
    segment_columns(labels, fine, spec)
    plain = time.perf_counter() - start
    start = time.perf_counter()
    segment_columns(labels, rain, spec)
    assert time.perf_counter() - start < 5 * plain + 1
