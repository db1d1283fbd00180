"""Runs that the tests share; as a program, a client that can be killed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from osgeo import gdal

from shepherd_segmentation.core import Progress, SegmentationResult, SegmentationSpec, segment_raster
from shepherd_segmentation.core.aws import Fargate, FargateProfile, Journal, collect_job

from .cloud import PACE

SCENE = "s2_inn_demo_4band.tif"
SPEC = SegmentationSpec(clusters=20, min_segment_size=30)
TILE = 96


class Listener(Progress):
    """Keeps what is said, and cancels when a sentence begins with the given words."""

    def __init__(self, cancel_at: str = "") -> None:
        self.messages: list[str] = []
        self.warnings: list[str] = []
        self._words, self._cancelled = cancel_at, False

    def message(self, text: str) -> None:
        self.messages.append(text)
        self._cancelled = self._cancelled or bool(self._words and text.startswith(self._words))

    def warning(self, text: str) -> None:
        self.warnings.append(text)

    def is_cancelled(self) -> bool:
        return self._cancelled


def run(
    profile: FargateProfile,
    journal: Journal,
    source: str | Path,
    output: Path,
    progress: Progress | None = None,
    **options: Any,
) -> SegmentationResult:
    """Segment on the emulated AWS."""
    compute = Fargate(profile, journal, pace=options.pop("pace", PACE))
    spec = options.pop("spec", SPEC)
    tile_size = options.pop("tile_size", TILE)
    return segment_raster(
        source, output, spec, tile_size=tile_size, compute=compute, progress=progress, **options
    )


def labels_of(path: Path) -> np.ndarray:
    """Read a label raster."""
    return gdal.Open(str(path)).ReadAsArray()


def main(arguments: dict[str, Any]) -> None:
    """Do what a client is asked for: segment, or collect a job."""
    profile, journal = FargateProfile.from_dict(arguments["profile"]), Journal(arguments["journal"])
    if "collect" in arguments:
        collect_job(arguments["collect"], profile, arguments["output"], journal, pace=PACE)
    else:
        run(profile, journal, arguments["source"], Path(arguments["output"]))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
