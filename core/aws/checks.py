"""Looks for all that would make a job fail, before anything is created."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .errors import AwsError, ConnectionLostError, CredentialsError, PreflightError, code_of, in_words
from .permissions import missing_permissions
from .profile import FargateProfile
from .session import AwsSession

_UNTESTABLE = {
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "NotImplemented",
    "501",
    "404",
}


def preflight(
    profile: FargateProfile,
    session: AwsSession,
    problems: list[str] | None = None,
    check: Callable[[], None] = lambda: None,
) -> None:
    """Check what can be checked without creating anything.

    Parameters
    ----------
    problems : list of str, optional
        Found already, such as `check_limits`'s.
    check : callable, optional
        Called between two questions; may raise.

    Raises
    ------
    CredentialsError, ConnectionLostError
        If nothing can be asked at all.
    PreflightError
        Naming every problem with its cure.
    """
    found = list(problems or [])
    found += _Checks(profile, session).run(check)
    if found:
        listed = "\n".join(f"- {problem}" for problem in found)
        raise PreflightError(f"The Fargate profile '{profile.name}' cannot run this job:\n{listed}")


class _Checks:
    """Read-only questions to AWS; each gives a sentence or nothing."""

    def __init__(self, profile: FargateProfile, session: AwsSession) -> None:
        self._profile, self._session = profile, session

    def run(self, pause: Callable[[], None]) -> list[str]:
        self._session.frozen_credentials()
        pause()
        arn = self._identity()
        checks: list[Callable[[], str | None]] = [
            self._bucket,
            self._queues,
            self._cluster,
            self._definitions,
            lambda: self._role("task_role_arn"),
            lambda: self._role("execution_role_arn"),
            self._subnets,
            self._security_groups,
            self._log_group,
        ]
        found = []
        for check in checks:
            pause()
            found.append(check())
        pause()
        return [problem for problem in found if problem] + missing_permissions(
            self._profile, self._session, arn
        )

    def _ask(self, what: str, call: Callable[[], Any], optional: bool = False) -> tuple[Any, str | None]:
        """Return the answer and the problem; a question that may not be asked is none if optional."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return call(), None
        except (BotoCoreError, ClientError) as error:
            if optional and code_of(error) in _UNTESTABLE:
                return None, None
            problem = in_words(what, error)
            if isinstance(problem, (CredentialsError, ConnectionLostError)):
                raise problem from error
            return None, str(problem)

    def _identity(self) -> str:
        answer, problem = self._ask(
            "Cannot log in to AWS", lambda: self._session.client("sts").get_caller_identity()
        )
        if problem:
            raise AwsError(problem)
        account = self._profile.task_role_arn.split(":")[4]
        if answer["Account"] != account:
            raise PreflightError(
                f"The credentials belong to AWS account {answer['Account']}, the profile's roles to "
                f"{account}: choose other credentials or correct the role ARNs. Nothing was created."
            )
        return str(answer["Arn"])

    def _bucket(self) -> str | None:
        from botocore.exceptions import ClientError

        profile, s3 = self._profile, self._session.client("s3")
        try:
            answer = s3.head_bucket(Bucket=profile.bucket)
        except ClientError as error:
            return self._bucket_problem(code_of(error), error)
        headers = answer["ResponseMetadata"].get("HTTPHeaders", {})
        region = headers.get("x-amz-bucket-region", profile.region)
        if region != profile.region:
            return self._elsewhere(region)
        prefix = f"{profile.prefix}/" if profile.prefix else ""
        _, problem = self._ask(
            f"The bucket {profile.bucket}",
            lambda: s3.list_objects_v2(Bucket=profile.bucket, Prefix=prefix, MaxKeys=1),
        )
        return problem

    def _bucket_problem(self, code: str, error: Any) -> str:
        bucket = self._profile.bucket
        if code in ("404", "NoSuchBucket"):
            return f"The bucket {bucket} does not exist: make it, or correct its name in the profile."
        if code in ("301", "PermanentRedirect"):
            headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
            return self._elsewhere(headers.get("x-amz-bucket-region", "another region"))
        if code == "403":
            return (
                f"The bucket {bucket} is not yours or you may not list it: correct its name, or ask for "
                "s3:ListBucket on it."
            )
        problem = in_words(f"The bucket {bucket}", error)
        if isinstance(problem, (CredentialsError, ConnectionLostError)):
            raise problem
        return str(problem)

    def _elsewhere(self, region: str) -> str:
        return (
            f"The bucket {self._profile.bucket} is in {region} and the profile's region is "
            f"{self._profile.region}: choose a bucket in the same region, or change the region."
        )

    def _queues(self) -> str | None:
        sqs = self._session.client("sqs")
        return self._ask("Queues", lambda: sqs.list_queues(QueueNamePrefix="shepherd-", MaxResults=1))[1]

    def _cluster(self) -> str | None:
        ecs, name = self._session.client("ecs"), self._profile.cluster
        if not name:
            return self._ask("Clusters", lambda: ecs.list_clusters(maxResults=1))[1]
        answer, problem = self._ask("The cluster", lambda: ecs.describe_clusters(clusters=[name]))
        active = [c for c in (answer or {}).get("clusters", ()) if c.get("status") == "ACTIVE"]
        if problem or active:
            return problem
        return f"The cluster {name} does not exist: correct its name, or leave it empty to make one per job."

    def _definitions(self) -> str | None:
        ecs = self._session.client("ecs")
        return self._ask("Task definitions", lambda: ecs.list_task_definitions(maxResults=1))[1]

    def _role(self, key: str) -> str | None:
        from botocore.exceptions import ClientError

        arn = getattr(self._profile, key)
        try:
            self._session.client("iam").get_role(RoleName=arn.rpartition("/")[2])
        except ClientError as error:
            if code_of(error) == "NoSuchEntity":
                return f"The role {arn} ({key}) does not exist: make it, or correct the ARN in the profile."
            # Many may start jobs and not look at roles; ECS tells when the role is wrong.
        return None

    def _subnets(self) -> str | None:
        return self._network(
            "describe_subnets", "SubnetIds", self._profile.subnets, "subnet", "InvalidSubnetID"
        )

    def _security_groups(self) -> str | None:
        groups = self._profile.security_groups
        return self._network("describe_security_groups", "GroupIds", groups, "security group", "InvalidGroup")

    def _network(self, call: str, key: str, ids: tuple[str, ...], word: str, missing: str) -> str | None:
        from botocore.exceptions import ClientError

        try:
            getattr(self._session.client("ec2"), call)(**{key: list(ids)})
        except ClientError as error:
            if code_of(error).startswith(missing):
                return (
                    f"A {word} of the profile does not exist in {self._profile.region} "
                    f"({error.response['Error'].get('Message', '')}): correct the profile."
                )
            # Not allowed to look: ECS tells when it is wrong.
        return None

    def _log_group(self) -> str | None:
        name = self._profile.log_group
        if not name:
            return None
        logs = self._session.client("logs")
        answer, problem = self._ask(
            "Logs", lambda: logs.describe_log_groups(logGroupNamePrefix=name), optional=True
        )
        if problem or answer is None or any(g["logGroupName"] == name for g in answer.get("logGroups", ())):
            return problem
        return (
            f"The log group {name} does not exist in {self._profile.region}: make it, or leave it empty "
            "in the profile."
        )
