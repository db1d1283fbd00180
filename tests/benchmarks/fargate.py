"""What AWS Fargate adds to a local run, measured on an emulated AWS."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from osgeo import gdal

from shepherd_segmentation.core import SegmentationSpec, segment_raster
from shepherd_segmentation.core.aws import Fargate, FargateProfile, Journal, Pace

from ..aws.cloud import BUCKET, Cloud
from .figures import SCENE, Figure, at_most, stated
from .prediction import predictions
from .rasters import mosaic

SPEC = SegmentationSpec()
PACE = Pace(poll=0.5, supervise=5.0, wait=2, lease=60, idle=120.0, patience=10.0)
_WORK = re.compile(r"(?:ends after|finished:).* ([\d.]+) s of processor time")
_LINE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) (.*)")


class Case(NamedTuple):
    """A square mosaic, and the tiles it is segmented in."""

    side: int
    tile_size: int

    @property
    def tiles(self) -> int:
        """Number of tiles."""
        return (-(-self.side // self.tile_size)) ** 2


#: The tile sizes that are taken here and on AWS where the user leaves it open.
CASES = (Case(8192, 1024), Case(10240, 2048))


def fargate() -> list[Figure]:
    """Return all figures."""
    return [*offload(), *predictions()]


def offload() -> list[Figure]:
    """Run mosaics here and through the emulated AWS."""
    return [figure for case in CASES for figure in _offload(case)]


def _offload(case: Case) -> list[Figure]:
    with _cloud() as (cloud, profile, folder):
        large = folder / "large.tif"
        mosaic(SCENE, large, case.side)
        cloud.client("s3").upload_file(str(large), BUCKET, "data/scene.tif")
        # The best of each: other work on the machine can only make a run slower.
        runs = [_times(cloud, profile, folder, case.tile_size) for _ in range(3)]
        best = _Times(*(min(values) for values in zip(*runs)))
        name = f"{case.tiles} tiles of {case.tile_size}"
        own, work = (best.offloaded - best.emulated / 2) / best.local, best.offloaded_work / best.local_work
        figures = [
            at_most(f"{name}: elapsed, against 2 local threads", best.offloaded / best.local, 1.3, "x"),
            stated(f"{name}: elapsed without the work of the emulated AWS", f"{own:.2f} x"),
            stated(f"{name}: processor time of the engine", f"{work:.2f} x"),
        ]
        for kind, source in (("local input", str(large)), ("input in S3", f"s3://{BUCKET}/data/scene.tif")):
            cloud.control("clear")
            _offloaded(cloud, profile, folder, source, case.tile_size)
            figures += _traffic(f"{name}, {kind}", cloud, case)
    return figures


@contextmanager
def _cloud() -> Iterator[tuple[Cloud, FargateProfile, Path]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cloud = Cloud(folder)
        try:
            with mock.patch.dict("os.environ", cloud.environment()):
                profile = replace(cloud.furnish(), cpu=2048, memory=8192, workers=1)
                yield cloud, profile, folder
        finally:
            cloud.close()


class _Times(NamedTuple):
    """Seconds that passed, and of processor time, without start-up."""

    local: float
    local_work: float
    offloaded: float
    offloaded_work: float
    emulated: float


def _times(cloud: Cloud, profile: FargateProfile, folder: Path, tile_size: int) -> _Times:
    """Run here and there on the same two cores, which the emulated AWS itself works on, too."""
    with ProcessPoolExecutor(1, get_context("spawn")) as fresh:
        local, local_work = fresh.submit(_locally, folder, tile_size).result()
    before = cloud.processor_time()
    elapsed, work = _offloaded(cloud, profile, folder, f"s3://{BUCKET}/data/scene.tif", tile_size)
    emulated = cloud.processor_time() - before
    here, there = (gdal.Open(str(folder / f"{n}.tif")).ReadAsArray() for n in ("local", "remote"))
    assert (here == there).all(), "the labels differ"
    return _Times(local, local_work, elapsed, work, emulated)


def _locally(folder: Path, tile_size: int) -> tuple[float, float]:
    """Run in a process that is as new as those of a job: memory that it has used before is faster."""
    start = time.process_time()
    timings = segment_raster(
        folder / "large.tif", folder / "local.tif", SPEC, tile_size=tile_size, workers=2
    ).timings
    used = time.process_time() - start
    return timings["total"] - timings["compiling"], used - timings["compiling"]


def _offloaded(
    cloud: Cloud, profile: FargateProfile, folder: Path, source: str, tile_size: int
) -> tuple[float, float]:
    """Run on the emulated AWS; return the seconds from the coordinator's start to its end, and the work."""
    before = {task["id"] for task in cloud.tasks()}
    compute = Fargate(profile, Journal(folder / "journal"), pace=PACE)
    segment_raster(source, folder / "remote.tif", SPEC, tile_size=tile_size, compute=compute)
    assert cloud.leftovers() == []
    tasks = [task for task in cloud.tasks() if task["id"] not in before]
    work = sum(float(found[1]) for task in tasks for line in task["lines"] if (found := _WORK.search(line)))
    (coordinator,) = (task for task in tasks if task["role"] == "coordinator")
    times = {}
    for line in coordinator["lines"]:
        if match := _LINE.fullmatch(line):
            times[match[2].split()[0]] = datetime.strptime(match[1], "%Y-%m-%d %H:%M:%S,%f")
    return (times["finished:"] - times["coordinator"]).total_seconds(), work


def _traffic(name: str, cloud: Cloud, case: Case) -> list[Figure]:
    pixels, tiles = case.side**2, case.tiles
    found = cloud.control("requests")
    sent, fetched = found["bytes"]["client received"], found["bytes"]["client sent"]
    inside = found["bytes"]["task received"] + found["bytes"]["task sent"]
    mine, theirs = (
        sum(count for event, count in found["requests"].items() if event.startswith(who))
        for who in ("client", "task")
    )
    return [
        stated(f"{name}: sent by this computer", f"{sent / pixels:.2f} bytes/pixel"),
        stated(f"{name}: fetched by this computer", f"{fetched / pixels:.2f} bytes/pixel"),
        stated(f"{name}: between S3 and tasks", f"{inside / pixels:.2f} bytes/pixel"),
        stated(
            f"{name}: AWS requests per tile",
            f"{(mine + theirs) / tiles:.1f} ({mine / tiles:.1f} of them by this computer)",
        ),
    ]
