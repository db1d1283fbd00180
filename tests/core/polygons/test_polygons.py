"""Polygons are the labels: nothing is lost, added, or invalid."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from osgeo import gdal, ogr, osr

from shepherd_segmentation.core import SegmentationSpec, polygonize_segments, segment_raster
from tests.core import data
from tests.core.polygons.layers import check_polygons, read_layer
from tests.core.rasters import NORTH_UP, crs, write_raster

SOUTH_UP = (500000.0, 10.0, 0.0, 5199400.0, 0.0, 10.0)
ROTATED = (500000.0, 8.0, 6.0, 5200000.0, 6.0, -8.0)
OBLIQUE = (431220.37, 0.71, 0.33, 5113000.91, 0.29, -0.68)
PLACES = {"north": NORTH_UP, "south": SOUTH_UP, "rotated": ROTATED, "oblique": OBLIQUE, "none": None}


def polygonise(folder: Path, labels: np.ndarray, geotransform=NORTH_UP, **raster):
    path = write_raster(folder / "labels.tif", labels[np.newaxis], geotransform=geotransform, **raster)
    result = polygonize_segments(path, folder / "out.gpkg")
    return result, read_layer(folder / "out.gpkg")


@pytest.mark.parametrize("name", data.GOLDEN_CASES)
def test_real_segments(name: str, tmp_path: Path) -> None:
    labels = data.golden_case(name).labels.astype(np.uint32)
    result, layer = polygonise(tmp_path, labels, nodata=0)
    check_polygons(layer, labels, NORTH_UP)
    assert result.segment_count == labels.max()
    assert (result.multipart_count > 0) == name.endswith("eight")
    area = sum(geometry.GetArea() for geometry in layer.geometries)
    assert area == 100.0 * np.count_nonzero(labels)


def test_neighbours_leave_no_gap_and_do_not_overlap(tmp_path: Path) -> None:
    labels = data.golden_case("inn_k60_min50").labels.astype(np.uint32)
    _, layer = polygonise(tmp_path, labels, nodata=0)
    everything = ogr.Geometry(ogr.wkbMultiPolygon)
    for geometry in layer.geometries:
        everything.AddGeometry(geometry)
    # Areas add up to that of the union: nothing is covered twice. The union is that of the valid
    # pixels traced as one: no gap.
    union = everything.UnionCascaded()
    valid = (labels > 0).astype(np.uint32)
    (tmp_path / "valid").mkdir()
    _, whole = polygonise(tmp_path / "valid", valid, nodata=0)
    assert union.GetArea() == everything.GetArea() == whole.geometries[0].GetArea()
    assert union.SymDifference(whole.geometries[0]).GetArea() == 0


@pytest.mark.parametrize("connectivity", [4, 8])
def test_segments_of_the_engine(connectivity: int, tmp_path: Path) -> None:
    scene = data.scene_path("naip_nd_2017_4band.tif")
    spec = SegmentationSpec(clusters=20, min_segment_size=30, connectivity=connectivity)
    segmented = segment_raster(scene, tmp_path / "labels.tif", spec)
    result = polygonize_segments(tmp_path / "labels.tif", tmp_path / "out.gpkg")
    raster = gdal.Open(str(tmp_path / "labels.tif"))
    layer = read_layer(tmp_path / "out.gpkg")
    check_polygons(layer, raster.ReadAsArray(), raster.GetGeoTransform())
    assert result.segment_count == segmented.segment_count
    assert osr.SpatialReference(layer.projection).IsSame(osr.SpatialReference(raster.GetProjection()))


@given(
    labels=arrays.arrays(
        np.uint32, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 3)
    ),
    place=st.sampled_from(sorted(PLACES)),
)
@settings(max_examples=150)
def test_any_labels_anywhere(labels: np.ndarray, place: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        result, layer = polygonise(Path(folder), labels, PLACES[place])
    check_polygons(layer, labels, PLACES[place])
    assert result.segment_count == len(layer.rows)


@pytest.mark.parametrize("place", sorted(PLACES))
def test_places(place: str, tmp_path: Path) -> None:
    labels = data.golden_case("nd2017_k60_min50").labels[:150, :200].astype(np.uint32)
    _, layer = polygonise(tmp_path, labels, PLACES[place])
    check_polygons(layer, labels, PLACES[place])


def test_pixels_without_georeference_are_columns_and_rows(tmp_path: Path) -> None:
    _, layer = polygonise(tmp_path, np.array([[0, 5, 5]], np.uint32), None)
    assert "Undefined Cartesian" in layer.projection
    assert layer.geometries[0].GetEnvelope() == (1.0, 3.0, 0.0, 1.0)


def test_geographic_coordinates_are_longitude_and_latitude(tmp_path: Path) -> None:
    place = (10.0, 0.01, 0.0, 47.0, 0.0, -0.01)
    labels = np.array([[1, 2]], np.uint32)
    path = write_raster(tmp_path / "in.tif", labels[np.newaxis], geotransform=place, projection=crs(4326))
    for name in ("out.gpkg", "out.geojson", "out.shp", "out.fgb"):
        polygonize_segments(path, tmp_path / name)
        layer = read_layer(tmp_path / name)
        envelope = layer.geometries[layer.column("segment_id").index(1)].GetEnvelope()
        assert envelope == pytest.approx((10.0, 10.01, 46.99, 47.0))


@pytest.mark.parametrize(
    ("dtype", "ids"),
    [
        (np.uint8, [1, 254]),
        (np.uint16, [1, 65535]),
        (np.int16, [-3, 32767]),
        (np.int32, [-1, 2**31 - 1]),
        (np.uint32, [2**31, 2**32 - 1]),
        (np.int64, [-7, 2**40 + 1]),
    ],
)
def test_ids_of_any_size_and_type(dtype: type, ids: list[int], tmp_path: Path) -> None:
    labels = np.array([[ids[0], ids[0], 0], [ids[1], ids[1], 1]]).astype(dtype)
    _, layer = polygonise(tmp_path, labels)
    check_polygons(layer, labels, NORTH_UP)


def test_nodata_above_zero_is_no_segment(tmp_path: Path) -> None:
    labels = np.array([[255, 1, 1], [0, 2, 255]], np.uint8)
    _, layer = polygonise(tmp_path, labels, nodata=255)
    check_polygons(layer, np.where(labels == 255, 0, labels), NORTH_UP)


def test_masked_pixels_are_no_segment(tmp_path: Path) -> None:
    labels = np.array([[3, 1, 1], [0, 2, 3]], np.uint32)
    inside = np.array([[1, 1, 0], [1, 1, 1]], bool)
    _, layer = polygonise(tmp_path, labels, mask=inside)
    check_polygons(layer, labels * inside, NORTH_UP)


def test_another_band(tmp_path: Path) -> None:
    bands = np.array([[[1, 1]], [[7, 8]]], np.uint32)
    path = write_raster(tmp_path / "in.tif", bands)
    polygonize_segments(path, tmp_path / "out.gpkg", band=2)
    check_polygons(read_layer(tmp_path / "out.gpkg"), bands[1], NORTH_UP)


def test_a_ring_keeps_its_hole(tmp_path: Path) -> None:
    labels = np.ones((5, 5), np.uint32)
    labels[2, 2], labels[4, 4] = 0, 2
    _, layer = polygonise(tmp_path, labels)
    check_polygons(layer, labels, NORTH_UP)
    assert layer.geometries[0].GetGeometryCount() == 2


def test_the_extent_is_known(tmp_path: Path) -> None:
    labels = np.array([[0, 1, 0], [0, 2, 0]], np.uint32)
    _, layer = polygonise(tmp_path, labels)
    assert layer.extent == (500010.0, 500020.0, 5199980.0, 5200000.0)


def test_features_are_in_the_order_of_their_ids(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    labels = random.permutation(np.arange(1, 401)).reshape(20, 20).astype(np.uint32)
    _, layer = polygonise(tmp_path, labels)
    assert layer.row_numbers == layer.column("segment_id") == list(range(1, 401))
