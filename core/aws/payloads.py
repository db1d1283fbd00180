"""The requests that are sent to AWS, as pure functions of profile and job."""

from __future__ import annotations

import json
from typing import Any

from ..version import VERSION
from .job import Pace
from .profile import FargateProfile
from .sizes import FREE_STORAGE

CONTAINER = "shepherd"
#: RunTask starts at most this many tasks a call.
TASKS_PER_CALL = 10
#: SQS takes and gives at most this many messages a call.
MESSAGES_PER_CALL = 10
#: Seconds that a container has between SIGTERM and SIGKILL, also after a cancel; Fargate allows 120.
#: A worker waits at most 20 for the answer to its last request for a tile.
STOP_TIMEOUT = 30
#: Longest that SQS keeps a message.
_RETENTION = 14 * 24 * 3600
_MODULE = ["python3", "-m", "shepherd_segmentation.core"]


def tags(profile: FargateProfile, job_id: str, client_id: str) -> dict[str, str]:
    """Return the tags of everything that a job makes."""
    own = {"shepherd:job": job_id, "shepherd:client": client_id, "shepherd:version": VERSION}
    return {**profile.tags, **own}


def _pairs(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in values.items()]


def dead_letter_queue(name: str, labels: dict[str, str]) -> dict[str, Any]:
    """Return the request for the queue of tiles that cannot be done."""
    return {"QueueName": name, "Attributes": {"MessageRetentionPeriod": str(_RETENTION)}, "tags": labels}


def tile_queue(name: str, dead_letters: str, pace: Pace, labels: dict[str, str]) -> dict[str, Any]:
    """Return the request for the queue of tiles.

    Parameters
    ----------
    dead_letters : str
        ARN of the queue that takes what was delivered too often.
    """
    redrive = {"deadLetterTargetArn": dead_letters, "maxReceiveCount": str(pace.deliveries)}
    return {
        "QueueName": name,
        "Attributes": {
            "VisibilityTimeout": str(pace.lease),
            "MessageRetentionPeriod": str(_RETENTION),
            "RedrivePolicy": json.dumps(redrive),
        },
        "tags": labels,
    }


def cluster(name: str, labels: dict[str, str]) -> dict[str, Any]:
    """Return the request for a cluster of a job's own."""
    return {
        "clusterName": name,
        "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
        "tags": _pairs(labels),
    }


def task_definition(profile: FargateProfile, family: str, labels: dict[str, str]) -> dict[str, Any]:
    """Return the request for the task definition that workers and the coordinator share."""
    container: dict[str, Any] = {
        "name": CONTAINER,
        "image": profile.image,
        "essential": True,
        "entryPoint": _MODULE,
        "command": ["--version"],
        "environment": [
            {"name": "AWS_REGION", "value": profile.region},
            {"name": "AWS_DEFAULT_REGION", "value": profile.region},
            {"name": "GDAL_VRT_ENABLE_PYTHON", "value": "NO"},
            {"name": "PYTHONUNBUFFERED", "value": "1"},
        ],
        "linuxParameters": {"initProcessEnabled": True},
        "stopTimeout": STOP_TIMEOUT,
    }
    if profile.log_group:
        container["logConfiguration"] = {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": profile.log_group,
                "awslogs-region": profile.region,
                "awslogs-stream-prefix": family,
            },
        }
    request = {
        "family": family,
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": str(profile.cpu),
        "memory": str(profile.memory),
        "taskRoleArn": profile.task_role_arn,
        "executionRoleArn": profile.execution_role_arn,
        "runtimePlatform": {"cpuArchitecture": profile.architecture, "operatingSystemFamily": "LINUX"},
        "containerDefinitions": [container],
        "tags": _pairs(labels),
    }
    if profile.ephemeral_storage > FREE_STORAGE:
        request["ephemeralStorage"] = {"sizeInGiB": profile.ephemeral_storage}
    return request


def run_task(
    profile: FargateProfile,
    cluster: str,
    definition: str,
    job_id: str,
    command: list[str],
    count: int,
    token: str,
    labels: dict[str, str],
    *,
    subnets: tuple[str, ...] | None = None,
    spot: bool = False,
    size: tuple[int, int, int] | None = None,
) -> dict[str, Any]:
    """Return the request that starts up to ten tasks.

    Parameters
    ----------
    command : list of str
        Arguments of the engine's command line.
    count : int
        Tasks, 1 to 10.
    token : str
        The same token never starts tasks twice.
    subnets : tuple of str, optional
        Instead of all of the profile's.
    size : tuple of int, optional
        CPU units, MiB and GiB of disk, instead of the profile's.
    """
    overrides: dict[str, Any] = {"containerOverrides": [{"name": CONTAINER, "command": command}]}
    if size:
        overrides.update(cpu=str(size[0]), memory=str(size[1]))
        if size[2] > FREE_STORAGE:
            overrides["ephemeralStorage"] = {"sizeInGiB": size[2]}
    request: dict[str, Any] = {
        "cluster": cluster,
        "taskDefinition": definition,
        "count": count,
        "startedBy": job_id,
        "clientToken": token,
        "networkConfiguration": {
            "awsvpcConfiguration": {
                "subnets": list(subnets or profile.subnets),
                "securityGroups": list(profile.security_groups),
                "assignPublicIp": "ENABLED" if profile.assign_public_ip else "DISABLED",
            }
        },
        "overrides": overrides,
        "tags": _pairs(labels),
    }
    if spot:
        request["capacityProviderStrategy"] = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    else:
        request["launchType"] = "FARGATE"
    return request


def tile_messages(tiles: list[int]) -> list[dict[str, str]]:
    """Return the entries of a batch of at most ten tile messages."""
    return [{"Id": str(n), "MessageBody": json.dumps({"tile": tile})} for n, tile in enumerate(tiles)]
