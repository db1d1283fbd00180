"""An output is there complete, or as it was before."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from osgeo import gdal

from shepherd_segmentation.core import (
    Cancelled,
    ParameterError,
    Progress,
    RasterError,
    SegmentationSpec,
    segment_array,
    segment_raster,
)
from tests.core.images import make_image
from tests.core.rasters import names_in, read_labels, write_raster

SPEC = SegmentationSpec(clusters=8, min_segment_size=6)
IMAGE = make_image("blobs", 31, 2, 90, 80).astype(np.uint8)


@pytest.fixture
def image(tmp_path: Path) -> str:
    """Write the input into a folder of its own."""
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    return write_raster(tmp_path / "in" / "image.tif", IMAGE)


@pytest.fixture(scope="module")
def expected() -> NDArray:
    """Return the labels of the image in memory."""
    return segment_array(IMAGE, SPEC).labels


class CancelAt(Progress):
    """Cancels once a share of the run is done."""

    def __init__(self, share: float) -> None:
        self._share, self._cancelled = share, False

    def fraction(self, done: float) -> None:
        self._cancelled = self._cancelled or done >= self._share

    def is_cancelled(self) -> bool:
        return self._cancelled


@pytest.mark.parametrize("name", ["labels.tif", "labels.img", "labels.cog.tif"])
def test_an_older_output_is_replaced(name: str, image: str, expected: NDArray, tmp_path: Path) -> None:
    output = tmp_path / "out" / name
    other = SegmentationSpec(clusters=3, min_segment_size=200)
    segment_raster(image, output, other)
    assert read_labels(output).max() < expected.max()
    names = names_in(output.parent)
    segment_raster(image, output, SPEC, tile_size=30)
    np.testing.assert_array_equal(read_labels(output), expected)
    assert names_in(output.parent) == names
    assert names_in(Path(image).parent) == ["image.tif"], "the input's folder is left alone"
    dataset = gdal.Open(str(output))
    assert dataset.GetRasterBand(1).GetStatistics(0, 0)[1] == expected.max()


def test_what_lay_beside_an_older_output_goes_with_it(image: str, expected: NDArray, tmp_path: Path) -> None:
    # GDAL and QGIS leave statistics, overviews and masks in files beside a raster; they would be
    # taken for those of the new one.
    output = tmp_path / "out" / "labels.tif"
    segment_raster(image, output, SegmentationSpec(clusters=3, min_segment_size=200))
    old = gdal.OpenEx(str(output))
    old.GetRasterBand(1).SetMetadataItem("NOTE", "older")
    old.GetRasterBand(1).GetHistogram()
    old.BuildOverviews("NEAREST", [2])
    old.CreateMaskBand(gdal.GMF_PER_DATASET)
    del old
    assert {"labels.tif.aux.xml", "labels.tif.ovr"} <= set(names_in(output.parent))
    segment_raster(image, output, SPEC)
    new = gdal.Open(str(output))
    band = new.GetRasterBand(1)
    assert band.GetMetadataItem("NOTE") is None
    assert band.GetOverviewCount() == 0
    assert band.GetMaskFlags() == gdal.GMF_NODATA
    assert band.GetMaximum() == expected.max()
    assert names_in(output.parent) == ["labels.tif"]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.7, 0.9])
def test_an_older_output_survives_a_cancel(share: float, image: str, tmp_path: Path) -> None:
    output = tmp_path / "out" / "labels.tif"
    output.write_bytes(b"older")
    with pytest.raises(Cancelled):
        segment_raster(image, output, SPEC, tile_size=20, progress=CancelAt(share))
    assert output.read_bytes() == b"older"
    assert names_in(output.parent) == ["labels.tif"]


def test_an_older_output_survives_an_input_that_cannot_be_read(image: str, tmp_path: Path) -> None:
    output = tmp_path / "out" / "labels.tif"
    output.write_bytes(b"older")
    os.truncate(image, os.path.getsize(image) // 2)
    with pytest.raises(RasterError):
        segment_raster(image, output, SPEC)
    assert output.read_bytes() == b"older"
    assert names_in(output.parent) == ["labels.tif"]


def test_an_older_output_survives_bad_options(image: str, tmp_path: Path) -> None:
    output = tmp_path / "out" / "labels.tif"
    output.write_bytes(b"older")
    with pytest.raises(RasterError, match="Cannot create"):
        segment_raster(image, output, SPEC, creation_options=["COMPRESS=NONE", "BLOCKXSIZE=17"])
    assert names_in(output.parent) == ["labels.tif"]
    with pytest.raises(ParameterError, match="creation_options = 'COMPRESS': write options as KEY=VALUE"):
        segment_raster(image, output, SPEC, creation_options=["COMPRESS"])
    assert output.read_bytes() == b"older"


def test_the_output_must_not_be_the_input(image: str, tmp_path: Path) -> None:
    before = Path(image).read_bytes()
    link = tmp_path / "in" / "link.tif"
    link.symlink_to(image)
    relative = os.path.relpath(image)
    for output in (image, str(link), relative, os.path.join(tmp_path, "out", "..", "in", "image.tif")):
        with pytest.raises(ParameterError, match="output = .*: this is the input; choose another name"):
            segment_raster(image, output, SPEC)
    assert Path(image).read_bytes() == before
    assert names_in(tmp_path / "in") == ["image.tif", "link.tif"]


def test_the_output_must_not_be_a_file_that_the_input_is_made_of(image: str, tmp_path: Path) -> None:
    before = Path(image).read_bytes()
    vrt = tmp_path / "in" / "image.vrt"
    gdal.BuildVRT(str(vrt), [image]).FlushCache()
    with pytest.raises(ParameterError, match="output = .*: this is the input"):
        segment_raster(vrt, image, SPEC)
    assert Path(image).read_bytes() == before


def test_the_output_in_virtual_memory_must_not_be_the_input() -> None:
    write_raster("/vsimem/safety.tif", IMAGE)
    with pytest.raises(ParameterError, match="this is the input"):
        segment_raster("/vsimem/safety.tif", "/vsimem/safety.tif", SPEC)
    gdal.Unlink("/vsimem/safety.tif")


def test_folders_that_cannot_take_an_output(image: str, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"output = .*: the folder .*missing does not exist"):
        segment_raster(image, tmp_path / "missing" / "labels.tif", SPEC)
    with pytest.raises(ParameterError, match="output = .*: this is a folder; give the name of a file"):
        (tmp_path / "out" / "labels.tif").mkdir()
        segment_raster(image, tmp_path / "out" / "labels.tif", SPEC)
    with pytest.raises(ParameterError, match=r"output = .*(does not exist|cannot be written to)"):
        segment_raster(image, Path(image) / "labels.tif", SPEC)


def test_a_folder_without_permission_to_write(image: str, tmp_path: Path, monkeypatch) -> None:
    # The administrator may write everywhere: /proc refuses even him.
    folder = Path("/proc/self/fdinfo") if os.access("/proc/self/fdinfo", os.X_OK) else None
    if folder is None or os.name == "nt":
        folder = tmp_path / "sealed"
        folder.mkdir(mode=0o500)
    with pytest.raises(ParameterError, match=r"output = .*: its folder cannot be written to \(.+\); choose"):
        segment_raster(image, folder / "labels.tif", SPEC)


@pytest.mark.parametrize("name", ["labels", "labels.xyz", "labels.vrt", "labels.png", "labels.jpg"])
def test_names_that_no_driver_writes(name: str, image: str, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"output = .*: give a name that ends in .tif, .kea, .img"):
        segment_raster(image, tmp_path / "out" / name, SPEC)
    assert names_in(tmp_path / "out") == []


def test_a_relative_name_is_one_in_the_working_folder(
    image: str, expected: NDArray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path / "out")
    segment_raster(image, "labels.tif", SPEC)
    np.testing.assert_array_equal(read_labels(tmp_path / "out" / "labels.tif"), expected)
    assert names_in(tmp_path / "out") == ["labels.tif"]


def test_the_output_is_readable_as_any_new_file_is(image: str, tmp_path: Path) -> None:
    segment_raster(image, tmp_path / "out" / "labels.tif", SPEC)
    (tmp_path / "out" / "other").write_text("")
    modes = [(tmp_path / "out" / name).stat().st_mode for name in ("labels.tif", "other")]
    assert modes[0] == modes[1]


@pytest.mark.parametrize("tile_size", [0, None])
def test_automatic_numbers(tile_size, image: str, expected: NDArray, tmp_path: Path) -> None:
    output = tmp_path / "out" / "labels.tif"
    segment_raster(image, output, SPEC, tile_size=tile_size, workers=tile_size)
    np.testing.assert_array_equal(read_labels(output), expected)


@pytest.mark.parametrize("value", [-1, 2.5, "4", True])
@pytest.mark.parametrize("name", ["tile_size", "workers", "max_concurrent_reads"])
def test_numbers_that_cannot_be(name: str, value: object, image: str, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=rf"{name} = .*: give a positive whole number"):
        segment_raster(image, tmp_path / "out" / "labels.tif", SPEC, **{name: value})
