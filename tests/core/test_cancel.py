"""A request to stop is heard soon, at any moment, and leaves nothing behind."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from shepherd_segmentation.core import (
    Cancelled,
    Progress,
    SegmentationSpec,
    raster_segmentation,
    segment_array,
    segment_raster,
)
from shepherd_segmentation.core.compiling import compile_kernels
from tests.core.images import make_image
from tests.core.rasters import names_in, write_raster

SPEC = SegmentationSpec(clusters=40, min_segment_size=30)
IMAGE = make_image("blobs", 71, 3, 1500, 1500).astype(np.uint8)
#: What contract 6 allows, in seconds.
PROMPT = 2.0


class StopWatch(Progress):
    """Says stop at the n-th question, or some time after the first, and measures how long that takes."""

    def __init__(self, questions: int = 10**9, seconds: float = 1e9) -> None:
        self._questions, self._seconds = questions, seconds
        self._start: float | None = None
        self.asked, self.said = 0, None

    def is_cancelled(self) -> bool:
        self._start = self._start or time.monotonic()
        self.asked += 1
        now = time.monotonic()
        if self.asked >= self._questions or now - self._start >= self._seconds:
            self.said = self.said or now
        return self.said is not None

    @property
    def waited(self) -> float:
        """Seconds since it said stop; it is asked again and again, so this is when it was first heard."""
        return time.monotonic() - self.said


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    """Compile first: that goes on in the background after a run that was cancelled."""
    compile_kernels(np.dtype(np.float32), False, Progress())


@pytest.fixture
def image(tmp_path: Path) -> str:
    """Write the input into a folder of its own."""
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    return write_raster(tmp_path / "in" / "image.tif", IMAGE, options=("TILED=YES",))


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> int:
    """Count how often a whole run asks."""
    folder = tmp_path_factory.mktemp("questions")
    path = write_raster(folder / "image.tif", IMAGE)
    progress = StopWatch()
    segment_raster(path, folder / "labels.tif", SPEC, tile_size=128, workers=2, progress=progress)
    assert progress.asked > 50, "a run should ask often"
    return progress.asked


def check_cancelled(image: str, tmp_path: Path, progress: StopWatch, **options: object) -> bool:
    """Run until it is cancelled; tell whether that happened before the end."""
    output = tmp_path / "out" / options.pop("name", "labels.tif")
    output.write_bytes(b"older")
    threads = threading.active_count()
    try:
        segment_raster(image, output, SPEC, workers=2, progress=progress, **options)
    except Cancelled:
        assert progress.waited < PROMPT
        assert output.read_bytes() == b"older"
        assert names_in(output.parent) == [output.name]
        assert names_in(tmp_path / "in") == ["image.tif"]
        assert threading.active_count() <= threads, "threads go on working"
        return True
    return False


@pytest.mark.parametrize("share", [0.0, 0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 0.95])
def test_at_any_question(share: float, image: str, questions: int, tmp_path: Path) -> None:
    # How often a run asks depends on how long it takes: it may end before the last ones.
    progress = StopWatch(questions=max(1, int(share * questions)))
    assert check_cancelled(image, tmp_path, progress, tile_size=128) or share > 0.5


@pytest.mark.parametrize("seconds", [0.02, 0.1, 0.3, 0.6, 1.0])
@pytest.mark.parametrize("tile_size", [100, 4096])
def test_at_any_time(seconds: float, tile_size: int, image: str, tmp_path: Path) -> None:
    check_cancelled(image, tmp_path, StopWatch(seconds=seconds), tile_size=tile_size)


@pytest.mark.parametrize("name", ["labels.img", "labels.cog.tif"])
@pytest.mark.parametrize("seconds", [0.4, 0.7, 1.0, 1.3])
def test_while_other_formats_are_written(name: str, seconds: float, image: str, tmp_path: Path) -> None:
    check_cancelled(image, tmp_path, StopWatch(seconds=seconds), name=name)


@pytest.mark.parametrize("seconds", [0.05, 0.3, 0.8])
def test_temporary_labels_go_too(
    seconds: float, image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raster_segmentation, "_SMALL_LABELS", 0)
    check_cancelled(image, tmp_path, StopWatch(seconds=seconds), tile_size=200)


def test_a_workspace_stays(image: str, tmp_path: Path) -> None:
    progress = StopWatch(seconds=0.5)
    assert check_cancelled(image, tmp_path, progress, tile_size=64, workspace=tmp_path / "work")
    assert (tmp_path / "work" / "job.json").exists()
    assert not [name for name in names_in(tmp_path / "work") if "partial" in name]


@pytest.mark.usefixtures("questions")  # a run before it: kernels that are still being loaded have a thread
def test_while_a_mask_is_laid_over_the_image(image: str, tmp_path: Path) -> None:
    mask = write_raster(tmp_path / "mask.tif", np.ones((1, 1500, 1500), np.uint8))
    for questions in (1, 2, 3):
        assert check_cancelled(image, tmp_path, StopWatch(questions=questions), mask=mask)


def test_while_many_clusters_are_fitted(image: str, tmp_path: Path) -> None:
    spec = SegmentationSpec(clusters=3000, sample_size=1_000_000)
    progress = StopWatch(seconds=1.5)
    with pytest.raises(Cancelled):
        segment_raster(image, tmp_path / "out" / "labels.tif", spec, progress=progress)
    assert progress.waited < PROMPT
    assert names_in(tmp_path / "out") == []


def test_while_a_wide_gaussian_is_applied(image: str, tmp_path: Path) -> None:
    spec = SegmentationSpec(smoothing=25)
    progress = StopWatch(seconds=1.0)
    with pytest.raises(Cancelled):
        segment_raster(image, tmp_path / "out" / "labels.tif", spec, tile_size=1500, progress=progress)
    assert progress.waited < PROMPT
    assert names_in(tmp_path / "out") == []


@pytest.mark.parametrize("seconds", [0.05, 0.4])
def test_an_array(seconds: float) -> None:
    progress = StopWatch(seconds=seconds)
    with pytest.raises(Cancelled):
        segment_array(np.tile(IMAGE, (1, 2, 2)), SPEC, progress=progress)
    assert progress.waited < PROMPT


def test_before_anything_happened(image: str, tmp_path: Path) -> None:
    assert check_cancelled(image, tmp_path, StopWatch(questions=1))


def test_progress_goes_from_0_to_1_in_small_steps(image: str, tmp_path: Path) -> None:
    class Recorder(Progress):
        def __init__(self) -> None:
            self.fractions, self.threads, self.messages = [], set(), []

        def fraction(self, done: float) -> None:
            self.fractions.append(done)
            self.threads.add(threading.get_ident())

        def message(self, text: str) -> None:
            self.messages.append(text)
            self.threads.add(threading.get_ident())

    recorder = Recorder()
    segment_raster(image, tmp_path / "out" / "labels.tif", SPEC, tile_size=128, progress=recorder, workers=2)
    steps = np.diff(recorder.fractions)
    assert steps.min() > -1e-9, "progress never goes back"
    assert recorder.fractions[-1] == 1.0
    assert recorder.fractions[0] < 0.1
    assert steps.max() < 0.1
    assert recorder.threads == {threading.get_ident()}, "only the caller's thread may talk to the user"
    for word in (
        "Reading",
        "Clustering",
        "Segmenting tiles",
        "Stitching",
        "Elimination",
        "Writing",
        "Elapsed",
    ):
        assert word in recorder.messages[-1]
