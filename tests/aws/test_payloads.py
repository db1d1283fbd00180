"""The requests that are sent to AWS, exactly."""

from __future__ import annotations

from shepherd_segmentation.core.aws import Pace, payloads
from shepherd_segmentation.core.version import VERSION

from .samples import LABELS, PROFILE

PAIRS = [
    {"key": "team", "value": "forest"},
    {"key": "shepherd:job", "value": "s01"},
    {"key": "shepherd:client", "value": "c01"},
    {"key": "shepherd:version", "value": VERSION},
]


def test_the_request_for_the_dead_letter_queue() -> None:
    assert payloads.dead_letter_queue("q-dead", LABELS) == {
        "QueueName": "q-dead",
        "Attributes": {"MessageRetentionPeriod": "1209600"},
        "tags": {"team": "forest", "shepherd:job": "s01", "shepherd:client": "c01"}
        | {"shepherd:version": VERSION},
    }


def test_the_request_for_the_tile_queue() -> None:
    assert payloads.tile_queue("q", "arn:dead", Pace(), LABELS) == {
        "QueueName": "q",
        "Attributes": {
            "VisibilityTimeout": "120",
            "MessageRetentionPeriod": "1209600",
            "RedrivePolicy": '{"deadLetterTargetArn": "arn:dead", "maxReceiveCount": "4"}',
        },
        "tags": LABELS,
    }


def test_the_request_for_the_cluster() -> None:
    assert payloads.cluster("c", LABELS) == {
        "clusterName": "c",
        "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
        "tags": PAIRS,
    }


def test_the_request_for_the_task_definition() -> None:
    assert payloads.task_definition(PROFILE, "f", LABELS) == {
        "family": "f",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "4096",
        "memory": "16384",
        "taskRoleArn": "arn:aws:iam::123456789012:role/task",
        "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
        "runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
        "ephemeralStorage": {"sizeInGiB": 30},
        "containerDefinitions": [
            {
                "name": "shepherd",
                "image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shepherd:0.1.0",
                "essential": True,
                "entryPoint": ["python3", "-m", "shepherd_segmentation.core"],
                "command": ["--version"],
                "environment": [
                    {"name": "AWS_REGION", "value": "eu-central-1"},
                    {"name": "AWS_DEFAULT_REGION", "value": "eu-central-1"},
                    {"name": "GDAL_VRT_ENABLE_PYTHON", "value": "NO"},
                    {"name": "PYTHONUNBUFFERED", "value": "1"},
                ],
                "linuxParameters": {"initProcessEnabled": True},
                "stopTimeout": 30,
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {
                        "awslogs-group": "/shepherd",
                        "awslogs-region": "eu-central-1",
                        "awslogs-stream-prefix": "f",
                    },
                },
            }
        ],
        "tags": PAIRS,
    }


def test_the_request_for_workers_on_demand() -> None:
    command = ["worker", "s3://b/p/s01"]
    assert payloads.run_task(PROFILE, "c", "f", "s01", command, 10, "t", LABELS) == {
        "cluster": "c",
        "taskDefinition": "f",
        "count": 10,
        "startedBy": "s01",
        "clientToken": "t",
        "launchType": "FARGATE",
        "networkConfiguration": {
            "awsvpcConfiguration": {
                "subnets": ["subnet-0a", "subnet-0b"],
                "securityGroups": ["sg-0c"],
                "assignPublicIp": "ENABLED",
            }
        },
        "overrides": {"containerOverrides": [{"name": "shepherd", "command": command}]},
        "tags": PAIRS,
    }


def test_the_request_for_a_worker_on_spot_and_for_a_coordinator() -> None:
    spot = payloads.run_task(
        PROFILE, "c", "f", "s01", ["worker", "w"], 1, "t", {}, subnets=("subnet-0b",), spot=True
    )
    assert "launchType" not in spot
    assert spot["capacityProviderStrategy"] == [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    assert spot["networkConfiguration"]["awsvpcConfiguration"]["subnets"] == ["subnet-0b"]
    size = (16384, 122880, 100)
    coordinator = payloads.run_task(PROFILE, "c", "f", "s01", ["coordinator", "w"], 1, "t", {}, size=size)
    assert coordinator["overrides"] == {
        "containerOverrides": [{"name": "shepherd", "command": ["coordinator", "w"]}],
        "cpu": "16384",
        "memory": "122880",
        "ephemeralStorage": {"sizeInGiB": 100},
    }


def test_tile_messages() -> None:
    assert payloads.tile_messages([7, 9]) == [
        {"Id": "0", "MessageBody": '{"tile": 7}'},
        {"Id": "1", "MessageBody": '{"tile": 9}'},
    ]
