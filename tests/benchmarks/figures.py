"""A measured figure, its target, and how a table of them is printed."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "imagery"
SCENE = SHARED / "l8_parana_mosaic_3band.tif"


@dataclass(frozen=True)
class Figure:
    """One line of the report; `passed` is None for figures that are only stated."""

    name: str
    measured: str
    target: str = ""
    passed: bool | None = None

    @property
    def verdict(self) -> str:
        if self.passed is None:
            return ""
        return "pass" if self.passed else "**falls short**"


def at_most(name: str, value: float, limit: float, unit: str) -> Figure:
    return Figure(name, f"{value:.2f} {unit}", f"at most {limit:g} {unit}", value <= limit)


def at_least(name: str, value: float, limit: float, unit: str) -> Figure:
    return Figure(name, f"{value:.2f} {unit}", f"at least {limit:g} {unit}", value >= limit)


def stated(name: str, measured: str) -> Figure:
    return Figure(name, measured)


def table(title: str, figures: list[Figure]) -> str:
    lines = [f"### {title}", "", "| figure | measured | target | |", "|---|---|---|---|"]
    lines += [f"| {f.name} | {f.measured} | {f.target} | {f.verdict} |" for f in figures]
    return "\n".join(lines) + "\n"


def best_of(repeats: int, function: Callable[[], object]) -> float:
    """Return the shortest of several elapsed times, in seconds."""
    times = []
    for _ in range(repeats):
        gc.collect()
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)
