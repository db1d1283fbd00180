"""What the first run costs, and the first run of a later process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from .figures import Figure, at_most, stated

_PROGRAM = """
import time
start = time.perf_counter()
import numpy as np
from shepherd_segmentation.core import SegmentationSpec, segment_array
image = np.random.default_rng(0).integers(0, 9, (3, 400, 400)).astype(np.uint16)
segment_array(image, SegmentationSpec(clusters=9))
first = time.perf_counter() - start
start = time.perf_counter()
segment_array(image, SegmentationSpec(clusters=9))
print(first - (time.perf_counter() - start))
"""


def start_up() -> list[Figure]:
    """Time of a process's first run beyond that of a warm one, without and with compiled kernels."""
    with tempfile.TemporaryDirectory() as cache:
        never, later = _extra_seconds(cache), min(_extra_seconds(cache) for _ in range(3))
    return [
        at_most("the first run ever, beyond a warm one", never, 20, "s"),
        at_most("the first run of a later process, beyond a warm one", later, 1.5, "s"),
        stated("(both with imports)", ""),
    ]


def _extra_seconds(cache: str) -> float:
    environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    return float(done.stdout)
