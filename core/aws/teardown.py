"""Takes down what a job made; may be repeated, and never raises."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from .errors import AwsError, QueueGoneError, aws_errors, code_of
from .job import CLOSED
from .journal import DELETING, JobLog
from .launch import running_tasks
from .profile import FargateProfile
from .responsive import patiently
from .session import AwsSession

#: Kinds of resources in the journal.
OBJECTS, QUEUE, CLUSTER, DEFINITION, TASKS = "objects", "queue", "cluster", "task definition", "tasks"
_GONE = {
    "ClusterNotFoundException",
    "QueueDoesNotExist",
    "AWS.SimpleQueueService.NonExistentQueue",
    "NoSuchBucket",
    "NoSuchUpload",
    "NoSuchKey",
}
_POLL = 1.0
#: Seconds that the network may be away.
_PATIENCE = 30.0


class Teardown:
    """The teardown of one job.

    Parameters
    ----------
    session : AwsSession
    log : JobLog
    stop_wait : float
        Seconds to wait for tasks to stop.
    """

    def __init__(self, session: AwsSession, log: JobLog, stop_wait: float) -> None:
        self._session, self._log, self._wait = session, log, stop_wait
        self._profile = FargateProfile.from_dict(log.job.profile)
        self._patience = _PATIENCE
        self.problems: list[str] = []

    def run(self) -> list[str]:
        """Take everything down in order; return what is left to do, in sentences.

        The journal forgets the job only when nothing is left.
        """
        self._log.turn(DELETING)
        entry = self._log.job
        for prefix in entry.names(OBJECTS):
            self._try(self._close, prefix)
        for cluster in entry.names(TASKS):
            self._try(self._stop_tasks, cluster)
        for family in entry.names(DEFINITION):
            self._try(self._delete_definitions, family)
        if not self.problems:
            for cluster in entry.names(CLUSTER):
                self._try(self._delete_cluster, cluster)
        for name in entry.names(QUEUE):
            self._try(self._delete_queue, name)
        for prefix in entry.names(OBJECTS):
            self._try(self._abort_uploads, prefix)
            self._try(self._delete_objects, prefix)
        if not self.problems:
            self._log.forget()
        return self.problems

    def _try(self, step: Callable[[str], None], name: str) -> None:
        def attempt() -> None:
            with aws_errors(f"Cleaning up {name}"):
                _unless_gone(step, name)

        try:
            patiently(attempt, self._patience, lambda: None)
        except QueueGoneError:
            return
        except (AwsError, OSError) as error:
            self._patience = 0.0
            self.problems.append(str(error))

    def _close(self, prefix: str) -> None:
        self._session.client("s3").put_object(
            Bucket=self._profile.bucket, Key=f"{prefix}/{CLOSED}.json", Body=b"true"
        )

    def _stop_tasks(self, cluster: str) -> None:
        ecs, job_id = self._session.client("ecs"), self._log.job.job_id
        deadline = time.monotonic() + self._wait
        asked: set[str] = set()
        while running := {*running_tasks(ecs, cluster, job_id), *self._log.tasks}:
            # Asked once each: a task that was started meanwhile is found in the next round.
            for arn in sorted(running - asked):
                ecs.stop_task(cluster=cluster, task=arn, reason="The job is over.")
            if running <= asked:
                break
            asked |= running
        self._wait_stopped(ecs, cluster, sorted(asked), deadline)

    def _wait_stopped(self, ecs: Any, cluster: str, arns: list[str], deadline: float) -> None:
        """Tasks leave the list when they are told to stop; the cluster can go when they have."""
        while arns:
            still = []
            for begin in range(0, len(arns), 100):
                answer = ecs.describe_tasks(cluster=cluster, tasks=arns[begin : begin + 100])
                still += [t["taskArn"] for t in answer.get("tasks", ()) if t.get("lastStatus") != "STOPPED"]
            arns = still
            if arns and time.monotonic() > deadline:
                raise AwsError(f"{len(arns)} task(s) of job {self._log.job.job_id} have not stopped yet.")
            if arns:
                time.sleep(_POLL)

    def _delete_definitions(self, family: str) -> None:
        ecs = self._session.client("ecs")
        pages = ecs.get_paginator("list_task_definitions")
        for status in ("ACTIVE", "INACTIVE"):
            for page in pages.paginate(familyPrefix=family, status=status):
                for arn in page.get("taskDefinitionArns", ()):
                    if arn.rpartition("/")[2].rpartition(":")[0] != family:
                        continue
                    if status == "ACTIVE":
                        ecs.deregister_task_definition(taskDefinition=arn)
                    ecs.delete_task_definitions(taskDefinitions=[arn])

    def _delete_cluster(self, name: str) -> None:
        self._session.client("ecs").delete_cluster(cluster=name)

    def _delete_queue(self, name: str) -> None:
        sqs = self._session.client("sqs")
        sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"])

    def _abort_uploads(self, prefix: str) -> None:
        s3, bucket = self._session.client("s3"), self._profile.bucket
        pages = s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=f"{prefix}/")
        for page in pages:
            for upload in page.get("Uploads", ()):
                s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])

    def _delete_objects(self, prefix: str) -> None:
        s3, bucket = self._session.client("s3"), self._profile.bucket
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix}/")
        for page in pages:
            keys = [{"Key": item["Key"]} for item in page.get("Contents", ())]
            if not keys:
                continue
            answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
            if answer.get("Errors"):
                first = answer["Errors"][0]
                raise AwsError(f"Cannot delete {first.get('Key')}: {first.get('Message')}.")


def _unless_gone(step: Callable[[str], None], name: str) -> None:
    from botocore.exceptions import ClientError

    try:
        step(name)
    except ClientError as error:
        if code_of(error) not in _GONE:
            raise
