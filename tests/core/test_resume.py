"""A run that was killed goes on from its finished tiles."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from shepherd_segmentation.core import (
    Cancelled,
    Progress,
    SegmentationSpec,
    WorkspaceError,
    segment_array,
    segment_raster,
)
from tests.core.data import ROOT
from tests.core.images import make_image
from tests.core.rasters import read_labels, write_raster

LINK = ROOT / ".venv" / "link"
IMAGE = make_image("blobs", 41, 3, 700, 700).astype(np.uint8)
SPEC = SegmentationSpec(clusters=20, min_segment_size=20)
TILE_SIZE = 50
TILES = 14 * 14

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")


@pytest.fixture(scope="module")
def expected() -> NDArray:
    """Return the labels of an undisturbed run."""
    return segment_array(IMAGE, SPEC).labels


@pytest.fixture
def image(tmp_path: Path) -> str:
    """Write the input."""
    return write_raster(tmp_path / "image.tif", IMAGE)


def start(image: str, tmp_path: Path, *more: str) -> subprocess.Popen:
    """Start a run in another process."""
    command = [
        sys.executable, "-m", "shepherd_segmentation.core", "segment", image, str(tmp_path / "labels.tif"),
        "--clusters", "20", "--min-segment-size", "20", "--tile-size", str(TILE_SIZE), "--workers", "1",
        "--workspace", str(tmp_path / "work"), *more,
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(LINK)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def kill_when(process: subprocess.Popen, reached: Callable[[], bool]) -> None:
    """Send SIGKILL as soon as a condition holds."""
    deadline = time.monotonic() + 60
    while not reached():
        assert process.poll() is None, f"it ended too early: {process.communicate()}"
        assert time.monotonic() < deadline, "it never came that far"
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def finish(image: str, tmp_path: Path, expected: NDArray) -> bytes:
    """Run again to the end, in a process again; return what it said."""
    process = start(image, tmp_path)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    np.testing.assert_array_equal(read_labels(tmp_path / "labels.tif"), expected)
    return said


def objects(tmp_path: Path) -> dict[str, int]:
    """Return the objects of the workspace and when each was written."""
    work = tmp_path / "work"
    return {path.relative_to(work).as_posix(): path.stat().st_mtime_ns for path in work.rglob("*.npz")}


def count(tmp_path: Path, kind: str) -> int:
    """Count the objects of a kind."""
    folder = tmp_path / "work" / kind
    return len(list(folder.glob("*.npz"))) if folder.is_dir() else 0


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
def test_killed_while_tiles_are_segmented(
    share: float, image: str, expected: NDArray, tmp_path: Path
) -> None:
    process = start(image, tmp_path)
    kill_when(process, lambda: count(tmp_path, "graph") >= share * TILES)
    assert not (tmp_path / "labels.tif").exists()
    before = objects(tmp_path)
    assert "stitched.npz" not in before
    said = finish(image, tmp_path, expected)
    after = objects(tmp_path)
    finished = [name for name in before if name.startswith("graph/")]
    assert {name: after[name] for name in finished} == {name: before[name] for name in finished}
    assert after["prepared.npz"] == before["prepared.npz"]
    assert f"Going on from {len(finished)} finished tile(s) of {TILES}.".encode() in said


def test_killed_while_the_clusters_are_fitted(image: str, expected: NDArray, tmp_path: Path) -> None:
    process = start(image, tmp_path)
    kill_when(process, lambda: (tmp_path / "work" / "job.json").exists())
    assert "graph" not in str(objects(tmp_path))
    finish(image, tmp_path, expected)


def test_killed_while_the_raster_is_written(image: str, expected: NDArray, tmp_path: Path) -> None:
    process = start(image, tmp_path)
    kill_when(process, (tmp_path / "work" / "stitched.npz").exists)
    before = objects(tmp_path)
    finish(image, tmp_path, expected)
    assert objects(tmp_path) == before


def test_killed_again_and_again(image: str, expected: NDArray, tmp_path: Path) -> None:
    for share in (0.05, 0.2, 0.5, 0.8):
        process = start(image, tmp_path)
        kill_when(process, lambda share=share: count(tmp_path, "labels") >= share * TILES)
    finish(image, tmp_path, expected)


def test_a_finished_workspace_is_only_written_again(image: str, expected: NDArray, tmp_path: Path) -> None:
    finish(image, tmp_path, expected)
    before = objects(tmp_path)
    (tmp_path / "labels.tif").unlink()
    finish(image, tmp_path, expected)
    assert objects(tmp_path) == before


def test_an_object_that_was_half_written_is_not_taken_for_one(
    image: str, expected: NDArray, tmp_path: Path
) -> None:
    process = start(image, tmp_path)
    kill_when(process, lambda: count(tmp_path, "graph") >= 5)
    half = tmp_path / "work" / "graph" / ".100.npz.0123.partial"
    half.write_bytes(b"PK")
    finish(image, tmp_path, expected)
    assert not half.exists()
    assert not list((tmp_path / "work").rglob(".*"))


class CancelAt(Progress):
    """Cancels once a share of the run is done."""

    def __init__(self, share: float) -> None:
        self.share, self.done, self.messages = share, 0.0, []

    def fraction(self, done: float) -> None:
        self.done = done

    def message(self, text: str) -> None:
        self.messages.append(text)

    def is_cancelled(self) -> bool:
        return self.done >= self.share


@pytest.mark.parametrize("share", [0.01, 0.2, 0.5, 0.7, 0.9])
def test_a_run_that_was_cancelled_goes_on_too(
    share: float, image: str, expected: NDArray, tmp_path: Path
) -> None:
    output = tmp_path / "labels.tif"
    options = {"tile_size": TILE_SIZE, "workspace": tmp_path / "work"}
    with pytest.raises(Cancelled):
        segment_raster(image, output, SPEC, **options, workers=2, progress=CancelAt(share))
    before = objects(tmp_path)
    assert not output.exists()
    # Other numbers of workers and of reads are no other run.
    segment_raster(image, output, SPEC, **options, workers=4, max_concurrent_reads=1)
    np.testing.assert_array_equal(read_labels(output), expected)
    assert {name: objects(tmp_path)[name] for name in before if name.startswith("graph")} == {
        name: before[name] for name in before if name.startswith("graph")
    }


def test_another_output_from_the_same_workspace(image: str, expected: NDArray, tmp_path: Path) -> None:
    options = {"tile_size": TILE_SIZE, "workspace": tmp_path / "work"}
    first = segment_raster(image, tmp_path / "first.tif", SPEC, **options)
    second = segment_raster(image, tmp_path / "second.img", SPEC, **options)
    np.testing.assert_array_equal(read_labels(tmp_path / "second.img"), expected)
    for name in ("segment_count", "null_count", "single_pixels_eliminated", "small_segments_eliminated"):
        assert getattr(first, name) == getattr(second, name)


def test_two_runs_at_once_are_refused(image: str, expected: NDArray, tmp_path: Path) -> None:
    process = start(image, tmp_path)
    deadline = time.monotonic() + 60
    while not count(tmp_path, "graph"):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(WorkspaceError, match="is in use by another run: wait for it to end, or choose"):
            segment_raster(
                image, tmp_path / "other.tif", SPEC, tile_size=TILE_SIZE, workspace=tmp_path / "work"
            )
        assert not (tmp_path / "other.tif").exists()
    finally:
        process.send_signal(signal.SIGCONT)
        process.communicate(timeout=60)
    assert process.returncode == 0
    np.testing.assert_array_equal(read_labels(tmp_path / "labels.tif"), expected)
