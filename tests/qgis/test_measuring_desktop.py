"""Statistics, polygons and clipping in the QGIS desktop, by their forms."""

from __future__ import annotations

import csv
import shutil

import pytest

from tests.core.data import scene_path
from tests.qgis.desktop import needs_desktop, run_session
from tests.qgis.profile import ROOT

pytestmark = needs_desktop


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Run the session once; the tests look at what it reports."""
    folder = tmp_path_factory.mktemp("measuring")
    scene = str(folder / "inn.tif")
    shutil.copy(scene_path("s2_inn_demo_4band.tif"), scene)
    model = str(ROOT / "resources" / "models" / "segment_statistics_polygons.model3")
    return run_session("measuring_session.py", folder, {"image": scene, "model": model})


def test_everything_was_done(report):
    assert "failed" not in report, report["failed"]


def test_defaults_of_the_forms(report):
    values = report["segmentstatistics defaults"]
    assert values["STATISTICS"] == "[0, 1, 2, 4, 5]" and values["SHAPE"] == "[]"
    assert values["RESAMPLING"] == "nearest" and values["COMPUTE"] == "local"
    assert "MEAN_IMAGE" not in values and "OUTPUT" in values
    assert "OUTPUT_TABLE" in report["clipsegments defaults"]


@pytest.mark.parametrize("algorithm", ["segment", "segmentstatistics", "segmentstopolygons", "clipsegments"])
def test_runs_from_the_forms(report, algorithm):
    assert report[algorithm]["successful"] and report[algorithm]["segments"] > 100


def test_names_of_layers(report):
    scale = "≥ 30 px, 60 clusters"
    assert {
        f"Segments {scale}",
        f"Segment statistics {scale}",
        f"Segment polygons {scale}",
        f"Clipped segments {scale}",
        f"Clipped statistics {scale}",
    } <= set(report["layers"])


def test_attribute_tables_open(report):
    # fid, segment_id, shape, and five columns of each of two bands.
    assert report["table of Segment statistics"][1] == 2 + 3 + 2 * 5
    assert report["table of Segment polygons"][1] == 2 + 3 + 2 * 5
    assert report["table of Clipped statistics"][1] == 3 + 3 + 2 * 5
    assert report["table of Segment polygons"][0]


def test_a_batch(report):
    columns = []
    for path in report["batch"]:
        with open(path) as stream:
            columns.append(next(csv.reader(stream))[1])
    assert columns == ["b1_mean", "b1_stddev"]


def test_forms_of_the_model_designer(report):
    assert {"STATISTICS", "TILE_SIZE", "COMPUTE"} <= set(report["segmentstatistics in a model"])
    assert report["model is valid"]
    assert report["model"] == ["segment", "segmentstatistics", "segmentstopolygons"]
