"""Whole runs on an AWS that really runs the workers: the labels are those of a local run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal, ogr

from shepherd_segmentation.core import SegmentationSpec, segment_raster
from shepherd_segmentation.core.aws import Fargate, FargateProfile, Journal
from shepherd_segmentation.core.raster.source import describe_raster

from ..core.data import scene_path
from .cloud import BUCKET, Cloud
from .runs import SCENE, SPEC, Listener, labels_of, run
from .watching import nothing_left

SMOOTH = replace(SPEC, smoothing=1.0, band_scaling="standardise", connectivity=8)


def part_of(path: Path) -> tuple[float, float, float, float]:
    """Return an extent that leaves a margin on every side, larger below and to the right."""
    left, width, _, top, _, height = gdal.Open(str(path)).GetGeoTransform()
    return left + 31 * width, top + 350 * height, left + 500 * width, top + 40 * height


def polygon_mask(path: Path, image: Path) -> Path:
    """Write a triangle over the image."""
    source = gdal.Open(str(image))
    left, width, _, top, _, height = source.GetGeoTransform()
    corners = [(10, 20), (560, 60), (200, 360), (10, 20)]
    ring = ", ".join(f"{left + x * width} {top + y * height}" for x, y in corners)
    dataset = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    layer = dataset.CreateLayer("mask", source.GetSpatialRef(), ogr.wkbPolygon)
    feature = ogr.Feature(layer.GetLayerDefn())
    feature.SetGeometry(ogr.CreateGeometryFromWkt(f"POLYGON (({ring}))"))
    layer.CreateFeature(feature)
    return path


def test_a_local_input(
    cloud: Cloud, profile: FargateProfile, journal: Journal, expected: np.ndarray, tmp_path: Path
) -> None:
    output, listener = tmp_path / "labels.tif", Listener()
    cloud.control("pages", size=2)
    result = run(profile, journal, scene_path(SCENE), output, listener)
    assert result.tile_rows * result.tile_columns >= 20
    assert (labels_of(output) == expected).all()
    assert result.segment_count == expected.max()
    assert nothing_left(cloud, journal)
    workers = cloud.tasks("worker")
    assert all(task["exit"] in (0, 143) for task in workers)  # 143: told to stop while starting
    assert sum("done in" in line for task in workers for line in task["lines"]) >= 20
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []
    table = listener.messages[-1]
    assert "Segmenting tiles" in table and "Uploading" in table


def test_the_raster_equals_that_of_a_local_run(
    cloud: Cloud, profile: FargateProfile, journal: Journal, tmp_path: Path
) -> None:
    source = scene_path(SCENE)
    options = {
        "mask": polygon_mask(tmp_path / "mask.gpkg", source),
        "extent": part_of(source),
        "creation_options": ["COMPRESS=LZW"],
        "centres": np.random.default_rng(1).uniform(200, 3000, (12, 4)),
    }
    segment_raster(source, tmp_path / "here.tif", SMOOTH, workers=2, **options)
    run(profile, journal, source, tmp_path / "there.tif", spec=SMOOTH, **options)
    here, there = (gdal.Open(str(tmp_path / f"{name}.tif")) for name in ("here", "there"))
    assert (here.ReadAsArray() == there.ReadAsArray()).all()
    assert here.GetMetadata() == there.GetMetadata()
    assert here.GetGeoTransform() == there.GetGeoTransform()
    assert here.GetRasterBand(1).GetOverviewCount() == there.GetRasterBand(1).GetOverviewCount()
    assert nothing_left(cloud, journal)


def test_a_raster_that_has_just_come_to_the_bucket_is_found(
    cloud: Cloud, profile: FargateProfile, journal: Journal, tmp_path: Path
) -> None:
    compute = Fargate(profile, journal)
    s3, name = cloud.client("s3"), f"s3://{BUCKET}/data/fresh/{tmp_path.name}.tif"
    s3.upload_file(str(scene_path(SCENE)), BUCKET, "data/fresh/other.tif")
    # GDAL now knows what is in the folder.
    assert gdal.ReadDir(compute.locate(name).rpartition("/")[0]) == ["other.tif"]
    s3.upload_file(str(scene_path(SCENE)), BUCKET, name.split("/", 3)[3])
    assert describe_raster(compute.locate(name), None, None).columns > 0


@pytest.mark.parametrize("address", ["s3://{bucket}/{key}", "{endpoint}/{bucket}/{key}"])
def test_an_input_in_the_bucket_is_read_there(
    cloud: Cloud, profile: FargateProfile, journal: Journal, tmp_path: Path, address: str
) -> None:
    source = scene_path(SCENE)
    public = {"ACL": "public-read"} if address.startswith("{") else {}
    cloud.client("s3").upload_file(str(source), BUCKET, "data/scene.tif", ExtraArgs=public)
    spec = SegmentationSpec(clusters=20, min_segment_size=30, smoothing=0.7)
    mask = polygon_mask(tmp_path / "mask.gpkg", source)
    segment_raster(source, tmp_path / "here.tif", spec, workers=2, mask=mask)
    there = tmp_path / "there.tif"
    scene = address.format(endpoint=cloud.endpoint, bucket=BUCKET, key="data/scene.tif")
    run(replace(profile, workers=2), journal, scene, there, spec=spec, mask=mask)
    assert (labels_of(there) == labels_of(tmp_path / "here.tif")).all()
    assert nothing_left(cloud, journal)
    # The scene went neither to nor from this computer; only its header was read here.
    sent = cloud.control("requests")["bytes"]
    assert sent["client received"] < source.stat().st_size / 4


def test_a_tile_size_is_chosen(
    cloud: Cloud, profile: FargateProfile, journal: Journal, small: tuple, tmp_path: Path
) -> None:
    listener = Listener()
    run(profile, journal, small[0], tmp_path / "labels.tif", listener, tile_size=None)
    assert any(text.startswith("1 tile on 1 worker of") for text in listener.messages), listener.messages
    assert (labels_of(tmp_path / "labels.tif") == small[1]).all()
    assert nothing_left(cloud, journal)


def test_no_room_on_spot_means_workers_on_demand(
    cloud: Cloud, profile: FargateProfile, journal: Journal, expected: np.ndarray, tmp_path: Path
) -> None:
    cloud.control("fault", on="capacity", where={"provider": "FARGATE_SPOT"}, after=1)
    run(replace(profile, spot=True), journal, scene_path(SCENE), tmp_path / "labels.tif")
    assert (labels_of(tmp_path / "labels.tif") == expected).all()
    assert sorted((t["role"], t["spot"]) for t in cloud.tasks()) == [
        ("coordinator", False),
        ("worker", False),
        ("worker", False),
        ("worker", True),
    ]
    assert nothing_left(cloud, journal)
