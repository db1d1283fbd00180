"""The engine in a process of its own runs on AWS; secrets reach it through its pipe only."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from shepherd_segmentation.core import Cancelled
from shepherd_segmentation.core.aws import FargateCompute, FargateProfile, Journal, Keys
from shepherd_segmentation.core.engine_process import parent

from .cloud import PACE, Cloud
from .runs import SPEC, TILE, Listener, labels_of
from .watching import nothing_left

KEY, SECRET = "AKIDCLIENTPIPE", "piped-s3cr3t-9471"


class Spy(Listener):
    """Looks at the engine's process whenever it says something."""

    def __init__(self, cancel_at: str = "") -> None:
        super().__init__(cancel_at)
        self.seen: dict[str, bytes] = {}

    def message(self, text: str) -> None:
        for pid in _children():
            for name in ("environ", "cmdline"):
                self.seen[f"{pid} {name}"] = _read(f"/proc/{pid}/{name}")
        super().message(text)


def _children() -> list[int]:
    """Return this process's children that are the engine."""
    task = f"/proc/{os.getpid()}/task"
    found = [int(pid) for thread in os.listdir(task) for pid in _read(f"{task}/{thread}/children").split()]
    return [pid for pid in found if _read(f"/proc/{pid}/cmdline").rstrip(b"\0").endswith(b"\0engine")]


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


@pytest.fixture
def elsewhere(profile: FargateProfile, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> FargateCompute:
    """A compute whose keys only this process knows."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("SHEPHERD_JOURNAL", str(journal.folder))
    keys = Keys({"a1b2c3d": (KEY, SECRET, None)})
    return FargateCompute(replace(profile, workers=1, auth_config="a1b2c3d"), keys, PACE)


def kept_secret(spy: Spy, folder: Path) -> bool:
    """Tell whether the secret was in the process's pipe and nowhere else."""
    assert any(name.endswith("cmdline") for name in spy.seen)
    assert all(value for name, value in spy.seen.items() if name.endswith("environ"))
    places = {**spy.seen, "messages": "\n".join((*spy.messages, *spy.warnings)).encode()}
    places.update({str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()})
    return [name for name, data in places.items() if SECRET.encode() in data] == []


def test_a_run_in_the_engines_process(
    cloud: Cloud,
    elsewhere: FargateCompute,
    journal: Journal,
    tmp_path: Path,
    small: tuple[Path, np.ndarray],
) -> None:
    spy, output = Spy(), tmp_path / "labels.tif"
    result = parent.call(
        "segment_raster", spy, input=small[0], output=output, spec=SPEC, tile_size=TILE, compute=elsewhere
    )
    assert (labels_of(output) == small[1]).all() and result.segment_count == small[1].max()
    assert kept_secret(spy, tmp_path)
    assert "client ecs:RunTask" in cloud.control("requests")["requests"]
    assert nothing_left(cloud, journal)


@pytest.mark.parametrize("stage", ["Fitting the clusters", "Segmenting tiles"])
def test_a_cancel_of_the_engines_process(
    cloud: Cloud,
    elsewhere: FargateCompute,
    journal: Journal,
    tmp_path: Path,
    small: tuple[Path, np.ndarray],
    stage: str,
) -> None:
    spy, output = Spy(stage), tmp_path / "labels.tif"
    cloud.control("fault", on="slow", where={"event": "s3:PutObject"}, ends="5.npz", seconds=2.0)
    with pytest.raises(Cancelled):
        parent.call(
            "segment_raster", spy, input=small[0], output=output, spec=SPEC, tile_size=TILE, compute=elsewhere
        )
    assert any(text.startswith("Cancelled: stopping the tasks on AWS") for text in spy.messages)
    assert kept_secret(spy, tmp_path) and _children() == []
    assert [path.name for path in tmp_path.iterdir() if path.name != "journal"] == []
    assert nothing_left(cloud, journal)
