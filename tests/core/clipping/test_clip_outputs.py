"""The files that clipping writes: the raster's metadata, the table's rows, and nothing after a failure."""

from __future__ import annotations

import csv
import json
import time
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal, ogr, osr

from shepherd_segmentation.core import (
    Cancelled,
    ParameterError,
    SegmentationSpec,
    clip_segments,
    segment_raster,
)
from tests.core import data
from tests.core.clipping.areas import bounds_of, triangle, write_polygon
from tests.core.listener import Listener
from tests.core.polygons.layers import read_layer
from tests.core.rasters import NORTH_UP, names_in, write_raster

# --- the file --------------------------------------------------------------------------------


def test_the_output_is_like_that_of_a_segmentation(tmp_path: Path) -> None:
    scene = data.scene_path("naip_nd_2017_4band.tif")
    spec = SegmentationSpec(clusters=20, min_segment_size=30, seed=3)
    segment_raster(scene, tmp_path / "labels.kea" if _has_kea() else tmp_path / "labels.img", spec)
    source = next(tmp_path.glob("labels.*"))
    image = gdal.Open(str(source))
    extent = bounds_of(image.GetGeoTransform(), 10, 200, 10, 220)
    output = tmp_path / f"out{source.suffix}"
    result = clip_segments(source, output, extent=extent)
    clipped = gdal.Open(str(output))
    band = clipped.GetRasterBand(1)
    labels = band.ReadAsArray()
    assert band.DataType == gdal.GDT_UInt32
    assert band.GetNoDataValue() == 0
    assert osr.SpatialReference(clipped.GetProjection()).IsSame(osr.SpatialReference(image.GetProjection()))
    metadata = clipped.GetMetadata()
    assert json.loads(metadata["SHEPHERD_PARAMETERS"])["seed"] == 3
    assert metadata["SHEPHERD_INPUT"] == image.GetMetadata()["SHEPHERD_INPUT"]
    assert metadata["SHEPHERD_SEGMENT_COUNT"] == str(result.segment_count) == str(labels.max())
    assert metadata["SHEPHERD_CLIP_INPUT"] == str(source)
    assert metadata["SHEPHERD_CLIP_WINDOW"] == "10,10,210,190"
    table = band.GetDefaultRAT()
    counts = table.ReadAsArray(table.GetColOfUsage(gdal.GFU_PixelCount))
    assert counts.tolist() == np.bincount(labels.ravel()).tolist()


def _has_kea() -> bool:
    return gdal.GetDriverByName("KEA") is not None


def test_large_outputs_have_overviews(tmp_path: Path) -> None:
    labels = np.arange(1, 1500 * 1400 + 1, dtype=np.uint32).reshape(1500, 1400) // 1000
    path = write_raster(tmp_path / "in.tif", labels[np.newaxis])
    clip_segments(path, tmp_path / "out.tif", extent=bounds_of(NORTH_UP, 0, 1500, 0, 1400))
    dataset = gdal.Open(str(tmp_path / "out.tif"))
    overview = dataset.GetRasterBand(1).GetOverview(0)
    assert set(np.unique(overview.ReadAsArray())) <= set(np.unique(dataset.ReadAsArray()))


def test_creation_options(inn, tmp_path: Path) -> None:
    path, _ = inn
    options = ["COMPRESS=LZW", "TILED=NO"]
    clip_segments(
        path, tmp_path / "out.tif", extent=bounds_of(NORTH_UP, 0, 9, 0, 9), creation_options=options
    )
    dataset = gdal.Open(str(tmp_path / "out.tif"))
    assert dataset.GetMetadataItem("COMPRESSION", "IMAGE_STRUCTURE") == "LZW"


# --- the table -------------------------------------------------------------------------------


def test_the_table_is_carried_over(inn, tmp_path: Path) -> None:
    path, labels = inn
    ids = np.unique(labels[labels > 0])
    table = tmp_path / "stats.csv"
    with table.open("w", newline="") as stream:
        rows = [[i, i / 4, "x" * int(i % 3)] for i in ids.tolist()]
        csv.writer(stream).writerows([["segment_id", "b1_mean", "original_id"], *rows])
    mask = write_polygon(tmp_path / "area.gpkg", triangle(40, 30, 100))
    for name in ("t.gpkg", "t.csv", "t.dbf", "t.xlsx", "t.ods"):
        result = clip_segments(
            path,
            tmp_path / "out.tif",
            mask=mask,
            statistics_table=table,
            output_table=tmp_path / name,
        )
        layer = read_layer(tmp_path / name)
        assert layer.columns == result.columns
        first, second, third, fourth = layer.columns
        assert (first, third) == ("segment_id", "b1_mean")
        assert second == ("original_i" if name == "t.dbf" else "original_id")
        assert layer.column(first) == list(range(1, result.segment_count + 1))
        assert layer.column(second) == result.original_ids.tolist()
        assert layer.column(third) == (result.original_ids / 4).tolist()
        assert [value or "" for value in layer.column(fourth)] == [
            "x" * int(i % 3) for i in result.original_ids
        ]
        assert result.unmatched_count == 0


def test_a_table_without_some_segments(tmp_path: Path) -> None:
    labels = np.array([[9, 9, 4], [7, 4, 4]], np.uint32)
    path = write_raster(tmp_path / "in.tif", labels[np.newaxis])
    columns = {"segment_id": np.array([7, 4, 1]), "mean": np.array([0.5, np.nan, 3.0])}
    listener = Listener()
    result = clip_segments(
        path,
        tmp_path / "out.tif",
        extent=bounds_of(NORTH_UP, 0, 2, 0, 3),
        statistics_table=columns,
        output_table=tmp_path / "t.gpkg",
        progress=listener,
    )
    assert read_layer(tmp_path / "t.gpkg").rows == [
        {"segment_id": 1, "original_id": 4, "mean": None},
        {"segment_id": 2, "original_id": 7, "mean": 0.5},
        {"segment_id": 3, "original_id": 9, "mean": None},
    ]
    assert result.unmatched_count == 1
    assert listener.warnings == ["1 segment(s) have no row in the statistics table."]
    assert listener.fractions == sorted(listener.fractions)
    assert listener.fractions[-1] == 1.0


def test_a_table_of_ids_alone(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "in.tif", np.array([[[9, 4]]], np.uint32))
    extent = bounds_of(NORTH_UP, 0, 1, 0, 2)
    clip_segments(path, tmp_path / "out.tif", extent=extent, output_table=tmp_path / "ids.csv")
    assert (tmp_path / "ids.csv").read_text().split() == ["segment_id,original_id", "1,4", "2,9"]


# --- what cannot work ------------------------------------------------------------------------


def test_wrong_parameters(inn, tmp_path: Path) -> None:
    path, _ = inn
    inside = {"extent": bounds_of(NORTH_UP, 0, 9, 0, 9)}
    line = write_polygon(
        tmp_path / "line.gpkg", "LINESTRING (500000 5200000, 500100 5199900)", kind=ogr.wkbLineString
    )
    far = write_polygon(tmp_path / "far.gpkg", triangle(-500, 0, 100))
    empty = write_raster(tmp_path / "empty.tif", np.zeros((1, 9, 9), np.uint32), nodata=0)
    floating = write_raster(tmp_path / "float.tif", np.ones((1, 9, 9), np.float32))
    out = tmp_path / "out.tif"
    cases = [
        ("extent", path, out, {}),
        ("extent", path, out, {"extent": (0, 0, 1, 1)}),
        ("extent", path, out, {"extent": (1, 1, 0, 0)}),
        ("extent", empty, out, inside),
        ("mask", path, out, {"mask": line}),
        ("mask", path, out, {"mask": far}),
        ("mask", path, out, {"mask": tmp_path / "missing.gpkg"}),
        ("segments", floating, out, inside),
        ("band", path, out, {**inside, "band": 3}),
        ("output", path, path, inside),
        ("output", path, tmp_path / "out.doc", inside),
        ("output", path, tmp_path / "missing" / "out.tif", inside),
        ("output_table", path, out, {**inside, "statistics_table": {"segment_id": np.arange(3)}}),
        ("output_table", path, out, {**inside, "output_table": tmp_path / "t.doc"}),
        ("output_table", path, out, {"mask": far, "output_table": far}),
        (
            "statistics_table",
            path,
            out,
            {**inside, "statistics_table": path, "output_table": tmp_path / "t.csv"},
        ),
        ("tile_size", path, out, {**inside, "tile_size": -1}),
    ]
    before = names_in(tmp_path)
    for parameter, segments, output, options in cases:
        with pytest.raises(ParameterError) as error:
            clip_segments(segments, output, **options)
        assert error.value.parameter == parameter, str(error.value)
        assert names_in(tmp_path) == before


# --- cancelling ------------------------------------------------------------------------------


@pytest.mark.parametrize("cancel_at", [0.0, 0.2, 0.6, 0.85])
def test_cancel_is_quick_and_leaves_nothing(cancel_at: float, tmp_path: Path) -> None:
    labels = np.arange(1, 900 * 900 + 1, dtype=np.uint32).reshape(900, 900) // 9 + 1
    path = write_raster(tmp_path / "in.tif", labels[np.newaxis])
    columns = {"segment_id": np.unique(labels), "mean": np.unique(labels) / 2}
    listener = Listener(cancel_at)
    with pytest.raises(Cancelled):
        clip_segments(
            path,
            tmp_path / "out.tif",
            extent=bounds_of(NORTH_UP, 1, 899, 1, 899),
            statistics_table=columns,
            output_table=tmp_path / "t.gpkg",
            tile_size=64,
            progress=listener,
        )
    assert time.monotonic() - listener.cancelled_at < 2
    assert names_in(tmp_path) == ["in.tif"]
