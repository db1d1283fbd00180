"""The plugin in the QGIS desktop, used as people use it, on a screen of its own.

Pictures of the forms and of the map go to the folder SHEPHERD_SCREENSHOTS, if that is set.
"""

from __future__ import annotations

import shutil

import pytest
from osgeo import gdal

from tests.core.data import scene_path
from tests.qgis.desktop import needs_desktop, run_session

pytestmark = needs_desktop


@pytest.fixture(scope="module")
def report(tmp_path_factory, large_image):
    """Run the session once; the tests look at what it reports."""
    folder = tmp_path_factory.mktemp("desktop")
    scene = str(folder / "inn.tif")
    shutil.copy(scene_path("s2_inn_demo_4band.tif"), scene)
    degrees, plain = str(folder / "degrees.tif"), str(folder / "plain.tif")
    gdal.Warp(degrees, scene, dstSRS="EPSG:4326")
    pixels = gdal.Open(scene).ReadAsArray()
    dataset = gdal.GetDriverByName("GTiff").Create(plain, *pixels.shape[:0:-1], len(pixels), gdal.GDT_UInt16)
    dataset.WriteArray(pixels)
    del dataset
    request = {"image": scene, "large image": large_image, "degrees": degrees, "plain": plain}
    return run_session("desktop_session.py", folder, request)


def test_everything_was_done(report):
    assert "failed" not in report, report["failed"]


def test_the_plugin_is_loaded_and_light(report):
    assert report["loaded"]
    assert {"shepherd:segment", "shepherd:segmenttiled"} <= set(report["algorithms"])
    assert report["heavy modules"] == []


@pytest.mark.parametrize("algorithm", ["segment", "segmenttiled"])
def test_the_form_has_the_defaults(report, algorithm):
    values = report[f"{algorithm} defaults"]
    assert values["CLUSTERS"] == "60" and values["CONNECTIVITY"] == "4"
    assert values["MAX_SPECTRAL_DIFFERENCE"] == "None" and values["NODATA"] == "None"
    assert values["BANDS"] in ("None", "[]") and values["CREATION_OPTIONS"] in ("", "NULL")


def test_the_form_says_how_large_the_smallest_segment_is(report):
    assert report["areas"] == {
        "at first": "= 0.5 ha",
        "another number": "= 5 ha",
        "in degrees": "≈ 0.634 ha in the middle of the image",
        "without a CRS": "",
        "back again": "= 700 m²",
    }
    assert report["size in the form"] == 7


def test_every_parameter_has_a_tip(report):
    assert report["without a tip"] == []


def test_a_run_from_the_form(report):
    assert report["run"]["successful"]
    assert report["run"]["segments"] > 100
    assert any(name.startswith("Segments ≥ 30 px") for name in report["layers"])
    assert not report["greyed out"]


def test_a_second_try_takes_the_place_of_the_first(report):
    first, second, third = report["tries"]
    assert first == ["Segment polygons ≥ 20 px, 60 clusters", "Segments ≥ 20 px, 60 clusters"]
    assert second == ["Segment polygons ≥ 40 px, 60 clusters", "Segments ≥ 40 px, 60 clusters"]
    # The third raster goes to a file that somebody chose: the second one stays beside it.
    assert len(third) == 3 and "Segments ≥ 40 px, 60 clusters" in third
    assert "Segment polygons ≥ 60 px, 60 clusters" in third


def test_cancel_in_the_form(report):
    assert report["seconds to cancel"] < 2
    assert report["left after cancel"] == []


def test_a_mistake_in_the_form(report):
    assert len(report["mistake"]) == 1
    assert "that is the input" in report["mistake"][0]


def test_a_batch(report):
    counts = [gdal.Open(path).ReadAsArray().max() for path in report["batch"]]
    assert counts[0] > counts[1] > 10


@pytest.mark.parametrize("algorithm", ["segment", "segmenttiled"])
def test_the_form_of_the_model_designer(report, algorithm):
    values = report[f"{algorithm} in a model"]
    assert values["CLUSTERS"] == "60" and values["CONNECTIVITY"] == "4"


def test_the_plugin_is_reloaded(report):
    assert report["after unload"] is False
    assert report["after reload"] is True
