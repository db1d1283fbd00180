"""Speed of a whole segmentation and of its parts, on the benchmark scene."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
from osgeo import gdal

from shepherd_segmentation.core import SegmentationSpec, fit_clusters, segment_raster
from shepherd_segmentation.core.executors.threads import WorkerPool
from shepherd_segmentation.core.grid import Window
from shepherd_segmentation.core.pipeline.run import Run
from shepherd_segmentation.core.progress import Progress
from shepherd_segmentation.core.raster.source import ArraySource
from shepherd_segmentation.core.timings import STAGES, Timings
from shepherd_segmentation.core.workspace.memory import MemoryWorkspace

from .figures import SCENE, Figure, at_least, at_most, best_of, stated
from .rasters import read_and_write, seconds_to_read

SPEC = SegmentationSpec(clusters=60, min_segment_size=50)


def whole_run() -> list[Figure]:
    """A run from file to file against reading the raster and writing the labels."""
    with tempfile.TemporaryDirectory() as folder:
        labels, copy = Path(folder) / "labels.tif", Path(folder) / "copy.tif"
        segment_raster(SCENE, labels, SPEC, tile_size=1024, workers=2)
        results = []
        ours = best_of(
            5,
            lambda: results.append(segment_raster(SCENE, labels, SPEC, tile_size=1024, workers=2)),
        )
        floor = best_of(5, lambda: read_and_write(SCENE, labels, copy))
        floor -= best_of(5, lambda: seconds_to_read(labels))
    timings = results[-1].timings
    work = sum(timings[stage] for stage in STAGES)
    shares = ", ".join(
        f"{title.lower()} {timings[stage] / work:.0%}"
        for stage, title in STAGES.items()
        if timings[stage] / work >= 0.005
    )
    return [
        stated("floor: read the scene, write the labels", f"{floor:.2f} s"),
        stated("whole run, warm, 2 workers, tiles of 1024", f"{ours:.2f} s"),
        at_most("whole run against the floor", ours / floor, 5, "x"),
        stated("shares of the work", shares),
    ]


def clustering() -> list[Figure]:
    """Fitting against scikit-learn on a million pixels, judged on other pixels."""
    from sklearn.cluster import KMeans

    image = gdal.Open(str(SCENE)).ReadAsArray().reshape(3, -1).T
    image = image[(image != 0).all(axis=1)].astype(np.float64)
    pixels = np.random.default_rng(1).permutation(len(image))
    sample, others = image[pixels[:1_000_000]], image[pixels[1_000_000:2_000_000]]
    fit_clusters(sample[:1000], 60)
    ours_seconds = best_of(3, lambda: fit_clusters(sample[: SPEC.sample_size], 60))
    ours = fit_clusters(sample[: SPEC.sample_size], 60)
    start = time.perf_counter()
    theirs = KMeans(60, n_init=5, random_state=0).fit(sample).cluster_centers_
    theirs_seconds = time.perf_counter() - start
    excess = 100 * (_error(others, ours) / _error(others, theirs) - 1)
    return [
        stated("scikit-learn KMeans(60, n_init=5), a million pixels", f"{theirs_seconds:.1f} s"),
        stated(f"fit_clusters on {SPEC.sample_size} of them", f"{ours_seconds:.2f} s"),
        at_least("faster than scikit-learn", theirs_seconds / ours_seconds, 50, "x"),
        at_most("mean squared distance above scikit-learn's, on other pixels", excess, 2, "%"),
    ]


def _error(pixels: np.ndarray, centres: np.ndarray) -> float:
    from scipy.spatial import cKDTree

    return float((cKDTree(centres).query(pixels)[0] ** 2).mean())


def steps() -> list[Figure]:
    """The steps after clustering, on one thread and on two."""
    image = gdal.Open(str(SCENE)).ReadAsArray().astype(np.float32)
    source = ArraySource(image, is_integer=True, nodata=0.0)
    centres = fit_clusters(image.reshape(3, -1).T[::31].astype(np.float64), 60)
    one, two = (min((_stages(source, centres, n) for n in (workers,) * 3), key=_sum) for workers in (1, 2))
    pixels = source.rows * source.columns
    stages = ("segmenting", "tile_elimination", "stitching", "elimination", "look-up")
    graph = sum(one[stage] for stage in stages)
    alone = one["elimination"] / two["elimination"]
    return [
        at_least("steps 3-7 on one thread", pixels / graph / 1e6, 8, "million pixels/s"),
        at_least("steps in tiles, two threads against one", one["tiles"] / two["tiles"], 1.7, "x"),
        stated("elimination across tiles, two threads against one", f"{alone:.2f} x"),
    ]


def _sum(seconds: dict[str, float]) -> float:
    return seconds["tiles"] + seconds["elimination"]


def _stages(source: ArraySource, centres: np.ndarray, workers: int) -> dict[str, float]:
    """Run the stages; return seconds of work and, as "tiles", elapsed seconds of the tile stages."""
    timings = Timings()
    bounds = Window(0, 0, source.rows, source.columns)
    with WorkerPool(workers, lambda: None) as pool:
        # Tiles small enough that two threads end at the same time.
        run = Run(source, bounds, SPEC, 512, MemoryWorkspace(), pool, Progress(), timings, centres=centres)
        prepared = run.prepared()
        start = time.perf_counter()
        stitched = run.stitched(prepared)
        tiles = time.perf_counter() - start
        seconds = timings.as_dict()
        tiles -= seconds["elimination"]
        start = time.perf_counter()
        run.write(stitched, _Nowhere())
        write = time.perf_counter() - start
    return {**seconds, "look-up": timings.as_dict()["writing"], "tiles": tiles + write}


class _Nowhere:
    def write(self, window: Window, labels: np.ndarray) -> None:
        """Take labels and forget them."""
