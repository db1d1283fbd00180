"""Jobs that go on without this program: list, watch, collect and delete them."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from ..errors import ShepherdError
from ..progress import Progress
from ..raster.output_folder import OutputFolder
from ..segmentation import SegmentationResult
from .client import Fargate, needs_input
from .coordinator import FAILED, FINISHED
from .errors import JobError, aws_errors
from .job import JOB, REMOTE, SENT, STATUS, Pace
from .journal import DELETING, RUNNING, UPLOADING, Entry, JobLog, Journal
from .profile import FargateProfile
from .responsive import responsive
from .s3_workspace import S3Workspace
from .session import AwsSession, Credentials
from .submit import attach, job_prefix
from .teardown import Teardown
from .watch import Watch


@dataclass(frozen=True)
class JobState:
    """A job as `list_jobs` shows it.

    Parameters
    ----------
    job_id : str
    input, output : str
        The output is empty for a job of another computer.
    state : str
        "uploading", "starting", "clustering", "segmenting", "eliminating", "writing",
        "finished", "failed", "waiting" or "stopped" (watch or collect it to go on), "deleting".
    fraction : float
        The share that is done.
    created : float
        Seconds since 1970.
    own : bool
        Whether this computer started it.
    error : str
        Why it failed.
    """

    job_id: str
    input: str
    output: str
    state: str
    fraction: float
    created: float
    own: bool
    error: str = ""


def list_jobs(
    profile: FargateProfile,
    journal: Journal | None = None,
    credentials: Credentials | None = None,
    progress: Progress | None = None,
) -> list[JobState]:
    """List a profile's jobs, this computer's and others', oldest first."""
    journal, session = journal or Journal(), AwsSession.of_profile(profile, credentials)
    return responsive(lambda relay: _list(profile, journal, session, relay), progress or Progress())


def _list(
    profile: FargateProfile, journal: Journal, session: AwsSession, progress: Progress
) -> list[JobState]:
    own = {e.job_id: e for e in journal.entries() if e.profile.get("bucket") == profile.bucket}
    found = {**dict.fromkeys(_stored_jobs(session, profile)), **own}
    states = []
    for number, (job_id, entry) in enumerate(found.items(), 1):
        progress.check()
        states.append(_state_of(session, profile, job_id, entry))
        progress.fraction(number / len(found))
    return sorted((state for state in states if state), key=lambda state: state.created)


def _stored_jobs(session: AwsSession, profile: FargateProfile) -> list[str]:
    prefix = f"{profile.prefix}/" if profile.prefix else ""
    pages = session.client("s3").get_paginator("list_objects_v2")
    found: list[str] = []
    with aws_errors(f"Cannot list the jobs in {profile.bucket}"):
        for page in pages.paginate(Bucket=profile.bucket, Prefix=prefix, Delimiter="/"):
            found += [item["Prefix"][len(prefix) :].strip("/") for item in page.get("CommonPrefixes", ())]
    return found


def _state_of(
    session: AwsSession, profile: FargateProfile, job_id: str, entry: Entry | None
) -> JobState | None:
    workspace = S3Workspace(session, profile.bucket, job_prefix(profile, job_id))
    status, record = workspace.get_json(STATUS) or {}, workspace.get_json(JOB) or {}
    if entry is None and not record:
        return None  # a folder that is not a job
    state = status.get("state") or "starting"
    if entry and entry.state in (DELETING, UPLOADING) and state not in (FINISHED, FAILED):
        state = entry.state
    error = str(status.get("error") or "")
    if entry and entry.state == RUNNING and not record:
        state, error = FAILED, "It was collected or deleted by another program or computer."
    return JobState(
        job_id=job_id,
        input=entry.input if entry else str(record.get("metadata", {}).get("SHEPHERD_INPUT", "")),
        output=entry.output if entry else "",
        state=str(state),
        fraction=float(status.get("fraction") or 0.0),
        created=entry.created if entry else float(record.get("created") or 0.0),
        own=entry is not None,
        error=error,
    )


def collect_job(
    job_id: str,
    profile: FargateProfile,
    output: str | os.PathLike | None = None,
    journal: Journal | None = None,
    progress: Progress | None = None,
    credentials: Credentials | None = None,
    pace: Pace | None = None,
    cancel_deletes: bool = False,
) -> SegmentationResult:
    """Watch a job to its end, put its raster in its place, and clean up.

    Lost tasks are started again while it is watched. Cancelling stops the watching only, unless
    `cancel_deletes`.

    Parameters
    ----------
    output : path, optional
        Instead of the place that the job was started for; needed for a job of another computer.

    Raises
    ------
    JobError, AwsError, ParameterError, Cancelled
    """
    compute = Fargate(profile, journal, credentials, pace)
    target = os.fspath(output) if output else ""

    def collect(relay: Progress) -> SegmentationResult:
        return _collect(compute, job_id, target, relay, cancel_deletes)

    return responsive(collect, progress or Progress())


def _collect(
    compute: Fargate, job_id: str, target: str, progress: Progress, cancel_deletes: bool
) -> SegmentationResult:
    session, profile = compute.session, compute.profile
    with ExitStack() as stack:
        log = stack.enter_context(compute.journal.attend(job_id))
        entry = _known(session, profile, log, job_id)
        target = target or entry.output
        if not target:
            raise JobError(f"Job {job_id} was started by another computer: say where its raster should go.")
        folder = OutputFolder(target)
        stack.callback(folder.remove)
        job = attach(session, profile, log)
        if needs_input(job):
            raise JobError(
                f"Not all of job {job_id}'s input has been sent: run the segmentation of {entry.input} again "
                "with the same parameters to go on."
            )
        with compute.cleaning_up(log, progress, cancel_deletes):
            result = compute.finish(job, folder, progress)
        compute.clean_up(log, progress)
    return result


def watch_job(
    job_id: str,
    profile: FargateProfile,
    journal: Journal | None = None,
    progress: Progress | None = None,
    credentials: Credentials | None = None,
    pace: Pace | None = None,
) -> None:
    """Watch a job until its raster is in the bucket, and leave it there.

    Lost tasks are started again while it is watched. Cancelling stops the watching only.

    Raises
    ------
    JobError, AwsError, Cancelled
    """
    compute = Fargate(profile, journal, credentials, pace)

    def watch(relay: Progress) -> None:
        with compute.journal.attend(job_id) as log:
            _known(compute.session, profile, log, job_id)
            Watch(attach(compute.session, profile, log), relay).until_finished()
        relay.fraction(1.0)

    responsive(watch, progress or Progress())


def _known(session: AwsSession, profile: FargateProfile, log: JobLog, job_id: str) -> Entry:
    """Return a job's entry; one of another computer is taken over from its description."""
    if log.entry is not None:
        return log.entry
    workspace = S3Workspace(session, profile.bucket, job_prefix(profile, job_id))
    values: dict[str, Any] = workspace.get_json(JOB) or {}
    try:
        sent = values["source"] == REMOTE or workspace.has_json(SENT)
        entry = Entry(
            job_id=job_id,
            client_id=str(values["client_id"]),
            profile=profile.to_dict(),
            prefix=workspace.prefix,
            input=str(values["metadata"]["SHEPHERD_INPUT"]),
            output="",
            state=RUNNING if sent else UPLOADING,
            created=float(values["created"]),
            deadline=float(values["deadline"]),
            resources=tuple((str(kind), str(name)) for kind, name in values["resources"]),
        )
    except (KeyError, TypeError, ValueError):
        raise JobError(f"There is no job {job_id} in the bucket of profile '{profile.name}'.") from None
    log.start(entry)
    return entry


def delete_job(
    job_id: str,
    profile: FargateProfile,
    journal: Journal | None = None,
    credentials: Credentials | None = None,
    pace: Pace | None = None,
    progress: Progress | None = None,
) -> list[str]:
    """Stop a job and delete all it made; return what could not be deleted yet, in sentences.

    It is not cancelled half-way: what has been started is finished.
    """
    (progress or Progress()).message(f"Deleting job {job_id}.")
    journal = journal or Journal()
    session = AwsSession.of_profile(profile, credentials)
    with journal.attend(job_id) as log:
        _known(session, profile, log, job_id)
        return Teardown(session, log, (pace or Pace()).stop).run()


def finish_teardowns(
    journal: Journal | None = None,
    credentials: Credentials | None = None,
    pace: Pace | None = None,
    progress: Progress | None = None,
) -> list[str]:
    """Finish teardowns that were interrupted; call it at every start. Never raises.

    Returns
    -------
    list of str
        What is still left, in sentences.
    """
    problems: list[str] = []
    try:
        journal = journal or Journal()
        waiting = [entry for entry in journal.entries() if entry.state == DELETING]
    except ShepherdError as error:
        return [str(error)]
    for entry in waiting:
        try:
            profile = FargateProfile.from_dict(entry.profile)
            problems += delete_job(entry.job_id, profile, journal, credentials, pace, progress)
        except ShepherdError as error:
            problems.append(str(error))
    return problems
