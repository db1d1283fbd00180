"""Rasters wherever GDAL finds them, and however they lie on the ground."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from osgeo import gdal

from shepherd_segmentation.core import (
    ParameterError,
    RasterError,
    SegmentationSpec,
    segment_array,
    segment_raster,
)
from tests.core.images import make_image
from tests.core.rasters import NORTH_UP, names_in, read_labels, write_raster

SPEC = SegmentationSpec(clusters=8, min_segment_size=6)
IMAGE = make_image("blobs", 11, 3, 50, 41).astype(np.uint8)

GEOTRANSFORMS = {
    "north up": NORTH_UP,
    "south up": (500000.0, 10.0, 0.0, 5100000.0, 0.0, 10.0),
    "rotated": (500000.0, 8.0, 6.0, 5200000.0, 6.0, -8.0),
    "mirrored": (500000.0, -10.0, 0.0, 5200000.0, 0.0, -10.0),
    "degrees": (11.0, 0.0001, 0.0, 47.0, 0.0, -0.0001),
}


@pytest.fixture(scope="module")
def expected() -> NDArray:
    """Return the labels of the image in memory."""
    return segment_array(IMAGE, SPEC).labels


@pytest.fixture(params=[False, True], ids=["codes", "exceptions"])
def _gdal_exceptions(request: pytest.FixtureRequest):
    """Run a test with GDAL's exceptions off and on; leave the switch as it was."""
    before = gdal.GetUseExceptions()
    (gdal.UseExceptions if request.param else gdal.DontUseExceptions)()
    yield
    assert gdal.GetUseExceptions() == int(request.param), "the engine left GDAL's switch changed"
    (gdal.UseExceptions if before else gdal.DontUseExceptions)()


@pytest.mark.parametrize("name", GEOTRANSFORMS)
def test_geotransforms(name: str, expected: NDArray, tmp_path: Path) -> None:
    path = write_raster(tmp_path / "image.tif", IMAGE, geotransform=GEOTRANSFORMS[name])
    segment_raster(path, tmp_path / "labels.tif", SPEC, tile_size=20)
    out = gdal.Open(str(tmp_path / "labels.tif"))
    assert out.GetGeoTransform() == pytest.approx(GEOTRANSFORMS[name], rel=1e-12)
    assert out.GetSpatialRef().IsSame(gdal.Open(path).GetSpatialRef())
    np.testing.assert_array_equal(out.ReadAsArray(), expected)


def test_no_georeference(expected: NDArray, tmp_path: Path) -> None:
    path = write_raster(tmp_path / "image.tif", IMAGE, geotransform=None)
    segment_raster(path, tmp_path / "labels.tif", SPEC)
    out = gdal.Open(str(tmp_path / "labels.tif"))
    assert out.GetGeoTransform(can_return_null=True) is None
    assert out.GetProjection() == ""
    np.testing.assert_array_equal(out.ReadAsArray(), expected)


def test_a_geotransform_without_a_crs(expected: NDArray, tmp_path: Path) -> None:
    path = write_raster(tmp_path / "image.tif", IMAGE, projection="")
    segment_raster(path, tmp_path / "labels.tif", SPEC)
    out = gdal.Open(str(tmp_path / "labels.tif"))
    assert out.GetGeoTransform() == NORTH_UP
    assert out.GetProjection() == ""
    np.testing.assert_array_equal(out.ReadAsArray(), expected)


def test_virtual_memory_in_and_out(expected: NDArray) -> None:
    write_raster("/vsimem/places/image.tif", IMAGE)
    segment_raster("/vsimem/places/image.tif", "/vsimem/places/labels.tif", SPEC, tile_size=16, workers=2)
    np.testing.assert_array_equal(read_labels("/vsimem/places/labels.tif"), expected)
    names = gdal.ReadDir("/vsimem/places")
    assert sorted(name for name in names if name not in (".", "..")) == ["image.tif", "labels.tif"]
    gdal.RmdirRecursive("/vsimem/places")


def test_a_zip_archive(expected: NDArray, tmp_path: Path) -> None:
    import zipfile

    write_raster(tmp_path / "image.tif", IMAGE)
    with zipfile.ZipFile(tmp_path / "image.zip", "w") as archive:
        archive.write(tmp_path / "image.tif", "inside/image.tif")
    segment_raster(f"/vsizip/{tmp_path}/image.zip/inside/image.tif", tmp_path / "labels.tif", SPEC)
    np.testing.assert_array_equal(read_labels(tmp_path / "labels.tif"), expected)


def test_a_virtual_mosaic_of_single_bands(expected: NDArray, tmp_path: Path) -> None:
    bands = [write_raster(tmp_path / f"b{i}.tif", IMAGE[i : i + 1]) for i in range(3)]
    gdal.BuildVRT(str(tmp_path / "image.vrt"), bands, separate=True).FlushCache()
    segment_raster(tmp_path / "image.vrt", tmp_path / "labels.tif", SPEC, tile_size=13, workers=4)
    np.testing.assert_array_equal(read_labels(tmp_path / "labels.tif"), expected)


def test_a_vrt_whose_source_is_missing_names_the_tile(tmp_path: Path) -> None:
    bands = [write_raster(tmp_path / f"b{i}.tif", IMAGE[i : i + 1]) for i in range(3)]
    gdal.BuildVRT(str(tmp_path / "image.vrt"), bands, separate=True).FlushCache()
    (tmp_path / "b1.tif").unlink()
    with pytest.raises(RasterError, match=r"Cannot read rows 1 to 50, columns 1 to 41 of .*image\.vrt: .*b1"):
        segment_raster(tmp_path / "image.vrt", tmp_path / "labels.tif", SPEC)
    assert names_in(tmp_path) == ["b0.tif", "b2.tif", "image.vrt"]


def test_a_subdataset(expected: NDArray, tmp_path: Path) -> None:
    write_raster(tmp_path / "image.tif", IMAGE)
    out = str(tmp_path / "scenes.gpkg")
    for name, append in (("first", []), ("second", ["APPEND_SUBDATASET=YES"])):
        gdal.Translate(
            out, str(tmp_path / "image.tif"), format="GPKG",
            creationOptions=[f"RASTER_TABLE={name}", "TILE_FORMAT=PNG", *append],
        )  # fmt: skip
    segment_raster(f"GPKG:{out}:second", tmp_path / "labels.tif", SPEC, workers=2)
    # GeoPackage pads its tiles, and adds an alpha band.
    np.testing.assert_array_equal(read_labels(tmp_path / "labels.tif")[:50, :41], expected)


def test_a_netcdf_variable(tmp_path: Path) -> None:
    if gdal.GetDriverByName("netCDF") is None:
        pytest.skip("this GDAL has no netCDF driver")
    write_raster(tmp_path / "image.tif", IMAGE.astype(np.float32), nodata=3)
    gdal.Translate(str(tmp_path / "image.nc"), str(tmp_path / "image.tif"), format="netCDF")
    segment_raster(f"NETCDF:{tmp_path}/image.nc:Band2", tmp_path / "labels.tif", SPEC)
    image = IMAGE[1:2].astype(np.float32)
    expected = segment_array(image, SPEC, valid=image[0] != 3).labels
    np.testing.assert_array_equal(read_labels(tmp_path / "labels.tif"), expected)


@pytest.mark.usefixtures("_gdal_exceptions")
def test_what_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "text.tif").write_text("no raster")
    for name in ("text.tif", "missing.tif"):
        with pytest.raises(RasterError, match=rf"Cannot open the raster .*{name}: \S+"):
            segment_raster(tmp_path / name, tmp_path / "labels.tif", SPEC)
    assert names_in(tmp_path) == ["text.tif"]


def test_a_container_of_subdatasets_is_not_a_raster(tmp_path: Path) -> None:
    if gdal.GetDriverByName("netCDF") is None:
        pytest.skip("this GDAL has no netCDF driver")
    write_raster(tmp_path / "image.tif", IMAGE.astype(np.float32))
    gdal.Translate(str(tmp_path / "image.nc"), str(tmp_path / "image.tif"), format="netCDF")
    with pytest.raises(RasterError, match=r"choose one of its subdatasets"):
        segment_raster(tmp_path / "image.nc", tmp_path / "labels.tif", SPEC)


@pytest.mark.usefixtures("_gdal_exceptions")
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("kept", [False, True])
def test_a_truncated_raster(share: float, kept: bool, tmp_path: Path) -> None:
    image = make_image("noise", 3, 2, 300, 300).astype(np.uint8)
    source = tmp_path / "source" / "image.tif"
    source.parent.mkdir()
    write_raster(source, image, options=("TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "COMPRESS=DEFLATE"))
    # The directory stays readable: only blocks at the end are missing.
    os.truncate(source, int(source.stat().st_size * share))
    output = tmp_path / "out" / "labels.tif"
    output.parent.mkdir()
    if kept:
        output.write_bytes(b"older")
    with pytest.raises(RasterError, match=r"image\.tif") as caught:
        segment_raster(source, output, SPEC, tile_size=64, workers=2)
    assert "Cannot read rows" in str(caught.value)
    assert names_in(output.parent) == (["labels.tif"] if kept else [])
    assert not kept or output.read_bytes() == b"older"
    with pytest.raises(RasterError, match=r"image\.tif"):
        segment_raster(source, output, SPEC, tile_size=64, workspace=tmp_path / "work")


def test_a_band_that_is_not_there(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "image.tif", IMAGE)
    with pytest.raises(ParameterError, match=r"bands = 4: the raster has only 3 band"):
        segment_raster(path, tmp_path / "labels.tif", SegmentationSpec(bands=(4,)))
