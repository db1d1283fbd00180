"""What cannot work is refused in a sentence with the cure, and nothing is created."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from shepherd_segmentation.core import segment_raster
from shepherd_segmentation.core.aws import (
    AwsError,
    ConnectionLostError,
    CredentialsError,
    Fargate,
    FargateProfile,
    JobError,
    Journal,
    PreflightError,
    ProfileError,
)
from shepherd_segmentation.core.command_line import main

from ..core.data import scene_path
from .cloud import Cloud
from .runs import SCENE, SPEC, run


def refused(
    cloud: Cloud,
    profile: FargateProfile,
    journal: Journal,
    folder: Path,
    kind: type[Exception],
    words: str,
    scene: str = SCENE,
    **options: object,
) -> None:
    """Check that a run is refused with these words and creates nothing."""
    with pytest.raises(kind, match=words):
        run(profile, journal, scene_path(scene), folder / "labels.tif", **options)
    assert cloud.leftovers() == []
    assert cloud.tasks() == []
    assert journal.entries() == []
    assert [path.name for path in folder.iterdir() if path.name != "journal"] == []


PROFILES = {
    "missing bucket": (
        {"bucket": "there-is-no-such-bucket"},
        "bucket there-is-no-such-bucket does not exist: make it",
    ),
    "missing role": (
        {"task_role_arn": "arn:aws:iam::123456789012:role/nobody"},
        r"The role arn:aws:iam::123456789012:role/nobody \(task_role_arn\) does not exist",
    ),
    "foreign role": (
        {"task_role_arn": "arn:aws:iam::210987654321:role/shepherd-task"},
        "credentials belong to AWS account 123456789012, the profile's roles to 210987654321",
    ),
    "missing subnet": (
        {"subnets": ("subnet-0123abcd",)},
        "A subnet of the profile does not exist in eu-central-1",
    ),
    "missing group": (
        {"security_groups": ("sg-0123abcd",)},
        "A security group of the profile does not exist",
    ),
    "missing log group": ({"log_group": "/nowhere"}, "The log group /nowhere does not exist in eu-central-1"),
    "missing cluster": ({"cluster": "nowhere"}, "The cluster nowhere does not exist"),
    "too dear": ({"max_cost": 0.001}, "would cost about .* US dollars .*2026.* allows 0.001"),
    "too long": ({"max_hours": 0.01}, "would take about .* hours, and the profile allows 0.01"),
}


@pytest.mark.parametrize("case", PROFILES)
def test_a_profile_that_does_not_fit_the_account(
    cloud: Cloud, profile: FargateProfile, journal: Journal, tmp_path: Path, case: str
) -> None:
    changes, words = PROFILES[case]
    refused(cloud, replace(profile, **changes), journal, tmp_path, PreflightError, words)


def test_a_bucket_in_another_region(
    cloud: Cloud, profile: FargateProfile, journal: Journal, tmp_path: Path
) -> None:
    cloud.client("s3", "ap-southeast-2").create_bucket(
        Bucket="far-away", CreateBucketConfiguration={"LocationConstraint": "ap-southeast-2"}
    )
    words = "The bucket far-away is in ap-southeast-2 and the profile's region is eu-central-1"
    refused(cloud, replace(profile, bucket="far-away"), journal, tmp_path, PreflightError, words)


def test_all_problems_are_named_at_once(
    cloud: Cloud, profile: FargateProfile, journal: Journal, tmp_path: Path
) -> None:
    for action in ("ecs:RunTask", "iam:PassRole"):
        cloud.control("fault", on="permission", where={"action": action})
    words = r"(?s)The log group /nowhere .*may not do ecs:RunTask, iam:PassRole: ask for it"
    refused(cloud, replace(profile, log_group="/nowhere"), journal, tmp_path, PreflightError, words)


def test_a_tile_too_large_for_a_worker(
    cloud: Cloud, profile: FargateProfile, journal: Journal, tmp_path: Path
) -> None:
    small = replace(profile, cpu=256, memory=512)
    options = {"spec": replace(SPEC, smoothing=25.0), "tile_size": 4096, "scene": "naip_nd_2017_4band.tif"}
    words = "A tile needs more memory than a worker has .0.5 GB.: use smaller tiles"
    refused(cloud, small, journal, tmp_path, PreflightError, words, **options)


def test_no_credentials(
    cloud: Cloud,
    profile: FargateProfile,
    journal: Journal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    refused(cloud, profile, journal, tmp_path, CredentialsError, "run 'aws configure' or 'aws sso login'")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ExpiredToken", "the AWS credentials have expired. Log in again"),
        ("InvalidClientTokenId", "AWS does not accept these credentials"),
    ],
)
def test_credentials_that_aws_refuses(
    cloud: Cloud, profile: FargateProfile, journal: Journal, tmp_path: Path, code: str, words: str
) -> None:
    cloud.control("fault", on="request", where={"key": "AKIDCLIENT"}, error=code)
    refused(cloud, profile, journal, tmp_path, CredentialsError, words)


def test_credentials_of_the_qgis_database(
    cloud: Cloud, profile: FargateProfile, journal: Journal, tmp_path: Path
) -> None:
    kept = replace(profile, auth_config="a1b2c3d")
    with pytest.raises(CredentialsError, match="only open inside QGIS"):
        Fargate(kept, journal)
    asked: list[str] = []

    def look_up(name: str) -> tuple[str, str, None]:
        asked.append(name)
        return "AKIDCLIENTQGIS", "secret", None

    compute = Fargate(kept, journal, credentials=look_up)
    assert compute.session.frozen_credentials()[0] == "AKIDCLIENTQGIS" and asked == ["a1b2c3d"]


def test_an_unknown_aws_profile(cloud: Cloud, profile: FargateProfile, journal: Journal) -> None:
    with pytest.raises(CredentialsError, match="'aws configure list-profiles'"):
        Fargate(replace(profile, aws_profile="nobody"), journal)


def test_aws_out_of_reach(
    cloud: Cloud,
    profile: FargateProfile,
    journal: Journal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    refused(cloud, profile, journal, tmp_path, ConnectionLostError, "AWS cannot be reached")


def test_the_same_job_in_another_program(
    cloud: Cloud, profile: FargateProfile, journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []
    job_id = Fargate.job_id

    def remembered(self: Fargate, raster: object) -> str:
        names.append(job_id(self, raster))
        return names[0]

    monkeypatch.setattr(Fargate, "job_id", remembered)
    cloud.control("fault", on="request", where={"key": "AKIDCLIENT"}, error="ExpiredToken")
    with pytest.raises(CredentialsError):
        run(profile, journal, scene_path(SCENE), tmp_path / "labels.tif")
    with journal.attend(names[0]):
        refused(
            cloud, profile, journal, tmp_path, JobError, "attended to by another program on this computer"
        )


TASK_FAULTS: dict[str, tuple[Callable[[Cloud], None], str]] = {
    "no image": (
        lambda cloud: cloud.control("fault", on="pull", reason="manifest for shepherd:test not found"),
        r"cannot start the container .CannotPullContainerError: manifest .*check the image 123456789012",
    ),
    "no room": (
        lambda cloud: cloud.control("fault", on="capacity"),
        "AWS could not start a coordinator .Capacity is unavailable at this time.*try again later",
    ),
    "throttled": (
        lambda cloud: cloud.control(
            "fault", on="request", where={"event": "ecs:RunTask"}, error="AccessDeniedException"
        ),
        "Cannot start a coordinator: permission for RunTask is missing",
    ),
}


@pytest.mark.parametrize("case", TASK_FAULTS)
def test_tasks_that_cannot_be_started(
    cloud: Cloud, profile: FargateProfile, journal: Journal, tmp_path: Path, case: str
) -> None:
    inject, words = TASK_FAULTS[case]
    inject(cloud)
    with pytest.raises(AwsError, match=words):
        run(profile, journal, scene_path(SCENE), tmp_path / "labels.tif")
    assert cloud.leftovers() == [] and journal.entries() == []


def test_an_invalid_profile_file(tmp_path: Path, profile: FargateProfile) -> None:
    path = tmp_path / "profile.json"
    with pytest.raises(ProfileError, match="cannot be read"):
        FargateProfile.from_file(path)
    path.write_text("{")
    with pytest.raises(ProfileError, match="is not JSON .*export it again"):
        FargateProfile.from_file(path)
    path.write_text(json.dumps({**profile.to_dict(), "cpu": "4 vCPU", "memory": "5 GB"}))
    with pytest.raises(ProfileError, match="the nearest is 4 vCPU with 8 GB|the nearest is 2 vCPU with 5 GB"):
        FargateProfile.from_file(path)


def test_the_terminal_takes_a_profile(
    cloud: Cloud,
    profile: FargateProfile,
    journal: Journal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    monkeypatch.setenv("SHEPHERD_JOURNAL", str(journal.folder))
    monkeypatch.setattr("signal.signal", lambda *_: None)
    path = tmp_path / "profile.json"
    path.write_text(json.dumps({**profile.to_dict(), "log_group": "/nowhere"}))
    arguments = ["segment", str(scene_path(SCENE)), str(tmp_path / "labels.tif"), "--fargate"]
    assert main([*arguments, str(path)]) == 1
    assert "The log group /nowhere does not exist" in capsys.readouterr().err
    assert main([*arguments, str(tmp_path / "missing.json")]) == 1
    assert "missing.json cannot be read" in capsys.readouterr().err
    assert cloud.leftovers() == [] and journal.entries() == []


def test_without_boto3(
    cloud: Cloud, profile: FargateProfile, journal: Journal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(AwsError, match="needs the Python package boto3.*pip install"):
        Fargate(profile, journal)
    segment_raster(scene_path(SCENE), tmp_path / "labels.tif", SPEC, workers=2)
    assert (tmp_path / "labels.tif").exists()
