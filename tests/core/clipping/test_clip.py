"""A clipped raster has the pixels of the raster, and its table the rows of the table."""

from __future__ import annotations

import csv
import json
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from osgeo import gdal, ogr, osr

from shepherd_segmentation.core import (
    Cancelled,
    ParameterError,
    Progress,
    SegmentationSpec,
    clip_segments,
    segment_raster,
)
from shepherd_segmentation.core.clipping.renumber import Census, count_ids
from tests.core import data
from tests.core.polygons.layers import read_layer
from tests.core.rasters import NORTH_UP, crs, names_in, read_labels, write_raster

SOUTH_UP = (500000.0, 10.0, 0.0, 5199400.0, 0.0, 10.0)
ROTATED = (500000.0, 8.0, 6.0, 5200000.0, 6.0, -8.0)
PLACES = {"north": NORTH_UP, "south": SOUTH_UP, "rotated": ROTATED, "none": None}


def expected(labels: NDArray) -> tuple[NDArray, NDArray]:
    """Number the ids of an array from 1 in their order; return the array and the ids."""
    ids = np.unique(labels[labels > 0])
    return np.where(labels > 0, np.searchsorted(ids, labels) + 1, 0), ids


def bounds_of(geotransform, top: float, bottom: float, left: float, right: float) -> tuple[float, ...]:
    """Return xmin, ymin, xmax, ymax of a box of pixels."""
    transform = geotransform or (0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
    corners = [gdal.ApplyGeoTransform(transform, x, y) for x in (left, right) for y in (top, bottom)]
    xs, ys = zip(*corners)
    return min(xs), min(ys), max(xs), max(ys)


def write_polygon(path: Path, wkt: str, code: int = 32632, kind: int = ogr.wkbPolygon) -> str:
    driver = ogr.GetDriverByName("GPKG")
    out = driver.CreateDataSource(str(path))
    reference = osr.SpatialReference(crs(code))
    reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    layer = out.CreateLayer("area", reference, kind)
    feature = ogr.Feature(layer.GetLayerDefn())
    feature.SetGeometry(ogr.CreateGeometryFromWkt(wkt))
    layer.CreateFeature(feature)
    del feature, layer, out
    return str(path)


def triangle(top: float, left: float, size: float) -> str:
    """Return a triangle whose corners are given in pixels of 10 m."""
    x, y = NORTH_UP[0] + 10 * left, NORTH_UP[3] - 10 * top
    return f"POLYGON (({x} {y}, {x + 10 * size} {y}, {x} {y - 10 * size}, {x} {y}))"


@pytest.fixture
def inn(tmp_path: Path) -> tuple[str, NDArray]:
    labels = data.golden_case("inn_k60_min50").labels.astype(np.uint32)
    folder = tmp_path / "in"
    folder.mkdir()
    return write_raster(folder / "labels.tif", labels[np.newaxis], nodata=0), labels


# --- pixels ----------------------------------------------------------------------------------


@pytest.mark.parametrize("place", sorted(PLACES))
def test_extent(place: str, tmp_path: Path) -> None:
    labels = data.golden_case("nd2017_k60_min50").labels[:120, :90].astype(np.uint32)
    path = write_raster(tmp_path / "in.tif", labels[np.newaxis], nodata=0, geotransform=PLACES[place])
    extent = bounds_of(PLACES[place], 20, 61, 13, 55)
    result = clip_segments(path, tmp_path / "out.tif", extent=extent, tile_size=32)
    window = result.window
    if place != "rotated":
        assert (window.row, window.column, window.rows, window.columns) == (20, 13, 41, 42)
    part, ids = expected(labels[window.row : window.bottom, window.column : window.right])
    np.testing.assert_array_equal(read_labels(tmp_path / "out.tif"), part)
    np.testing.assert_array_equal(result.original_ids, ids)
    assert result.segment_count == ids.size
    assert result.null_count == np.count_nonzero(part == 0)
    if place == "none":
        return
    old, new = (gdal.Open(str(name)).GetGeoTransform() for name in (path, tmp_path / "out.tif"))
    assert (new[0], new[3]) == pytest.approx(gdal.ApplyGeoTransform(old, window.column, window.row))
    assert (new[1:3], new[4:]) == (old[1:3], old[4:])


def test_polygon_mask(inn, tmp_path: Path) -> None:
    path, labels = inn
    mask = write_polygon(tmp_path / "area.gpkg", triangle(40, 30, 100))
    rows, columns = np.indices(labels.shape)
    inside = (rows + 0.5 - 40 + columns + 0.5 - 30 < 100) & (rows >= 40) & (columns >= 30)
    # Centres on the slanted edge may fall either way.
    edge = (rows - 40 + columns - 30 == 99) & (rows >= 40) & (columns >= 30)
    result = clip_segments(path, tmp_path / "out.tif", mask=f"{mask}|layername=area")
    window = result.window
    assert (window.row, window.column) == (40, 30)
    assert window.rows in (99, 100)
    clipped = read_labels(tmp_path / "out.tif")
    cut = np.where(inside, labels, 0)[window.row : window.bottom, window.column : window.right]
    former = np.concatenate([[0], result.original_ids])[clipped]
    sure = ~edge[window.row : window.bottom, window.column : window.right]
    np.testing.assert_array_equal(former[sure], cut[sure])


def test_mask_in_another_crs_is_transformed(inn, tmp_path: Path) -> None:
    path, labels = inn
    west, north = NORTH_UP[0] + 205.0, NORTH_UP[3] - 305.0
    east, south = west + 500, north - 400
    corners = f"{west} {north}, {east} {north}, {east} {south}, {west} {south}, {west} {north}"
    box = ogr.CreateGeometryFromWkt(f"POLYGON (({corners}))")
    source, target = osr.SpatialReference(crs(32632)), osr.SpatialReference(crs(4326))
    target.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    box.Transform(osr.CoordinateTransformation(source, target))
    mask = write_polygon(tmp_path / "area.gpkg", box.ExportToWkt(), 4326)
    result = clip_segments(path, tmp_path / "out.tif", mask=mask)
    window = result.window
    assert abs(window.row - 30) <= 1
    assert abs(window.column - 20) <= 1
    part = labels[window.row : window.bottom, window.column : window.right]
    clipped = read_labels(tmp_path / "out.tif")
    assert (
        np.concatenate([[0], result.original_ids])[clipped][5:-5, 5:-5].tolist() == part[5:-5, 5:-5].tolist()
    )


def test_raster_mask_and_extent_together(inn, tmp_path: Path) -> None:
    path, labels = inn
    inside = np.zeros(labels.shape, np.uint8)
    inside[50:150, 60:200] = np.random.default_rng(0).random((100, 140)) > 0.3
    mask = write_raster(tmp_path / "mask.tif", inside[np.newaxis])
    extent = bounds_of(NORTH_UP, 0, 100, 100, 300)
    result = clip_segments(path, tmp_path / "out.tif", extent=extent, mask=mask, tile_size=48)
    window = result.window
    assert (window.row, window.column, window.bottom, window.right) == (50, 100, 100, 200)
    part, ids = expected(np.where(inside, labels, 0)[50:100, 100:200])
    np.testing.assert_array_equal(read_labels(tmp_path / "out.tif"), part)
    np.testing.assert_array_equal(result.original_ids, ids)


@given(
    labels=arrays.arrays(
        np.int64,
        st.tuples(st.integers(1, 12), st.integers(1, 12)),
        elements=st.sampled_from([-3, 0, 0, 1, 2, 5, 2**31, 2**32 - 1, 2**32, 4_000_000_000]),
    ),
    box=st.tuples(*[st.integers(0, 11)] * 4),
    tile_size=st.integers(1, 13),
    workers=st.integers(1, 3),
)
@settings(max_examples=60)
def test_any_labels(labels: NDArray, box, tile_size: int, workers: int) -> None:
    top, left = box[0] % labels.shape[0], box[1] % labels.shape[1]
    bottom, right = min(top + 1 + box[2], labels.shape[0]), min(left + 1 + box[3], labels.shape[1])
    part, ids = expected(labels[top:bottom, left:right])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = write_raster(folder / "in.tif", labels[np.newaxis], geotransform=None)
        options = {"extent": (left, top, right, bottom), "tile_size": tile_size, "workers": workers}
        if not ids.size:
            with pytest.raises(ParameterError, match="no segment"):
                clip_segments(path, folder / "out.tif", **options)
            return
        result = clip_segments(path, folder / "out.tif", **options)
        np.testing.assert_array_equal(read_labels(folder / "out.tif"), part)
    np.testing.assert_array_equal(result.original_ids, ids)


def test_tiles_and_workers_change_nothing(inn, tmp_path: Path) -> None:
    path, _ = inn
    extent = bounds_of(NORTH_UP, 7, 203, 11, 305)
    contents = []
    for tile_size, workers in ((1024, 1), (64, 2), (100, 3)):
        result = clip_segments(
            path, tmp_path / "out.tif", extent=extent, tile_size=tile_size, workers=workers
        )
        contents.append((read_labels(tmp_path / "out.tif").tobytes(), result.original_ids.tolist()))
    assert contents[0] == contents[1] == contents[2]


def test_a_segment_that_is_cut_apart_keeps_one_id(tmp_path: Path) -> None:
    labels = np.array([[9, 9, 9], [9, 4, 9]], np.uint32)
    path = write_raster(tmp_path / "in.tif", labels[np.newaxis])
    extent = bounds_of(NORTH_UP, 1, 2, 0, 3)
    clip_segments(path, tmp_path / "out.tif", extent=extent)
    assert read_labels(tmp_path / "out.tif").tolist() == [[2, 1, 2]]


def test_nodata_and_masked_pixels_are_no_segments(tmp_path: Path) -> None:
    labels = np.array([[255, 3, 3], [7, 8, 255]], np.uint8)
    path = write_raster(tmp_path / "a.tif", labels[np.newaxis], nodata=255)
    extent = bounds_of(NORTH_UP, 0, 2, 0, 3)
    clip_segments(path, tmp_path / "out.tif", extent=extent)
    assert read_labels(tmp_path / "out.tif").tolist() == [[0, 1, 1], [2, 3, 0]]
    path = write_raster(tmp_path / "b.tif", labels[np.newaxis], mask=labels != 3)
    clip_segments(path, tmp_path / "out.tif", extent=extent)
    assert read_labels(tmp_path / "out.tif").tolist() == [[3, 0, 0], [1, 2, 3]]


def test_counts_of_many_tiles_add_up(monkeypatch) -> None:
    monkeypatch.setattr("shepherd_segmentation.core.clipping.renumber._PENDING", 50)
    random = np.random.default_rng(0)
    tiles = [random.integers(0, 2**32, (7, 9)) // 2**25 for _ in range(60)]
    census = Census()
    for tile in tiles:
        census.add(count_ids(tile))
    ids, counts = np.unique(np.stack(tiles), return_counts=True)
    for found, right in zip(census.totals(), (ids, counts)):
        np.testing.assert_array_equal(found, right)


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
    listener = _Listener()
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


class _Listener(Progress):
    def __init__(self, cancel_at: float = 2.0) -> None:
        self.fractions: list[float] = [0.0]
        self.warnings: list[str] = []
        self.cancelled_at: float | None = None
        self._cancel_at = cancel_at

    def fraction(self, done: float) -> None:
        self.fractions.append(done)

    def warning(self, text: str) -> None:
        self.warnings.append(text)

    def is_cancelled(self) -> bool:
        if self.fractions[-1] < self._cancel_at:
            return False
        self.cancelled_at = self.cancelled_at or time.monotonic()
        return True


@pytest.mark.parametrize("cancel_at", [0.0, 0.2, 0.6, 0.85])
def test_cancel_is_quick_and_leaves_nothing(cancel_at: float, tmp_path: Path) -> None:
    labels = np.arange(1, 900 * 900 + 1, dtype=np.uint32).reshape(900, 900) // 9 + 1
    path = write_raster(tmp_path / "in.tif", labels[np.newaxis])
    columns = {"segment_id": np.unique(labels), "mean": np.unique(labels) / 2}
    listener = _Listener(cancel_at)
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
