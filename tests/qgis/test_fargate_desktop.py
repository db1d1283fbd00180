"""Runs on AWS Fargate in the QGIS desktop, used as people use it, on a screen of its own.

Pictures of the forms, logs and the list of jobs go to the folder SHEPHERD_SCREENSHOTS, if that is set.
"""

from __future__ import annotations

from dataclasses import asdict

import pytest

from tests.aws.cloud import PACE
from tests.qgis.desktop import needs_desktop, run_session
from tests.qgis.fargate import NAME, SEGMENTATION, Office, keep_in, leave_a_job

pytest_plugins = ["tests.qgis.fargate_fixtures"]
pytestmark = needs_desktop


@pytest.fixture(scope="module")
def session(fargate, image, expected_file, tmp_path_factory):
    """Leave a job, and run the session once; the tests look at what it reports."""
    folder = tmp_path_factory.mktemp("desktop")
    office = Office.of(*fargate, folder / "journal")
    surroundings = office.program(folder / "client")
    values = {"INPUT": image, "MIN_SEGMENT_SIZE": 45, "OUTPUT": folder / "there.tif"}
    job = leave_a_job(office, surroundings, values)
    request = {
        "image": image,
        "profile": NAME,
        "segmentation": SEGMENTATION,
        "expected": expected_file,
        "pace": asdict(PACE),
    }

    def prepare(profile):
        keep_in(profile / "QGIS" / "QGIS3.ini", profiles={NAME: office.profile})

    office.delay(11, 2.5)
    # Two for every run; the one that is cancelled waits for an answer, and so there are no messages.
    office.slow("ecs:RunTask", 5, after=6)
    report = run_session("fargate_session.py", folder, request, "1280x1400", prepare, **office.variables())
    return office, {**report, "job": job}


@pytest.fixture(scope="module")
def report(session):
    return session[1]


def test_everything_was_done(report):
    assert "failed" not in report, report["failed"]


def test_a_run_by_the_form(report):
    assert report["offered"] == ["This computer", f"AWS Fargate: {NAME}"]
    run = report["run"]
    assert run["good"] and "Starting a coordinator" in run["log"] and "Segmenting tiles" in run["log"]
    assert run["same"]
    assert "Segments ≥ 30 px, 20 clusters" in report["layers"]


def test_the_list_of_jobs(report):
    assert report["profiles"] == [NAME]
    empty, offered = report["jobs"]
    assert empty == "" and offered.startswith(report["job"]) and "inn.tif" in offered and NAME in offered
    assert report["list"]["good"] and report["list"]["count"] == 1
    for text in (report["list"]["log"], report["page"]):
        assert report["job"] in text and "finished" in text and "100%" in text and "inn.tif" in text


def test_a_job_is_collected_by_the_form(report):
    assert report["collect"]["good"] and report["collect"]["segments"] > 100
    assert f"The raster is in {report['collect']['output']}" in report["collect"]["log"]
    assert report["layers collected"] == 1


def test_the_form_of_the_model_designer(report):
    choices = ["This computer", f"AWS Fargate: {NAME}", "Model input “Where to run”"]
    assert report["offered in a model"] == choices
    assert report["source in a model"] == "where"
    assert report["shown again in a model"] == choices[-1]


def test_a_batch(report):
    assert report["offered in a batch"] == ["This computer", f"AWS Fargate: {NAME}"]
    assert report["batch log"].count("Starting a coordinator") == 2
    assert report["batch"][0] > report["batch"][1] > 10


def test_cancel_in_a_batch(report):
    assert report["seconds to cancel a batch"] < 2
    assert report["left after cancel"] == []


def test_nothing_is_left(session):
    office, _ = session
    assert office.left() == []
