"""Segmenting a part of a raster, and leaving out what a mask does not cover."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from osgeo import gdal, ogr, osr

from shepherd_segmentation.core import ParameterError, SegmentationSpec, segment_array, segment_raster
from tests.core import data
from tests.core.contract import check_labels
from tests.core.images import make_image
from tests.core.rasters import NORTH_UP, crs, read_labels, write_raster

SPEC = SegmentationSpec(clusters=8, min_segment_size=6)
ROWS, COLUMNS = 60, 51
IMAGE = make_image("blobs", 21, 3, ROWS, COLUMNS).astype(np.uint8)
SOUTH_UP = (500000.0, 10.0, 0.0, 5199400.0, 0.0, 10.0)
ROTATED = (500000.0, 8.0, 6.0, 5200000.0, 6.0, -8.0)


def inside_box(top: int, bottom: int, left: int, right: int) -> NDArray[np.bool_]:
    """Mark rows top..bottom and columns left..right."""
    inside = np.zeros((ROWS, COLUMNS), dtype=bool)
    inside[top:bottom, left:right] = True
    return inside


def bounds_of(geotransform, top: int, bottom: int, left: int, right: int) -> tuple[float, ...]:
    """Return xmin, ymin, xmax, ymax of a box of pixels."""
    corners = [gdal.ApplyGeoTransform(geotransform, x, y) for x in (left, right) for y in (top, bottom)]
    xs, ys = zip(*corners)
    return min(xs), min(ys), max(xs), max(ys)


def write_polygons(path: Path, rings: list[list[tuple[float, float]]], code: int, layer: str = "area") -> str:
    """Write polygons from the coordinates of their corners."""
    driver = ogr.GetDriverByName("GPKG" if path.suffix == ".gpkg" else "GeoJSON")
    out = driver.Open(str(path), 1) if path.exists() else driver.CreateDataSource(str(path))
    reference = osr.SpatialReference(crs(code))
    reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    table = out.CreateLayer(layer, reference, ogr.wkbPolygon)
    for ring in rings:
        feature = ogr.Feature(table.GetLayerDefn())
        corners = ", ".join(f"{x!r} {y!r}" for x, y in [*ring, ring[0]])
        feature.SetGeometry(ogr.CreateGeometryFromWkt(f"POLYGON (({corners}))"))
        table.CreateFeature(feature)
    del table, out
    return str(path)


def box_ring(geotransform, top: float, bottom: float, left: float, right: float) -> list[tuple[float, float]]:
    """Return the corners of a box of pixels, in coordinates."""
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return [tuple(gdal.ApplyGeoTransform(geotransform, x, y)) for x, y in corners]


# --- extent ------------------------------------------------------------------------------------


@pytest.mark.parametrize("geotransform", [NORTH_UP, SOUTH_UP, ROTATED])
@pytest.mark.parametrize("smoothing", [0.0, 1.0])
def test_an_extent_is_segmented_with_the_clusters_of_all(geotransform, smoothing, tmp_path: Path) -> None:
    path = write_raster(tmp_path / "image.tif", IMAGE, geotransform=geotransform)
    spec = SegmentationSpec(clusters=8, min_segment_size=6, smoothing=smoothing, max_spectral_difference=9)
    whole = segment_raster(path, tmp_path / "whole.tif", spec)
    box = (20, 45, 10, 31)
    bounds = bounds_of(geotransform, *box)
    if geotransform == ROTATED:
        # What an upright rectangle touches of a rotated grid is a larger part of it.
        box = _touched(geotransform, bounds)
    part = segment_raster(path, tmp_path / "part.tif", spec, extent=bounds, tile_size=9, workers=2)
    np.testing.assert_array_equal(part.centres, whole.centres)
    top, bottom, left, right = box
    out = gdal.Open(str(tmp_path / "part.tif"))
    assert (out.RasterYSize, out.RasterXSize) == (bottom - top, right - left)
    corner = gdal.ApplyGeoTransform(geotransform, left, top)
    assert (out.GetGeoTransform()[0], out.GetGeoTransform()[3]) == pytest.approx(tuple(corner), abs=1e-6)
    assert out.GetGeoTransform()[1:3] == pytest.approx(geotransform[1:3])
    check_labels(out.ReadAsArray(), np.ones((bottom - top, right - left), bool), 4)
    if smoothing == 0:
        window = IMAGE[:, top:bottom, left:right]
        expected = segment_array(window, spec, centres=whole.centres)
        np.testing.assert_array_equal(out.ReadAsArray(), expected.labels)


def _touched(geotransform, bounds) -> tuple[int, int, int, int]:
    inverse = gdal.InvGeoTransform(geotransform)
    corners = [gdal.ApplyGeoTransform(inverse, x, y) for x in bounds[::2] for y in bounds[1::2]]
    columns, rows = zip(*corners)
    low = np.floor([min(rows) + 1e-4, min(columns) + 1e-4]).astype(int)
    high = np.ceil([max(rows) - 1e-4, max(columns) - 1e-4]).astype(int)
    low, high = np.maximum(low, 0), np.minimum(high, (ROWS, COLUMNS))
    return int(low[0]), int(high[0]), int(low[1]), int(high[1])


def test_smoothing_in_an_extent_sees_beyond_it(tmp_path: Path) -> None:
    # Pixels at the extent's edge get the cluster that the full run gives them.
    path = write_raster(tmp_path / "image.tif", IMAGE)
    spec = SegmentationSpec(clusters=8, min_segment_size=1, smoothing=2.0, max_spectral_difference=0)
    segment_raster(path, tmp_path / "whole.tif", spec)
    segment_raster(path, tmp_path / "part.tif", spec, extent=bounds_of(NORTH_UP, 20, 45, 10, 31))
    whole, part = read_labels(tmp_path / "whole.tif")[20:45, 10:31], read_labels(tmp_path / "part.tif")
    # Borders between segments that are two clumps of the part are those of the whole.
    same_whole = whole[:, 1:] == whole[:, :-1]
    same_part = part[:, 1:] == part[:, :-1]
    assert np.mean(same_whole == same_part) > 0.97


def test_an_extent_that_reaches_beyond_the_raster_is_cut(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "image.tif", IMAGE)
    xmin, ymin, xmax, ymax = bounds_of(NORTH_UP, 0, ROWS, 0, COLUMNS)
    segment_raster(path, tmp_path / "a.tif", SPEC, extent=(xmin - 1e6, ymin - 7, xmax + 3, ymax + 1e6))
    segment_raster(path, tmp_path / "b.tif", SPEC)
    np.testing.assert_array_equal(read_labels(tmp_path / "a.tif"), read_labels(tmp_path / "b.tif"))


def test_an_extent_in_pixels_without_a_georeference(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "image.tif", IMAGE, geotransform=None)
    segment_raster(path, tmp_path / "part.tif", SPEC, extent=(10, 20, 31, 45))
    assert read_labels(tmp_path / "part.tif").shape == (25, 21)


@pytest.mark.parametrize(
    "extent",
    [(0, 0, 1, 1), (500100, 5199900, 500000, 5199950), (500000, 5199900, 500100), ("a", 1, 2, 3),
     (float("nan"), 0, 1, 1), (500000, 5199900, 500000, 5199950)],
)  # fmt: skip
def test_extents_that_cannot_be(extent, tmp_path: Path) -> None:
    path = write_raster(tmp_path / "image.tif", IMAGE)
    with pytest.raises(ParameterError, match=r"extent = .*: (this lies outside|give \(xmin)"):
        segment_raster(path, tmp_path / "part.tif", SPEC, extent=extent)
    assert not (tmp_path / "part.tif").exists()


# --- masks -------------------------------------------------------------------------------------


def check_mask(path: str, mask: str, inside: NDArray, tmp_path: Path, **options: object) -> None:
    """Assert that exactly these pixels are segmented, tiled or not."""
    for tile_size in (17, 1024):
        result = segment_raster(path, tmp_path / "out.tif", SPEC, mask=mask, tile_size=tile_size, **options)
        labels = read_labels(tmp_path / "out.tif")
        np.testing.assert_array_equal(labels > 0, inside)
        assert result.null_count == np.count_nonzero(~inside)
        expected = segment_array(IMAGE, SPEC, valid=inside)
        np.testing.assert_array_equal(labels, expected.labels)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32])
@pytest.mark.parametrize("geotransform", [NORTH_UP, SOUTH_UP, ROTATED, None])
def test_a_mask_on_the_same_grid(dtype, geotransform, tmp_path: Path) -> None:
    values = make_image("coarse", 2, 1, ROWS, COLUMNS).astype(dtype)
    if dtype != np.uint8:
        values[0, 5] = -3
    if dtype == np.float32:
        values[0, 7] = np.nan
    path = write_raster(tmp_path / "image.tif", IMAGE, geotransform=geotransform)
    mask = write_raster(tmp_path / "mask.tif", values, geotransform=geotransform, nodata=20)
    check_mask(path, mask, (values[0] > 0) & (values[0] != 20), tmp_path)


def test_a_mask_on_a_coarser_and_larger_grid(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "image.tif", IMAGE)
    values = np.random.default_rng(4).integers(0, 2, (1, 20, 20)).astype(np.uint8)
    coarse = (NORTH_UP[0] - 50, 50.0, 0.0, NORTH_UP[3] + 50, 0.0, -50.0)
    mask = write_raster(tmp_path / "mask.tif", values, geotransform=coarse)
    inside = np.kron(values[0], np.ones((5, 5)))[5 : 5 + ROWS, 5 : 5 + COLUMNS] > 0
    check_mask(path, mask, inside, tmp_path)


@pytest.mark.parametrize("geotransform", [NORTH_UP, SOUTH_UP, ROTATED])
@pytest.mark.parametrize("nodata", [None, 255])
def test_outside_a_smaller_mask_is_null(geotransform, nodata, tmp_path: Path) -> None:
    path = write_raster(tmp_path / "image.tif", IMAGE, geotransform=geotransform)
    corner = gdal.ApplyGeoTransform(geotransform, 12, 8)
    moved = (corner[0], *geotransform[1:3], corner[1], *geotransform[4:])
    values = np.ones((1, 20, 15), np.uint8)
    values[0, :3, :3] = 0
    mask = write_raster(tmp_path / "mask.tif", values, geotransform=moved, nodata=nodata)
    inside = inside_box(8, 28, 12, 27)
    inside[8:11, 12:15] = False
    check_mask(path, mask, inside, tmp_path)


def test_a_mask_in_another_crs(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "image.tif", IMAGE)
    source = gdal.Open(write_raster(tmp_path / "box.tif", inside_box(15, 50, 9, 40)[np.newaxis].astype("u1")))
    gdal.Warp(str(tmp_path / "mask.tif"), source, dstSRS="EPSG:4326", xRes=1e-6 * 5, yRes=1e-6 * 5)
    segment_raster(path, tmp_path / "out.tif", SPEC, mask=tmp_path / "mask.tif", tile_size=20)
    found = read_labels(tmp_path / "out.tif") > 0
    assert np.count_nonzero(found != inside_box(15, 50, 9, 40)) <= 4
    assert found[16:49, 10:39].all()


def test_a_mask_with_a_mask_band(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "image.tif", IMAGE)
    inside = inside_box(15, 50, 9, 40)
    mask = write_raster(tmp_path / "mask.tif", np.ones((1, ROWS, COLUMNS), np.uint8), mask=inside)
    check_mask(path, mask, inside, tmp_path)


@pytest.mark.parametrize("geotransform", [NORTH_UP, SOUTH_UP, ROTATED])
def test_polygons_in_the_same_crs(geotransform, tmp_path: Path) -> None:
    path = write_raster(tmp_path / "image.tif", IMAGE, geotransform=geotransform)
    # Just before and just after pixel centres.
    rings = [box_ring(geotransform, 9.4, 30.4, 4.6, 20.6), box_ring(geotransform, 40, 99, 30, 99)]
    mask = write_polygons(tmp_path / "mask.gpkg", rings, 32632)
    inside = inside_box(9, 30, 5, 21) | inside_box(40, ROWS, 30, COLUMNS)
    check_mask(path, mask, inside, tmp_path)


def test_polygons_in_another_crs(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "image.tif", IMAGE)
    back = osr.CoordinateTransformation(*_references(32632, 4326))
    ring = [back.TransformPoint(x, y)[:2] for x, y in box_ring(NORTH_UP, 9.9, 29.9, 4.9, 20.9)]
    mask = write_polygons(tmp_path / "mask.geojson", [ring], 4326)
    check_mask(path, mask, inside_box(10, 30, 5, 21), tmp_path)


def _references(*codes: int) -> list[osr.SpatialReference]:
    references = [osr.SpatialReference(crs(code)) for code in codes]
    for reference in references:
        reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return references


def test_a_layer_by_its_name(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "image.tif", IMAGE)
    write_polygons(tmp_path / "mask.gpkg", [box_ring(NORTH_UP, 0, 10, 0, 10)], 32632, "first")
    mask = write_polygons(tmp_path / "mask.gpkg", [box_ring(NORTH_UP, 20, 40, 8, 30)], 32632, "second")
    check_mask(path, f"{mask}|layername=second", inside_box(20, 40, 8, 30), tmp_path)
    check_mask(path, mask, inside_box(0, 10, 0, 10), tmp_path)
    with pytest.raises(ParameterError, match=r"mask = .*: this file has no such layer"):
        segment_raster(path, tmp_path / "out.tif", SPEC, mask=f"{mask}|layername=third")


def test_masks_that_cannot_be(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "image.tif", IMAGE)
    (tmp_path / "text.txt").write_text("nothing")
    for mask in (tmp_path / "text.txt", tmp_path / "missing.gpkg"):
        with pytest.raises(ParameterError, match="this opens neither as a raster nor as a polygon layer"):
            segment_raster(path, tmp_path / "out.tif", SPEC, mask=mask)
    with pytest.raises(ParameterError, match="output = .*: this is the mask"):
        segment_raster(path, tmp_path / "text.txt", SPEC, mask=tmp_path / "text.txt")
    assert not list(tmp_path.glob(".shepherd*"))


def test_a_mask_and_an_extent_of_a_scene(tmp_path: Path) -> None:
    path = data.scene_path("naip_nd_2017_4band.tif")
    info = gdal.Open(str(path))
    transform = info.GetGeoTransform()
    ring = box_ring(transform, 101, 399, 51, 301)
    code = int(info.GetSpatialRef().GetAuthorityCode(None))
    mask = write_polygons(tmp_path / "mask.gpkg", [ring], code)
    bounds = bounds_of(transform, 300, 500, 200, 500)
    segment_raster(path, tmp_path / "out.tif", SPEC, mask=mask, extent=bounds, workers=2, tile_size=70)
    labels = read_labels(tmp_path / "out.tif")
    _, valid = data.read_scene(path.name)
    inside = np.zeros(valid.shape, bool)
    inside[101:399, 51:301] = True
    np.testing.assert_array_equal(labels > 0, (valid & inside)[300:500, 200:500])
