"""Compiles the kernels before a run, so that the user is told and can cancel.

numba compiles a kernel when it is first called and keeps the result on disk; calling all of
them once on a tiny image is the simplest way to have them all.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np

from .executors.threads import POLL, WorkerPool
from .grid import Window
from .pipeline.run import Run
from .progress import Progress
from .raster.source import ArraySource
from .spec import SegmentationSpec
from .timings import Timings
from .workspace.memory import MemoryWorkspace

#: After this many seconds it is clear that nothing was on disk.
_PATIENCE = 1.5
_ready: set[str] = set()
_lock = threading.Lock()


def compile_kernels(dtype: np.dtype, smoothing: bool, progress: Progress) -> None:
    """Have all kernels for a type of image; quick when they are on disk.

    Parameters
    ----------
    dtype : dtype
        float32 or float64.
    smoothing : bool
        Whether the kernels of the Gaussian are needed too.
    progress : Progress
        Told when it takes longer; may cancel. Compilation then goes on in the background.
    """
    compile_once(f"{dtype}{smoothing}", lambda: _segment_tiny_image(dtype, smoothing), 20, progress)


def compile_once(key: str, work: Callable[[], object], seconds: int, progress: Progress) -> None:
    """Call `work`, which makes numba compile, in the background, once in this process for a key.

    Parameters
    ----------
    key : str
        Names what is compiled.
    work : callable
        Calls every kernel once.
    seconds : int
        About how long it takes when nothing is on disk; told to the user.
    progress : Progress
        Told when it takes longer; may cancel. Compilation then goes on in the background.
    """
    if key in _ready:
        return
    failures: list[BaseException] = []
    thread = threading.Thread(target=_compile, args=(key, work, failures), daemon=True)
    thread.start()
    start, told = time.monotonic(), False
    while thread.is_alive():
        thread.join(POLL)
        progress.check()
        if not told and time.monotonic() - start > _PATIENCE:
            progress.message(
                "Compiling the engine for this computer: once after installing or updating, "
                f"about {seconds} seconds."
            )
            told = True
    if failures:
        raise failures[0]


def is_compiling() -> bool:
    """Tell whether kernels are being compiled, be it only for a run that was cancelled."""
    return _lock.locked()


def _compile(key: str, work: Callable[[], object], failures: list[BaseException]) -> None:
    try:
        with _lock:
            if key not in _ready:
                work()
                _ready.add(key)
    except BaseException as error:  # noqa: BLE001  (handed to the thread that waits)
        failures.append(error)


def _segment_tiny_image(dtype: np.dtype, smoothing: bool) -> None:
    image = np.random.default_rng(0).integers(0, 50, (3, 24, 24)).astype(dtype)
    source = ArraySource(image, is_integer=True, nodata=0.0)
    spec = SegmentationSpec(clusters=4, min_segment_size=9, smoothing=0.5 if smoothing else 0.0)
    with WorkerPool(1, lambda: None) as pool:
        run = Run(source, Window(0, 0, 24, 24), spec, 16, MemoryWorkspace(), pool, Progress(), Timings())
        run.write(run.stitched(run.prepared()), _Nowhere())


class _Nowhere:
    def write(self, window: Window, labels: np.ndarray) -> None:
        """Take labels and forget them."""
