"""Profiles, sizes, requests, objects and the journal, without any AWS."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from shepherd_segmentation.core import SegmentationSpec, WorkspaceError
from shepherd_segmentation.core.aws import FargateProfile, JobError, Journal, Pace, ProfileError, payloads
from shepherd_segmentation.core.aws.estimation import coordinator_size, estimate, predict
from shepherd_segmentation.core.aws.inputs import gdal_name, image_of, input_arrays
from shepherd_segmentation.core.aws.job import JobRecord, job_id_of
from shepherd_segmentation.core.aws.journal import Entry
from shepherd_segmentation.core.aws.label_codes import decode_labels, encode_labels
from shepherd_segmentation.core.aws.packing import pack, unpack
from shepherd_segmentation.core.aws.sizes import ALLOWED, check_pair, nearest_pair, parse_cpu, parse_memory
from shepherd_segmentation.core.grid import Window
from shepherd_segmentation.core.raster.formats import OutputFormat
from shepherd_segmentation.core.raster.source import RasterInfo
from shepherd_segmentation.core.version import VERSION

VALUES = {
    "name": "field work",
    "region": "eu-central-1",
    "bucket": "my-bucket",
    "image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shepherd:0.1.0",
    "task_role_arn": "arn:aws:iam::123456789012:role/task",
    "execution_role_arn": "arn:aws:iam::123456789012:role/execution",
    "subnets": ["subnet-0a", "subnet-0b"],
    "security_groups": ["sg-0c"],
}
PROFILE = FargateProfile(
    **{**VALUES, "subnets": ("subnet-0a", "subnet-0b"), "security_groups": ("sg-0c",)},
    cpu="4 vCPU",
    memory="16GB",
    log_group="/shepherd",
    ephemeral_storage=30,
    tags={"team": "forest"},
)
LABELS = payloads.tags(PROFILE, "s01", "c01")
PAIRS = [
    {"key": "team", "value": "forest"},
    {"key": "shepherd:job", "value": "s01"},
    {"key": "shepherd:client", "value": "c01"},
    {"key": "shepherd:version", "value": VERSION},
]


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
                "stopTimeout": 60,
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


@pytest.mark.parametrize("kind", ["u1", "u2", "i2", "u4", "i4", "i8", "f4", "f8", "?"])
def test_arrays_survive_packing(kind: str) -> None:
    random = np.random.default_rng(3)
    arrays = {
        "image": (random.normal(0, 1000, (3, 17, 31))).astype(kind),
        "empty": np.empty((0, 4), kind),
        "line": random.integers(0, 2, 9).astype(kind),
        "number": np.array(5).astype(kind),
    }
    if kind[0] in "iu":
        limits = np.iinfo(kind)
        arrays["none"] = np.array([3, 250, limits.max, 7], kind)
        arrays["nothing"] = np.array([limits.max, limits.max], kind)
        arrays["edges"] = np.array([limits.min, limits.max - 1, limits.max], kind)
        arrays["byte"] = np.array([10, 10 + 255, 10 + 254, limits.max], "i8").astype(kind)
    for compress in (False, True):
        found = unpack(pack(arrays, compress), "x")
        assert list(found) == list(arrays)
        for name, array in arrays.items():
            assert found[name].dtype == array.dtype and found[name].shape == array.shape
            assert (found[name] == array).all()


@pytest.mark.parametrize("series", [[0], [0, 0, 5, 700, 70_000], [0, 2**40], [1, 2], [5, 3, -9], []])
def test_series_survive_packing(series: list[int]) -> None:
    for kind in (np.int64, np.int32):
        if max(series, default=0) < 2**31 or kind is np.int64:
            array = np.array(series, kind)
            found = unpack(pack({"a": array}), "x")["a"]
            assert found.dtype == array.dtype and found.tolist() == series


@pytest.mark.parametrize("seed", range(6))
def test_labels_survive_packing(seed: int) -> None:
    random = np.random.default_rng(seed)
    shape = tuple(random.integers(1, 40, 2))
    labels = np.sort(random.integers(0, 30, shape), axis=seed % 2).astype(np.uint32)
    labels[random.random(shape) < 0.1] = random.integers(0, 2**32, dtype=np.uint32)
    found = unpack(pack({"labels": labels}), "x")["labels"]
    assert found.dtype == labels.dtype and (found == labels).all()


def test_damaged_labels_are_refused() -> None:
    labels = np.arange(24, dtype=np.uint32)[::-1].reshape(4, 6)
    codes, listed = encode_labels(labels)
    shape = np.array([4, 6])
    assert (decode_labels(codes, listed, shape) == labels).all()
    for parts in (
        (codes, listed[1:], shape),
        (codes[1:], listed, shape),
        (codes, listed, np.array([6, 5])),
        (codes, listed, np.array([-4, -6])),
        (codes, listed.astype(np.int64), shape),
    ):
        with pytest.raises(ValueError, match="do not fit together"):
            decode_labels(*parts)


def test_damaged_and_foreign_objects_are_refused() -> None:
    data = pack({"a": np.arange(1000).reshape(10, 100)})
    for damaged in (
        b"",
        b"text",
        data[:-30],
        data[: len(data) // 2] + b"\0\1\2\3" + data[len(data) // 2 + 4 :],
    ):
        with pytest.raises(WorkspaceError, match="The object x of the job is damaged"):
            unpack(damaged, "x")


def test_pickles_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "evil.npz", a=np.array([{"x": 1}], dtype=object))
    with pytest.raises(WorkspaceError, match="damaged"):
        unpack((tmp_path / "evil.npz").read_bytes(), "evil")


def info(kinds: tuple[int, ...] = (1, 1)) -> RasterInfo:
    return RasterInfo("a.tif", 40, 50, (1, 2), kinds, (None, 0.0), (0.0, 1.0, 0.0, 0.0, 0.0, -1.0), "")


def test_pixels_survive_the_way_to_a_worker() -> None:
    random, window = np.random.default_rng(4), Window(3, 5, 13, 21)
    image = random.integers(0, 255, (2, 13, 21)).astype(np.float32)
    valid = random.random((13, 21)) > 0.3
    arrays = input_arrays(image, valid, info())
    assert arrays["image"].dtype == np.uint8
    for found, given in zip(image_of(unpack(pack(arrays), "x"), window, info()), (image, valid)):
        assert found.dtype == given.dtype and (found == given).all()
    with pytest.raises(WorkspaceError, match="damaged"):
        image_of(arrays, Window(0, 0, 13, 20), info())
    with pytest.raises(WorkspaceError, match="damaged"):
        image_of({"valid": arrays["valid"]}, window, info())


def test_names_of_sources() -> None:
    assert gdal_name("s3://b/a/x.tif") == "/vsis3/b/a/x.tif"
    assert gdal_name("https://h/x.tif") == "/vsicurl/https://h/x.tif"
    assert gdal_name("/data/x.tif") == "/data/x.tif"


def record(**changes: object) -> JobRecord:
    values = {
        "job_id": "s01",
        "client_id": "c01",
        "queue": "u",
        "dead_letters": "d",
        "source": "uploaded",
        "info": info(),
        "identity": [["a.tif", 3, 4]],
        "spec": SegmentationSpec(max_spectral_difference=float("inf")),
        "extent": Window(0, 0, 40, 50),
        "tile_size": 16,
        "form": OutputFormat("GTiff", ("A=B",)),
        "output_name": "o.tif",
        "metadata": {"a": "b"},
        "has_mask": False,
        "has_centres": False,
        "workers": 2,
        "threads": 1,
        "readers": 1,
        "coordinator_threads": 1,
        "created": 1.0,
        "deadline": 2.0,
    }
    return JobRecord(**{**values, **changes})


def test_a_job_survives_json() -> None:
    assert JobRecord.from_dict(json.loads(json.dumps(record().to_dict()))) == record()


@pytest.mark.parametrize(
    "changes",
    [
        {"output_name": "../o.tif"},
        {"threads": 0},
        {"tile_size": -1},
        {"source": "elsewhere"},
        {"extent": {"row": 0, "column": 0, "rows": 41, "columns": 50}},
        {"spec": {"clusters": 0}},
        {"info": {}},
        {"job_id": "a/b"},
    ],
)
def test_a_damaged_job_is_refused(changes: dict) -> None:
    with pytest.raises(JobError, match="damaged"):
        JobRecord.from_dict({**json.loads(json.dumps(record().to_dict())), **changes})


def test_a_job_of_another_version_is_refused() -> None:
    with pytest.raises(JobError, match="version 0.0.1 of the engine"):
        JobRecord.from_dict({**record().to_dict(), "version": "0.0.1"})


def test_the_id_of_a_job_depends_on_its_parameters_only() -> None:
    assert job_id_of({"a": 1, "b": 2}) == job_id_of({"b": 2, "a": 1}) != job_id_of({"a": 1, "b": 3})


def entry(job_id: str) -> Entry:
    return Entry(job_id, "c", PROFILE.to_dict(), f"p/{job_id}", "in.tif", "out.tif")


def test_the_journal_remembers_until_it_is_told_to_forget(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with journal.attend("s01") as log:
        assert log.entry is None
        log.start(entry("s01"))
        log.add("queue", "q")
        log.add("queue", "q")
        log.turn("running")
    (found,) = Journal(tmp_path).entries()
    assert (found.state, found.names("queue")) == ("running", ["q"])
    with journal.attend("s01") as log:
        assert log.job == found
        log.forget()
    assert journal.entries() == [] and not (tmp_path / "s01").exists()
    assert journal.client_id == Journal(tmp_path).client_id


def test_a_job_is_attended_to_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with (
        journal.attend("s01"),
        pytest.raises(JobError, match="attended to by another program"),
        journal.attend("s01"),
    ):
        pass


def test_a_damaged_journal_says_where_to_look(tmp_path: Path) -> None:
    (tmp_path / "s01").mkdir()
    (tmp_path / "s01" / "job.json").write_text("{}")
    with pytest.raises(JobError, match="tagged shepherd:job=s01"):
        Journal(tmp_path).entries()


def test_more_workers_are_faster_and_the_sizes_fit() -> None:
    spec = SegmentationSpec()
    seconds = [predict(10**10, 4, 60, n, 4.0, 16.0).total for n in (1, 5, 20, 100)]
    assert seconds == sorted(seconds, reverse=True)
    found = estimate(PROFILE, 20_000, 20_000, 4, 4, spec, 2048, 20, True)
    assert found.tiles == 100 and found.threads == 6
    assert found.coordinator[1] * 2**20 > found.coordinator_memory
    assert found.upload > 20_000**2 * 16 and 0 < found.cost < 5
    assert "March 2026" in found.text(PROFILE, 20)
    assert coordinator_size(PROFILE, 10**12, 15 * 10**12) is None
