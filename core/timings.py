"""How long the stages of a run took, and what that says about the number of workers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

#: The stages in the order of the table, with what they are called there.
STAGES = {
    "starting": "Starting machines",
    "compiling": "Compiling the engine",
    "uploading": "Uploading",
    "reading": "Reading",
    "clustering": "Clustering",
    "segmenting": "Segmenting tiles",
    "tile_elimination": "Elimination in tiles",
    "waiting": "Waiting for a tile",
    "stitching": "Stitching",
    "elimination": "Elimination",
    "writing": "Writing",
    "fetching": "Fetching the result",
}
#: The stages that run in the workers, one tile at a time.
_IN_WORKERS = ("reading", "clustering", "segmenting", "tile_elimination")


class Timings:
    """Seconds per stage, added up over all threads; and the time since the start."""

    def __init__(self, stages: Iterable[str] = STAGES) -> None:
        self._lock = threading.Lock()
        self._seconds = dict.fromkeys(stages, 0.0)
        self._start = time.perf_counter()

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Add the time of a block to a stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.add(stage, time.perf_counter() - start)

    def add(self, stage: str, seconds: float) -> None:
        """Add seconds to a stage."""
        with self._lock:
            self._seconds[stage] += seconds

    @contextmanager
    def idle_of(self, workers: int) -> Iterator[None]:
        """Add to "waiting" what the workers had no tile for, during a block."""
        start, before = time.perf_counter(), self._work()
        yield
        elapsed = time.perf_counter() - start
        self.add("waiting", max(0.0, workers * elapsed - (self._work() - before)))

    def _work(self) -> float:
        with self._lock:
            return sum(self._seconds.values())

    def as_dict(self) -> dict[str, float]:
        """Return seconds per stage, and the elapsed time as "total"."""
        return {**self._seconds, "total": time.perf_counter() - self._start}


def timing_table(timings: dict[str, float], workers: int, cores: int = 0) -> str:
    """Return the timings as a table in plain text, with one sentence of advice.

    Parameters
    ----------
    timings : dict of str to float
        From `Timings.as_dict`.
    workers : int
    cores : int
        Of this computer, where the workers are its threads; 0 where they are other machines.
    """
    work = sum(timings[stage] for stage in STAGES if stage != "waiting") or 1.0
    lines = [f"{'Stage':<22}{'Seconds':>9}{'Share':>8}"]
    for stage, title in STAGES.items():
        if timings[stage] >= 0.0005:
            share = "" if stage == "waiting" else f"{timings[stage] / work:.0%}"
            lines.append(f"{title:<22}{timings[stage]:>9.2f}{share:>8}".rstrip())
    lines.append(f"{'Elapsed':<22}{timings['total']:>9.2f}")
    lines.append(f"(Seconds of work, added up over {workers} thread(s).) {_advice(timings, workers, cores)}")
    return "\n".join(lines)


def _advice(timings: dict[str, float], workers: int, cores: int) -> str:
    parallel = sum(timings[stage] for stage in _IN_WORKERS)
    alone = timings["stitching"] + timings["elimination"] + timings["writing"]
    if cores and timings["compiling"] > parallel + alone:
        return "Most of the time went into compiling the engine; later runs on this computer are spared that."
    if timings["reading"] > 0.5 * parallel:
        return "Reading takes most of the time: more concurrent reads may help, more workers will not."
    if parallel / max(workers, 1) > alone:
        if 0 < cores <= workers:
            return "Most of the time goes into tiles, and all cores are at work on them."
        return "Most of the time goes into tiles: more workers would make this faster."
    return "The work on single tiles is no longer what takes longest: more workers would gain little."
