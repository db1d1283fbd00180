"""A 16384 x 16384 mosaic: time per pixel, and peak memory."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .figures import SCENE, Figure, at_most, best_of, stated
from .rasters import mosaic, read_and_write, seconds_to_read

SIZE = 16384
_PROGRAM = """
import resource, sys
from shepherd_segmentation.core import SegmentationSpec, segment_raster
import numpy as np
if sys.argv[1] == "base":
    from shepherd_segmentation.core import segment_array
    segment_array(np.ones((3, 64, 64), np.uint16))
else:
    result = segment_raster(sys.argv[1], sys.argv[2], tile_size=1024, workers=2)
    print(result.timings["total"], result.timings["elimination"] + result.timings["stitching"])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def scaling(size: int = SIZE) -> list[Figure]:
    """Compare the mosaic with the scene it is made of, and with the floor."""
    with tempfile.TemporaryDirectory() as folder:
        large, labels = Path(folder) / "mosaic.tif", Path(folder) / "labels.tif"
        mosaic(SCENE, large, size)
        base = int(_run("base", "-")[-1])
        scene = min(float(_run(SCENE, labels)[0]) for _ in range(3)) / (2819 * 2206)
        start = time.perf_counter()
        total, graph, peak = _run(large, labels)
        elapsed = time.perf_counter() - start
        floor = best_of(1, lambda: read_and_write(large, labels, Path(folder) / "copy.tif"))
        floor -= best_of(1, lambda: seconds_to_read(labels))
    per_pixel = float(total) / size**2
    return [
        stated(
            f"{size} x {size}: whole run, 2 workers", f"{float(total):.1f} s ({elapsed:.1f} s with start)"
        ),
        stated("of that, stitching and elimination", f"{float(graph):.1f} s"),
        stated("floor", f"{floor:.1f} s"),
        at_most("whole run against the floor", float(total) / floor, 3.5, "x"),
        at_most("time per pixel against the scene", per_pixel / scene, 1.15, "x"),
        at_most("peak memory beyond an idle engine", (int(peak) - base) / size**2, 13.6, "bytes/pixel"),
        stated("peak memory in all", f"{int(peak) / 2**30:.2f} GB"),
    ]


def _run(*arguments: object) -> list[str]:
    command = [sys.executable, "-c", _PROGRAM, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
