"""Runs in the background: progress, cancel, several at once."""

from __future__ import annotations

import os
import time

import numpy as np
import pytest
from osgeo import gdal


class Watched:
    """A background task with all that it reports."""

    def __init__(self, registry, algorithm, parameters):
        from qgis.core import (
            QgsApplication,
            QgsProcessingAlgRunnerTask,
            QgsProcessingContext,
            QgsProcessingFeedback,
        )

        self.context = QgsProcessingContext()
        self.feedback = QgsProcessingFeedback(False)
        self.progress = []
        self.outcome = None
        self.algorithm = registry.algorithmById(f"shepherd:{algorithm}").create()
        task = QgsProcessingAlgRunnerTask(self.algorithm, parameters, self.context, self.feedback)
        self.feedback.progressChanged.connect(self.progress.append)
        task.executed.connect(self._finished)
        self.task = task
        QgsApplication.taskManager().addTask(task)

    def _finished(self, successful, results):
        self.outcome = (successful, results)

    def wait(self, until=lambda: False, seconds=60):
        """Let QGIS work until the task is over, or something else is the case; return the seconds."""
        from qgis.PyQt.QtCore import QCoreApplication

        start = time.monotonic()
        while self.outcome is None and not until():
            QCoreApplication.processEvents()
            assert time.monotonic() - start < seconds
            time.sleep(0.005)
        return time.monotonic() - start


@pytest.fixture
def start(registry):
    return lambda algorithm, **parameters: Watched(registry, algorithm, parameters)


@pytest.mark.parametrize("algorithm", ["segment", "segmenttiled"])
def test_progress(start, large_image, tmp_path, algorithm):
    output = str(tmp_path / "segments.tif")
    watched = start(algorithm, INPUT=large_image, OUTPUT=output)
    watched.wait()
    successful, results = watched.outcome
    assert successful and results["OUTPUT"] == output
    steps = watched.progress
    assert steps == sorted(steps)
    assert steps[-1] == 100
    assert max(np.diff(steps)) < 15
    assert len(steps) > 30


@pytest.mark.parametrize(
    ("algorithm", "percent"),
    [("segment", 0), ("segment", 40), *(("segmenttiled", percent) for percent in (0, 5, 30, 60, 80))],
)
def test_cancel(start, large_image, tmp_path, temporary_files, algorithm, percent):
    watched = start(algorithm, INPUT=large_image, OUTPUT=str(tmp_path / "segments.tif"))
    watched.wait(until=lambda: watched.progress and watched.progress[-1] >= percent)
    assert watched.outcome is None, watched.feedback.textLog()
    watched.task.cancel()
    assert watched.wait() < 2
    assert watched.outcome[0] is False
    assert "Cancelled" in watched.feedback.textLog()
    assert os.listdir(tmp_path) == []
    assert temporary_files() == set()


def test_cancelled_tiles_are_kept_in_a_workspace(start, large_image, tmp_path):
    workspace, output = tmp_path / "work", tmp_path / "segments.tif"
    settings = {"INPUT": large_image, "WORKSPACE": str(workspace), "OUTPUT": str(output)}
    watched = start("segmenttiled", **settings)
    watched.wait(until=lambda: watched.progress and watched.progress[-1] >= 40)
    watched.task.cancel()
    watched.wait()
    assert not output.exists()
    again = start("segmenttiled", **settings)
    again.wait()
    assert "Going on from" in again.feedback.textLog()
    assert output.exists()


def test_two_runs_at_once(start, image, tmp_path):
    paths = [str(tmp_path / f"{number}.tif") for number in range(3)]
    runs = [start("segmenttiled", INPUT=image, TILE_SIZE=64, OUTPUT=path) for path in paths]
    for watched in runs:
        watched.wait()
        assert watched.outcome[0]
    labels = [gdal.Open(path).ReadAsArray() for path in paths]
    assert all(np.array_equal(labels[0], other) for other in labels[1:])


def test_different_runs_at_once_do_not_disturb_each_other(start, image, tmp_path):
    wanted = [{"MIN_SEGMENT_SIZE": 20}, {"MIN_SEGMENT_SIZE": 80, "CLUSTERS": 20, "SMOOTHING": 0.7}]
    paths = {(number, when): str(tmp_path / f"{number}-{when}.tif") for number in (0, 1) for when in "ab"}
    for number, parameters in enumerate(wanted):
        start("segment", INPUT=image, OUTPUT=paths[number, "a"], **parameters).wait()
    together = [
        start("segment", INPUT=image, OUTPUT=paths[number, "b"], **parameters)
        for number, parameters in enumerate(wanted)
    ]
    for watched in together:
        watched.wait()
        assert watched.outcome[0]
    labels = {key: gdal.Open(path).ReadAsArray() for key, path in paths.items()}
    assert all(np.array_equal(labels[number, "a"], labels[number, "b"]) for number in (0, 1))
    assert not np.array_equal(labels[0, "a"], labels[1, "a"])


def test_a_failed_run_says_why(start, image, tmp_path):
    broken = str(tmp_path / "broken.tif")
    gdal.Translate(broken, image, creationOptions=["COMPRESS=NONE"])
    os.truncate(broken, os.path.getsize(broken) // 2)
    watched = start("segment", INPUT=broken, OUTPUT=str(tmp_path / "segments.tif"))
    watched.wait()
    assert watched.outcome[0] is False
    assert "broken.tif" in watched.feedback.textLog()
