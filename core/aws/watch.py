"""Follows a job: its progress in words, and tasks that were lost and are started again."""

from __future__ import annotations

import time

from ..errors import WorkspaceError
from ..progress import Progress
from .coordinator import ELIMINATING, FAILED, FINISHED, PREPARING, SEGMENTING, WRITING
from .errors import AwsError, ConnectionLostError, JobError, QueueGoneError
from .job import CLOSED, JOB, STATUS
from .launch import COORDINATOR, WORKER, Task
from .submit import Job

_WORDS = {
    PREPARING: "Fitting the clusters",
    SEGMENTING: "Segmenting tiles",
    ELIMINATING: "Eliminating small segments",
    WRITING: "Writing the raster",
    FINISHED: "The raster is complete",
}
#: The share of the progress bar that the job on AWS takes; fetching the raster takes the rest.
_SHARE = 0.95
#: Times that a coordinator is started again; workers as often as there are, this many times.
_RESTARTS = 3
#: Stops that no other attempt mends.
_HOPELESS = ("CannotPull", "ResourceInitializationError", "exec format error", "CannotStartContainer")


class Watch:
    """Looks after a job from the thread that runs it.

    Parameters
    ----------
    job : Job
    progress : Progress
    """

    def __init__(self, job: Job, progress: Progress) -> None:
        self._job, self._progress = job, progress
        self._pace = job.record.pace
        self._next_look = self._next_supervision = 0.0
        self._restarts = {WORKER: 0, COORDINATOR: 0}
        self._seen: set[str] = set()
        self._said = ""
        self._fraction = 0.0
        self._reached = time.monotonic()
        self._failures = 0
        self.workers = 0
        self.status: dict = {}

    def until_finished(self) -> None:
        """Watch until the raster is in the workspace.

        Raises
        ------
        JobError
            If the job failed.
        ConnectionLostError
            If AWS could not be reached for long; the job goes on.
        Cancelled
        """
        while self.status.get("state") != FINISHED:
            self.tick()
            self._progress.check()
            time.sleep(min(0.1, self._pace.poll))

    def tick(self) -> None:
        """Look at the job if it is time to; call it as often as you like."""
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + self._pace.poll
        try:
            self._look()
            if now >= self._next_supervision:
                self._next_supervision = now + self._pace.supervise
                self._supervise()
            self._reached = now
        except ConnectionLostError:
            if now - self._reached > self._pace.reach:
                raise
        except AwsError:
            refuse_gone(self._job)
            raise

    def _look(self) -> None:
        try:
            found = self._job.workspace.get_json(STATUS)
        except WorkspaceError:
            return
        state = self.status.get("state")
        self.status = found if isinstance(found, dict) else {}
        if self.status.get("state") != state:
            self._say()
        state = self.status.get("state")
        if state == FAILED:
            raise JobError(str(self.status.get("error") or "The job failed without a reason."))
        fraction = self.status.get("fraction")
        if isinstance(fraction, (int, float)) and fraction > self._fraction:
            self._fraction = float(fraction)
            self._progress.fraction(_SHARE * self._fraction)

    def _supervise(self) -> None:
        tasks = self._job.fleet.tasks()
        for task in tasks:
            if task.stopped and task.arn not in self._seen:
                self._seen.add(task.arn)
                self._judge(task)
        alive = [task for task in tasks if not task.stopped]
        self.workers = sum(task.role == WORKER and task.status == "RUNNING" for task in alive)
        self._say()
        if self.status.get("state") == FINISHED:
            return
        refuse_gone(self._job)
        if not any(task.role == COORDINATOR for task in alive):
            self._restart(COORDINATOR, 1)
        missing = self._job.record.workers - sum(task.role == WORKER for task in alive)
        if missing > 0 and self._has_tiles():
            self._restart(WORKER, missing)

    def _judge(self, task: Task) -> None:
        """Say why a task ended, if that was not the end of its work."""
        if task.exit_code == 0:
            return
        reason = task.reason or f"exit code {task.exit_code}"
        self._progress.message(f"A {task.role} was lost ({reason}).")
        self._failures += 1
        if any(word in task.reason for word in _HOPELESS) and not self.status:
            raise JobError(
                f"AWS cannot start the container ({reason}): check the image {self._job.profile.image}, the "
                "execution role, the log group, and that the subnets reach the image's registry."
            )

    def _has_tiles(self) -> bool:
        state = self.status.get("state")
        if state not in (None, PREPARING, SEGMENTING):
            return False
        try:
            waiting, running = self._job.queue.counts()
        except QueueGoneError:
            raise JobError("The job's queue was deleted: start the job again.") from None
        return waiting + running > 0

    def _restart(self, role: str, count: int) -> None:
        """Start lost tasks again, but not for ever."""
        # A tile that kills its workers is given up by the one that comes after the last of them.
        workers = max(_RESTARTS * self._job.record.workers, 2 * self._pace.deliveries)
        limit = workers if role == WORKER else _RESTARTS
        count = min(count, limit - self._restarts[role])
        if count <= 0:
            if role == COORDINATOR:
                raise JobError(
                    f"The coordinator was lost {_RESTARTS + 1} times: look at its log in "
                    f"{self._job.profile.log_group or 'CloudWatch (the profile names no log group)'}; "
                    "more memory may help."
                )
            if not self.workers:
                raise JobError(
                    "All workers were lost again and again: look at their logs; more memory may help."
                )
            return
        size = self._job.size if role == COORDINATOR else None
        try:
            started = self._job.fleet.start(role, count, size)
        except ConnectionLostError:
            raise
        except AwsError as error:
            self._progress.warning(str(error))
            return
        self._restarts[role] += started
        if started:
            self._progress.message(f"Started {started} {role}(s) again.")

    def _say(self) -> None:
        """Tell the state in words when it has changed."""
        state = self.status.get("state")
        text = _WORDS.get(str(state), "Waiting for AWS to start the tasks")
        if state in (None, SEGMENTING):
            done, total = self.status.get("tiles", 0), len(self._job.record.grid)
            retried = self.status.get("retried", 0)
            try:
                running = self._job.queue.counts()[1]
            except AwsError:
                running = 0
            again = f", {retried} retried" if retried else ""
            text += (
                f": {done} of {total} tiles done, {running} running{again}; "
                f"{self.workers} of {self._job.record.workers} workers"
            )
        if text != self._said:
            self._said = text
            self._progress.message(f"{text}.")


def refuse_gone(job: Job) -> None:
    """Refuse a job that somebody else has taken away.

    Raises
    ------
    JobError
    """
    if job.workspace.has_json(CLOSED) or not job.workspace.has_json(JOB):
        raise JobError(
            f"Job {job.record.job_id} was collected or deleted by another program or computer: if its "
            "raster is not there, run the segmentation again."
        )
