"""What an output raster has besides its pixels."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from osgeo import gdal

from shepherd_segmentation.core import (
    VERSION,
    ParameterError,
    SegmentationResult,
    SegmentationSpec,
    segment_raster,
)
from tests.core.images import make_image
from tests.core.rasters import NORTH_UP, crs, write_raster

SPEC = SegmentationSpec(clusters=12, min_segment_size=40, seed=3)
ROWS, COLUMNS = 900, 2500
FORMATS = [name for name, driver in (
    ("labels.tif", "GTiff"), ("labels.img", "HFA"), ("labels.kea", "KEA"), ("labels.cog.tif", "COG"),
) if gdal.GetDriverByName(driver)]  # fmt: skip


class Output:
    """An output, opened, with what it was made from."""

    def __init__(self, path: Path, result: SegmentationResult, source: str) -> None:
        self.path, self.result, self.source = path, result, source
        self.dataset = gdal.OpenEx(str(path), gdal.OF_RASTER)
        self.band = self.dataset.GetRasterBand(1)
        self.labels: NDArray = self.band.ReadAsArray()
        self.counts = np.bincount(self.labels.ravel())


@pytest.fixture(scope="module", params=FORMATS)
def output(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Output:
    """Segment one raster into each format."""
    folder = tmp_path_factory.mktemp("output")
    image = make_image("blobs", 81, 2, ROWS, COLUMNS).astype(np.uint8)
    image[:, 100:200, 300:500] = 255
    source = write_raster(folder / "scene.tif", image, nodata=255)
    result = segment_raster(source, folder / request.param, SPEC, tile_size=333, workers=2)
    return Output(folder / request.param, result, source)


def test_type_nodata_and_place(output: Output) -> None:
    assert output.dataset.RasterCount == 1
    assert output.band.DataType == gdal.GDT_UInt32
    assert output.band.GetNoDataValue() == 0
    assert output.dataset.GetGeoTransform() == NORTH_UP
    source = gdal.Open(output.source)
    assert output.dataset.GetSpatialRef().IsSame(source.GetSpatialRef())
    assert crs()
    assert (output.labels[100:200, 300:500] == 0).all()
    assert np.count_nonzero(output.labels == 0) == output.result.null_count == 20000


def test_tiled_and_compressed(output: Output) -> None:
    assert output.band.GetBlockSize()[0] < COLUMNS
    assert output.path.stat().st_size < 0.5 * output.labels.nbytes
    if output.dataset.GetDriver().ShortName == "GTiff":
        assert output.dataset.GetMetadataItem("COMPRESSION", "IMAGE_STRUCTURE") == "DEFLATE"
        assert output.band.GetBlockSize() in ([256, 256], [512, 512])


def test_cloud_optimised(output: Output) -> None:
    layout = output.dataset.GetMetadataItem("LAYOUT", "IMAGE_STRUCTURE")
    assert (layout == "COG") == output.path.name.endswith(".cog.tif")


def overviews_of(output: Output) -> list[NDArray]:
    """Read all overviews."""
    return [output.band.GetOverview(i).ReadAsArray() for i in range(output.band.GetOverviewCount())]


def test_overviews_halve_down_to_about_1024(output: Output) -> None:
    sizes = [overview.shape for overview in overviews_of(output)]
    assert sizes[:2] == [(450, 1250), (225, 625)]
    # A cloud-optimised GeoTIFF goes on to the size of one block.
    assert len(sizes) == 2 or output.path.name.endswith(".cog.tif")


def test_overviews_hold_labels_that_are_there(output: Output) -> None:
    for overview in overviews_of(output):
        factor = round(COLUMNS / overview.shape[1])
        # A cloud-optimised GeoTIFF rounds odd sizes down, level by level, and drifts a little.
        drift = 0 if overview.shape == (-(-ROWS // factor), -(-COLUMNS // factor)) else factor // 2
        rows, columns = np.ogrid[: overview.shape[0], : overview.shape[1]]
        present = np.zeros(overview.shape, dtype=bool)
        for down in range(-drift, factor + drift):
            for across in range(-drift, factor + drift):
                below = np.clip(rows * ROWS // overview.shape[0] + down, 0, ROWS - 1)
                beside = np.clip(columns * COLUMNS // overview.shape[1] + across, 0, COLUMNS - 1)
                present |= output.labels[below, beside] == overview
        assert present.all(), f"{np.count_nonzero(~present)} pixels of {overview.shape}"
        # They show the raster, not only labels that happen to be near.
        assert np.unique(overview).size > 0.3 * min(output.result.segment_count, overview.size)


def test_a_thematic_layer_with_statistics(output: Output) -> None:
    assert output.band.GetMetadataItem("LAYER_TYPE") == "thematic"
    assert output.band.GetDescription() in ("segment", "Layer_1")
    valid = output.labels[output.labels > 0].astype(np.float64)
    minimum, maximum, mean, deviation = output.band.GetStatistics(0, 0)
    assert (minimum, maximum) == (1, output.result.segment_count) == (valid.min(), valid.max())
    assert mean == pytest.approx(valid.mean())
    assert deviation == pytest.approx(valid.std())


def test_the_histogram_in_the_attribute_table(output: Output) -> None:
    table = output.band.GetDefaultRAT()
    if output.path.name == "labels.tif":
        assert table is None
        return
    column = table.GetColOfUsage(gdal.GFU_PixelCount)
    assert table.GetNameOfCol(column) == "Histogram"
    assert table.GetRowCount() == output.result.segment_count + 1
    np.testing.assert_array_equal(table.ReadAsArray(column), output.counts)


def test_provenance(output: Output) -> None:
    metadata = output.dataset.GetMetadata()
    assert metadata["SHEPHERD_VERSION"] == VERSION
    assert metadata["SHEPHERD_SEED"] == "3"
    assert metadata["SHEPHERD_BANDS"] == "1,2"
    assert metadata["SHEPHERD_INPUT"].endswith("scene.tif")
    size = Path(output.source).stat().st_size
    assert metadata["SHEPHERD_INPUT_SIZE"] == f"{COLUMNS} x {ROWS} pixels, {size} bytes"
    assert metadata["SHEPHERD_SEGMENT_COUNT"] == str(output.result.segment_count)
    assert float(metadata["SHEPHERD_MAX_SPECTRAL_DIFFERENCE"]) == output.result.max_spectral_difference
    assert SegmentationSpec.from_dict(json.loads(metadata["SHEPHERD_PARAMETERS"])) == SPEC
    centres = np.array(json.loads(metadata["SHEPHERD_CENTRES"]))
    np.testing.assert_array_equal(centres, output.result.centres)


def test_the_centres_of_a_result_make_it_again(output: Output, tmp_path: Path) -> None:
    metadata = output.dataset.GetMetadata()
    spec = SegmentationSpec.from_dict(json.loads(metadata["SHEPHERD_PARAMETERS"]))
    centres = np.array(json.loads(metadata["SHEPHERD_CENTRES"]))
    segment_raster(output.source, tmp_path / "again.tif", spec, centres=centres)
    again = gdal.Open(str(tmp_path / "again.tif"))
    np.testing.assert_array_equal(again.ReadAsArray(), output.labels)


# --- creation options ----------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path: Path) -> str:
    """Write a small input."""
    return write_raster(tmp_path / "small.tif", make_image("blobs", 82, 1, 70, 60).astype(np.uint8))


def structure_of(path: Path, item: str) -> str | None:
    """Return an item of the file's structure."""
    dataset = gdal.Open(str(path))
    return dataset.GetMetadataItem(item, "IMAGE_STRUCTURE")


@pytest.mark.parametrize("compression", ["LZW", "ZSTD", "PACKBITS", "NONE", "lzw", "LERC"])
def test_another_compression(compression: str, small: str, tmp_path: Path) -> None:
    segment_raster(small, tmp_path / "out.tif", SPEC, creation_options=[f"COMPRESS={compression}"])
    found = structure_of(tmp_path / "out.tif", "COMPRESSION")
    assert found == (None if compression == "NONE" else compression.upper())


def test_strips_instead_of_tiles(small: str, tmp_path: Path) -> None:
    segment_raster(small, tmp_path / "out.tif", SPEC, creation_options=["tiled=no"])
    dataset = gdal.Open(str(tmp_path / "out.tif"))
    band = dataset.GetRasterBand(1)
    assert band.GetBlockSize()[0] == 60


def test_cloud_optimised_by_an_option(small: str, tmp_path: Path) -> None:
    segment_raster(small, tmp_path / "out.tif", SPEC, creation_options=["FORMAT=COG", "BLOCKSIZE=128"])
    assert structure_of(tmp_path / "out.tif", "LAYOUT") == "COG"
    dataset = gdal.Open(str(tmp_path / "out.tif"))
    band = dataset.GetRasterBand(1)
    assert band.GetBlockSize() == [128, 128]


def test_a_format_that_is_not_there(small: str, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="give a name that ends in"):
        segment_raster(small, tmp_path / "out.tif", SPEC, creation_options=["FORMAT=NOSUCH"])


def test_a_small_raster_has_no_overviews(small: str, tmp_path: Path) -> None:
    segment_raster(small, tmp_path / "out.tif", SPEC)
    dataset = gdal.Open(str(tmp_path / "out.tif"))
    band = dataset.GetRasterBand(1)
    assert band.GetOverviewCount() == 0
