"""What stages of a job on AWS take, and what a raster of 100 000 x 100 000 pixels is predicted to."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np

from shepherd_segmentation.core import SegmentationSpec
from shepherd_segmentation.core.aws import FargateProfile, prices
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

from .figures import SCENE, Figure, stated
from .rasters import mosaic

SPEC = SegmentationSpec()
#: Where the stages are measured.
_MEASURED_SIDE, _TILE_SIZE = 8192, 1024
#: The raster of the predictions.
SIDE, BANDS = 100_000, 4
WORKERS = (1, 5, 10, 20, 50, 100)


def stage_seconds() -> Rates:
    """Measure the stages on one thread, in seconds per pixel; those of the coordinator by halves.

    "alone" is what one thread does while the others wait, "shared" is what all do.
    """
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "large.tif"
        mosaic(SCENE, path, _MEASURED_SIDE)
        return _stage_seconds(describe_raster(str(path)))


def _stage_seconds(info: RasterInfo) -> Rates:
    bounds, timings, workspace = Window(0, 0, info.rows, info.columns), Timings(), MemoryWorkspace()
    workspace.resumable = True
    alone: dict[str, float] = {"append": 0.0, "search": 0.0}
    with WorkerPool(1, lambda: None) as pool:
        for half in ("prepared", "stitched"):  # each with a source of its own, whose cache is empty
            with RasterReading(info) as source, _timed(alone):
                run = Run(source, bounds, SPEC, _TILE_SIZE, workspace, pool, Progress(), timings)
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
