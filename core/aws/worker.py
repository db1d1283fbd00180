"""A worker: takes tiles off the queue until there are none left, or it is told to stop."""

from __future__ import annotations

import threading
import time

import numpy as np

from ..errors import Cancelled, ShepherdError
from ..pipeline.prepare import Prepared
from ..pipeline.tile_objects import graph_to_arrays
from ..pipeline.tiles import TileTask
from ..raster.source import ImageSource, RasterSource
from ..timings import Timings
from .errors import AwsError, ConnectionLostError, QueueGoneError
from .inputs import WindowSource, image_of, upload_window
from .job import REMOTE, SEGMENTED
from .machine import LOG, Machine
from .tile_queue import Lease, LeaseKeeper, TileQueue
from .turns import Turns

#: Stages whose seconds go with a tile's graph, in this order.
STAGE_NAMES = ("reading", "clustering", "segmenting", "tile_elimination", "waiting")
_POLL = 0.2
#: Seconds that the answer to a request for a tile may take beyond the time that SQS waits.
_GRACE = 2.0


class Worker:
    """Works on several tiles at a time.

    Parameters
    ----------
    machine : Machine
    """

    def __init__(self, machine: Machine) -> None:
        self._machine, self._job = machine, machine.job
        self._queue = TileQueue(machine.session, machine.job.queue, len(machine.job.grid))
        self._cancel = np.zeros(1, np.uint8)
        self._stopping = threading.Event()
        self._turns = Turns(self._stopping)
        self._prepared: Prepared | None = None
        self._source: RasterSource | None = None
        self._lock = threading.Lock()
        self._latest = time.monotonic()
        self._done = 0
        self._failed = False

    def run(self) -> int:
        """Work; return the exit code."""
        machine = self._machine
        machine.listen(self.stop)
        try:
            machine.warm_up()
        except Cancelled:
            LOG.info("worker ends before its first tile: %s", machine.reason)
            return 0
        LOG.info("worker of job %s: %d tile(s) at a time", self._job.job_id, self._job.threads)
        keeper = LeaseKeeper(self._queue, self._job.pace.lease)
        self._latest = time.monotonic()
        threads = [
            threading.Thread(target=self._slot, args=(keeper,), name=f"tile-{n}", daemon=True)
            for n in range(self._job.threads)
        ]
        for thread in threads:
            thread.start()
        while not self._stopping.wait(_POLL):
            if machine.expired:
                self._end("the job's time is over")
        self._await_receivers(threads)
        self._leave(keeper)
        LOG.info("worker ends after %d tile(s), %s: %s", self._done, machine.work, machine.reason)
        return int(self._failed)

    def stop(self) -> None:
        """Stop working; what is being worked on goes back to the queue."""
        self._cancel[0] = 1
        self._stopping.set()

    def _end(self, reason: str) -> None:
        self._machine.reason = self._machine.reason or reason
        self.stop()

    def _await_receivers(self, threads: list[threading.Thread]) -> None:
        """Wait until no request for a tile is under way: its tile would be nobody's for a whole lease."""
        try:
            if self._machine.workspace.has_json(SEGMENTED):
                return
        except AwsError:
            return
        end = time.monotonic() + self._job.pace.wait + _GRACE
        for thread in threads:
            thread.join(max(end - time.monotonic(), 0.0))

    def _leave(self, keeper: LeaseKeeper) -> None:
        # Threads may hang in a request: the leases go back without waiting for them.
        for lease in keeper.close():
            try:
                self._queue.hand_back(lease)
                LOG.info("tile %d handed back", lease.tile)
            except AwsError as error:
                LOG.info("tile %d not handed back, its lease will run out: %s", lease.tile, error)

    def _slot(self, keeper: LeaseKeeper) -> None:
        """Work on one tile after the other."""
        while not self._stopping.is_set():
            start = time.monotonic()
            try:
                lease = self._queue.receive(self._job.pace.wait)
            except QueueGoneError:
                self._end("the queue is gone")
                return
            except ConnectionLostError as error:
                LOG.info("%s", error)
                time.sleep(1.0)
                continue
            except AwsError as error:
                self._failed = True
                self._end(str(error))
                return
            if lease is None:
                self._look_around()
                continue
            keeper.add(lease)
            if not self._stopping.is_set():
                self._take_turn(lease, keeper, time.monotonic() - start)

    def _look_around(self) -> None:
        """Without a tile: end when there will be no more, or none came for long."""
        if self._machine.workspace.has_json(SEGMENTED):
            self._end("all tiles are done")
        elif time.monotonic() - self._latest > self._job.pace.idle:
            self._end("no tile came for long")

    def _take_turn(self, lease: Lease, keeper: LeaseKeeper, waited: float) -> None:
        """Work on a tile beside others, or alone; leave it to another worker when neither is possible."""
        alone = lease.deliveries > 1
        if self._turns.enter(alone):
            try:
                self._work(lease, keeper, waited)
            finally:
                self._turns.leave(alone)
            return
        if keeper.drop(lease):
            try:
                self._queue.hand_back(lease)
            except AwsError as error:
                LOG.info("tile %d not handed back, its lease will run out: %s", lease.tile, error)
        self._turns.wait()

    def _work(self, lease: Lease, keeper: LeaseKeeper, waited: float) -> None:
        """Do a tile; an error is reported and leaves the tile to another try."""
        try:
            self._tile(lease, waited)
        except Cancelled:
            return
        except Exception as error:  # noqa: BLE001  (whatever it is, the user has to be told)
            if keeper.drop(lease):
                self._report(lease, error)
            return
        finally:
            self._latest = time.monotonic()
        if keeper.drop(lease):
            try:
                self._queue.delete(lease)
            except AwsError as error:
                LOG.info("tile %d stays queued: %s", lease.tile, error)

    def _tile(self, lease: Lease, waited: float) -> None:
        start, tile = time.monotonic(), lease.tile
        timings = Timings()
        with timings.measure("reading"):
            source = self._source_of(tile)
        job = self._job
        task = TileTask(source, job.extent, job.grid, job.spec, self._ready(), self._cancel, timings)
        labels, graph = task.segment(tile)
        seconds = timings.as_dict()
        stages = np.array([*(seconds[name] for name in STAGE_NAMES[:-1]), waited])
        workspace = self._machine.workspace
        begin = time.monotonic()
        workspace.put(f"labels/{tile}", {"labels": labels})
        extra = {"seconds": stages, "deliveries": np.array(lease.deliveries)}
        # The graph goes last: where it is, the labels are too.
        workspace.put(f"graph/{tile}", {**graph_to_arrays(graph), **extra})
        self._done += 1
        LOG.info(
            "tile %d done in %.2f s: read %.2f, cluster %.2f, segment %.2f, eliminate %.2f, store %.2f",
            tile,
            time.monotonic() - start,
            *stages[:-1],
            time.monotonic() - begin,
        )

    def _ready(self) -> Prepared:
        with self._lock:
            if self._prepared is None:
                self._prepared = self._machine.prepared()
            return self._prepared

    def _source_of(self, tile: int) -> ImageSource:
        """Return where this tile's pixels are."""
        if self._job.source == REMOTE:
            with self._lock:
                if self._source is None:
                    self._source = self._machine.open_source()
            self._machine.refresh_credentials()
            return self._source
        window = upload_window(self._job, tile)
        arrays = self._machine.workspace.get(f"input/{tile}")
        return WindowSource(self._job.info, window, *image_of(arrays, window, self._job.info))

    def _report(self, lease: Lease, error: Exception) -> None:
        kind = "" if isinstance(error, ShepherdError) else f"{type(error).__name__}: "
        text = f"{kind}{error}"
        LOG.info("tile %d failed, delivery %d: %s", lease.tile, lease.deliveries, text)
        try:
            values = {"error": text, "deliveries": lease.deliveries}
            self._machine.workspace.put_json(f"errors/{lease.tile}", values)
            self._queue.extend([lease], 0)
        except AwsError as problem:
            LOG.info("tile %d: not reported: %s", lease.tile, problem)
