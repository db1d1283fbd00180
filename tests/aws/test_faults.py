"""Things go wrong: the labels stay the same, and nothing is left behind."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from shepherd_segmentation.core.aws import FargateProfile, JobError, Journal, collect_job, list_jobs

from ..core.data import scene_path
from .cloud import PACE, Cloud
from .runs import SCENE, Listener, labels_of, run
from .watching import busy_worker, in_background, nothing_left, start_client, wait_for


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
    # With one delivery allowed, the job would fail if this one counted.
    pace = replace(PACE, lease=300, deliveries=1)
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
    run(replace(profile, workers=2), journal, scene_path(SCENE), tmp_path / "labels.tif", listener)
    thread.join()
    assert (labels_of(tmp_path / "labels.tif") == expected).all()
    assert "Started 1 coordinator(s) again." in listener.messages
    assert nothing_left(cloud, journal)


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
    client = start_client(replace(profile, workers=2), journal, scene_path(SCENE), output)
    try:
        wait_for(lambda: any(e.state == state and e.names("tasks") for e in journal.entries()))
        if state == "uploading":
            wait_for(lambda: any("/input/" in name and name.endswith("5.npz") for name in cloud.leftovers()))
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
    cloud: Cloud, profile: FargateProfile, journal: Journal, tmp_path: Path, small: tuple[Path, np.ndarray]
) -> None:
    cloud.control("fault", on="spoil", where={"event": "s3:GetObject"}, ends="5.npz")
    place = r"Tile 5 \(rows 96 to 181, columns 192 to 267\)"
    words = f"{place} could not be done in 4 attempts: The object input/5 of the job is damaged"
    with pytest.raises(JobError, match=words):
        run(replace(profile, workers=1), journal, small[0], tmp_path / "labels.tif")
    assert nothing_left(cloud, journal)


def test_a_tile_that_kills_its_workers_fails_the_job_with_its_place(
    cloud: Cloud, profile: FargateProfile, journal: Journal, tmp_path: Path, small: tuple[Path, np.ndarray]
) -> None:
    cloud.control("fault", on="kill", where={"event": "s3:GetObject"}, ends="5.npz")
    pace, listener = replace(PACE, deliveries=3, lease=3), Listener()
    words = (
        r"Tile 5 \(rows 96 to 181, columns 192 to 267\) could not be done in 3 attempts: its worker ended "
        "without a word, probably for lack of memory: give workers more memory or use smaller tiles"
    )
    two = replace(profile, workers=2)
    with pytest.raises(JobError, match=words):
        run(two, journal, small[0], tmp_path / "labels.tif", listener, pace=pace)
    assert sum(task["exit"] == 137 for task in cloud.tasks("worker")) >= 3
    lost = "A worker was lost (Essential container in task exited; OutOfMemoryError"
    assert any(text.startswith(lost) for text in listener.messages), listener.messages
    assert nothing_left(cloud, journal)


def test_twelve_workers_are_started_in_two_calls(
    cloud: Cloud, profile: FargateProfile, journal: Journal, tmp_path: Path, small: tuple[Path, np.ndarray]
) -> None:
    # All but two of them are slow to start: twelve would take long on this computer.
    cloud.control("fault", on="late", where={"role": "worker"}, after=2, seconds=100.0)
    cloud.control("pages", size=5)
    listener = Listener()
    begin = time.monotonic()
    twelve = replace(profile, workers=12)
    run(twelve, journal, small[0], tmp_path / "labels.tif", listener, tile_size=48)
    assert time.monotonic() - begin < 100
    assert (labels_of(tmp_path / "labels.tif") == small[1]).all()
    assert [len(cloud.tasks(role)) for role in ("coordinator", "worker")] == [1, 12]
    assert cloud.control("requests")["requests"]["client ecs:RunTask"] == 3
    assert "Starting a coordinator and 12 worker(s) on AWS Fargate." in listener.messages
    assert nothing_left(cloud, journal)
