"""What can be asked for, and how columns are called."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shepherd_segmentation.core import ParameterError, StatisticsSpec, UserStatistic, segment_array_statistics
from shepherd_segmentation.core.statistics.names import (
    dbase_names,
    percentile_name,
    raster_prefixes,
    safe_name,
    unique,
)
from shepherd_segmentation.core.statistics.spec import NEIGHBOURS, SHAPES, STATISTICS, parse_percentiles


@pytest.mark.parametrize(
    "wrong",
    [
        {"statistics": ("mean", "average")},
        {"statistics": 3},
        {"percentiles": (101,)},
        {"percentiles": (-0.1,)},
        {"percentiles": (float("nan"),)},
        {"percentiles": "5,10"},
        {"percentiles": (True,)},
        {"percentiles": range(200)},
        {"shape": ("roundness",)},
        {"neighbours": ("left",)},
        {"prefix": 4},
    ],
)
def test_wrong_specs(wrong):
    with pytest.raises(ParameterError) as error:
        StatisticsSpec(**wrong)
    assert error.value.parameter == next(iter(wrong))


def test_specs_are_put_in_order():
    spec = StatisticsSpec(("sum", "mean", "sum"), (95, 5, 95.0), "area", True)
    assert spec.statistics == ("mean", "sum") and spec.percentiles == (95.0, 5.0)
    assert spec.shape == ("area",) and spec.neighbours == NEIGHBOURS
    assert StatisticsSpec(neighbours=False).neighbours == ()


def test_parse_percentiles():
    assert parse_percentiles(" 5,25;97.5 100") == (5.0, 25.0, 97.5, 100.0)
    assert parse_percentiles("") == ()
    for wrong in ("a", "5-10", "120"):
        with pytest.raises(ParameterError):
            parse_percentiles(wrong)


def test_all_names_in_their_order():
    spec = StatisticsSpec(STATISTICS, (5, 97.5), SHAPES, True, "S2 Inn")
    user = UserStatistic(("Müll-1", "x"), lambda values, rows, columns: (1.0, 2.0))
    table = segment_array_statistics(np.ones((3, 3), int), np.ones((3, 3)), spec, user_statistics=[user])
    band = (*STATISTICS, "p5", "p97_5", "mull_1", "x")
    shape = [name for name in SHAPES if name != "bbox"]
    shape[5:5] = ["xmin", "ymin", "xmax", "ymax"]
    assert table.names == (
        "segment_id",
        *shape,
        *(f"s2_inn_b1_{name}" for name in band),
        "neighbours",
        "s2_inn_b1_nbdiff",
        "similar_border",
    )
    assert len(set(dbase_names(table.names))) == len(table.names)


def test_prefixes():
    assert raster_prefixes(["/a/scene.tif", "/a/Rain.tif", "/b/rain.vrt", "/c/2020 März.tif"]) == (
        "",
        "rain_",
        "rain_2_",
        "x2020_marz_",
    )
    assert raster_prefixes(["a.tif", "b.tif"], "B") == ("b_", "b_2_")
    assert raster_prefixes([]) == ()


@given(st.text(max_size=80))
def test_names_are_safe(text):
    name = safe_name(text)
    assert name.isascii() and name == name.lower() and name[0].isalpha() and name.isidentifier()


@given(st.lists(st.sampled_from(["rain_b1_stddev", "rain_b1_p25", "rain_b1_p2", "x" * 70, "b10_minority"])))
def test_names_are_unique(names):
    for result, length in ((unique(names), 63), (dbase_names(names), 10)):
        assert len(set(result)) == len(names) and all(len(name) <= length for name in result)


@given(st.lists(st.floats(0, 100), unique=True, max_size=50))
def test_percentiles_have_different_names(percentiles):
    names = [percentile_name(p) for p in percentiles]
    assert len(set(names)) == len(set(percentiles))
