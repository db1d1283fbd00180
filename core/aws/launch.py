"""Starts the tasks of a job and keeps them running."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..progress import Progress
from . import payloads
from .errors import AwsError, aws_errors, code_of
from .profile import FargateProfile
from .session import AwsSession

WORKER, COORDINATOR = "worker", "coordinator"
#: DescribeTasks takes at most this many tasks a call.
_PER_DESCRIPTION = 100
_THROTTLED = {"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded"}


@dataclass(frozen=True)
class Task:
    """One task as ECS describes it.

    Parameters
    ----------
    arn, role, status : str
    reason : str
        Why it stopped, in ECS's words.
    exit_code : int or None
    code : str
        ECS's code of why it stopped.
    """

    arn: str
    role: str
    status: str
    reason: str = ""
    exit_code: int | None = None
    code: str = ""

    @property
    def stopped(self) -> bool:
        """Whether it is over."""
        return self.status == "STOPPED"


class Fleet:
    """The tasks of one job.

    Parameters
    ----------
    session : AwsSession
    profile : FargateProfile
    cluster, definition, job_id : str
    location : str
        The job's workspace, ``s3://...``.
    labels : dict of str to str
        Tags.
    """

    def __init__(
        self,
        session: AwsSession,
        profile: FargateProfile,
        cluster: str,
        definition: str,
        job_id: str,
        location: str,
        labels: dict[str, str],
    ) -> None:
        self._ecs = session.client("ecs")
        self._profile, self._cluster, self._definition = profile, cluster, definition
        self._job_id, self._location, self._labels = job_id, location, labels
        self.roles: dict[str, str] = {}
        self.last_failure = ""

    def start(self, role: str, count: int, size: tuple[int, int, int] | None = None) -> int:
        """Start tasks; return how many ECS took.

        Spot capacity that is missing is replaced by tasks on demand; a subnet without capacity
        by another one. The reason of what could not be started is kept in `last_failure`.
        """
        spot = self._profile.spot and role == WORKER
        started = self._start(role, count, size, spot)
        if spot and started < count:
            started += self._start(role, count - started, size, False)
        return started

    def _start(self, role: str, count: int, size: tuple[int, int, int] | None, spot: bool) -> int:
        started = 0
        for subnets in self._choices():
            while started < count:
                wanted = min(count - started, payloads.TASKS_PER_CALL)
                got = self._run(role, wanted, subnets, spot, size)
                started += got
                if got < wanted:
                    break
            if started >= count:
                break
        return started

    def _choices(self) -> Iterator[tuple[str, ...]]:
        """All subnets first, as ECS chooses; then one after the other."""
        yield self._profile.subnets
        if len(self._profile.subnets) > 1:
            for subnet in self._profile.subnets:
                yield (subnet,)

    def _run(
        self, role: str, count: int, subnets: tuple[str, ...], spot: bool, size: tuple[int, int, int] | None
    ) -> int:
        from botocore.exceptions import ClientError

        request = payloads.run_task(
            self._profile,
            self._cluster,
            self._definition,
            self._job_id,
            [role, self._location],
            count,
            uuid.uuid4().hex,
            self._labels,
            subnets=subnets,
            spot=spot,
            size=size,
        )
        with aws_errors(f"Cannot start a {role}"):
            try:
                answer = self._ecs.run_task(**request)
            except ClientError as error:
                message = error.response["Error"].get("Message", "")
                if code_of(error) in _THROTTLED or "capacity" in message.lower():
                    self.last_failure = message or code_of(error)
                    return 0
                raise
        for failure in answer.get("failures", ()):
            self.last_failure = str(failure.get("reason") or failure.get("detail") or "no reason given")
        for task in answer.get("tasks", ()):
            self.roles[task["taskArn"]] = role
        return len(answer.get("tasks", ()))

    def tasks(self) -> list[Task]:
        """Describe all tasks that are known or that ECS lists for this job."""
        for arn in self.running():
            self.roles.setdefault(arn, "")
        arns, found = sorted(self.roles), []
        for begin in range(0, len(arns), _PER_DESCRIPTION):
            with aws_errors("Cannot look at the job's tasks"):
                answer = self._ecs.describe_tasks(
                    cluster=self._cluster, tasks=arns[begin : begin + _PER_DESCRIPTION]
                )
            found += [_task_of(task) for task in answer.get("tasks", ())]
        for task in found:
            self.roles[task.arn] = self.roles.get(task.arn) or task.role
        return found

    def running(self) -> list[str]:
        """List the tasks of this job that are not stopped."""
        with aws_errors("Cannot list the job's tasks"):
            return running_tasks(self._ecs, self._cluster, self._job_id)


def running_tasks(ecs: Any, cluster: str, job_id: str) -> list[str]:
    """List the tasks that a job started and that are not stopped, however many there are."""
    pages = ecs.get_paginator("list_tasks").paginate(cluster=cluster, startedBy=job_id)
    return [arn for page in pages for arn in page.get("taskArns", ())]


def _task_of(task: dict[str, Any]) -> Task:
    container = (task.get("containers") or [{}])[0]
    overrides = (task.get("overrides") or {}).get("containerOverrides") or [{}]
    reasons = [task.get("stoppedReason"), container.get("reason")]
    return Task(
        arn=task["taskArn"],
        role=(overrides[0].get("command") or [""])[0],
        status=task.get("lastStatus", ""),
        reason="; ".join(dict.fromkeys(str(reason) for reason in reasons if reason)),
        exit_code=container.get("exitCode"),
        code=str(task.get("stopCode", "")),
    )


def start_first(
    fleet: Fleet,
    role: str,
    count: int,
    patience: float,
    progress: Progress,
    size: tuple[int, int, int] | None = None,
) -> int:
    """Start tasks, trying again for a while until there is at least one.

    Raises
    ------
    AwsError
        If there is none in the end.
    """
    begin, pause, started = time.monotonic(), 1.0, 0
    while True:
        started = fleet.start(role, count, size)
        if started:
            return started
        if time.monotonic() - begin > patience:
            raise AwsError(
                f"AWS could not start a {role} ({fleet.last_failure}): try again later, add subnets in other "
                "availability zones to the profile, choose a smaller size, or ask AWS for a higher quota."
            )
        progress.message(f"AWS has no room for a {role} now ({fleet.last_failure}); trying again.")
        pause_until = time.monotonic() + pause
        while time.monotonic() < pause_until:
            progress.check()
            time.sleep(0.1)
        pause = min(2 * pause, 20.0)
