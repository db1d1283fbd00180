"""What AWS Fargate adds to a local run, measured on an emulated AWS; and predictions from stage times."""

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

import numpy as np
from osgeo import gdal

from shepherd_segmentation.core import SegmentationSpec, segment_raster
from shepherd_segmentation.core.aws import Fargate, FargateProfile, Journal, Pace, prices
from shepherd_segmentation.core.aws.estimation import estimate
from shepherd_segmentation.core.aws.packing import pack, unpack
from shepherd_segmentation.core.aws.prediction import Rates, predict
from shepherd_segmentation.core.executors.threads import WorkerPool
from shepherd_segmentation.core.grid import Window
from shepherd_segmentation.core.label_output import write_labels
from shepherd_segmentation.core.pipeline.run import Run
from shepherd_segmentation.core.progress import Progress
from shepherd_segmentation.core.raster.formats import output_format
from shepherd_segmentation.core.raster.source import RasterInfo, RasterSource, describe_raster
from shepherd_segmentation.core.regions import eliminate, stitch
from shepherd_segmentation.core.timings import Timings
from shepherd_segmentation.core.workspace.memory import MemoryWorkspace

from ..aws.cloud import BUCKET, Cloud
from .figures import SCENE, Figure, at_most, stated
from .rasters import mosaic

SPEC = SegmentationSpec()
PACE = Pace(poll=0.5, supervise=5.0, wait=2, lease=60, idle=120.0, patience=10.0)
#: The raster of the predictions.
SIDE, BANDS = 100_000, 4
WORKERS = (1, 5, 10, 20, 50, 100)
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


#: The plugin's default, and what it advises for AWS.
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


def stage_seconds() -> Rates:
    """Measure the stages on one thread, in seconds per pixel; those of the coordinator by halves.

    "alone" is what one thread does while the others wait, "shared" is what all do.
    """
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "large.tif"
        mosaic(SCENE, path, CASES[0].side)
        return _stage_seconds(describe_raster(str(path)))


def _stage_seconds(info: RasterInfo) -> Rates:
    bounds, timings, workspace = Window(0, 0, info.rows, info.columns), Timings(), MemoryWorkspace()
    workspace.resumable = True
    alone: dict[str, float] = {"append": 0.0, "search": 0.0}
    with WorkerPool(1, lambda: None) as pool:
        for half in ("prepared", "stitched"):  # each with a source of its own, whose cache is empty
            with RasterReading(info) as source, _timed(alone):
                run = Run(source, bounds, SPEC, CASES[0].tile_size, workspace, pool, Progress(), timings)
                before = timings.as_dict()
                run.prepared() if half == "prepared" else run.stitched(run.prepared())
                after = timings.as_dict()
    pixels = bounds.pixels
    found = {stage: (after[stage] - before[stage]) / pixels for stage in after}
    store, unstore = _storing(workspace, len(run.grid))
    plain, compressed = (_writing(run, info, options) for options in ("COMPRESS=NONE", "ZLEVEL=1"))
    return Rates(
        read=found["reading"],
        store=store / pixels,
        cluster_per_centre_and_band=found["clustering"] / SPEC.clusters / len(info.bands),
        segment=found["segmenting"] + found["tile_elimination"],
        stitch_alone=alone["append"] / pixels,
        stitch_shared=found["stitching"] - alone["append"] / pixels + unstore / pixels,
        eliminate_alone=found["elimination"] - alone["search"] / pixels,
        eliminate_shared=alone["search"] / pixels,
        write_alone=plain / pixels,
        write_shared=max(compressed - plain, 0.0) / pixels,
    )


def _writing(run: Run, info: RasterInfo, option: str) -> float:
    """Return the seconds that one thread takes to write the raster."""
    with tempfile.TemporaryDirectory() as folder, WorkerPool(1, lambda: None) as pool:
        path = str(Path(folder) / "labels.tif")
        form = output_format(path, [option, "NUM_THREADS=1"])
        stitched = run.stitched(run.prepared())
        start = time.perf_counter()
        write_labels(replace(run, pool=pool), stitched, path, form, info, {"SHEPHERD_VERSION": "-"})
        return time.perf_counter() - start


class RasterReading(RasterSource):
    """A source that is closed at the end of a block."""

    def __enter__(self) -> RasterReading:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def _timed(seconds: dict[str, float]) -> Iterator[None]:
    """Add up the time of the parts that run on all threads, or on one only."""

    def measuring(name: str, function: object) -> object:
        def call(*arguments: object) -> object:
            start = time.perf_counter()
            try:
                return function(*arguments)
            finally:
                seconds[name] += time.perf_counter() - start

        return call

    append, search = stitch.Stitcher._append, eliminate._search
    with (
        mock.patch.object(stitch.Stitcher, "_append", measuring("append", append)),
        mock.patch.object(eliminate, "_search", measuring("search", search)),
    ):
        yield


def _storing(workspace: MemoryWorkspace, tiles: int) -> tuple[float, float]:
    """Return the seconds to pack all tiles' objects, and to unpack their graphs."""
    objects = {f"{k}/{t}": workspace.get(f"{k}/{t}") for k in ("labels", "graph") for t in range(tiles)}
    pack({"labels": np.ones((2, 2), np.uint32)})
    start = time.perf_counter()
    packed = {name: pack(arrays) for name, arrays in objects.items()}
    middle = time.perf_counter()
    for name, data in packed.items():
        if name.startswith("graph/"):
            unpack(data, name)
    return middle - start, time.perf_counter() - middle


def predictions() -> list[Figure]:
    """Predict a raster of 100 000 x 100 000 pixels, and what a gigapixel costs."""
    rates = stage_seconds()
    figures = [
        stated(f"{name.replace('_', ' ')}, one thread", f"{1e9 * seconds:.2f} ns/pixel")
        for name, seconds in vars(rates).items()
    ]
    values = {
        "name": "prices",
        "region": "us-east-1",
        "bucket": "any-bucket",
        "image": "any",
        "task_role_arn": "arn:aws:iam::123456789012:role/a",
        "execution_role_arn": "arn:aws:iam::123456789012:role/b",
        "subnets": ["subnet-0"],
        "security_groups": ["sg-0"],
        "cpu": 4096,
        "memory": 16384,
    }
    for kind, spot in (("on demand", False), ("Spot", True)):
        profile = FargateProfile.from_dict({**values, "spot": spot})
        found = estimate(profile, SIDE, SIDE, BANDS, 4, SPEC, 2048, 20, False)
        cost = found.cost / (SIDE * SIDE / 1e9)
        figures.append(stated(f"cost per gigapixel, {kind}, {prices.DATE}", f"{cost:.2f} US dollars"))
    coordinator = found.coordinator
    figures.append(
        stated(
            f"{SIDE} x {SIDE}: coordinator",
            f"{found.coordinator_memory / 2**30:.0f} GB needed: {coordinator[0] // 1024} vCPU, "
            f"{coordinator[1] // 1024} GB, disk {coordinator[2]} GiB",
        )
    )
    for workers in WORKERS:
        seconds = predict(SIDE * SIDE, BANDS, SPEC.clusters, workers, 4.0, coordinator[0] / 1024, rates)
        minutes, name = seconds.total / 60, f"{workers} workers of 4 vCPU"
        target, passed = ("at most 10 min", minutes <= 10) if workers == 20 else ("", None)
        figures.append(Figure(name, f"{minutes:.1f} min, longest: {seconds.limiting}", target, passed))
    return figures
