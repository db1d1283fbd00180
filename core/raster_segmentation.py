"""Segments a raster file into a label raster."""

from __future__ import annotations

import hashlib
import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from .compiling import compile_kernels
from .errors import ParameterError
from .executors.threads import WorkerPool, default_workers
from .expectation import of_segmentation
from .grid import TileGrid, Window
from .label_output import outcome_metadata, outcome_warnings, write_labels
from .memory import BASE_BYTES, check_memory, graph_bytes, tile_bytes
from .paths import same_file
from .pipeline.run import Run
from .progress import Progress
from .raster.extent import extent_to_window
from .raster.formats import OutputFormat, output_format
from .raster.mask import align_mask
from .raster.output_folder import OutputFolder
from .raster.provenance import file_identity, input_identity, provenance, raster_files, without_secrets
from .raster.source import RasterInfo, RasterSource, describe_raster
from .regions.singles import FIRST_HALO
from .segmentation import DEFAULT_TILE_SIZE, SegmentationResult, check_count, result_of
from .spec import SegmentationSpec
from .timings import Timings, timing_table
from .version import VERSION
from .workspace.base import Workspace
from .workspace.folder import FolderWorkspace, ScratchWorkspace
from .workspace.memory import MemoryWorkspace

#: Labels of at most this many bytes are kept in memory until they are written.
_SMALL_LABELS = 256 * 2**20


@dataclass(frozen=True)
class RasterJob:
    """Everything a run was asked for, checked.

    Parameters
    ----------
    info : RasterInfo
    output : str
    form : OutputFormat
    spec : SegmentationSpec
    extent : Window
    tile_size, workers, readers : int
        0, possible only with a `Compute`, leaves it the choice.
    mask : str or None
    workspace : str or None
    centres : ndarray or None
    """

    info: RasterInfo
    output: str
    form: OutputFormat
    spec: SegmentationSpec
    extent: Window
    tile_size: int
    workers: int
    readers: int
    mask: str | None
    workspace: str | None
    centres: np.ndarray | None

    @property
    def grid(self) -> TileGrid:
        """The tiles of the extent."""
        return TileGrid(self.extent.rows, self.extent.columns, self.tile_size)

    def memory(self) -> int:
        """Estimate the bytes that the run needs at its peak."""
        side = min(self.tile_size, max(self.extent.rows, self.extent.columns)) + 2 * FIRST_HALO
        bands, item = len(self.info.bands), self.info.dtype.itemsize
        tile = tile_bytes(side, bands, item, self.spec.smoothing > 0)
        busy = min(self.workers, len(self.grid))
        return BASE_BYTES + graph_bytes(self.extent.pixels, bands) + busy * tile

    def identity(self) -> dict:
        """Return what two runs must have in common to share a workspace."""
        mask, _, layer = (self.mask or "").partition("|")
        return {
            "engine version": VERSION,
            "input": input_identity(self.info.path),
            "parameters": self.spec.to_dict(),
            "tile size": self.tile_size,
            "extent": [self.extent.row, self.extent.column, self.extent.rows, self.extent.columns],
            "mask": [*file_identity(mask), layer] if mask else None,
            "centres": _digest(self.centres),
        }


class Compute(Protocol):
    """Somewhere else than this process where a run can take place."""

    def locate(self, source: str) -> str:
        """Return the name that GDAL reads a source by, having made it readable."""
        ...

    def segment(self, job: RasterJob, progress: Progress) -> SegmentationResult:
        """Do the job and put the raster in its place; the labels are those of a local run."""
        ...


def segment_raster(  # noqa: PLR0913  (a public entry with keywords)
    input: str | os.PathLike,
    output: str | os.PathLike,
    spec: SegmentationSpec | None = None,
    *,
    tile_size: int | None = None,
    workers: int | None = None,
    max_concurrent_reads: int | None = None,
    mask: str | os.PathLike | None = None,
    extent: tuple[float, float, float, float] | None = None,
    workspace: str | os.PathLike | None = None,
    creation_options: list[str] | None = None,
    progress: Progress | None = None,
    centres: np.ndarray | None = None,
    compute: Compute | None = None,
) -> SegmentationResult:
    """Segment a raster of any size into a UInt32 raster of segment ids, 0 where there is none.

    The labels do not depend on `tile_size`, `workers`, or interruptions.

    Parameters
    ----------
    input : path
        Any raster that GDAL opens.
    output : path
        Written under a temporary name beside its place and moved there when it is complete;
        an older file is replaced then. The name decides the format, see `output_format`.
    spec : SegmentationSpec, optional
    tile_size : int, optional
        Pixels along the side of a tile; None or 0 for what suits the place.
    workers : int, optional
        Threads; None or 0 for one per processor.
    max_concurrent_reads : int, optional
        Reads that may run at the same time; None or 0 for one per worker.
    mask : path, optional
        Raster on any grid (above 0 is inside) or polygon layer (``path|layername=name``); what
        is outside is null.
    extent : tuple of float, optional
        (xmin, ymin, xmax, ymax) in the raster's CRS: segment only this part. Clusters are still
        fitted on the whole raster.
    workspace : path, optional
        Folder for intermediate results: a run that failed or was killed goes on from there.
    creation_options : list of str, optional
        ``KEY=VALUE`` for the GDAL driver.
    progress : Progress, optional
    centres : ndarray, shape (clusters, bands), optional
        Cluster centres to use; then none are fitted.
    compute : Compute, optional
        Where to run, such as `core.aws.Fargate`; None is this process. `workers` counts its
        machines then, and the default is its own.

    Returns
    -------
    SegmentationResult

    Raises
    ------
    ParameterError, RasterError, WorkspaceError, NotEnoughMemoryError, Cancelled
    """
    progress = progress or Progress()
    spec = spec or SegmentationSpec()
    source = compute.locate(os.fspath(input)) if compute else os.fspath(input)
    info = describe_raster(source, spec.bands, spec.nodata)
    threads = 0 if compute else default_workers()
    workers = check_count("workers", workers) or threads
    job = RasterJob(
        info=info,
        output=_checked_output(os.fspath(output), info.path, mask),
        form=output_format(os.fspath(output), creation_options),
        spec=spec,
        extent=extent_to_window(extent, info) if extent else Window(0, 0, info.rows, info.columns),
        tile_size=check_count("tile_size", tile_size) or (0 if compute else DEFAULT_TILE_SIZE),
        workers=workers,
        readers=check_count("max_concurrent_reads", max_concurrent_reads) or workers,
        mask=os.fspath(mask) if mask else None,
        workspace=os.fspath(workspace) if workspace else None,
        centres=centres,
    )
    if compute:
        return compute.segment(job, progress)
    check_memory(job.memory(), "use smaller tiles, fewer workers, or an extent.")
    progress.message(of_segmentation(job))
    return _run(job, progress)


def _checked_output(output: str, image: str, mask: str | os.PathLike | None) -> str:
    taken = dict.fromkeys(raster_files(image), "input")
    if mask:
        taken[os.fspath(mask).partition("|")[0]] = "mask"
    for path, name in taken.items():
        if same_file(output, path):
            raise ParameterError("output", output, f"this is the {name}; choose another name.")
    return output


def _run(job: RasterJob, progress: Progress) -> SegmentationResult:
    timings = Timings()
    with ExitStack() as stack:
        folder = OutputFolder(job.output)
        stack.callback(folder.remove)
        workspace = _workspace(job, folder, stack)
        with timings.measure("compiling"):
            compile_kernels(job.info.dtype, job.spec.smoothing > 0, progress)
        mask = _aligned_mask(job, folder, progress)
        pool = stack.enter_context(WorkerPool(job.workers, progress.check))
        source = RasterSource(job.info, mask, job.readers, pool.cancel)
        stack.callback(source.close)
        run = Run(
            source,
            job.extent,
            job.spec,
            job.tile_size,
            workspace,
            pool,
            progress,
            timings,
            job.centres,
        )
        result = _segment(job, run, folder)
    progress.fraction(1.0)
    progress.message(timing_table(result.timings, job.workers, default_workers()))
    return result


def _segment(job: RasterJob, run: Run, folder: OutputFolder) -> SegmentationResult:
    """Run the stages and publish the raster."""
    prepared = run.prepared()
    stitched = run.stitched(prepared)
    for text in outcome_warnings(prepared, stitched):
        run.progress.warning(text)
    run.progress.check()
    metadata = {**input_metadata(job), **outcome_metadata(prepared, stitched)}
    write_labels(run, stitched, folder.temporary, job.form, job.info, metadata)
    run.progress.check()
    folder.publish()
    return result_of(run, prepared, stitched)


def input_metadata(job: RasterJob) -> dict[str, str]:
    """Return what is known of the result before the run."""
    return provenance(
        job.info.path,
        job.info.rows,
        job.info.columns,
        job.spec,
        {
            "SHEPHERD_BANDS": ",".join(map(str, job.info.bands)),
            "SHEPHERD_MASK": without_secrets(job.mask or ""),
        },
    )


def _workspace(job: RasterJob, folder: OutputFolder, stack: ExitStack) -> Workspace:
    """Choose where intermediate results go; a small run keeps them in memory."""
    if job.workspace:
        workspace = FolderWorkspace(Path(job.workspace), resumable=True)
        stack.callback(workspace.close)
        workspace.claim(job.identity())
        return workspace
    if 4 * job.extent.pixels <= _SMALL_LABELS:
        return MemoryWorkspace()
    scratch = ScratchWorkspace(folder.path / "work")
    stack.callback(scratch.close)
    return scratch


def _aligned_mask(job: RasterJob, folder: OutputFolder, progress: Progress) -> str | None:
    if not job.mask:
        return None
    target = str(folder.path / "work" / "mask.tif")
    os.makedirs(os.path.dirname(target), exist_ok=True)
    align_mask(job.mask, job.info, target, progress)
    return target


def _digest(centres: np.ndarray | None) -> str | None:
    if centres is None:
        return None
    return hashlib.sha256(np.ascontiguousarray(centres, np.float64).tobytes()).hexdigest()
