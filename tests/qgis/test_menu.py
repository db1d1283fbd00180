"""Menu, options, Fargate profiles and responsiveness in the QGIS desktop, used as people use them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.qgis.desktop import needs_desktop, run_session

pytestmark = needs_desktop
#: Seconds that the window may stand still. On a quiet computer it is a tenth; others use this one as well.
PATIENCE = 0.5


def crashed(profile: Path) -> None:
    """Leave a profile as a QGIS that crashed while it loaded the engine does."""
    (profile / "shepherd-engine-starting").touch()


@pytest.fixture(scope="module")
def report(tmp_path_factory, large_image):
    """Run the session once; the tests look at what it reports."""
    folder = tmp_path_factory.mktemp("settings")
    return run_session(
        "settings_session.py",
        folder,
        {"large image": large_image},
        "1024x768",
        crashed,
        SHEPHERD_PACKAGES=str(Path(find_spec("numba").origin).parents[1]),
        SHEPHERD_JOURNAL=str(folder / "journal"),
    )


def test_everything_was_done(report):
    assert "failed" not in report, report["failed"]


def test_nothing_heavy_at_the_start(report):
    assert report["heavy modules"] == []


def test_the_menu_is_there_and_goes(report):
    words = ["Segment the Active Layer", "Try the Sample Image", "Jobs on AWS", "Settings", "Help"]
    assert [text.replace("&", "").rstrip("…") for text in report["menu"]] == words
    assert report["in the raster menu"] == 1 and report["button in the toolbar"]
    assert report["in the raster menu after unload"] == 0 and not report["button after unload"]


def test_a_crash_moves_the_engine_out_of_qgis(report):
    (message,) = report["messages after a crash"]
    assert "in a process of its own" in message
    assert report["stored settings"] == "process"


def test_missing_numba_is_told_once(report):
    counts = [sum("numba is missing" in text for text in texts) for texts in report["told of numba"]]
    assert counts[0] == 1
    assert "numba" in report["cure"] and "install" in report["cure"]
    assert report["refusal"] == report["cure"]


def test_the_sample(report):
    assert report["layers"] == [report["sample in the form"]] == [report["active layer in the form"]]


def test_the_options(report):
    assert report["options show the page"]
    assert report["options fit"][0] <= 1024 and report["options fit"][1] <= 768
    assert report["settings"]["workers"] == 2
    assert report["settings"]["memory_limit"] == 6.5
    assert report["settings"]["kernel_cache"].endswith("kernels")
    assert report["settings"]["engine_place"] == "qgis"


def test_a_profile_is_edited(report):
    profile = report["profiles"]["Office"]
    assert profile["subnets"] == ["subnet-0a", "subnet-0b"]
    assert (profile["cpu"], profile["memory"]) == (1024, 4096)
    assert report["problems in the profile"]["bucket"] == "This is needed."
    assert "does not offer this pair" in report["problems in the profile"]["memory"]
    assert set(report["problems in the profile"]) == {"bucket", "memory"}
    assert "credentials" in report["test of the profile"]
    assert report["profiles after cancel"] == ["Office"]
    assert report["profile fits"][0] <= 1024 and report["profile fits"][1] <= 768


def test_the_keyboard_goes_from_top_to_bottom(report):
    names = ["workers", "memory", "place", "cache", "list"]
    names += ["add", "edit", "duplicate", "remove", "test", "import", "export"]
    assert report["tab order of the options"] == names
    assert report["tab order of the profile"] == report["fields of the profile"]


def test_profiles_in_the_forms(report):
    assert report["compute offers"] == [["This computer", "local"], ["AWS Fargate: Office", "Office"]]
    assert report["compute at first"] == "local" and report["compute chosen"] == "Office"
    assert report["compute in a batch"] == "Office"
    assert report["compute in a model"] == "local"
    assert report["jobs form"] == {"PROFILE": "Office", "JOB": "", "ACTION": "collect"}


def test_the_task_has_a_name(report):
    assert any("Segment a raster of any size" in text for text in report["task"])


@pytest.mark.parametrize("place", ["first run", "longest stall"])
def test_qgis_stays_responsive(report, record_property, place):
    record_property(place, report[place])
    assert report[f"{place}: successful"] == [True]
    assert report[place] < PATIENCE
