"""Shape and neighbours against scikit-image and against counting edges one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from skimage.measure import regionprops

from shepherd_segmentation.core import StatisticsSpec, segment_array_statistics, segment_columns
from shepherd_segmentation.core.statistics.spec import SHAPES
from tests.core.statistics.scenes import NORTH_UP, ROTATED, patches, save

SHAPE = StatisticsSpec((), (), SHAPES)
OBLONG = (1000.0, 30.0, 0.0, 2000.0, 0.0, -12.0)


def edges_of(labels, segment):
    """Number of pixel edges along rows and along columns around a segment."""
    inside = np.pad(labels == segment, 1)
    return int((inside[1:] != inside[:-1]).sum()), int((inside[:, 1:] != inside[:, :-1]).sum())


@pytest.mark.parametrize("tile_size", [256, 1024])
@pytest.mark.parametrize("transform", [None, NORTH_UP, OBLONG, ROTATED])
def test_sizes_and_places(transform, tile_size):
    labels = patches(400, 330, 70)
    table = segment_array_statistics(labels, None, SHAPE, geotransform=transform, tile_size=tile_size)
    t = transform or (0, 1, 0, 0, 0, 1)
    sides = math.hypot(t[1], t[4]), math.hypot(t[2], t[5])
    for i, segment in enumerate(table["segment_id"]):
        r, c = np.nonzero(labels == segment)
        along_rows, along_columns = edges_of(labels, segment)
        area, perimeter = (
            r.size * abs(t[1] * t[5] - t[2] * t[4]),
            along_rows * sides[0] + along_columns * sides[1],
        )
        x, y = t[0] + (c + 0.5) * t[1] + (r + 0.5) * t[2], t[3] + (c + 0.5) * t[4] + (r + 0.5) * t[5]
        corner_c, corner_r = (
            np.array([c.min(), c.min(), c.max() + 1, c.max() + 1]),
            np.array([r.min(), r.max() + 1, r.min(), r.max() + 1]),
        )
        box_x, box_y = t[0] + corner_c * t[1] + corner_r * t[2], t[3] + corner_c * t[4] + corner_r * t[5]
        expected = {
            "pixels": r.size,
            "area": area,
            "perimeter": perimeter,
            "centroid_x": x.mean(),
            "centroid_y": y.mean(),
            "xmin": box_x.min(),
            "ymin": box_y.min(),
            "xmax": box_x.max(),
            "ymax": box_y.max(),
            "compactness": 4 * math.pi * area / perimeter**2,
            "rectangularity": r.size / ((np.ptp(r) + 1) * (np.ptp(c) + 1)),
        }
        for name, value in expected.items():
            assert table[name][i] == pytest.approx(value, rel=1e-9), name


@pytest.mark.parametrize("rows", [300, 700])
def test_ellipse_as_scikit_image_has_it(rows):
    labels = patches(rows, 300, 33)
    table = segment_array_statistics(labels, None, SHAPE, geotransform=(0, 1, 0, 0, 0, -1), tile_size=256)
    for i, region in enumerate(regionprops(labels.astype(np.int32))):
        # scikit-image takes pixels for points; as areas each has a second moment of its own.
        major, minor = (math.sqrt(value + 1 / 12) for value in region.inertia_tensor_eigvals)
        assert table["segment_id"][i] == region.label
        assert table["elongation"][i] == pytest.approx(1 - minor / major, rel=1e-9, abs=1e-9)
        # scikit-image counts from the rows, we from the x axis.
        turned = (table["orientation"][i] - (math.degrees(region.orientation) - 90)) % 180
        assert min(turned, 180 - turned) < 1e-6


@pytest.mark.parametrize(
    ("shape", "transform", "angle", "elongation"),
    [
        ((1, 9), (0, 1, 0, 0, 0, -1), 0.0, 1 - 1 / 9),
        ((9, 1), (0, 1, 0, 0, 0, -1), 90.0, 1 - 1 / 9),
        ((4, 4), (0, 1, 0, 0, 0, -1), None, 0.0),
        ((4, 4), (0, 2, 0, 0, 0, -1), 0.0, 0.5),
        ((1, 9), (0, 0.8, 0.6, 0, 0.6, -0.8), math.degrees(math.atan2(0.6, 0.8)), 1 - 1 / 9),
        ((1, 9), (0, 0.8, -0.6, 0, -0.6, -0.8), -math.degrees(math.atan2(0.6, 0.8)), 1 - 1 / 9),
    ],
)
def test_orientation_and_elongation_of_bars(shape, transform, angle, elongation):
    table = segment_array_statistics(np.ones(shape, int), None, SHAPE, geotransform=transform)
    assert table["elongation"][0] == pytest.approx(elongation, abs=1e-12)
    if angle is None:
        assert np.isnan(table["orientation"][0])
    else:
        assert table["orientation"][0] == pytest.approx(angle)


@settings(deadline=None, max_examples=80)
@given(arrays.arrays(np.int64, (6, 5), elements=st.integers(0, 4)))
def test_perimeter_of_small_arrays(labels):
    table = segment_array_statistics(labels, None, StatisticsSpec((), (), ("perimeter", "pixels")), workers=1)
    for i, segment in enumerate(table["segment_id"]):
        assert table["perimeter"][i] == sum(edges_of(labels, segment))


def brute_neighbours(labels, means):
    """Number of neighbours, mean differences per band, and share with the most similar one."""
    result = {}
    for segment in np.unique(labels[labels > 0]):
        common = {}
        for a, b in ((labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1])):
            for x, y in ((a, b), (b, a)):
                others, counts = np.unique(y[(x == segment) & (y != segment) & (y > 0)], return_counts=True)
                for other, count in zip(others, counts):
                    common[other] = common.get(other, 0) + count
        if common:
            others = sorted(common)
            differences = [np.mean([abs(m[segment] - m[o]) for o in others]) for m in means]
            best = min(others, key=lambda o: (sum((m[segment] - m[o]) ** 2 for m in means), o))
            result[segment] = len(common), differences, common[best] / sum(edges_of(labels, segment))
        else:
            result[segment] = 0, [np.nan] * len(means), np.nan
    return result


@pytest.mark.parametrize("dtype", [np.uint32, np.float64])
def test_neighbours(dtype):
    labels = patches(520, 300, 60).astype(dtype)
    labels[500:510, 290:299] = 0
    labels[503, 295] = 777777
    image = np.random.default_rng(0).integers(0, 100, (2, *labels.shape)).astype(np.uint8)
    spec = StatisticsSpec(("mean",), (), (), True)
    table = segment_array_statistics(labels, image, spec, tile_size=256)
    ids = table["segment_id"]
    means = [dict(zip(ids, table[f"b{b}_mean"])) for b in (1, 2)]
    for i, (count, differences, share) in enumerate(brute_neighbours(labels, means).values()):
        assert table["neighbours"][i] == count
        for band, difference in enumerate(differences, start=1):
            assert table[f"b{band}_nbdiff"][i] == pytest.approx(difference, rel=1e-9, nan_ok=True)
        assert table["similar_border"][i] == pytest.approx(share, rel=1e-9, nan_ok=True)


def test_neighbours_without_values_are_left_out():
    labels = np.array([[1, 2, 3]])
    image = np.array([[4.0, np.nan, 5.0]])
    table = segment_array_statistics(labels, image, StatisticsSpec(("mean",), (), (), True))
    assert table["neighbours"].tolist() == [1, 2, 1]
    assert np.isnan(table["b1_nbdiff"]).all() and np.isnan(table["similar_border"]).all()


def test_shape_without_a_raster(tmp_path):
    path = save(tmp_path / "l.tif", patches(50, 40, 8), NORTH_UP)
    table = segment_columns(path, (), StatisticsSpec((), (), ("area",), ("count",)))
    assert table.names == ("segment_id", "area", "neighbours")
