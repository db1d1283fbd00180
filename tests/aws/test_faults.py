"""Things go wrong: the labels stay the same, and nothing is left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from shepherd_segmentation.core import Cancelled, segment_raster
from shepherd_segmentation.core.aws import Fargate, FargateProfile, JobError, Journal, collect_job, list_jobs

from ..core.data import scene_path
from .cloud import GUARD, PACE, ROOT, Cloud, python_path
from .runs import SPEC, Listener, labels_of, run

SCENE = "s2_inn_demo_4band.tif"


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    """The labels of a local run."""
    path = tmp_path_factory.mktemp("local") / "labels.tif"
    segment_raster(scene_path(SCENE), path, SPEC, workers=2)
    return labels_of(path)


def nothing_left(cloud: Cloud, journal: Journal) -> bool:
    """Tell whether a job has left nothing anywhere; say what it has."""
    assert cloud.leftovers() == [], cloud.log()
    assert journal.entries() == []
    return True


def wait_for(condition: Callable[[], object], seconds: float = 60.0) -> object:
    """Wait until a condition holds, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "this took too long"
        time.sleep(0.05)
    return found


def in_background(action: Callable[[], None]) -> threading.Thread:
    """Do something to the cloud while a run goes on."""
    thread = threading.Thread(target=action, daemon=True)
    thread.start()
    return thread


def busy_worker(cloud: Cloud) -> dict | None:
    """Return a worker that has done a tile and goes on."""
    for task in cloud.tasks("worker", "RUNNING"):
        if any("done in" in line for line in task["lines"]):
            return task
    return None


def test_a_worker_killed_in_mid_tile(
    cloud: Cloud, profile: FargateProfile, journal: Journal, expected: np.ndarray, tmp_path: Path
) -> None:
    killed: list[dict] = []

    def kill() -> None:
        killed.append(wait_for(lambda: busy_worker(cloud)))
        cloud.control("kill", task=killed[0]["id"])

    listener, thread = Listener(), in_background(kill)
    cloud.control("fault", on="slow", where={"event": "s3:PutObject"}, ends="npz", seconds=0.15)
    run(profile, journal, scene_path(SCENE), tmp_path / "labels.tif", listener)
    thread.join()
    assert (labels_of(tmp_path / "labels.tif") == expected).all()
    assert next(t for t in cloud.tasks() if t["id"] == killed[0]["id"])["exit"] == 137
    assert any(text.startswith("A worker was lost (") for text in listener.messages), listener.messages
    assert nothing_left(cloud, journal)


def test_an_interrupted_worker_hands_its_tiles_back(
    cloud: Cloud, profile: FargateProfile, journal: Journal, expected: np.ndarray, tmp_path: Path
) -> None:
    interrupted: list[dict] = []

    def interrupt() -> None:
        interrupted.append(wait_for(lambda: busy_worker(cloud)))
        cloud.control("interrupt", task=interrupted[0]["id"])

    thread = in_background(interrupt)
    # A lease that outlasts the test: only a tile that was handed back can be done by another worker.
    pace = replace(PACE, lease=300)
    cloud.control("fault", on="slow", where={"event": "s3:PutObject"}, ends="npz", seconds=0.15)
    run(replace(profile, spot=True), journal, scene_path(SCENE), tmp_path / "labels.tif", pace=pace)
    thread.join()
    assert (labels_of(tmp_path / "labels.tif") == expected).all()
    task = next(t for t in cloud.tasks() if t["id"] == interrupted[0]["id"])
    assert task["exit"] == 0 and any("SIGTERM" in line for line in task["lines"])
    assert nothing_left(cloud, journal)


def test_a_lost_coordinator_is_started_again(
    cloud: Cloud, profile: FargateProfile, journal: Journal, expected: np.ndarray, tmp_path: Path
) -> None:
    def kill() -> None:
        wait_for(lambda: busy_worker(cloud))
        cloud.control("kill", task=cloud.tasks("coordinator", "RUNNING")[0]["id"])

    listener, thread = Listener(), in_background(kill)
    run(profile, journal, scene_path(SCENE), tmp_path / "labels.tif", listener)
    thread.join()
    assert (labels_of(tmp_path / "labels.tif") == expected).all()
    assert "Started 1 coordinator(s) again." in listener.messages
    assert nothing_left(cloud, journal)


STAGES = {
    "Checking the Fargate profile": None,
    "Starting a coordinator": None,
    "Fitting the clusters on a sample": None,
    "Segmenting tiles": None,
    "Eliminating small segments": "stitched.npz",
    "Writing the raster": "labels.tif",
    "Fetching the raster": None,
}


@pytest.mark.parametrize("stage", STAGES)
def test_cancel_leaves_nothing(
    cloud: Cloud, profile: FargateProfile, journal: Journal, tmp_path: Path, stage: str
) -> None:
    if STAGES[stage]:
        cloud.control("fault", on="slow", where={"event": "s3:PutObject"}, ends=STAGES[stage], seconds=2.0)
    listener = Listener(cancel_at=stage)
    with pytest.raises(Cancelled):
        run(replace(profile, workers=1), journal, scene_path(SCENE), tmp_path / "labels.tif", listener)
    assert any(text.startswith(stage) for text in listener.messages)
    assert not list(tmp_path.glob("**/labels.tif"))
    assert [path.name for path in tmp_path.iterdir() if path.name != "journal"] == []
    assert listener.warnings == []
    assert nothing_left(cloud, journal)


def start_client(profile: FargateProfile, journal: Journal, output: Path) -> subprocess.Popen:
    """Start a run in a process that can be killed."""
    arguments = {
        "profile": profile.to_dict(),
        "journal": str(journal.folder),
        "source": str(scene_path(SCENE)),
        "output": str(output),
    }
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([python_path(), str(ROOT)])}
    assert str(GUARD) in environment["PYTHONPATH"]
    command = [sys.executable, "-m", "tests.aws.runs", json.dumps(arguments)]
    return subprocess.Popen(command, cwd=ROOT, env=environment)


@pytest.mark.parametrize("state", ["uploading", "running"])
def test_a_killed_client_is_succeeded_by_another(
    cloud: Cloud,
    profile: FargateProfile,
    journal: Journal,
    expected: np.ndarray,
    tmp_path: Path,
    state: str,
) -> None:
    output = tmp_path / "labels.tif"
    if state == "uploading":
        cloud.control("fault", on="slow", where={"event": "s3:PutObject"}, ends="3.npz", seconds=3.0)
    client = start_client(profile, journal, output)
    try:
        wait_for(lambda: any(e.state == state and e.names("tasks") for e in journal.entries()))
        if state == "uploading":
            wait_for(lambda: any(name.endswith("input/5.npz") for name in cloud.leftovers()))
    finally:
        client.kill()
        client.wait()
    assert not output.exists()
    (entry,) = journal.entries()
    assert entry.state == state
    states = {job.job_id: job for job in list_jobs(profile, journal)}
    assert states[entry.job_id].own and states[entry.job_id].state != "failed"
    if state == "running":
        collect_job(entry.job_id, profile, journal=journal, pace=PACE)
    else:
        with pytest.raises(JobError, match="run the segmentation of .* again"):
            collect_job(entry.job_id, profile, journal=journal, pace=PACE)
        listener = Listener()
        run(profile, journal, scene_path(SCENE), output, listener)
        assert listener.messages[0].startswith(f"Picking up job {entry.job_id}")
    assert (labels_of(output) == expected).all()
    assert nothing_left(cloud, journal)
    # Temporary files of the killed client lie beside the output: nobody else may delete them.


def test_a_tile_that_cannot_be_done_fails_the_job_with_its_error(
    cloud: Cloud, profile: FargateProfile, journal: Journal, tmp_path: Path
) -> None:
    compute = Fargate(profile, journal, pace=PACE)
    cloud.control("fault", on="spoil", where={"event": "s3:GetObject"}, ends="input/23.npz")
    with pytest.raises(JobError, match=r"Tile 23 could not be done in \d attempts: The object input/23"):
        segment_raster(scene_path(SCENE), tmp_path / "labels.tif", SPEC, tile_size=96, compute=compute)
    assert nothing_left(cloud, journal)
