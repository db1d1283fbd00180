"""Rasters of every data type, and every way to mark null pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from osgeo import gdal

from shepherd_segmentation.core import (
    ParameterError,
    SegmentationResult,
    SegmentationSpec,
    segment_array,
    segment_raster,
)
from tests.core.contract import check_labels
from tests.core.images import make_image
from tests.core.rasters import read_labels, write_raster

SPEC = SegmentationSpec(clusters=8, min_segment_size=6)
HOLES = np.random.default_rng(8).random((30, 41)) < 0.1


def scene(dtype: type = np.uint8, bands: int = 3) -> NDArray:
    """Return an image with values from 1 to 100."""
    return (make_image("blobs", 11, bands, 30, 41) + 1).astype(dtype)


def check_raster(
    path: str, image: NDArray, valid: NDArray, tmp_path: Path, spec: SegmentationSpec = SPEC
) -> SegmentationResult:
    """Assert that a raster is segmented as these pixels are."""
    output = tmp_path / "labels.tif"
    result = segment_raster(path, output, spec, tile_size=16, workers=2)
    labels = read_labels(output)
    in_memory = SegmentationSpec(**{**spec.to_dict(), "nodata": None, "bands": None})
    expected = segment_array(image, in_memory, valid=valid)
    np.testing.assert_array_equal(labels, expected.labels)
    check_labels(labels, valid, spec.connectivity)
    assert result.null_count == np.count_nonzero(~valid)
    return result


@pytest.mark.parametrize(
    "dtype", [np.uint8, np.uint16, np.int16, np.uint32, np.int32, np.float32, np.float64]
)
@pytest.mark.parametrize("nodata", [None, 0])
def test_data_types(dtype: type, nodata: float | None, tmp_path: Path) -> None:
    image = scene(dtype)
    image[:, HOLES] = 0
    path = write_raster(tmp_path / "image.tif", image, nodata=nodata)
    check_raster(path, image, ~HOLES if nodata == 0 else np.ones_like(HOLES), tmp_path)


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.uint32, np.float32, np.float64])
def test_the_whole_range_of_a_type(dtype: type, tmp_path: Path) -> None:
    # 32-bit integers need float64: neighbouring values differ by 1.
    info = np.iinfo(dtype) if dtype().dtype.kind in "iu" else None
    low, high = (info.min, info.max) if info else (-1e30, 1e30)
    image = np.empty((2, 20, 20), dtype)
    image[0], image[1] = low, high
    image[0, :10] = low + 1 if info else 0
    image[1, :, :10] = high - 1 if info else 0
    path = write_raster(tmp_path / "image.tif", image)
    result = check_raster(path, image, np.ones((20, 20), dtype=bool), tmp_path)
    assert result.segment_count == 4


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_complex_numbers_are_refused(dtype: type, tmp_path: Path) -> None:
    path = write_raster(tmp_path / "image.tif", scene(dtype))
    with pytest.raises(ParameterError, match=r"bands = 1: this band holds complex numbers"):
        segment_raster(path, tmp_path / "labels.tif", SPEC)
    assert not (tmp_path / "labels.tif").exists()


def test_two_hundred_bands(tmp_path: Path) -> None:
    image = scene(np.uint16, 200)
    image[150, HOLES] = 65535
    path = write_raster(tmp_path / "image.tif", image, nodata=65535)
    check_raster(path, image, ~HOLES, tmp_path)


def test_chosen_bands_in_the_order_given(tmp_path: Path) -> None:
    image = scene(np.uint8, 5)
    image[0, HOLES] = 0
    path = write_raster(tmp_path / "image.tif", image, nodata=0)
    spec = SegmentationSpec(clusters=8, min_segment_size=6, bands=(5, 2))
    # The nulls of a band that was not chosen do not count.
    result = check_raster(path, image[[4, 1]], np.ones_like(HOLES), tmp_path, spec)
    assert result.centres.shape == (8, 2)
    with pytest.raises(ParameterError, match=r"bands = 6: the raster has only 5 band"):
        segment_raster(path, tmp_path / "labels.tif", SegmentationSpec(bands=(1, 6)))


def test_nodata_of_each_band(tmp_path: Path) -> None:
    # netCDF and VRT keep a value per band; GeoTIFF only one.
    image = scene(np.int16)
    image[0, 3, :9], image[1, 7, 4:20], image[2, :, 30] = -1, -2, -3
    image[0, 20, :9] = -2
    path = write_raster(tmp_path / "image.tif", image)
    vrt = gdal.Translate(str(tmp_path / "image.vrt"), path)
    for number, value in ((1, -1), (2, -2), (3, -3)):
        vrt.GetRasterBand(number).SetNoDataValue(value)
    del vrt
    valid = (image[0] != -1) & (image[1] != -2) & (image[2] != -3)
    assert 0 < np.count_nonzero(~valid) < valid.size
    check_raster(str(tmp_path / "image.vrt"), image, valid, tmp_path)


def test_nodata_that_overrides_the_bands_own(tmp_path: Path) -> None:
    image = scene()
    image[0, HOLES], image[1, 12] = 7, 0
    path = write_raster(tmp_path / "image.tif", image, nodata=0)
    spec = SegmentationSpec(clusters=8, min_segment_size=6, nodata=7)
    check_raster(path, image, (image != 7).all(axis=0), tmp_path, spec)


def test_nodata_that_no_pixel_can_have(tmp_path: Path) -> None:
    image = scene()
    path = write_raster(tmp_path / "image.tif", image, nodata=-9999)
    check_raster(path, image, np.ones_like(HOLES), tmp_path)


@pytest.mark.parametrize("nodata", [np.nan, -9999.0, 0.1, float(np.finfo(np.float32).min), -3.4028235e38])
def test_nodata_of_floating_point_numbers(nodata: float, tmp_path: Path) -> None:
    image = scene(np.float32) / np.float32(7)
    image[1, HOLES] = np.float32(max(nodata, float(np.finfo(np.float32).min)))
    image[2, 4, 5], image[0, 6, 7], image[0, 8, 9] = np.nan, np.inf, -np.inf
    path = write_raster(tmp_path / "image.tif", image, nodata=nodata)
    valid = ~HOLES & np.isfinite(image).all(axis=0)
    check_raster(path, image, valid, tmp_path)


def test_an_alpha_band(tmp_path: Path) -> None:
    image = scene()
    alpha = np.where(HOLES, 0, 200).astype(np.uint8)
    path = write_raster(tmp_path / "image.tif", image, alpha=alpha)
    assert check_raster(path, image, ~HOLES, tmp_path).centres.shape[1] == 3


@pytest.mark.parametrize("internal", ["YES", "NO"])
@pytest.mark.parametrize("nodata", [None, 5])
def test_a_mask_band(internal: str, nodata: float | None, tmp_path: Path) -> None:
    image = scene()
    image[1, 20] = 5
    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", internal)
    path = write_raster(tmp_path / "image.tif", image, mask=~HOLES, nodata=nodata)
    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", None)
    assert (tmp_path / "image.tif.msk").exists() == (internal == "NO")
    valid = ~HOLES & ((image != 5).all(axis=0) | (nodata is None))
    check_raster(path, image, valid, tmp_path)


def test_all_null(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "image.tif", np.zeros((2, 30, 41), np.uint8), nodata=0)
    result = check_raster(path, np.zeros((2, 30, 41), np.uint8), np.zeros((30, 41), bool), tmp_path)
    assert (result.segment_count, result.null_count) == (0, 30 * 41)
    assert result.centres.shape == (0, 2)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("scaling", ["none", "standardise"])
def test_a_constant_image(dtype: type, scaling: str, tmp_path: Path) -> None:
    image = np.full((2, 30, 41), 9, dtype)
    path = write_raster(tmp_path / "image.tif", image)
    spec = SegmentationSpec(clusters=8, band_scaling=scaling)
    result = check_raster(path, image, np.ones_like(HOLES), tmp_path, spec)
    assert result.segment_count == 1
    assert result.centres.tolist() == [[9.0, 9.0]]
    assert result.max_spectral_difference == float("inf")


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 37), (37, 1), (2, 2), (1, 600)])
@pytest.mark.parametrize("connectivity", [4, 8])
def test_tiny_rasters(rows: int, columns: int, connectivity: int, tmp_path: Path) -> None:
    image = make_image("coarse", 6, 2, rows, columns).astype(np.uint8)
    path = write_raster(tmp_path / "image.tif", image)
    spec = SegmentationSpec(connectivity=connectivity, min_segment_size=3)
    result = check_raster(path, image, np.ones((rows, columns), bool), tmp_path, spec)
    assert len(result.centres) <= rows * columns


def test_a_value_far_beyond_the_sample_is_clamped_with_a_warning(tmp_path: Path) -> None:
    from shepherd_segmentation.core import Progress

    class Listener(Progress):
        warnings: list[str] = []  # noqa: RUF012

        def warning(self, text: str) -> None:
            self.warnings.append(text)

    image = scene(np.float32)
    image[0, 5, 5:8] = 1e35
    path = write_raster(tmp_path / "image.tif", image)
    listener = Listener()
    segment_raster(path, tmp_path / "labels.tif", SPEC, progress=listener)
    assert len(listener.warnings) == 1
    assert "3 values lie far beyond" in listener.warnings[0]
    assert "nodata" in listener.warnings[0]


@pytest.mark.parametrize("value", [1e308, 1e200, -1.7976931348623157e308])
def test_values_whose_squares_overflow_are_taken_for_undeclared_nodata(value: float, tmp_path: Path) -> None:
    image = scene(np.float64)
    image[0, HOLES] = value
    path = write_raster(tmp_path / "image.tif", image)
    with pytest.raises(
        ParameterError, match=r"the image holds 1\S+, which is no measurement; give it as nodata"
    ):
        segment_raster(path, tmp_path / "labels.tif", SPEC)
    spec = SegmentationSpec(clusters=8, min_segment_size=6, nodata=value)
    check_raster(path, image, ~HOLES, tmp_path, spec)


@pytest.mark.parametrize("factor", [1e140, 1e-140, 1e-310])
def test_units_change_nothing(factor: float, tmp_path: Path) -> None:
    image = scene(np.float64) * factor
    path = write_raster(tmp_path / "image.tif", image)
    result = check_raster(path, image, np.ones_like(HOLES), tmp_path)
    # The squares of what is smaller still vanish: all pixels look alike.
    assert result.segment_count > 5 or factor < 1e-300
