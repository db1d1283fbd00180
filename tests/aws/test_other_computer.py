"""A job that runs is seen, followed, fetched and deleted from another computer."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from shepherd_segmentation.core.aws import (
    FargateProfile,
    JobError,
    Journal,
    collect_job,
    delete_job,
    list_jobs,
    watch_job,
)

from ..core.data import scene_path
from .cloud import PACE, Cloud
from .runs import SCENE, Listener, labels_of, run
from .watching import busy_worker, in_background, nothing_left, start_client, wait_for

#: Before the raster is there.
UNDER_WAY = ("starting", "clustering", "segmenting")


@pytest.fixture
def there(tmp_path: Path) -> Journal:
    """The journal of the other computer."""
    return Journal(tmp_path / "there")


def live_job(
    cloud: Cloud, profile: FargateProfile, journal: Journal, folder: Path
) -> tuple[str, subprocess.Popen]:
    """Start a job from a process of its own; return its id and the process once tiles are being done."""
    cloud.control("fault", on="slow", where={"event": "s3:PutObject"}, ends="npz", seconds=0.3)
    client = start_client(profile, journal, scene_path(SCENE), folder / "labels.tif", folder / "said")
    wait_for(lambda: any(e.state == "running" for e in journal.entries()) and busy_worker(cloud))
    return journal.entries()[0].job_id, client


def test_a_job_whose_computer_is_gone_is_watched_and_collected_by_two_others(
    cloud: Cloud,
    profile: FargateProfile,
    journal: Journal,
    there: Journal,
    expected: np.ndarray,
    tmp_path: Path,
) -> None:
    two = replace(profile, workers=2)
    job_id, client = live_job(cloud, two, journal, tmp_path)
    client.kill()
    client.wait()
    (state,) = list_jobs(two, there)
    assert cloud.tasks("worker", "RUNNING") and state.state in UNDER_WAY
    assert (state.job_id, state.own, state.output) == (job_id, False, "")
    assert state.fraction < 1 and state.input.endswith(SCENE)
    with pytest.raises(JobError, match="say where its raster should go"):
        collect_job(job_id, two, journal=there, pace=PACE)

    # One computer watches it, and another one lists it meanwhile and waits for the raster.
    watcher = Listener()
    watching = in_background(lambda: watch_job(job_id, two, there, watcher, pace=PACE))
    third, output = Journal(tmp_path / "third"), tmp_path / "third.tif"
    assert [s.state for s in list_jobs(two, third)][0] in UNDER_WAY
    wait_for(lambda: any("tiles done" in text for text in watcher.messages))
    watching.join(60)
    assert not watching.is_alive() and "The raster is complete." in watcher.messages
    assert [s.state for s in list_jobs(two, third)] == ["finished"]
    said = tmp_path / "third.txt"
    collector = start_client(two, third, Path(SCENE), output, said, collect=job_id)
    assert collector.wait(60) == 0, said.read_text()
    assert (labels_of(output) == expected).all()
    assert nothing_left(cloud, third)

    # The other two see what has become of it, and can forget it.
    for other in (journal, there):
        (state,) = list_jobs(two, other)
        assert state.state == "failed" and "by another program or computer" in state.error
        assert delete_job(job_id, two, other, pace=PACE) == []
        assert list_jobs(two, other) == [] and nothing_left(cloud, other)


def test_a_job_is_collected_while_its_workers_run(
    cloud: Cloud,
    profile: FargateProfile,
    journal: Journal,
    there: Journal,
    expected: np.ndarray,
    tmp_path: Path,
) -> None:
    two, output = replace(profile, workers=2), tmp_path / "there.tif"
    job_id, client = live_job(cloud, two, journal, tmp_path)
    client.kill()
    client.wait()
    assert cloud.tasks("worker", "RUNNING")
    listener = Listener()
    result = collect_job(job_id, two, output, there, listener, pace=PACE)
    assert result.segment_count == expected.max()
    assert (labels_of(output) == expected).all()
    assert any("of 28 tiles done" in text for text in listener.messages)
    assert nothing_left(cloud, there)


def test_a_job_is_deleted_while_its_own_computer_watches(
    cloud: Cloud, profile: FargateProfile, journal: Journal, there: Journal, tmp_path: Path
) -> None:
    job_id, client = live_job(cloud, replace(profile, workers=2), journal, tmp_path)
    assert client.poll() is None and cloud.tasks("worker", "RUNNING")
    started = len(cloud.tasks())
    assert delete_job(job_id, profile, there, pace=PACE) == []
    assert client.wait(60) == 1
    said = (tmp_path / "said").read_text()
    assert f"Job {job_id} was collected or deleted by another program or computer" in said
    assert len(cloud.tasks()) == started, "tasks were started again"
    assert not (tmp_path / "labels.tif").exists()
    assert nothing_left(cloud, journal) and nothing_left(cloud, there)


def test_the_same_job_of_another_computer_is_refused(
    cloud: Cloud, profile: FargateProfile, journal: Journal, there: Journal, tmp_path: Path
) -> None:
    job_id, client = live_job(cloud, replace(profile, workers=1), journal, tmp_path)
    client.kill()
    client.wait()
    with pytest.raises(JobError, match="was started by another computer .client .*: collect or delete it"):
        run(profile, there, scene_path(SCENE), tmp_path / "there.tif")
    assert there.entries() == []
    assert delete_job(job_id, profile, there, pace=PACE) == []
    assert nothing_left(cloud, there)
    # What is gone is no problem for the first one.
    assert delete_job(job_id, profile, journal, pace=PACE) == []
    assert nothing_left(cloud, journal)
