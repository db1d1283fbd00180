"""What the identities of a job may do; asked of IAM where that is allowed."""

from __future__ import annotations

from typing import Any

from .profile import FargateProfile
from .session import AwsSession

_OBJECTS = "arn:{partition}:s3:::{bucket}/{folder}x"
_BUCKET = "arn:{partition}:s3:::{bucket}"
_QUEUE = "arn:{partition}:sqs:{region}:{account}:shepherd-x"
_CLUSTER = "arn:{partition}:ecs:{region}:{account}:cluster/{cluster}"
_DEFINITION = "arn:{partition}:ecs:{region}:{account}:task-definition/shepherd-x:1"
_TASK = "arn:{partition}:ecs:{region}:{account}:task/{cluster}/x"

#: What the identity that starts jobs does, and to what.
CLIENT_ACTIONS = {
    _OBJECTS: ("s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:AbortMultipartUpload"),
    _BUCKET: ("s3:ListBucket", "s3:ListBucketMultipartUploads"),
    _QUEUE: (
        "sqs:CreateQueue",
        "sqs:DeleteQueue",
        "sqs:SendMessage",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:TagQueue",
    ),
    # Not with a cluster of one's own.
    _CLUSTER: ("ecs:CreateCluster", "ecs:DeleteCluster", "ecs:TagResource"),
    _DEFINITION: ("ecs:RunTask", "ecs:DeleteTaskDefinitions", "ecs:TagResource"),
    _TASK: ("ecs:StopTask", "ecs:DescribeTasks", "ecs:TagResource"),
    "*": ("ecs:RegisterTaskDefinition", "ecs:DeregisterTaskDefinition", "ecs:ListTasks"),
    "{task_role_arn}": ("iam:PassRole",),
    "{execution_role_arn}": ("iam:PassRole",),
}
#: What the preflight does beside; it fails by itself when it may not do these.
CHECK_ACTIONS = ("sqs:ListQueues", "ecs:ListClusters", "ecs:DescribeClusters", "ecs:ListTaskDefinitions")
#: What the preflight does where it may; it leaves out what it may not.
OPTIONAL_ACTIONS = (
    "iam:GetRole",
    "iam:SimulatePrincipalPolicy",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
    "logs:DescribeLogGroups",
)
#: What workers and the coordinator do.
TASK_ACTIONS = {
    _OBJECTS: ("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"),
    _BUCKET: ("s3:ListBucket",),
    _QUEUE: (
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:ChangeMessageVisibility",
        "sqs:SendMessage",
        "sqs:GetQueueAttributes",
    ),
}


def missing_permissions(profile: FargateProfile, session: AwsSession, identity: str) -> list[str]:
    """Return what IAM says is not allowed, as sentences; nothing where it does not tell.

    Parameters
    ----------
    identity : str
        ARN of the caller.
    """
    partition, account = identity.split(":")[1], identity.split(":")[4]
    if ":assumed-role/" in identity:
        identity = f"arn:{partition}:iam::{account}:role/{identity.split('/')[1]}"
    words = {**profile.to_dict(), "partition": partition, "account": account}
    words["folder"] = f"{profile.prefix}/" if profile.prefix else ""
    words["cluster"] = profile.cluster or "shepherd-x"
    wanted = {resource: actions for resource, actions in CLIENT_ACTIONS.items() if resource != _CLUSTER}
    found = []
    for who, arn, actions in (
        ("The identity", identity, wanted if profile.cluster else CLIENT_ACTIONS),
        ("The task role", profile.task_role_arn, TASK_ACTIONS),
    ):
        denied = _all_denied(session, arn, {what.format(**words): names for what, names in actions.items()})
        if denied:
            found.append(f"{who} {arn} may not do {', '.join(denied)}: ask for it to be added to its policy.")
    return found


def _all_denied(session: AwsSession, arn: str, actions: dict[str, tuple[str, ...]]) -> list[str]:
    denied: dict[str, None] = {}
    for resource, names in actions.items():
        found = _denied(session, arn, names, resource)
        if found is None:
            return []
        denied.update(dict.fromkeys(found))
    return list(denied)


def _denied(session: AwsSession, arn: str, actions: tuple[str, ...], resource: str) -> list[str] | None:
    """Return the actions that are denied; None when IAM does not tell."""
    from botocore.exceptions import BotoCoreError, ClientError

    request: dict[str, Any] = {
        "PolicySourceArn": arn,
        "ActionNames": list(actions),
        "ResourceArns": [resource],
    }
    try:
        answer = session.client("iam").simulate_principal_policy(**request)
    except (BotoCoreError, ClientError):
        return None
    # What depends on the circumstances of a request cannot be told beforehand.
    return [
        str(result["EvalActionName"])
        for result in answer.get("EvaluationResults", ())
        if result.get("EvalDecision") != "allowed" and not result.get("MissingContextValues")
    ]
