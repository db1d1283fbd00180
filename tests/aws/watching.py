"""Looks at a run from outside, and does something to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from shepherd_segmentation.core.aws import FargateProfile, Journal

from .cloud import GUARD, ROOT, Cloud, python_path


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


def start_client(
    profile: FargateProfile,
    journal: Journal,
    source: Path,
    output: Path,
    said: Path | None = None,
    **request: object,
) -> subprocess.Popen:
    """Start a client in a process of its own, which can be killed.

    Parameters
    ----------
    said : Path, optional
        File for what it prints.
    **request
        Other things to do than to segment, see `runs`.
    """
    arguments = {
        "profile": profile.to_dict(),
        "journal": str(journal.folder),
        "source": str(source),
        "output": str(output),
        **request,
    }
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([python_path(), str(ROOT)])}
    assert str(GUARD) in environment["PYTHONPATH"]
    command = [sys.executable, "-m", "tests.aws.runs", json.dumps(arguments)]
    with open(said or os.devnull, "wb") as stream:
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=stream, stderr=stream)
