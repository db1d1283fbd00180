"""Profiles and the sizes that Fargate offers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shepherd_segmentation.core.aws import FargateProfile, ProfileError
from shepherd_segmentation.core.aws.sizes import ALLOWED, check_pair, nearest_pair, parse_cpu, parse_memory

from .samples import PROFILE, VALUES


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("4 vCPU", 4096),
        ("4096", 4096),
        (4096, 4096),
        (".25 vcpu", 256),
        ("0.5vCPU", 512),
        ("16 vCPUs", 16384),
    ],
)
def test_cpu_in_all_ways_of_writing(text: str | int, units: int) -> None:
    assert parse_cpu(text) == units


@pytest.mark.parametrize(
    ("text", "size"),
    [("32GB", 32768), ("32 GB", 32768), ("8192", 8192), (8192, 8192), ("0.5 GB", 512), ("4 GiB", 4096)],
)
def test_memory_in_all_ways_of_writing(text: str | int, size: int) -> None:
    assert parse_memory(text) == size


@pytest.mark.parametrize("text", ["four", "", "4 GB", "-4096", "3 vCPU", "4", True])
def test_cpu_that_does_not_exist(text: str) -> None:
    with pytest.raises(ProfileError, match="write|the nearest is"):
        parse_cpu(text)


def test_all_pairs_of_the_table_and_no_other() -> None:
    for cpu in ALLOWED:
        for memory in range(512, 250_000, 512):
            if memory in ALLOWED[cpu]:
                check_pair(cpu, memory)
            else:
                with pytest.raises(ProfileError, match="the nearest is"):
                    check_pair(cpu, memory)
    assert sum(map(len, ALLOWED.values())) == 3 + 4 + 7 + 13 + 23 + 12 + 12 + 3


def test_the_nearest_pair() -> None:
    assert nearest_pair(8192, 17 * 1024) == (8192, 16 * 1024)
    assert nearest_pair(1024, 1024) == (512, 1024)
    assert nearest_pair(32768, 200 * 1024) == (32768, 244 * 1024)
    assert nearest_pair(256, 3 * 1024) in ((512, 3 * 1024), (256, 2 * 1024))


def test_a_profile_survives_json() -> None:
    again = FargateProfile.from_dict(json.loads(json.dumps(PROFILE.to_dict())))
    assert again == PROFILE and again.cpu == 4096 and again.memory == 16384


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"region": "Frankfurt"}, "region = 'Frankfurt': give a region such as"),
        ({"bucket": "My_Bucket"}, "give the name of an S3 bucket"),
        ({"task_role_arn": "task"}, "task_role_arn = 'task': give a role as arn:aws:iam"),
        ({"subnets": []}, "subnets = .*give one or more ids such as 'subnet-"),
        ({"subnets": ["net-1"]}, "give one or more ids such as 'subnet-"),
        ({"security_groups": "sg-1,tiger"}, "give one or more ids such as 'sg-"),
        ({"memory": "40 GB"}, "Fargate does not offer this pair; the nearest is 4 vCPU with 30 GB"),
        ({"ephemeral_storage": 20}, "give 21 to 200 GiB, or 0"),
        ({"architecture": "arm"}, "give 'X86_64' or 'ARM64'"),
        ({"workers": 0}, "workers = 0: give a whole number from 1"),
        ({"max_cost": -1}, "max_cost = -1: give a number above 0"),
        ({"tags": {"aws:x": "y"}}, "names must not start with 'aws:'"),
        ({"aws_profile": "a", "auth_config": "b"}, "choose this or an AWS profile"),
        ({"spot": "yes"}, "give true or false"),
        ({"aws_secret_access_key": "x"}, "must not hold secrets; remove this entry"),
        ({"colour": "red"}, "has no such entry"),
        ({"name": " "}, "give the profile a name"),
    ],
)
def test_a_profile_that_cannot_work(changes: dict, words: str) -> None:
    with pytest.raises(ProfileError, match=words):
        FargateProfile.from_dict({**PROFILE.to_dict(), **changes})


def test_a_profile_with_a_missing_entry() -> None:
    with pytest.raises(ProfileError, match="'field work': bucket is missing"):
        FargateProfile.from_dict({key: value for key, value in VALUES.items() if key != "bucket"})


def test_a_profile_of_the_environment(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(json.dumps(VALUES))
    found = FargateProfile.from_environment(
        {
            "SHEPHERD_FARGATE_FILE": str(tmp_path / "p.json"),
            "SHEPHERD_FARGATE_SUBNETS": "subnet-01,subnet-02",
            "SHEPHERD_FARGATE_WORKERS": "7",
            "SHEPHERD_FARGATE_SPOT": "true",
            "SHEPHERD_FARGATE_TAGS": "a=b,c=d",
            "SHEPHERD_FARGATE_CPU": "2 vCPU",
            "SHEPHERD_FARGATE_MEMORY": "8GB",
            "OTHER": "x",
        }
    )
    assert found.subnets == ("subnet-01", "subnet-02") and found.workers == 7 and found.spot
    assert found.tags == {"a": "b", "c": "d"} and (found.cpu, found.memory) == (2048, 8192)
