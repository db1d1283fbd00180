"""The coordinator: fits clusters, waits for the tiles, joins them, and writes the raster."""

from __future__ import annotations

import hashlib
import tempfile
import time
from pathlib import Path

from ..errors import Cancelled, ShepherdError
from ..executors.threads import WorkerPool
from ..label_output import outcome_metadata, outcome_warnings, write_labels
from ..pipeline.collect import GraphCollector
from ..pipeline.outcome import Stitched
from ..pipeline.prepare import Prepared
from ..pipeline.run import Run, reporter
from ..pipeline.tile_objects import graph_from_arrays
from ..progress import Progress, ProgressSpan
from ..raster.source import RasterSource
from ..timings import Timings
from .errors import JobError, QueueGoneError
from .job import REMOTE, RESULT, SEGMENTED, STATUS
from .machine import LOG, Machine, centres_of
from .tile_queue import TileQueue
from .worker import STAGE_NAMES

PREPARING, SEGMENTING, ELIMINATING, WRITING = "clustering", "segmenting", "eliminating", "writing"
FINISHED, FAILED, WAITING, STOPPED = "finished", "failed", "waiting", "stopped"
#: Share of the progress bar at which stages begin, as in `pipeline.run`.
_PREPARED, _SEGMENTED, _ELIMINATED = 0.06, 0.66, 0.74
#: Leases without a change after which tiles that nobody seems to have are queued again.
_MISSED = 3
#: Polls between two looks at the dead letters.
_DEAD_LETTER_POLLS = 3


class StatusProgress(Progress):
    """Writes the state of the job into its workspace, not too often.

    Parameters
    ----------
    machine : Machine
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._next = 0.0
        self.values: dict = {
            "state": PREPARING,
            "fraction": 0.0,
            "tiles": 0,
            "total": len(machine.job.grid),
            "retried": 0,
            "error": "",
        }

    def turn(self, **values: object) -> None:
        """Change the state and write it at once."""
        if "state" in values:
            LOG.info("%s, after %s", values["state"], self._machine.work)
        self.values.update(values)
        self._machine.workspace.put_json(STATUS, {**self.values, "time": time.time()})
        self._next = time.monotonic() + self._machine.job.pace.poll

    def fraction(self, done: float) -> None:
        """Write the share of the whole job that is done."""
        self.values["fraction"] = round(done, 4)
        if time.monotonic() >= self._next:
            self.turn()

    def is_cancelled(self) -> bool:
        """Tell whether this process should end."""
        if self._machine.expired:
            self._machine.reason = self._machine.reason or "the job's time is over"
        return bool(self._machine.reason)


class Coordinator:
    """Runs everything of a job but its tiles.

    Parameters
    ----------
    machine : Machine
    """

    def __init__(self, machine: Machine) -> None:
        self._machine, self._job = machine, machine.job
        self._workspace, self._timings = machine.workspace, Timings()
        self._status = StatusProgress(machine)
        self._queue = TileQueue(machine.session, machine.job.queue, len(machine.job.grid))
        self._retried = 0

    def run(self) -> int:
        """Run, report how it went in the workspace, and return the exit code."""
        self._machine.listen(lambda: None)
        try:
            self._status.turn()
            with self._timings.measure("compiling"):
                self._machine.warm_up()
            LOG.info("coordinator of job %s: %d thread(s)", self._job.job_id, self._job.coordinator_threads)
            with WorkerPool(self._job.coordinator_threads, self._status.check) as pool:
                self._stages(pool)
        except Cancelled:
            LOG.info("coordinator ends: %s", self._machine.reason)
            expired = self._machine.expired
            error = "The job took longer than the profile's limits of time and cost allow." if expired else ""
            self._status.turn(state=FAILED if expired else STOPPED, error=error)
        except Exception as error:  # noqa: BLE001  (whatever it is, the user has to be told)
            kind = "" if isinstance(error, ShepherdError) else f"{type(error).__name__}: "
            LOG.info("failed: %s%s", kind, error)
            self._status.turn(state=FAILED, error=f"{kind}{error}")
        return 0

    def _stages(self, pool: WorkerPool) -> None:
        job = self._job
        source = self._machine.open_source()
        run = Run(
            source,
            job.extent,
            job.spec,
            job.tile_size,
            self._workspace,
            pool,
            self._status,
            self._timings,
            centres_of(self._workspace, job),
        )
        prepared = self._prepare(run)
        if prepared is None:
            return
        if self._workspace.has("stitched"):
            stitched = run.stitched(prepared)
        else:
            collector = GraphCollector(job.grid, source.bands, job.spec, prepared, self._timings)
            if not self._collect(collector, pool, source):
                return
            self._workspace.put_json(SEGMENTED, True)
            self._status.turn(state=ELIMINATING)
            report = reporter(ProgressSpan(self._status, _SEGMENTED, _ELIMINATED))
            stitched = collector.finish(pool, report)
            self._workspace.put("stitched", stitched.to_arrays())
        self._write(run, prepared, stitched)

    def _prepare(self, run: Run) -> Prepared | None:
        """Fit the clusters and queue the tiles, or wait until the client has done it."""
        if self._job.source == REMOTE:
            prepared = run.prepared()
            done = self._workspace.tiles("graph")
            waiting, running = self._queue.counts()
            if not waiting + running:
                self._queue.send([tile for tile in self._job.grid if tile not in done])
            return prepared
        begin = time.monotonic()
        while not self._workspace.has("prepared"):
            if not self._pause(begin):
                return None
        return self._machine.prepared()

    def _pause(self, since: float) -> bool:
        """Wait a moment; False when nothing has come for long."""
        self._status.check()
        if time.monotonic() - since > self._job.pace.idle:
            LOG.info("coordinator ends: nothing came for long; it can be started again")
            self._status.turn(state=WAITING)
            return False
        end = time.monotonic() + self._job.pace.poll
        while time.monotonic() < end:
            self._status.check()
            time.sleep(min(0.1, self._job.pace.poll))
        return True

    def _collect(self, collector: GraphCollector, pool: WorkerPool, source: RasterSource) -> bool:
        """Add the tiles as they come; False when they stopped coming."""
        self._status.turn(state=SEGMENTING)
        grid, missing, latest, polls = self._job.grid, set(self._job.grid), time.monotonic(), 0

        def add(tile: int) -> int:
            arrays = self._workspace.get(f"graph/{tile}")
            collector.add(tile, graph_from_arrays(arrays, tile, grid.window(tile), source.bands))
            self._take_times(arrays)
            return tile

        def added(tile: int) -> None:
            missing.discard(tile)
            self._count(len(grid) - len(missing), len(grid))

        while missing:
            ready = sorted(self._workspace.tiles("graph", min(missing)) & missing)
            if ready:
                pool.each(add, ready, added)
                latest = time.monotonic()
            else:
                polls += 1
                if polls % _DEAD_LETTER_POLLS == 0:
                    self._look_for_failures()
                    self._requeue(missing, latest)
                if not self._pause(latest):
                    return False
        return True

    def _count(self, done: int, total: int) -> None:
        self._status.values.update(tiles=done, retried=self._retried)
        self._status.fraction(_PREPARED + (_SEGMENTED - _PREPARED) * done / total)

    def _take_times(self, arrays: dict) -> None:
        seconds, deliveries = arrays.get("seconds"), arrays.get("deliveries")
        if seconds is not None and seconds.shape == (len(STAGE_NAMES),):
            for stage, value in zip(STAGE_NAMES, seconds.tolist()):
                self._timings.add(stage, value)
        if deliveries is not None and deliveries.shape == ():
            self._retried += max(int(deliveries) - 1, 0)

    def _look_for_failures(self) -> None:
        """End the job when a tile was given up."""
        lost = TileQueue(self._machine.session, self._job.dead_letters, len(self._job.grid)).receive(0)
        if lost is None:
            return
        known = self._workspace.get_json(f"errors/{lost.tile}") or {}
        cause = known.get("error") or (
            "its worker ended without a word, probably for lack of memory: give workers more memory or use "
            "smaller tiles"
        )
        place, attempts = self._place(lost.tile), self._job.pace.deliveries
        raise JobError(f"{place} could not be done in {attempts} attempts: {cause}")

    def _place(self, tile: int) -> str:
        """Return which tile it is, and where it is in the raster."""
        window = self._job.grid.window(tile).shift(self._job.extent.row, self._job.extent.column)
        last = window.row + window.rows - 1, window.column + window.columns - 1
        return f"Tile {tile} (rows {window.row} to {last[0]}, columns {window.column} to {last[1]})"

    def _requeue(self, missing: set[int], latest: float) -> None:
        """Queue tiles again that no message stands for any more; this should never be needed."""
        quiet = time.monotonic() - latest > _MISSED * self._job.pace.lease
        uploaded = missing if self._job.source == REMOTE else missing & self._workspace.tiles("input")
        try:
            if quiet and uploaded and self._queue.counts() == (0, 0):
                LOG.info("queueing %d tile(s) again", len(uploaded))
                self._queue.send(sorted(uploaded))
        except QueueGoneError:
            self._machine.reason = "the queue is gone"

    def _write(self, run: Run, prepared: Prepared, stitched: Stitched) -> None:
        """Write the raster to this machine's disk, and from there into the workspace."""
        self._status.turn(state=WRITING)
        job = self._job
        metadata = {**job.metadata, **outcome_metadata(prepared, stitched)}
        with tempfile.TemporaryDirectory(prefix="shepherd-") as folder:
            path = Path(folder) / job.output_name
            write_labels(run, stitched, str(path), job.form, job.info, metadata)
            files = []
            with self._timings.measure("writing"):
                for file in sorted(Path(folder).iterdir()):
                    self._workspace.upload(file, f"result/{file.name}", lambda size: self._status.check())
                    files.append({"name": file.name, "size": file.stat().st_size, "sha256": digest(file)})
        self._workspace.put_json(RESULT, self._result(prepared, stitched, files))
        self._status.turn(state=FINISHED, fraction=1.0)
        LOG.info("finished: %d segments, %s", stitched.counts.size, self._machine.work)

    def _result(self, prepared: Prepared, stitched: Stitched, files: list[dict]) -> dict:
        return {
            "files": files,
            "segment_count": int(stitched.counts.size),
            "null_count": stitched.null_count,
            "single_pixels_eliminated": stitched.singles_joined,
            "small_segments_eliminated": stitched.eliminated,
            "max_spectral_difference": repr(prepared.max_spectral_difference),
            "warnings": outcome_warnings(prepared, stitched),
            "timings": self._timings.as_dict(),
        }


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    found = hashlib.sha256()
    with open(path, "rb") as stream:
        while chunk := stream.read(2**22):
            found.update(chunk)
    return found.hexdigest()
