"""Speed and memory of segment statistics against reading everything once, and against scipy."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from osgeo import gdal
from scipy import ndimage

from shepherd_segmentation.core import StatisticsSpec, segment_columns, segment_raster, segment_statistics
from shepherd_segmentation.core.statistics.table import SegmentTable, column_of
from shepherd_segmentation.core.statistics.table_file import TableFile

from .figures import SCENE, Figure, at_least, at_most, best_of, stated
from .rasters import mosaic
from .segmentation import SPEC

SIDE = 4096
MOMENTS = ("count", "mean", "stddev", "min", "max", "sum")
SUMS = StatisticsSpec(MOMENTS)
ORDERED = StatisticsSpec((*MOMENTS, "median"), (5, 95))
ROWS, COLUMNS = 1_000_000, 24
ROUNDS = 5


def statistics() -> list[Figure]:
    """Statistics of the three bands of a 4096 x 4096 mosaic for every segment."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        image, labels = folder / "mosaic.tif", folder / "labels.tif"
        mosaic(SCENE, image, SIDE)
        count = segment_raster(image, labels, SPEC).segment_count
        runs = {
            "floor": lambda: read_once(labels, image),
            "sums": lambda: segment_columns(labels, image, SUMS),
            "ordered": lambda: segment_columns(labels, image, ORDERED),
            "table": lambda: segment_statistics(labels, image, folder / "sums.gpkg", SUMS),
            "ordered table": lambda: segment_statistics(labels, image, folder / "ordered.gpkg", ORDERED),
        }
        seconds = in_turns(runs)
        scipy = best_of(1, lambda: scipy_statistics(labels, image))
        peak = peak_memory(labels, image, folder / "peak.gpkg")
        writing = {suffix: _write_large(folder / f"large.{suffix}") for suffix in ("gpkg", "csv", "dbf")}
    floor = seconds["floor"]
    return [
        stated("segments", str(count)),
        stated("floor: read labels and bands once with GDAL", f"{floor:.2f} s"),
        at_most("count, mean, stddev, min, max, sum against the floor", seconds["sums"] / floor, 2, "x"),
        stated("... with a GeoPackage table of them", f"{seconds['table'] / floor:.2f} x"),
        at_most("... and median and two percentiles", seconds["ordered"] / floor, 4, "x"),
        stated("... with a GeoPackage table of them", f"{seconds['ordered table'] / floor:.2f} x"),
        at_least("faster than scipy.ndimage", scipy / seconds["sums"], 10, "x"),
        at_most("peak memory, percentiles and table included", peak, 1024, "MB"),
        *(
            at_most(f"table of 1 million segments, 24 columns: {suffix}", value, 30, "s")
            for suffix, value in writing.items()
        ),
    ]


def in_turns(runs: dict) -> dict[str, float]:
    """Return the shortest time of each; they take turns, so that another load meets all of them."""
    seconds = dict.fromkeys(runs, float("inf"))
    for _ in range(ROUNDS):
        for name, run in runs.items():
            seconds[name] = min(seconds[name], best_of(1, run))
    return seconds


def read_once(labels: Path, image: Path) -> tuple[np.ndarray, np.ndarray]:
    """The floor: read the labels and all bands, whole."""
    return gdal.Open(str(labels)).ReadAsArray(), gdal.Open(str(image)).ReadAsArray()


def scipy_statistics(labels: Path, image: Path) -> list[np.ndarray]:
    """The same columns with scipy, reading included."""
    segments, bands = read_once(labels, image)
    ids = np.arange(1, segments.max() + 1)
    columns = []
    for band in bands:
        valid = np.where(band != 0, segments, 0)
        columns.append(ndimage.sum_labels(np.ones_like(band), valid, ids))
        for function in (
            ndimage.mean,
            ndimage.standard_deviation,
            ndimage.minimum,
            ndimage.maximum,
            ndimage.sum_labels,
        ):
            columns.append(function(band, valid, ids))
    return columns


def peak_memory(labels: Path, image: Path, output: Path) -> float:
    """Return the largest resident memory of a process that does all of it, in MB."""
    code = (
        "import sys\n"
        "from tests.benchmarks.statistics import ORDERED, segment_statistics\n"
        f"segment_statistics({str(labels)!r}, {str(image)!r}, {str(output)!r}, ORDERED)\n"
        "line = next(line for line in open('/proc/self/status') if line.startswith('VmHWM'))\n"
        "sys.stdout.write(line.split()[1])\n"
    )
    # The paths of this process lead to the package, wherever it is linked.
    paths = f"import sys; sys.path[:0] = {sys.path!r}\n"
    done = subprocess.run([sys.executable, "-c", paths + code], capture_output=True, text=True, check=True)
    return int(done.stdout) / 1024


def _write_large(output: Path) -> float:
    random = np.random.default_rng(0)
    columns = [column_of(f"b{number}_mean", random.random(ROWS)) for number in range(1, COLUMNS)]
    table = SegmentTable(np.arange(1, ROWS + 1), columns)
    start = time.perf_counter()
    file = TableFile(str(output))
    file.write(table, lambda done: None)
    file.publish()
    file.close()
    return time.perf_counter() - start
