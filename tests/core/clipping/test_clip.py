"""A clipped raster has the pixels of the raster."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from osgeo import gdal, ogr, osr

from shepherd_segmentation.core import ParameterError, clip_segments
from shepherd_segmentation.core.clipping.renumber import Census, count_ids
from tests.core import data
from tests.core.clipping.areas import bounds_of, triangle, write_polygon
from tests.core.rasters import NORTH_UP, crs, read_labels, write_raster

SOUTH_UP = (500000.0, 10.0, 0.0, 5199400.0, 0.0, 10.0)
ROTATED = (500000.0, 8.0, 6.0, 5200000.0, 6.0, -8.0)
PLACES = {"north": NORTH_UP, "south": SOUTH_UP, "rotated": ROTATED, "none": None}


def expected(labels: NDArray) -> tuple[NDArray, NDArray]:
    """Number the ids of an array from 1 in their order; return the array and the ids."""
    ids = np.unique(labels[labels > 0])
    return np.where(labels > 0, np.searchsorted(ids, labels) + 1, 0), ids


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
