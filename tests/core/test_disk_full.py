"""A disk that fills up is reported, and costs neither an older result nor finished tiles."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from osgeo import gdal

from shepherd_segmentation.core import (
    RasterError,
    SegmentationSpec,
    WorkspaceError,
    raster_segmentation,
    segment_array,
    segment_raster,
)
from tests.core.images import make_image
from tests.core.rasters import names_in, read_labels, write_raster

SPEC = SegmentationSpec(clusters=30, min_segment_size=3)
IMAGE = make_image("noise", 61, 2, 300, 300).astype(np.uint8)
DISK = 2 * 2**20

# What is cleaned up late must not complain on the user's console.
pytestmark = pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="module")
def expected() -> NDArray:
    """Return the labels of the image in memory."""
    return segment_array(IMAGE, SPEC).labels


@pytest.fixture
def image(tmp_path: Path) -> str:
    """Write the input, on a disk with room."""
    return write_raster(tmp_path / "image.tif", IMAGE)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a small disk."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("a disk can only be mounted by the administrator")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def leave(folder: Path, room: int) -> Path:
    """Fill a disk until this many bytes are left."""
    filler = folder / "filler"
    with open(filler, "wb") as stream:
        status = os.statvfs(folder)
        stream.write(b"\0" * (status.f_bavail * status.f_frsize - room))
    return filler


NAMES = ["labels.tif", "labels.img", "labels.cog.tif"]


@pytest.mark.parametrize("name", NAMES)
def test_the_output_is_complete_or_the_older_one(
    name: str, image: str, disk: Path, expected: NDArray, tmp_path: Path
) -> None:
    (tmp_path / "roomy").mkdir()
    segment_raster(image, tmp_path / "roomy" / name, SPEC, tile_size=100)
    needed = sum(path.stat().st_size for path in (tmp_path / "roomy").iterdir())
    output = disk / name
    outcomes = []
    for room in [0, 4096, *range(needed // 3, needed + 2**16, needed // 6), DISK - 2**17]:
        output.write_bytes(b"older")
        filler = leave(disk, room)
        try:
            segment_raster(image, output, SPEC, tile_size=100, workers=2)
        except RasterError as error:
            outcomes.append(False)
            assert output.read_bytes() == b"older"
            assert names_in(disk) == ["filler", name]
            assert "Cannot" in str(error)
            assert str(disk) in str(error)
        else:
            outcomes.append(True)
            check_complete(output, tmp_path / "roomy" / name, expected)
        filler.unlink()
        for path in disk.iterdir():
            path.unlink()
    assert outcomes[:3] == [False] * 3
    assert outcomes[-1]


def check_complete(output: Path, sample: Path, expected: NDArray) -> None:
    """Assert that a raster has all that another one has."""
    np.testing.assert_array_equal(read_labels(output), expected)
    texts = [gdal.Info(str(path), showRAT=True).replace(str(path.parent), "") for path in (output, sample)]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("room", [0, 4096, 2**16, 2**18])
def test_the_workspace_can_be_gone_on_from(
    room: int, image: str, disk: Path, expected: NDArray, tmp_path: Path
) -> None:
    filler = leave(disk, room)
    output = tmp_path / "labels.tif"
    options = {"tile_size": 60, "workers": 2, "workspace": disk / "work"}
    with pytest.raises(WorkspaceError, match=r"(Cannot write|cannot be) .*No space left on device") as caught:
        segment_raster(image, output, SPEC, **options)
    assert "choose a" in str(caught.value)
    assert not output.exists()
    assert not list(tmp_path.glob(".shepherd*"))
    assert not [name for name in names_in(disk) if "partial" in name]
    filler.unlink()
    segment_raster(image, output, SPEC, **options)
    np.testing.assert_array_equal(read_labels(output), expected)


def test_temporary_labels_beside_the_output(
    image: str, disk: Path, expected: NDArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Labels that would be too large for memory are kept beside the output until they are written.
    monkeypatch.setattr(raster_segmentation, "_SMALL_LABELS", 0)
    filler = leave(disk, 2**17)
    with pytest.raises(WorkspaceError, match=r"Cannot write .*\((No space left on device|is the disk full)"):
        segment_raster(image, disk / "labels.tif", SPEC, tile_size=100)
    assert names_in(disk) == ["filler"]
    filler.unlink()
    segment_raster(image, disk / "labels.tif", SPEC, tile_size=100)
    assert names_in(disk) == ["labels.tif"]
    np.testing.assert_array_equal(read_labels(disk / "labels.tif"), expected)


def test_a_mask_that_does_not_fit(image: str, disk: Path) -> None:
    random = np.random.default_rng(1)
    inside = random.integers(0, 2, (1, 300, 300)).astype(np.uint8)
    mask = write_raster(str(Path(image).parent / "mask.tif"), inside)
    filler = leave(disk, 4096)
    with pytest.raises(RasterError, match=r"mask"):
        segment_raster(image, disk / "labels.tif", SPEC, mask=mask)
    assert names_in(disk) == [filler.name]
