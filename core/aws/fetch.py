"""Fetches a finished job's raster."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import WorkspaceError
from ..progress import Progress
from ..segmentation import SegmentationResult
from ..timings import STAGES
from .coordinator import digest
from .errors import JobError
from .job import RESULT
from .responsive import patiently
from .submit import Job


def fetch(job: Job, folder: Path, name: str, progress: Progress) -> SegmentationResult:
    """Fetch the raster and the files that belong to it, and check them.

    Parameters
    ----------
    folder : Path
        Where they go.
    name : str
        The raster's file name there.
    """
    reach = job.record.pace.reach
    result = patiently(lambda: job.workspace.get_json(RESULT), reach, progress.check)
    files = _files(job, result)
    total, done = sum(size for _, size, _ in files) or 1, 0
    progress.message("Fetching the raster.")
    with job.timings.measure("fetching"):
        for stored, size, checksum in files:
            progress.fraction(0.95 + 0.05 * done / total)
            target = folder / (name + stored[len(job.record.output_name) :])
            patiently(partial(_download, job, stored, target, progress), reach, progress.check)
            done += size
            if target.stat().st_size != size or digest(target) != checksum:
                raise JobError(f"{stored} did not arrive whole: collect the job again.")
    for text in result.get("warnings", ()):
        progress.warning(str(text))
    return _result(job, result)


def _download(job: Job, stored: str, target: Path, progress: Progress) -> None:
    job.workspace.download(f"result/{stored}", target, lambda size: progress.check())


def _files(job: Job, result: Any) -> list[tuple[str, int, str]]:
    """Return the result's files; their names must not lead anywhere else."""
    try:
        files = [(str(f["name"]), int(f["size"]), str(f["sha256"])) for f in result["files"]]
    except (KeyError, TypeError, ValueError):
        raise JobError("The job's result is damaged: delete the job and start it again.") from None
    own = job.record.output_name
    for stored, _, _ in files:
        if not stored.startswith(own) or "/" in stored or "\\" in stored:
            raise JobError("The job's result is damaged: delete the job and start it again.")
    return files


def _result(job: Job, values: dict[str, Any]) -> SegmentationResult:
    grid = job.record.grid
    try:
        centres = job.workspace.get("prepared")["centres"]
        return SegmentationResult(
            segment_count=int(values["segment_count"]),
            null_count=int(values["null_count"]),
            single_pixels_eliminated=int(values["single_pixels_eliminated"]),
            small_segments_eliminated=int(values["small_segments_eliminated"]),
            max_spectral_difference=float(values["max_spectral_difference"]),
            centres=np.asarray(centres, np.float64),
            tile_rows=grid.tile_rows,
            tile_columns=grid.tile_columns,
            timings=_timings(job, values["timings"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise WorkspaceError("The job's result is damaged: delete the job and start it again.") from error


def _timings(job: Job, remote: dict[str, float]) -> dict[str, float]:
    """Return the stages of all machines together, with the time that passed here."""
    own = job.timings.as_dict()
    stages = {stage: own[stage] + float(remote.get(stage, 0.0)) for stage in STAGES}
    return {**stages, "total": own["total"]}
