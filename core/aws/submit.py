"""Creates a job on AWS and feeds it; every resource is in the journal before it is made."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..progress import Progress
from ..raster.provenance import input_identity, without_secrets
from ..raster_segmentation import RasterJob, input_metadata
from ..timings import Timings
from . import payloads, teardown
from .errors import JobError, aws_errors
from .estimation import Estimate, hourly_price
from .inputs import is_remote
from .job import JOB, REMOTE, UPLOADED, JobRecord, Pace
from .journal import UPLOADING, Entry, JobLog
from .launch import COORDINATOR, WORKER, Fleet, start_first
from .profile import FargateProfile
from .s3_workspace import S3Workspace
from .session import AwsSession
from .tile_queue import TileQueue

#: A deleted queue's name is blocked for a minute: names are therefore never used twice.
_NAME_BYTES = 3


@dataclass
class Job:
    """A job that this process attends to.

    Parameters
    ----------
    session : AwsSession
    profile : FargateProfile
    record : JobRecord
    workspace : S3Workspace
    fleet : Fleet
    log : JobLog
    size : tuple of int
        CPU units, MiB and GiB of disk of the coordinator.
    timings : Timings
        What this computer did.
    """

    session: AwsSession
    profile: FargateProfile
    record: JobRecord
    workspace: S3Workspace
    fleet: Fleet
    log: JobLog
    size: tuple[int, int, int]
    timings: Timings

    @property
    def queue(self) -> TileQueue:
        """The tiles that wait."""
        return TileQueue(self.session, self.record.queue, len(self.record.grid))


def job_prefix(profile: FargateProfile, job_id: str) -> str:
    """Return the prefix of a job's objects."""
    return f"{profile.prefix}/{job_id}".strip("/")


def new_entry(raster: RasterJob, profile: FargateProfile, job_id: str, client_id: str) -> Entry:
    """Return the first journal entry of a job."""
    return Entry(
        job_id=job_id,
        client_id=client_id,
        profile=profile.to_dict(),
        prefix=job_prefix(profile, job_id),
        input=without_secrets(raster.info.path),
        output=raster.output,
        state=UPLOADING,
    )


def record_of(
    raster: RasterJob, profile: FargateProfile, entry: Entry, found: Estimate, workers: int, pace: Pace
) -> JobRecord:
    """Return the record of a job, its queues aside."""
    size = found.coordinator or (0, 0, 0)
    now = time.time()
    affordable = 3600 * profile.max_cost / hourly_price(profile, workers, size)
    reads = raster.readers or profile.max_concurrent_reads
    return JobRecord(
        job_id=entry.job_id,
        client_id=entry.client_id,
        queue="",
        dead_letters="",
        source=REMOTE if is_remote(raster.info.path) else UPLOADED,
        info=raster.info,
        identity=input_identity(raster.info.path),
        spec=raster.spec,
        extent=raster.extent,
        tile_size=raster.tile_size,
        form=raster.form,
        output_name=Path(raster.output).name,
        metadata=input_metadata(raster),
        has_mask=bool(raster.mask),
        has_centres=raster.centres is not None,
        workers=workers,
        threads=found.threads,
        readers=max(-(-reads // workers), 1) if reads else found.threads,
        # Twice its vCPUs: half of them wait for S3.
        coordinator_threads=max(2 * size[0] // 1024, 2),
        created=now,
        deadline=now + min(3600 * profile.max_hours, affordable),
        pace=pace,
    )


class Creator:
    """Makes the resources of a new job, in the order that they are needed.

    Parameters
    ----------
    session : AwsSession
    profile : FargateProfile
    log : JobLog
        With the job's first entry.
    """

    def __init__(self, session: AwsSession, profile: FargateProfile, log: JobLog) -> None:
        self._session, self._profile, self._log = session, profile, log
        self._labels = payloads.tags(profile, log.job.job_id, log.job.client_id)

    def create(self, record: JobRecord, size: tuple[int, int, int], check: Callable[[], None]) -> Job:
        """Create everything but the tasks."""
        entry = self._log.job
        name = f"shepherd-{record.job_id}-{secrets.token_hex(_NAME_BYTES)}"
        self._log.add(teardown.OBJECTS, entry.prefix)
        check()
        dead_letters = self._queue(payloads.dead_letter_queue(f"{name}-dead", self._labels))
        arn = self._queue_arn(dead_letters)
        queue = self._queue(payloads.tile_queue(name, arn, record.pace, self._labels))
        check()
        values = {
            **record.to_dict(),
            "queue": queue,
            "dead_letters": dead_letters,
            "size": list(size),
            "resources": self._resources(name),
        }
        workspace = S3Workspace(self._session, self._profile.bucket, entry.prefix, self._labels)
        workspace.put_json(JOB, values)
        cluster = self._profile.cluster or self._cluster(name)
        check()
        self._log.add(teardown.DEFINITION, name)
        request = payloads.task_definition(self._profile, name, self._labels)
        with aws_errors("Cannot register the task definition"):
            self._session.client("ecs").register_task_definition(**request)
        self._log.add(teardown.TASKS, cluster)
        return attach(self._session, self._profile, self._log, values)

    def _resources(self, name: str) -> list[tuple[str, str]]:
        """Return what will have been made, for a computer that takes the job over."""
        own = [] if self._profile.cluster else [(teardown.CLUSTER, name)]
        return [
            (teardown.OBJECTS, self._log.job.prefix),
            (teardown.QUEUE, f"{name}-dead"),
            (teardown.QUEUE, name),
            *own,
            (teardown.DEFINITION, name),
            (teardown.TASKS, self._profile.cluster or name),
        ]

    def _queue(self, request: dict[str, Any]) -> str:
        self._log.add(teardown.QUEUE, request["QueueName"])
        with aws_errors("Cannot make a queue"):
            return str(self._session.client("sqs").create_queue(**request)["QueueUrl"])

    def _queue_arn(self, url: str) -> str:
        with aws_errors("Cannot look at a queue"):
            answer = self._session.client("sqs").get_queue_attributes(
                QueueUrl=url, AttributeNames=["QueueArn"]
            )
        return str(answer["Attributes"]["QueueArn"])

    def _cluster(self, name: str) -> str:
        self._log.add(teardown.CLUSTER, name)
        with aws_errors("Cannot make a cluster"):
            self._session.client("ecs").create_cluster(**payloads.cluster(name, self._labels))
        return name


def attach(
    session: AwsSession, profile: FargateProfile, log: JobLog, values: dict[str, Any] | None = None
) -> Job:
    """Take up a job that exists, by its journal entry.

    Raises
    ------
    JobError
        If there is nothing of it in the bucket.
    """
    entry = log.job
    labels = payloads.tags(profile, entry.job_id, entry.client_id)
    workspace = S3Workspace(session, profile.bucket, entry.prefix, labels)
    values = dict(values or workspace.get_json(JOB) or {})
    if not values or not entry.names(teardown.TASKS):
        raise JobError(f"Job {entry.job_id} was never completely started: it is deleted and started again.")
    size = tuple(int(part) for part in values.pop("size"))
    fleet = Fleet(
        session,
        profile,
        entry.names(teardown.TASKS)[-1],
        entry.names(teardown.DEFINITION)[-1],
        entry.job_id,
        workspace.location,
        labels,
    )
    log.tasks = fleet.roles
    record = JobRecord.from_dict(values)
    return Job(session, profile, record, workspace, fleet, log, size, Timings())  # type: ignore[arg-type]


def launch(job: Job, progress: Progress) -> None:
    """Start the coordinator and the workers; fewer workers than asked for is a warning."""
    progress.message(f"Starting a coordinator and {job.record.workers} worker(s) on AWS Fargate.")
    with job.timings.measure("starting"):
        patience = job.record.pace.patience
        start_first(job.fleet, COORDINATOR, 1, patience, progress, job.size)
        progress.check()
        started = start_first(job.fleet, WORKER, job.record.workers, patience, progress)
    if started < job.record.workers:
        progress.warning(
            f"AWS started {started} of {job.record.workers} workers ({job.fleet.last_failure}); more are "
            "tried for."
        )


def refuse_running(session: AwsSession, profile: FargateProfile, job_id: str) -> None:
    """Refuse a job that another computer has started and not finished.

    Raises
    ------
    JobError
    """
    workspace = S3Workspace(session, profile.bucket, job_prefix(profile, job_id))
    other = workspace.get_json(JOB)
    if other is not None:
        raise JobError(
            f"Job {job_id}, with the same input and parameters, was started by another computer (client "
            f"{other.get('client_id')}): collect or delete it there, or delete its objects under "
            f"{workspace.location}. Nothing was created."
        )
