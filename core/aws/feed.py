"""Sends what only this computer has: clusters fitted on a local input, its tiles, and the mask."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..errors import raise_if_cancelled
from ..executors.threads import WorkerPool
from ..pipeline.prepare import prepare
from ..progress import Progress, ProgressSpan
from ..raster.source import RasterSource
from ..raster_segmentation import RasterJob
from . import payloads
from .inputs import input_arrays, upload_window
from .job import REMOTE, SENT
from .journal import RUNNING
from .packing import pack
from .responsive import patiently
from .submit import Job

#: Threads that read, pack and send tiles.
_SENDERS = 4
#: Seconds after which a batch of messages is sent that is not full.
_BATCH_SECONDS = 2.0


class _Parcel(io.BytesIO):
    """The bytes of a tile on a way that may be slow; there are none left after a cancel.

    Parameters
    ----------
    data : bytes
    cancel : ndarray of uint8, shape (1,)
    """

    def __init__(self, data: bytes, cancel: np.ndarray) -> None:
        super().__init__(data)
        self._cancel = cancel

    def read(self, size: int | None = -1, /) -> bytes:
        raise_if_cancelled(self._cancel)
        return super().read(size)

    def seek(self, place: int, whence: int = 0, /) -> int:
        # boto3 goes back to the beginning to send it once more.
        raise_if_cancelled(self._cancel)
        return super().seek(place, whence)


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
        self._try(lambda: job.workspace.put_json(SENT, True))
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
        self._try(lambda: self._job.workspace.put("prepared", result.to_arrays()))

    def _send(self, source: RasterSource, pool: WorkerPool, tiles: list[int]) -> None:
        record, workspace, timings = self._job.record, self._job.workspace, self._job.timings

        def check() -> None:
            raise_if_cancelled(pool.cancel)

        def send(tile: int) -> int:
            with timings.measure("reading"):
                image, valid = source.read(upload_window(record, tile))
            with timings.measure("uploading"):
                data = pack(input_arrays(image, valid, record.info), compress=True)
                patiently(
                    lambda: workspace.put_bytes(f"input/{tile}.npz", _Parcel(data, pool.cancel)),
                    record.pace.reach,
                    check,
                )
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
            self._try(lambda: self._job.queue.send(self._batch))
        self._batch, self._sent = [], time.monotonic()

    def _try(self, request: Callable[[], None]) -> None:
        patiently(request, self._job.record.pace.reach, self._progress.check)
