"""Runs on AWS Fargate from a terminal, with qgis_process; and what others do with jobs that it has left."""

from __future__ import annotations

import json
import os
import signal

import numpy as np
import pytest

from tests.qgis import fargate
from tests.qgis.fargate import NAME, PATIENCE, PROGRAM, SEGMENTATION, labels_of, until

pytest_plugins = ["tests.qgis.fargate_fixtures"]
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="qgis_process is not installed")


@pytest.fixture
def surroundings(office, tmp_path, request):
    return office.program(tmp_path / "profile", engine_place=getattr(request, "param", "qgis"))


@pytest.fixture
def values(image, tmp_path):
    (tmp_path / "out").mkdir()
    return {"INPUT": image, "OUTPUT": tmp_path / "out" / "there.tif"}


@pytest.fixture
def segmenting(surroundings, values):
    """Start qgis_process."""
    return lambda *options: fargate.segmenting(surroundings, values, *options)


@pytest.fixture
def left_alone(office, surroundings, values):
    """Leave a job, and return its id."""
    return lambda: fargate.leave_a_job(office, surroundings, values)


def test_a_run(office, segmenting, expected, tmp_path):
    with segmenting("--json") as process:
        said, complaints = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, complaints
    found = json.loads(said)["results"]
    assert found["SEGMENT_COUNT"] == expected.max()
    assert np.array_equal(labels_of(tmp_path / "out" / "there.tif"), expected)
    assert office.left() == []


def test_an_interruption(office, segmenting, tmp_path):
    office.cloud.control("delay", seconds=3)
    with segmenting() as process:
        until(lambda: office.cloud.tasks("worker"), process)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=PATIENCE)
    assert "Cancelling" in said and "No result was written" in said
    assert os.listdir(tmp_path / "out") == []
    assert office.left() == []


def test_a_job_is_listed_watched_and_collected(office, left_alone, run, expected, tmp_path):
    job, page = left_alone(), tmp_path / "jobs.html"
    assert run("collectjob", PROFILE=NAME, LIST=str(page))["JOB_COUNT"] == 1
    run("collectjob", PROFILE=NAME, JOB=job, ACTION="watch", LIST=None)
    assert office.jobs() == [job]
    run("collectjob", PROFILE=NAME, LIST=str(page))
    output = str(tmp_path / "collected.tif")
    results = run("collectjob", PROFILE=NAME, JOB=job, OUTPUT=output, LIST=None)
    assert results["OUTPUT"] == output and results["SEGMENT_COUNT"] == expected.max()
    assert np.array_equal(labels_of(output), expected)
    assert office.left() == []


def test_running_again_finishes_a_job(office, left_alone, run, image, expected, tmp_path):
    left_alone()
    output = tmp_path / "out" / "there.tif"
    run("segmenttiled", INPUT=image, **SEGMENTATION, COMPUTE=NAME, OUTPUT=str(output))
    assert "Picking up job" in run.log and "Starting a coordinator" not in run.log
    assert np.array_equal(labels_of(output), expected)
    assert office.left() == []


@pytest.mark.parametrize("surroundings", ["process"], indirect=True)
def test_a_job_is_deleted(office, left_alone, run):
    """Its client ran the engine in a process of its own, which must not delete the job when QGIS is gone."""
    office.cloud.control("delay", seconds=8)
    job = left_alone()
    assert office.cloud.tasks("worker", "PENDING")
    run("collectjob", PROFILE=NAME, JOB=job, ACTION="delete", LIST=None)
    assert office.left() == []
