"""What a run is expected to take, as the log tells it."""

from __future__ import annotations

import re

import pytest
from osgeo import gdal

from shepherd_segmentation.core import (
    Progress,
    SegmentationSpec,
    StatisticsSpec,
    segment_raster,
    segment_statistics,
)
from shepherd_segmentation.core.expectation import (
    described,
    duration,
    expectation,
    segmentation_seconds,
    statistics_seconds,
)
from tests.core.data import scene_path


class Log(Progress):
    def __init__(self):
        self.texts = []

    def message(self, text):
        self.texts.append(text)


@pytest.fixture
def scene():
    return str(scene_path("s2_inn_demo_4band.tif"))


def test_it_is_told_before_the_run(scene, tmp_path):
    log, raster = Log(), gdal.Open(scene)
    size = f"{raster.RasterXSize} x {raster.RasterYSize}"
    output = tmp_path / "segments.tif"
    segment_raster(scene, output, SegmentationSpec(bands=(4, 2)), tile_size=256, workers=2, progress=log)
    image, expected = log.texts[0].splitlines()
    assert image == f"Image: {size} pixels, bands 4, 2; nodata value: none."
    tiles = -(-raster.RasterXSize // 256) * -(-raster.RasterYSize // 256)
    assert expected.startswith(f"Expected: {tiles} tiles of 256 x 256 pixels, 2 at a time; up to ")
    assert re.search(r"up to \d+ MB of memory; roughly \d seconds?, longer", expected)
    log = Log()
    segment_statistics(output, scene, tmp_path / "table.csv", StatisticsSpec(("mean",)), progress=log)
    assert re.match(r"Expected for the statistics: \d+ tiles?.* of memory; roughly \d seconds?", log.texts[0])


@pytest.mark.parametrize(
    ("bands", "nodata", "text"),
    [
        ((1, 2, 3, 4), (None,) * 4, "bands 1 to 4; nodata value: none."),
        ((1, 2), (0.0, 0.0), "bands 1, 2; nodata value: 0."),
        ((1, 3, 4), (0.0, -9999.0, None), "bands 1, 3, 4; nodata value: 0, -9999."),
        ((2,), (None,), "band 2; nodata value: none."),
    ],
)
def test_the_image(bands, nodata, text):
    assert described(300, 400, bands, nodata) == f"Image: 400 x 300 pixels, {text}"


def test_more_work_takes_longer_and_more_cores_less():
    usual = {"pixels": 10**8, "bands": 4, "clusters": 60, "sample": 200_000, "smoothing": False, "workers": 4}
    seconds = segmentation_seconds(**usual)
    assert segmentation_seconds(**{**usual, "workers": 8}) < seconds
    more = {"pixels": 10**9, "bands": 8, "clusters": 200, "sample": 10**6, "smoothing": True}
    assert all(segmentation_seconds(**{**usual, name: value}) > seconds for name, value in more.items())
    assert statistics_seconds(10**8, 4, True, 4) > statistics_seconds(10**8, 4, False, 4)


def test_a_mosaic_takes_what_was_measured():
    """16384 x 16384 pixels with 3 bands took 27 to 30 seconds on 2 cores."""
    assert segmentation_seconds(16384**2, 3, 60, 200_000, False, 2) == pytest.approx(28, rel=0.3)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "1 second"),
        (12.4, "12 seconds"),
        (100, "2 minutes"),
        (3600, "60 minutes"),
        (9000, "2 hours"),
        (float("inf"), "very long"),
    ],
)
def test_words(seconds, text):
    assert duration(seconds) == text


def test_one_tile():
    assert expectation(1, 1024, 8, 2**30, 1).startswith("Expected: 1 tile; up to 1.0 GB")
