"""The engine from a terminal."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from shepherd_segmentation.core import VERSION, SegmentationSpec, segment_array, segment_raster
from shepherd_segmentation.core.command_line import main
from tests.core.data import ROOT
from tests.core.images import make_image
from tests.core.rasters import names_in, read_labels, write_raster

LINK = ROOT / ".venv" / "link"
IMAGE = make_image("blobs", 91, 3, 90, 80).astype(np.uint8)
LARGE = make_image("blobs", 92, 3, 1200, 1200).astype(np.uint8)
COMMAND = [sys.executable, "-m", "shepherd_segmentation.core"]


@pytest.fixture
def image(tmp_path: Path) -> str:
    """Write a small input into a folder of its own, and make one for the output."""
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    return write_raster(tmp_path / "in" / "image.tif", IMAGE)


def run(*arguments: object) -> subprocess.CompletedProcess:
    """Run the command in a process of its own."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def environment() -> dict[str, str]:
    """Return the environment in which the package is found."""
    return {**os.environ, "PYTHONPATH": str(LINK)}


def test_success(image: str, tmp_path: Path) -> None:
    output = tmp_path / "out" / "labels.tif"
    done = run("segment", image, output, "--clusters", 8, "--min-segment-size", 6, "--tile-size", 32)
    assert done.returncode == 0, done.stderr
    expected = segment_array(IMAGE, SegmentationSpec(clusters=8, min_segment_size=6))
    np.testing.assert_array_equal(read_labels(output), expected.labels)
    assert done.stdout == f"{expected.segment_count} segments in {output}\n"
    assert "100 %\n" in done.stderr
    for word in ("Stage", "Seconds", "Share", "Reading", "Clustering", "Writing", "Elapsed", "thread(s)"):
        assert word in done.stderr
    assert "Traceback" not in done.stderr


def test_every_option(image: str, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    mask = write_raster(
        tmp_path / "mask.tif", np.pad(np.ones((1, 60, 70), np.uint8), ((0, 0), (0, 30), (0, 10)))
    )
    options = {
        "bands": "3,1", "clusters": "9", "min-segment-size": "7", "connectivity": "8",
        "max-spectral-difference": "inf", "spectral-distance-percentile": "30",
        "band-scaling": "standardise", "smoothing": "0.5", "sample-size": "500", "seed": "4",
        "nodata": "3", "mask": mask, "extent": "500100,5199300,500600,5199800", "tile-size": "17",
        "workers": "2", "max-concurrent-reads": "1", "workspace": str(tmp_path / "work"),
        "creation-option": "COMPRESS=LZW",
    }  # fmt: skip
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    assert main(["segment", image, str(tmp_path / "a.tif"), *arguments]) == 0
    spec = SegmentationSpec(
        bands=(3, 1), clusters=9, min_segment_size=7, connectivity=8,
        max_spectral_difference=float("inf"), spectral_distance_percentile=30,
        band_scaling="standardise", smoothing=0.5, sample_size=500, seed=4, nodata=3,
    )  # fmt: skip
    extent = (500100, 5199300, 500600, 5199800)
    result = segment_raster(image, tmp_path / "b.tif", spec, mask=mask, extent=extent)
    np.testing.assert_array_equal(read_labels(tmp_path / "a.tif"), read_labels(tmp_path / "b.tif"))
    assert capsys.readouterr().out.startswith(f"{result.segment_count} segments in ")
    assert (tmp_path / "work" / "stitched.npz").exists()


@pytest.mark.parametrize("spelling", ["--extent=-110,-90,-60,-30", "--extent -110,-90,-60,-30"])
def test_an_extent_west_of_greenwich(spelling: str, tmp_path: Path) -> None:
    transform = (-120.0, 1.0, 0.0, -20.0, 0.0, -1.0)
    image = write_raster(tmp_path / "image.tif", IMAGE, geotransform=transform)
    assert main(["segment", image, str(tmp_path / "out.tif"), *spelling.split()]) == 0
    assert read_labels(tmp_path / "out.tif").shape == (60, 50)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["{missing}", "{output}"], "Error: Cannot open the raster"),
        (["{image}", "{output}", "--clusters", "0"], "Error: clusters = 0: give a whole number from 1"),
        (["{image}", "{output}", "--extent", "1,2,3"], "Error: extent = "),
        (["{image}", "{image}"], "this is the input; choose another name"),
        (["{image}", "{missing}/labels.tif"], "does not exist"),
        (["{image}", "{output}", "--workers", "-1"], "Error: workers = -1"),
        (["{image}", "{output}", "--mask", "{missing}"], "Error: mask = "),
    ],
)
def test_an_error_is_one_sentence(arguments: list[str], complaint: str, image: str, tmp_path: Path) -> None:
    names = {"image": image, "output": tmp_path / "out" / "labels.tif", "missing": tmp_path / "missing"}
    done = run("segment", *[argument.format(**names) for argument in arguments])
    assert done.returncode == 1
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert names_in(tmp_path / "out") == []


@pytest.mark.parametrize(
    "arguments",
    [[], ["segment"], ["segment", "in.tif"], ["nothing"], ["segment", "a", "b", "--clusters", "many"],
     ["segment", "a", "b", "--connectivity", "6"], ["segment", "a", "b", "--bands", "1,b"]],
)  # fmt: skip
def test_wrong_use(arguments: list[str], capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: python -m shepherd_segmentation.core" in capsys.readouterr().err


def test_help_names_every_parameter(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["segment", "--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    for name in SegmentationSpec.__dataclass_fields__:
        assert f"--{name.replace('_', '-')}" in text


def test_version(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out.strip() == VERSION


def test_a_progress_line_on_a_terminal(image: str, tmp_path: Path) -> None:
    primary, secondary = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "segment", image, str(tmp_path / "out" / "labels.tif")],
        env=environment(),
        stderr=secondary,
        stdout=subprocess.DEVNULL,
    )
    os.close(secondary)
    said = b""
    while True:
        try:
            part = os.read(primary, 4096)
        except OSError:
            break
        if not part:
            break
        said += part
    os.close(primary)
    assert process.wait() == 0
    assert b"\r[" in said
    assert b"100 %" in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("seconds", [0.0, 0.3, 1.0])
def test_ctrl_c(number: int, seconds: float, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    image = write_raster(tmp_path / "large.tif", LARGE)
    # Small tiles make it last.
    process = subprocess.Popen(
        [*COMMAND, "segment", image, str(tmp_path / "out" / "labels.tif"), "--tile-size", "40"],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not names_in(tmp_path / "out"):
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)
    time.sleep(seconds)
    process.send_signal(number)
    start = time.monotonic()
    out, said = process.communicate(timeout=30)
    assert time.monotonic() - start < 4
    assert process.returncode == 130, said
    assert "Cancelled; nothing was written." in said
    assert "Traceback" not in said
    assert out == ""
    assert names_in(tmp_path / "out") == []
