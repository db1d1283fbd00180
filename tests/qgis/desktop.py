"""Runs a script inside the QGIS desktop, on a screen of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.qgis.profile import complaints, environment

needs_desktop = pytest.mark.skipif(
    not (shutil.which("qgis") and shutil.which("xvfb-run")), reason="needs the QGIS desktop and Xvfb"
)


def run_session(
    script: str,
    folder: Path,
    request: dict,
    screen: str = "1280x1024",
    prepare: Callable[[Path], object] = lambda profile: None,
    **variables: str,
) -> dict:
    """Run a script of this folder, and return its report.

    `prepare` may put things into the profile. Pictures go to the folder SHEPHERD_SCREENSHOTS, if that is set.
    """
    (folder / "request.json").write_text(json.dumps(request))
    surroundings = {**environment(folder / "profile", "xcb"), "SHEPHERD_SESSION": str(folder), **variables}
    prepare(folder / "profile" / "profiles" / "default")
    prepare(folder / "profile" / "data" / "QGIS" / "QGIS3" / "profiles" / "default")
    command = ["xvfb-run", "--auto-servernum", f"--server-args=-screen 0 {screen}x24"]
    command += ["qgis", "--nologo", "--noversioncheck", "--code", str(Path(__file__).with_name(script))]
    with open(folder / "output.txt", "w") as output:
        _run_to_the_end(command, env=surroundings, stdout=output, stderr=output)
    wanted = os.environ.get("SHEPHERD_SCREENSHOTS")
    if wanted:
        Path(wanted).mkdir(parents=True, exist_ok=True)
        for picture in folder.glob("*.png"):
            shutil.copy(picture, wanted)
    path, said = folder / "report.json", (folder / "output.txt").read_text()
    assert path.exists(), said
    found = json.loads(path.read_text())
    assert "done" in found, f"QGIS ended in {found['step']}: {said}"
    complained = complaints(folder / "profile")
    assert not complained.exists(), complained.read_text()
    return found


def _run_to_the_end(command: list[str], **options: object) -> None:
    """Run a command; if it takes too long, end it and everything that it has started."""
    process = subprocess.Popen(command, start_new_session=True, **options)
    try:
        process.wait(timeout=170)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
