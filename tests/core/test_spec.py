"""Parameters are checked when they are given; errors name parameter, value and cure."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from configparser import ConfigParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shepherd_segmentation import core
from shepherd_segmentation.core import ParameterError, SegmentationSpec, ShepherdError, segment_array
from tests.core.data import ROOT

NAN, INF = float("nan"), float("inf")
WRONG = {
    "bands": [(), "", "ab", (0,), (-1,), (1, 1), (1.5,), 0, (True,), 3.5, (70000,)],
    "clusters": [0, -1, 4097, 2.5, "60", None, True, NAN, INF],
    "min_segment_size": [0, -5, 1.5, "50", None, NAN],
    "connectivity": [6, 0, "4", None, True, 4.5],
    "max_spectral_difference": [-0.1, NAN, "auto", True, -INF],
    "spectral_distance_percentile": [-1, 101, NAN, None, "50", True],
    "band_scaling": ["", "standardize", None, 1, "NONE"],
    "smoothing": [-0.5, 26, NAN, INF, None, "1"],
    "sample_size": [0, -1, 2.5, None],
    "seed": [-1, 1.5, None, 2**63, "0"],
    "nodata": ["0", True, (0,)],
}
RIGHT = {
    "bands": [None, (1,), [3, 1, 2], 2, np.array([2, 1]), range(1, 4)],
    "clusters": [1, 4096, 60.0, np.int32(7)],
    "min_segment_size": [1, 10**6, np.int64(5)],
    "connectivity": [4, 8, np.int16(8), 4.0],
    "max_spectral_difference": [None, 0, 1.5, INF, np.float32(2)],
    "spectral_distance_percentile": [0, 100, 12.5],
    "band_scaling": ["none", "standardise"],
    "smoothing": [0, 25, 0.01],
    "sample_size": [1, 10**7],
    "seed": [0, 2**63 - 1],
    "nodata": [None, 0, -9999.5, NAN, INF, -INF, np.uint8(3)],
}


def test_the_tables_are_complete() -> None:
    names = {field.name for field in dataclasses.fields(SegmentationSpec)}
    assert set(WRONG) == set(RIGHT) == names


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in WRONG for value in WRONG[name]])
def test_values_that_cannot_be(name: str, value: object) -> None:
    with pytest.raises(ParameterError) as caught:
        SegmentationSpec(**{name: value})
    assert caught.value.parameter == name
    text = str(caught.value)
    assert re.fullmatch(rf"{name} = .+: (give|choose|name) .+\.", text), text
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, ShepherdError)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in RIGHT for value in RIGHT[name]])
def test_values_that_can_be(name: str, value: object) -> None:
    spec = SegmentationSpec(**{name: value})
    again = SegmentationSpec.from_dict(json.loads(json.dumps(spec.to_dict())))
    assert again.to_dict() == spec.to_dict()
    if value is not None and name != "bands" and value == value:
        assert getattr(spec, name) == value
    assert type(getattr(spec, name)) in (int, float, str, tuple, type(None)), "plain types only"


def test_whole_numbers_are_integers() -> None:
    spec = SegmentationSpec(clusters=60.0, connectivity=8.0, bands=np.array([1, 2]))
    assert json.dumps(spec.to_dict()) == json.dumps(
        SegmentationSpec(clusters=60, connectivity=8, bands=(1, 2)).to_dict()
    )
    assert all(type(number) is int for number in (spec.clusters, spec.connectivity, *spec.bands))


SPECS = st.builds(
    SegmentationSpec,
    st.none() | st.lists(st.integers(1, 300), min_size=1, max_size=5, unique=True).map(tuple),
    st.integers(1, 4096), st.integers(1, 10**9), st.sampled_from([4, 8]),
    st.none() | st.floats(0, INF), st.floats(0, 100), st.sampled_from(["none", "standardise"]),
    st.floats(0, 25), st.integers(1, 10**9), st.integers(0, 2**63 - 1),
    st.none() | st.floats(allow_nan=False),
)  # fmt: skip


@given(SPECS)
def test_a_spec_survives_json(spec: SegmentationSpec) -> None:
    assert SegmentationSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


def test_unknown_parameters_are_refused() -> None:
    values = {**SegmentationSpec().to_dict(), "colour": "red"}
    with pytest.raises(ParameterError, match="colour = 'red': is not a parameter of a segmentation"):
        SegmentationSpec.from_dict(values)
    with pytest.raises(ParameterError, match="max_spectral_difference = 'much': give a number"):
        SegmentationSpec.from_dict({"max_spectral_difference": "much"})


def test_a_spec_does_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        SegmentationSpec().clusters = 3
    assert hash(SegmentationSpec(bands=[1, 2])) == hash(SegmentationSpec(bands=(1, 2)))


def test_defaults() -> None:
    spec = SegmentationSpec()
    assert (spec.bands, spec.clusters, spec.min_segment_size, spec.connectivity) == (None, 60, 50, 4)
    assert (spec.max_spectral_difference, spec.spectral_distance_percentile) == (None, 50)
    assert (spec.band_scaling, spec.smoothing, spec.seed, spec.nodata) == ("none", 0, 0, None)


# --- arrays ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("image", "options", "complaint"),
    [
        (np.zeros((4, 4)), {}, r"image = \(4, 4\): give an array of \(bands, rows, columns\)"),
        (np.zeros((0, 4, 4)), {}, "image = .*give an array"),
        (np.zeros((2, 4, 0)), {}, "image = .*give an array"),
        (np.zeros((2, 4, 4), complex), {}, "image = .*give integers or floating-point numbers"),
        (np.full((2, 4, 4), "a"), {}, "image = .*give integers or floating-point numbers"),
        (np.full((2, 4, 4), 2**50), {}, r"image = .*integers beyond 2\^40 are not possible"),
        (np.zeros((2, 4, 4)), {"valid": np.ones((4, 5))}, r"valid = \(4, 5\): give an array of \(4, 4\)"),
        (np.zeros((2, 4, 4)), {"workers": -2}, "workers = -2: give a positive whole number"),
        (np.zeros((2, 4, 4)), {"tile_size": 1.5}, "tile_size = 1.5: give a positive whole number"),
        (np.zeros((2, 4, 4)), {"spec": SegmentationSpec(bands=(3,))}, "bands = 3: the image has only 2"),
    ],
)
def test_arrays_that_cannot_be(image: np.ndarray, options: dict, complaint: str) -> None:
    with pytest.raises(ParameterError, match=complaint):
        segment_array(image, **options)


def test_an_array_is_not_changed() -> None:
    image = np.random.default_rng(1).normal(size=(2, 20, 20))
    image[0, 3, 3] = np.nan
    valid = np.ones((20, 20), bool)
    before = image.copy()
    segment_array(image, SegmentationSpec(clusters=3, smoothing=0.5), valid=valid)
    np.testing.assert_array_equal(image, before)
    assert valid.all()


@pytest.mark.parametrize("layout", ["F", "reversed", "strided", "big-endian", "read-only", "bool"])
def test_arrays_of_any_layout(layout: str) -> None:
    image = np.random.default_rng(1).integers(0, 2, (2, 20, 24))
    expected = segment_array(image, SegmentationSpec(clusters=3, min_segment_size=4)).labels
    given_ = {
        "F": np.asfortranarray(image),
        "reversed": image[:, ::-1].copy()[:, ::-1],
        "strided": np.repeat(image, 2, axis=2)[:, :, ::2],
        "big-endian": image.astype(">i4"),
        "read-only": np.lib.stride_tricks.as_strided(image, writeable=False),
        "bool": image.astype(bool),
    }[layout]
    np.testing.assert_array_equal(
        segment_array(given_, SegmentationSpec(clusters=3, min_segment_size=4)).labels, expected
    )


# --- the package -------------------------------------------------------------------------------


def test_importing_the_engine_loads_nothing_heavy() -> None:
    code = (
        "import sys; import shepherd_segmentation.core as core; "
        "import shepherd_segmentation.core.command_line; "
        "core.SegmentationSpec(); core.Progress(); dir(core); "
        "print(sorted({name.partition('.')[0] for name in sys.modules} "
        "& {'numba', 'boto3', 'botocore', 'osgeo', 'qgis', 'scipy'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT / ".venv" / "link")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


def test_everything_that_is_exported_is_there() -> None:
    for name in core.__all__:
        assert getattr(core, name) is not None, name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        core.nothing  # noqa: B018


def test_the_version_is_that_of_the_plugin() -> None:
    metadata = ConfigParser(interpolation=None)
    metadata.read(ROOT / "metadata.txt", encoding="utf-8")
    assert metadata["general"]["version"] == core.VERSION
