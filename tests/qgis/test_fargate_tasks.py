"""Runs on AWS Fargate in background tasks: progress, cancel, secrets, and the engine in its own process."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tests.qgis.fargate import NAME, SECRET, SEGMENTATION, environment_of, files_with, labels_of, processes_of
from tests.qgis.test_task import Watched

pytest_plugins = ["tests.qgis.fargate_fixtures"]
#: Seconds for a whole run on a busy machine.
PATIENCE = 150


@pytest.fixture
def start(office, registry, image, tmp_path):
    """Start a run in the background."""

    def call(**changes):
        folder = tmp_path / "out"
        folder.mkdir(exist_ok=True)
        values = {"INPUT": image, **SEGMENTATION, "COMPUTE": NAME, "OUTPUT": str(folder / "there.tif")}
        return Watched(registry, "segmenttiled", {**values, **changes})

    return call


@pytest.fixture
def separate_process(office):
    from shepherd_segmentation.plugin.settings import SEPARATE_PROCESS, Settings

    Settings(engine_place=SEPARATE_PROCESS).save()


def wait_for(watched, words):
    """Wait until the log has some words."""
    watched.wait(lambda: words in watched.feedback.textLog(), PATIENCE)
    assert watched.outcome is None, watched.feedback.textLog()


def seconds_to_answer(watched):
    """Cancel a run; return the seconds until the log says so."""
    watched.task.cancel()
    return watched.wait(lambda: "Cancelling" in watched.feedback.textLog(), PATIENCE)


def was_cancelled(watched, office, folder):
    """Wait for the end of a cancelled run; tell whether it left nothing."""
    watched.wait(seconds=PATIENCE)
    assert watched.outcome[0] is False
    assert "No result was written" in watched.feedback.textLog()
    assert os.listdir(folder) == []
    assert office.left() == []
    return True


def test_progress(start, office, expected, tmp_path):
    # Three tiles come late, so that there is something to see.
    for tile in (3, 7, 9):
        office.delay(tile, 1.5)
    watched = start(WORKERS=2)
    watched.wait(seconds=PATIENCE)
    assert watched.outcome[0], watched.feedback.textLog()
    assert np.array_equal(labels_of(tmp_path / "out" / "there.tif"), expected)
    steps = watched.progress
    assert steps == sorted(steps) and steps[-1] == 100
    assert any(5 < step < 70 for step in steps)
    assert office.left() == []


@pytest.mark.parametrize("words", ["Starting a coordinator", "Segmenting tiles"])
def test_cancel(start, office, words, tmp_path):
    office.delay(11, 4)
    watched = start()
    wait_for(watched, words)
    assert seconds_to_answer(watched) < 2
    assert was_cancelled(watched, office, tmp_path / "out")


def test_cancel_is_answered_while_aws_is_silent(start, office, tmp_path):
    office.slow("s3:HeadBucket", 5)
    watched = start()
    wait_for(watched, "Checking the Fargate profile")
    assert seconds_to_answer(watched) < 2
    assert was_cancelled(watched, office, tmp_path / "out")


@pytest.mark.usefixtures("separate_process")
def test_the_engine_in_its_own_process(start, office, expected, tmp_path):
    watched = start()
    wait_for(watched, "Everything is sent")
    assert any("core engine" in command for command in processes_of(os.getpid()).values())
    watched.wait(seconds=PATIENCE)
    assert watched.outcome[0], watched.feedback.textLog()
    assert np.array_equal(labels_of(tmp_path / "out" / "there.tif"), expected)
    assert office.left() == []


@pytest.mark.usefixtures("separate_process")
def test_cancel_in_its_own_process(start, office, tmp_path, monkeypatch):
    """It is given the time that it takes to delete everything."""
    monkeypatch.setattr("shepherd_segmentation.core.engine_process.parent._PATIENCE", 0.5)
    office.slow("ecs:DeleteCluster", 2)
    office.cloud.control("delay", seconds=4)
    watched = start()
    wait_for(watched, "Everything is sent")
    assert seconds_to_answer(watched) < 2
    assert was_cancelled(watched, office, tmp_path / "out")


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("place", ["qgis", "process"])
def test_keys_of_the_authentication_database(start, office, place, tmp_path):
    from qgis.core import QgsApplication

    from shepherd_segmentation.plugin.settings import Settings

    Settings(engine_place=place).save()
    said = []
    QgsApplication.messageLog().messageReceived.connect(lambda *message: said.append(str(message)))
    watched = start()
    wait_for(watched, "Everything is sent")
    running = processes_of(os.getpid())
    found = [f"process {pid}" for pid, text in running.items() if SECRET in text + environment_of(pid)]
    folders = [office.journal, Path(QgsApplication.qgisSettingsDirPath()), tmp_path]
    found += [path for folder in folders for path in files_with(folder, SECRET)]
    found += office.objects_with(SECRET)
    assert any("core worker" in command for command in running.values())
    watched.task.cancel()
    watched.wait(seconds=PATIENCE)
    texts = (watched.feedback.textLog(), watched.feedback.htmlLog(), *said, office.cloud.log())
    found += [text for text in texts if SECRET in text]
    assert found == []
    assert office.left() == []
