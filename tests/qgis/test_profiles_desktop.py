"""Fargate profiles in the options of the QGIS desktop, on a small screen and an emulated AWS."""

from __future__ import annotations

import pytest

pytest.importorskip("boto3")
pytest.importorskip("moto")

from tests.aws.cloud import Cloud  # noqa: E402
from tests.aws.stacks import IMAGE, make_stack  # noqa: E402
from tests.qgis.desktop import needs_desktop, run_session  # noqa: E402

pytestmark = needs_desktop
#: What is left of the smallest screen beside the window's frame and the desktop's panel.
WIDEST, HIGHEST = 1024, 700


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Run the session once; the tests look at what it reports."""
    cloud = Cloud(tmp_path_factory.mktemp("cloud"))
    folder = tmp_path_factory.mktemp("profiles")
    try:
        make_stack(cloud, "shepherd")
        make_stack(cloud, "network", leave=("Image", "Bucket", "TaskRoleArn"))
        found = run_session("profile_session.py", folder, {}, "1024x768", **cloud.environment())
    finally:
        cloud.close()
    return {**found, "folder": folder}


def test_everything_was_done(report):
    assert "failed" not in report, report["failed"]


def test_windows_fit_a_small_screen(report):
    sizes = {
        **report["forms"],
        "profile": report["size of the profile"],
        "stack": report["size of the stacks"],
    }
    assert len(report["forms"]) >= 7
    assert [name for name, (width, height, *_) in sizes.items() if width > WIDEST or height > HIGHEST] == []
    sizes.update({key: report[key] for key in ("size of the options", "size with a long message")})
    assert [name for name, (*_, width, height) in sizes.items() if width > WIDEST or height > HIGHEST] == []


def test_the_keyboard_follows_the_eye(report):
    assert report["focus at first"] == "name"
    assert report["tab order"] == report["reading order"]
    assert len(report["tab order"]) > 25 and report["tab order"][-2:] == ["OK", "Cancel"]
    assert report["tab order"].index("stack") == report["tab order"].index("bucket") - 1
    assert report["letters of the profile"] == report["letters of the options"] == []
    assert report["labels without a field"] == []


def test_a_stack_needs_a_region(report):
    assert report["stack without a region"] == ["This is needed.", False]


def test_a_stack_is_chosen(report):
    assert report["while it looks"] == ["Looking for stacks…", False]
    assert report["stacks"] == ["shepherd", "network"]
    assert report["chosen at first"] == "shepherd"
    assert report["while it reads"] == ["Reading “no-such-stack”…", False]
    assert "There is no stack 'no-such-stack' in eu-central-1" in report["no such stack"]


def test_a_stack_fills_the_profile(report):
    assert report["notice after cancel"] == ""
    notice = report["notice after filling"]
    assert notice.startswith("Filled from “shepherd”: S3 bucket, Folder in the bucket, Container image")
    assert "needed" not in notice and "Left" not in notice
    assert {"region", "bucket", "image", "subnets"} <= set(report["asked for at first"])
    assert report["asked for after filling"] == []
    profile = report["profile"]
    assert (profile["name"], profile["region"], profile["image"]) == ("Stack", "eu-central-1", IMAGE)
    assert len(profile["subnets"]) == 2 and profile["assign_public_ip"] is False
    assert (profile["cpu"], profile["memory"], profile["workers"]) == (1024, 4096, 25)
    assert (profile["max_hours"], profile["cluster"]) == (4.0, "")


def test_a_profile_is_tested(report):
    for name in ("works", "fails"):
        text, is_enabled = report[f"test {name}: while it runs"]
        assert text.startswith("Testing “Stack") and not is_enabled
    assert "“Stack” works" in report["test works"]
    for words in ("no-such-bucket-anywhere does not exist", "subnet", "/no/logs does not exist"):
        assert words in report["test fails"]


def test_profiles_are_copied_and_passed_on(report):
    assert report["buttons without a profile"] == ["add", "import"]
    assert (report["folder"] / "passed on.json").is_file()
    assert "“Stack 2” was written to" in report["export"] and "passed on.json" in report["export"]
    message, names, current = report["remove"]
    assert "“Stack 2” was removed" in message and (names, current) == (["Stack"], "Stack")
    message, names, current = report["import"]
    assert message == "Imported: “Stack 3”." and current == "Stack 3"
    assert names == ["Stack", "Stack 2", "Stack 3"]
