"""Sends what only this computer has: clusters fitted on a local input, its tiles, and the mask."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from ..executors.threads import WorkerPool
from ..pipeline.prepare import prepare
from ..progress import Progress, ProgressSpan
from ..raster.source import RasterSource
from ..raster_segmentation import RasterJob
from . import payloads
from .inputs import input_arrays, upload_window
from .job import REMOTE, SENT
from .journal import RUNNING
from .submit import Job

#: Threads that read, pack and send tiles.
_SENDERS = 4
#: Seconds after which a batch of messages is sent that is not full.
_BATCH_SECONDS = 2.0


def put_extras(job: Job, raster: RasterJob, mask: str | None, check: Callable[[], None]) -> None:
    """Store what the user gave beside the input."""
    if raster.centres is not None:
        job.workspace.put("centres", {"values": raster.centres})
    if mask and job.record.source == REMOTE:
        job.workspace.upload(Path(mask), "mask.tif", lambda size: check())


class Feeder:
    """Fits the clusters of a local input and sends its tiles.

    Parameters
    ----------
    job : Job
    raster : RasterJob
    mask : str or None
        The user's mask on the input's grid.
    progress : Progress
    tick : callable
        Called now and then in this thread; may raise.
    """

    def __init__(
        self, job: Job, raster: RasterJob, mask: str | None, progress: Progress, tick: Callable[[], None]
    ) -> None:
        self._job, self._raster, self._mask = job, raster, mask
        self._progress, self._tick = progress, tick
        self._batch: list[int] = []
        self._sent = time.monotonic()

    def run(self) -> None:
        """Send everything that is not there yet."""
        job = self._job
        source = RasterSource(self._raster.info, self._mask, self._raster.readers or _SENDERS)
        try:
            with WorkerPool(_SENDERS, self._progress.check) as pool:
                self._prepare(source, pool)
                present = job.workspace.tiles("input") | job.workspace.tiles("graph")
                # Those that are there may be without a message: the client died before it was sent.
                waiting = sorted(present - job.workspace.tiles("graph"))
                if waiting and job.queue.counts() == (0, 0):
                    job.queue.send(waiting)
                missing = [tile for tile in job.record.grid if tile not in present]
                self._send(source, pool, missing)
        finally:
            source.close()
        job.workspace.put_json(SENT, True)
        job.log.turn(RUNNING)
        self._progress.message("Everything is sent: the job goes on even if this program ends.")

    def _prepare(self, source: RasterSource, pool: WorkerPool) -> None:
        if self._job.workspace.has("prepared"):
            return
        self._progress.message("Fitting the clusters on a sample of the raster.")
        span = ProgressSpan(self._progress, 0.0, 0.05)

        def report(done: float) -> None:
            self._progress.check()
            span.fraction(done)

        raster = self._raster
        result = prepare(source, raster.spec, raster.centres, pool, self._job.timings, report)
        self._job.workspace.put("prepared", result.to_arrays())

    def _send(self, source: RasterSource, pool: WorkerPool, tiles: list[int]) -> None:
        record, workspace, timings = self._job.record, self._job.workspace, self._job.timings

        def send(tile: int) -> int:
            with timings.measure("reading"):
                image, valid = source.read(upload_window(record, tile))
            with timings.measure("uploading"):
                workspace.put(f"input/{tile}", input_arrays(image, valid, record.info))
            return tile

        pool.each(send, tiles, self._queue)
        self._flush()

    def _queue(self, tile: int) -> None:
        self._batch.append(tile)
        full = len(self._batch) >= payloads.MESSAGES_PER_CALL
        if full or time.monotonic() - self._sent > _BATCH_SECONDS:
            self._flush()
        self._tick()

    def _flush(self) -> None:
        if self._batch:
            self._job.queue.send(self._batch)
        self._batch, self._sent = [], time.monotonic()
