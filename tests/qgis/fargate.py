"""QGIS on an emulated AWS that really runs the workers: a profile, its keys, and programs that use both."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from osgeo import gdal

pytest.importorskip("boto3")
pytest.importorskip("moto")

from shepherd_segmentation.core.aws import FargateProfile  # noqa: E402
from shepherd_segmentation.core.aws.s3_workspace import S3Workspace  # noqa: E402
from tests.aws.cloud import GUARD, Cloud  # noqa: E402
from tests.qgis.profile import environment  # noqa: E402

# Debian's wrapper of that name passes an option first that old versions take for a command.
PROGRAM = shutil.which("qgis_process.bin") or shutil.which("qgis_process")
#: Seconds for a whole run on a busy machine.
PATIENCE = 150

#: The segmentation of all tests: 12 tiles of the image.
SEGMENTATION = {"CLUSTERS": 20, "MIN_SEGMENT_SIZE": 30, "TILE_SIZE": 64}
NAME = "Büro 1"
SECRET = "a-secret-that-is-nowhere-else"


@dataclass
class Office:
    """An AWS with all that an administrator makes, and a journal of its own.

    Parameters
    ----------
    cloud : Cloud
    profile : dict
        As the settings keep it, under `NAME`.
    journal : Path
    """

    cloud: Cloud
    profile: dict
    journal: Path

    @classmethod
    def of(cls, cloud: Cloud, profile: FargateProfile, journal: Path) -> Office:
        """Return an AWS that works without faults, and has done nothing yet."""
        cloud.earlier.update(task["id"] for task in cloud.tasks())
        cloud.control("clear")
        cloud.control("delay", seconds=0.05)
        return cls(cloud, {**profile.to_dict(), "name": NAME, "workers": 1}, journal)

    def jobs(self) -> list[str]:
        """Return the ids of the jobs in the journal."""
        return sorted(path.parent.name for path in self.journal.glob("*/job.json"))

    def states(self) -> list[str]:
        """Return the states of the jobs in the journal."""
        found = (path.read_text() for path in sorted(self.journal.glob("*/job.json")))
        return [json.loads(text)["state"] for text in found]

    def left(self) -> list[str]:
        """Return what a job has left behind, at AWS or here."""
        return [*self.cloud.leftovers(), *self.jobs()]

    def slow(self, event: str, seconds: float, **details: object) -> None:
        """Have AWS answer late."""
        self.cloud.control("fault", on="slow", where={"event": event}, seconds=seconds, **details)

    def delay(self, tile: int, seconds: float) -> None:
        """Have a tile arrive late at the coordinator, which is segmenting until then."""
        key = S3Workspace.key(SimpleNamespace(prefix=""), f"graph/{tile}.npz")
        self.slow("s3:GetObject", seconds, ends=key)

    def objects_with(self, text: str) -> list[str]:
        """Return the objects in the bucket that hold a text."""
        s3, bucket = self.cloud.client("s3"), self.profile["bucket"]
        keys = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
        assert keys, "there is nothing in the bucket"
        found = {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}
        return [key for key, body in found.items() if text.encode() in body]

    def variables(self) -> dict[str, str]:
        """Return the variables of a program that uses this AWS and no other."""
        packages = Path(find_spec("numba").origin).parents[1]
        return {
            **self.cloud.environment(),
            "SHEPHERD_JOURNAL": str(self.journal),
            "PYTHONPATH": os.pathsep.join([str(GUARD), str(packages)]),
        }

    def program(self, folder: Path, platform: str = "offscreen", **settings: str) -> dict[str, str]:
        """Make a QGIS profile that has the Fargate profile; return the environment that uses it."""
        surroundings = {**environment(folder, platform), **self.variables()}
        for file in folder.glob("**/QGIS3.ini"):
            keep_in(file, profiles={NAME: self.profile}, settings=settings)
        return surroundings


def until(happened: Callable[[], object], process: subprocess.Popen | None = None) -> None:
    """Wait until something is the case, while a process runs."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert process is None or process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def segmenting(surroundings: dict, values: dict, *options: str) -> Iterator[subprocess.Popen]:
    """Start qgis_process; it is killed at the end, if it still runs."""
    settings = [f"{name}={value}" for name, value in {**SEGMENTATION, "COMPUTE": NAME, **values}.items()]
    command = [PROGRAM, *options, "run", "shepherd:segmenttiled", "--", *settings]
    with subprocess.Popen(
        command, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def leave_a_job(office: Office, surroundings: dict, values: dict) -> str:
    """Start a job, kill its client as soon as everything is sent, and return the job's id."""
    with segmenting(surroundings, values) as process:
        until(lambda: "running" in office.states(), process)
        family = set(processes_of(process.pid))
        process.kill()
    until(lambda: not family & set(processes_of(1)))
    assert office.states() == ["running"]
    return office.jobs()[0]


def keep_in(file: Path, **values: dict) -> None:
    """Keep values of the plugin in the settings file of a QGIS profile."""
    from qgis.PyQt.QtCore import QSettings

    stored = QSettings(str(file), QSettings.Format.IniFormat)
    for key, value in values.items():
        stored.setValue(f"shepherd_segmentation/{key}", json.dumps(value))
    stored.sync()


def labels_of(path: str | Path) -> np.ndarray:
    """Read a label raster."""
    return gdal.Open(str(path)).ReadAsArray()


def processes_of(pid: int) -> dict[int, str]:
    """Return the command lines of a process and all that it has started, by their ids."""
    parents, commands = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            commands[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue
        parents[int(folder.name)] = int(fields[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return {child: commands[child] for child in found}


def environment_of(pid: int) -> str:
    """Return the variables of a process."""
    try:
        return Path(f"/proc/{pid}/environ").read_text(errors="replace")
    except OSError:
        return ""


def files_with(folder: Path, text: str) -> list[str]:
    """Return the files below a folder that hold a text."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return [str(path) for path in files if text.encode() in path.read_bytes()]
