"""The engine in a process of its own: same results, errors, cancel, and crashes that are only errors."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal

from shepherd_segmentation.core import (
    Cancelled,
    ParameterError,
    Progress,
    RasterError,
    SegmentationSpec,
    segment_raster,
)
from shepherd_segmentation.core.engine_process import interpreter, parent
from tests.core.data import scene_path

SPEC = SegmentationSpec(clusters=20, min_segment_size=30, max_spectral_difference=float("inf"))


class Recorder(Progress):
    def __init__(self, cancel_at: float = 2.0) -> None:
        self.fractions, self.messages, self._cancel_at = [], [], cancel_at

    def fraction(self, done: float) -> None:
        self.fractions.append(done)

    def message(self, text: str) -> None:
        self.messages.append(text)

    def is_cancelled(self) -> bool:
        return bool(self.fractions) and self.fractions[-1] >= self._cancel_at


@pytest.fixture
def scene() -> str:
    return str(scene_path("s2_inn_demo_4band.tif"))


def test_result_equals_that_of_this_process(scene: str, tmp_path: Path) -> None:
    progress = Recorder()
    there = parent.call(
        "segment_raster", progress, input=scene, output=tmp_path / "there.tif", spec=SPEC, tile_size=200
    )
    here = segment_raster(scene, tmp_path / "here.tif", SPEC)
    assert there.segment_count == here.segment_count
    assert np.array_equal(there.centres, here.centres)
    first, second = (gdal.Open(str(tmp_path / name)).ReadAsArray() for name in ("there.tif", "here.tif"))
    assert np.array_equal(first, second)
    assert progress.fractions[-1] == 1.0
    assert any("Elapsed" in text for text in progress.messages)


def test_errors_are_those_of_the_engine(scene: str, tmp_path: Path) -> None:
    with pytest.raises(RasterError, match="missing.tif"):
        parent.call("segment_raster", input=tmp_path / "missing.tif", output=tmp_path / "x.tif")
    with pytest.raises(ParameterError, match="bands = 9") as caught:
        parent.call(
            "segment_raster", input=scene, output=tmp_path / "x.tif", spec=SegmentationSpec(bands=(9,))
        )
    assert caught.value.parameter == "bands"
    assert not list(tmp_path.iterdir())


def test_cancel_ends_it_and_leaves_nothing(scene: str, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        parent.call(
            "segment_raster", Recorder(0.05), input=scene, output=tmp_path / "x.tif", spec=SPEC, tile_size=20
        )
    assert not list(tmp_path.iterdir())


def test_a_crash_is_an_error(scene: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    popen = parent.subprocess.Popen

    def remember(*args: object, **kwargs: object) -> object:
        started.append(popen(*args, **kwargs))
        return started[-1]

    def kill() -> None:
        while not started:
            time.sleep(0.01)
        time.sleep(0.5)
        os.kill(started[0].pid, signal.SIGSEGV)

    monkeypatch.setattr(parent.subprocess, "Popen", remember)
    threading.Thread(target=kill, daemon=True).start()
    with pytest.raises(parent.EngineCrashedError, match="signal 11"):
        parent.call("segment_raster", input=scene, output=tmp_path / "x.tif", spec=SPEC, tile_size=3)
    assert not (tmp_path / "x.tif").exists()


def test_the_interpreter_is_never_another_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "qgis-bin"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(interpreter.sys, "executable", str(program))
    assert Path(interpreter.find_interpreter()).name.startswith("python")


def test_an_interpreter_without_the_packages_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as one of pyenv that comes first in PATH, while QGIS uses the system's."""
    other = tmp_path / "python3"
    other.write_text("#!/bin/sh\nexec /usr/bin/env python3 -I -c 'import sys; sys.exit(1)'\n")
    other.chmod(0o755)
    monkeypatch.setattr(interpreter, "_found", {})
    monkeypatch.setattr(interpreter.sys, "executable", str(other))
    found = interpreter.find_interpreter()
    assert found != str(other)
    assert Path(found).name.startswith("python")


def test_packages_that_only_this_process_knows_are_found(
    scene: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """QPIP puts packages into a folder of the profile."""
    (tmp_path / "boto3").mkdir()
    (tmp_path / "boto3" / "__init__.py").touch()
    monkeypatch.delitem(sys.modules, "boto3", raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert str(tmp_path) in interpreter.search_path().split(os.pathsep)
