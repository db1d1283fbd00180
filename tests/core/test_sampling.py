"""The sample that clusters are fitted on, and the Gaussian before it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from osgeo import gdal
from scipy import ndimage

from shepherd_segmentation.core import SegmentationSpec, segment_raster
from shepherd_segmentation.core.clustering.sample import Sample, draw_sample
from shepherd_segmentation.core.clustering.smooth import gaussian_weights, smooth
from shepherd_segmentation.core.grid import Window
from shepherd_segmentation.core.raster.source import ArraySource
from tests.core import reference
from tests.core.images import make_image, make_valid
from tests.core.rasters import NORTH_UP, write_raster

NEVER = np.zeros(1, np.uint8)


def numbered(rows: int, columns: int) -> NDArray[np.float64]:
    """Return an image in which every pixel has a value of its own."""
    return np.arange(rows * columns, dtype=np.float64).reshape(1, rows, columns)


def draw(image: NDArray, size: int, seed: int = 0, valid: NDArray | None = None, threads: int = 2) -> Sample:
    """Draw a sample without smoothing."""
    source = ArraySource(image, valid)
    with ThreadPoolExecutor(threads) as pool:
        return draw_sample(source, size, seed, gaussian_weights(0.0), pool, NEVER)


def test_every_pixel_of_a_small_raster_once() -> None:
    image, valid = numbered(300, 290), make_valid("holes", 1, 300, 290)
    # Many times as many as there are: a cell gives no more than its share.
    sample = draw(image, 400_000, valid=valid)
    np.testing.assert_array_equal(np.sort(sample.values[:, 0]), image[0][valid])
    # In an order that is already random.
    assert abs(np.corrcoef(sample.values[:, 0], np.arange(len(sample.values)))[0, 1]) < 0.02


def test_a_part_of_a_larger_raster_from_everywhere() -> None:
    image = numbered(1000, 1100)
    values = draw(image, 20_000).values[:, 0].astype(np.int64)
    assert len(np.unique(values)) == len(values)
    assert 20_000 <= len(values) < 26_000
    counts, _, _ = np.histogram2d(values // 1100, values % 1100, bins=(4, 4))
    assert counts.min() > 0.5 * counts.mean()


def test_each_cell_draws_pixels_of_its_own() -> None:
    values = draw(numbered(512, 512), 4 * 4000).values[:, 0].astype(np.int64)
    rows, columns = values // 512, values % 512
    places = (rows % 256) * 256 + columns % 256
    cells = 2 * (rows // 256) + columns // 256
    drawn = [set(places[cells == cell].tolist()) for cell in range(4)]
    assert [len(cell) for cell in drawn] == [4000] * 4
    # By chance, a sixteenth of one is in another.
    assert all(len(drawn[a] & drawn[b]) < 500 for a in range(4) for b in range(a))


def test_many_threads_and_few_draw_the_same() -> None:
    image = numbered(700, 800)
    first = draw(image, 5000, threads=1).values
    np.testing.assert_array_equal(draw(image, 5000, threads=8).values, first)
    assert not np.array_equal(draw(image, 5000, seed=1).values, first)


def test_a_huge_raster_is_read_in_a_few_places() -> None:
    class Counting(ArraySource):
        reads = 0

        def read(self, window: Window) -> tuple[NDArray, NDArray]:
            Counting.reads += window.pixels
            return super().read(window)

    image = np.broadcast_to(np.float32(1), (1, 256 * 30, 256 * 30))
    source = Counting.__new__(Counting)
    source.bands, source.rows, source.columns = image.shape
    source.dtype, source.is_integer = image.dtype, True
    source._image, source._valid = image, np.ones(image.shape[1:], bool)
    with ThreadPoolExecutor(2) as pool:
        sample = draw_sample(source, 10_000, 0, gaussian_weights(0.0), pool, NEVER)
    assert 10_000 <= len(sample.values) <= 10_000 + 256
    assert Counting.reads == 256 * 256 * 40


def test_a_raster_that_is_nearly_all_null_is_searched_for_valid_pixels() -> None:
    valid = np.zeros((1500, 1500), dtype=bool)
    valid[700:720, 1400:1440] = True
    sample = draw(numbered(1500, 1500), 300, valid=valid)
    assert len(sample.values) >= 256
    inside = set(np.flatnonzero(valid).tolist())
    assert set(sample.values[:, 0].astype(int).tolist()) <= inside


def test_the_layout_of_the_file_changes_nothing(tmp_path: Path) -> None:
    image = make_image("blobs", 5, 2, 400, 420).astype(np.uint8)
    layouts = {
        "strips": (),
        "tiles": ("TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=128"),
        "pixels": ("INTERLEAVE=PIXEL", "COMPRESS=LZW"),
    }
    centres = []
    for name, options in layouts.items():
        path = write_raster(tmp_path / f"{name}.tif", image, options=options)
        if name == "tiles":
            gdal.Open(path, gdal.GA_Update).BuildOverviews("AVERAGE", [2, 4])
        spec = SegmentationSpec(clusters=20, sample_size=5000)
        extent = (
            (NORTH_UP[0], NORTH_UP[3] - 900, NORTH_UP[0] + 500, NORTH_UP[3]) if name == "pixels" else None
        )
        result = segment_raster(path, tmp_path / "out.tif", spec, extent=extent, tile_size=90, workers=3)
        centres.append(result.centres)
    np.testing.assert_array_equal(centres[0], centres[1])
    np.testing.assert_array_equal(centres[0], centres[2])


def test_the_sample_size_is_heeded(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "image.tif", make_image("blobs", 5, 2, 400, 420).astype(np.uint8))
    centres = [
        segment_raster(
            path, tmp_path / "out.tif", SegmentationSpec(clusters=9, sample_size=size, seed=seed)
        ).centres
        for size, seed in ((2000, 0), (2000, 0), (2000, 1), (100_000, 0))
    ]
    np.testing.assert_array_equal(centres[0], centres[1])
    assert not np.array_equal(centres[0], centres[2])
    assert not np.array_equal(centres[0], centres[3])


# --- smoothing -----------------------------------------------------------------------------------


@pytest.mark.parametrize("sigma", [0.2, 0.5, 1.0, 2.3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_gaussian_is_that_of_scipy(sigma: float, dtype: type) -> None:
    image = make_image("noise", 3, 2, 60, 50).astype(dtype)
    weights = gaussian_weights(sigma)
    smoothed = smooth(image, np.ones((60, 50), bool), weights, NEVER)
    inner = (slice(None), *[slice(weights.size, -weights.size)] * 2)
    for band, expected in zip(smoothed[inner], image):
        expected = ndimage.gaussian_filter(expected.astype(np.float64), sigma, truncate=4)[inner[1:]]
        np.testing.assert_allclose(band, expected, rtol=1e-12)


@pytest.mark.parametrize("sigma", [0.2, 0.5, 1.0, 2.3])
@pytest.mark.parametrize("mask", ["all", "holes", "islands"])
def test_the_gaussian_leaves_out_null_pixels_and_what_is_outside(sigma: float, mask: str) -> None:
    image = make_image("noise", 4, 2, 25, 30).astype(np.float64)
    valid = make_valid(mask, 4, 25, 30)
    image[:, ~valid] = np.nan
    smoothed = smooth(image, valid, gaussian_weights(sigma), NEVER)
    expected = reference.smooth(image, valid, sigma)
    np.testing.assert_allclose(smoothed[:, valid], expected[:, valid], rtol=1e-12)


def test_the_gaussian_does_not_depend_on_the_window() -> None:
    image = make_image("noise", 5, 1, 60, 70).astype(np.float32) / np.float32(3)
    valid = make_valid("holes", 5, 60, 70)
    weights = gaussian_weights(1.3)
    reach = weights.size - 1
    whole = smooth(image, valid, weights, NEVER)
    for top, left in ((0, 0), (10, 0), (13, 17)):
        window = (slice(top, top + 40), slice(left, left + 45))
        part = smooth(image[(slice(None), *window)], valid[window], weights, NEVER)
        inside = valid[window].copy()
        for edge, near in ((0, top), (1, left)):
            index = [slice(None)] * 2
            index[edge] = slice(0, reach if near else 0)
            inside[tuple(index)] = False
            index[edge] = slice(-reach, None)
            inside[tuple(index)] = False
        np.testing.assert_array_equal(part[:, inside], whole[(slice(None), *window)][:, inside])


def test_smoothing_acts_on_clusters_only() -> None:
    from shepherd_segmentation.core import segment_array
    from tests.core.agreement import expected_labels, prepare

    image = make_image("noise", 6, 2, 22, 26)
    valid = make_valid("holes", 6, 22, 26)
    spec = SegmentationSpec(clusters=6, min_segment_size=5, smoothing=0.8)
    prepared = prepare(image, spec, valid)
    features = smooth(image.astype(np.float64), valid, prepared.weights, NEVER)
    expected, _ = expected_labels(image, spec, valid, prepared, features)
    np.testing.assert_array_equal(segment_array(image, spec, valid=valid, tile_size=9).labels, expected)
    # The centres, too, are those of the smoothed pixels: they lie closer together.
    plain = prepare(image, SegmentationSpec(clusters=6, min_segment_size=5), valid)
    assert prepared.centres.std() < 0.8 * plain.centres.std()
