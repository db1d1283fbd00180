"""A profile's fields from the outputs of a stack, in the emulated CloudFormation."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import fields

import pytest

from shepherd_segmentation.core.aws import (
    AwsError,
    ConnectionLostError,
    CredentialsError,
    FargateProfile,
    ProfileError,
    fields_from_stack,
    stacks_with_fields,
)
from shepherd_segmentation.core.aws.stack import OUTPUTS

from ..core.data import ROOT
from .cloud import REGION, Cloud
from .stacks import IMAGE, make_stack, remove_stacks

ALL_NEEDED = ("bucket", "image", "task_role_arn", "execution_role_arn", "subnets", "security_groups")


@pytest.fixture
def stacks(cloud: Cloud) -> Iterator[Cloud]:
    """The cloud; the stacks of a test are deleted."""
    yield cloud
    cloud.control("clear")
    remove_stacks(cloud)


def test_every_field_has_an_output() -> None:
    about_the_user = {"name", "region", "aws_profile", "auth_config"}
    assert set(OUTPUTS.values()) == {item.name for item in fields(FargateProfile)} - about_the_user


def test_every_output_is_documented() -> None:
    text = (ROOT / "docs" / "fargate.md").read_text(encoding="utf-8")
    rows = {
        line.split("`")[1]: line.split("`")[3]
        for line in text.splitlines()
        if line.startswith("| `") and "` | `" in line
    }
    assert {key: rows.get(key) for key in OUTPUTS} == OUTPUTS


def test_a_stack_fills_a_profile(stacks: Cloud) -> None:
    make_stack(stacks, "shepherd")
    found = fields_from_stack(" shepherd ", REGION)
    assert (found.stack, found.missing, found.refused) == ("shepherd", (), {})
    profile = FargateProfile.from_dict({"name": "mine", "region": REGION, **found.values})
    resources = stacks.client("cloudformation").describe_stack_resources(StackName="shepherd")[
        "StackResources"
    ]
    made = {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in resources}
    assert profile.bucket == made["Jobs"]
    assert profile.subnets == (made["First"], made["Second"])
    assert profile.security_groups == (made["Group"],)
    assert profile.task_role_arn.endswith(made["Task"]) and profile.execution_role_arn.endswith(
        made["Execution"]
    )
    assert (profile.image, profile.architecture, profile.log_group) == (IMAGE, "ARM64", "shepherd")
    assert (profile.cpu, profile.memory, profile.workers) == (2048, 8192, 25)
    assert profile.prefix == "from-the-stack" and profile.assign_public_ip is False
    assert set(found.values) == {OUTPUTS[key] for key in OUTPUTS} - {
        "cluster",
        "ephemeral_storage",
        "max_concurrent_reads",
        "max_cost",
        "max_hours",
        "spot",
        "tags",
    }


def test_the_other_outputs(stacks: Cloud) -> None:
    outputs = {
        "Cluster": "mine",
        "EphemeralStorage": "40",
        "MaxConcurrentReads": "8",
        "MaxCost": "12.5",
        "MaxHours": "2",
        "Spot": "true",
        "Tags": "project=a b, owner=me",
    }
    make_stack(stacks, "shepherd", outputs)
    values = fields_from_stack("shepherd", REGION).values
    assert {key: values[OUTPUTS[key]] for key in outputs} == {
        "Cluster": "mine",
        "EphemeralStorage": 40,
        "MaxConcurrentReads": 8,
        "MaxCost": 12.5,
        "MaxHours": 2.0,
        "Spot": True,
        "Tags": {"project": "a b", "owner": "me"},
    }


def test_an_arn_names_a_stack_too(stacks: Cloud) -> None:
    make_stack(stacks, "shepherd")
    (stack,) = stacks.client("cloudformation").describe_stacks()["Stacks"]
    assert fields_from_stack(stack["StackId"], REGION).stack == "shepherd"
    with pytest.raises(AwsError, match="is in eu-central-1, and the profile's region is eu-west-1"):
        fields_from_stack(stack["StackId"], "eu-west-1")


def test_what_a_stack_does_not_give_is_named(stacks: Cloud) -> None:
    make_stack(
        stacks, "network", leave=tuple(key for key in OUTPUTS if key not in ("Subnets", "SecurityGroups"))
    )
    found = fields_from_stack("network", REGION)
    assert set(found.values) == {"subnets", "security_groups"}
    assert found.missing == ALL_NEEDED[:4]


@pytest.mark.parametrize(
    ("outputs", "field", "words"),
    [
        ({"Bucket": "Bucket With Spaces"}, "bucket", "Give the name of an S3 bucket"),
        ({"TaskRoleArn": "shepherd-task"}, "task_role_arn", "arn:aws:iam::123456789012:role/name"),
        ({"Subnets": "subnet-0a, net-1"}, "subnets", "one or more ids"),
        ({"CpuArchitecture": "VAX"}, "architecture", "'X86_64' or 'ARM64'"),
        ({"Workers": "many"}, "workers", "whole number"),
        ({"Spot": "perhaps"}, "spot", "true or false"),
        ({"MaxCost": "nan"}, "max_cost", "above 0"),
        ({"Cpu": "1 vCPU", "Memory": "64 GB"}, "memory", "does not offer this pair"),
        ({"Cpu": "3 vCPU"}, "cpu", "no such size"),
        ({"Tags": "aws:x=1"}, "tags", "must not start with 'aws:'"),
    ],
)
def test_an_output_that_is_wrong_is_named_and_left_out(
    stacks: Cloud, outputs: dict[str, str], field: str, words: str
) -> None:
    make_stack(stacks, "shepherd", outputs)
    found = fields_from_stack("shepherd", REGION)
    assert set(found.refused) == {field} and words in found.refused[field]
    assert field not in found.values and found.values["image"] == IMAGE


def test_stacks_to_choose_from(stacks: Cloud) -> None:
    assert stacks_with_fields(REGION) == []
    make_stack(stacks, "a-network", leave=tuple(key for key in OUTPUTS if key != "Subnets"))
    make_stack(stacks, "unrelated", leave=tuple(OUTPUTS))
    make_stack(stacks, "shepherd")
    make_stack(stacks, "unfinished")
    stacks.control("stack", name="unfinished", status="CREATE_IN_PROGRESS")
    assert stacks_with_fields(REGION) == ["shepherd", "a-network"]
    assert stacks_with_fields("eu-west-1") == []


def test_more_stacks_than_one_answer_holds(stacks: Cloud) -> None:
    client = stacks.client("cloudformation")
    body = '{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}, "Outputs": {"Cluster": {"Value": "x"}}}'
    names = [f"stack-{number:03}" for number in range(60)]
    for name in names:
        client.create_stack(StackName=name, TemplateBody=body)
    assert "NextToken" in client.describe_stacks()
    assert stacks_with_fields(REGION) == names


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("CREATE_IN_PROGRESS", "still working on it. Try again"),
        ("UPDATE_IN_PROGRESS", "still working on it. Try again"),
        ("ROLLBACK_IN_PROGRESS", "failed.* repair it"),
        ("ROLLBACK_COMPLETE", "failed.* repair it"),
        ("CREATE_FAILED", "failed.* repair it"),
        ("UPDATE_ROLLBACK_FAILED", "failed.* repair it"),
        ("DELETE_IN_PROGRESS", "Choose another"),
        ("DELETE_FAILED", "Choose another"),
    ],
)
def test_a_stack_that_is_not_complete(stacks: Cloud, status: str, words: str) -> None:
    make_stack(stacks, "shepherd")
    stacks.control("stack", name="shepherd", status=status)
    with pytest.raises(AwsError, match=rf"The stack 'shepherd' is not complete \({status}\): .*{words}"):
        fields_from_stack("shepherd", REGION)


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"])
def test_a_stack_that_was_changed(stacks: Cloud, status: str) -> None:
    make_stack(stacks, "shepherd")
    stacks.control("stack", name="shepherd", status=status)
    assert fields_from_stack("shepherd", REGION).missing == ()


def test_a_stack_of_which_there_is_only_a_plan(stacks: Cloud) -> None:
    body = '{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}, "Outputs": {"Cluster": {"Value": "x"}}}'
    stacks.client("cloudformation").create_change_set(
        StackName="planned", ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=body
    )
    with pytest.raises(AwsError, match="Execute its change set"):
        fields_from_stack("planned", REGION)


def test_a_deleted_stack(stacks: Cloud) -> None:
    make_stack(stacks, "shepherd")
    client = stacks.client("cloudformation")
    (stack,) = client.describe_stacks()["Stacks"]
    client.delete_stack(StackName="shepherd")
    with pytest.raises(AwsError, match="There is no stack 'shepherd' in eu-central-1: check its name"):
        fields_from_stack("shepherd", REGION)
    with pytest.raises(AwsError, match="DELETE_COMPLETE"):
        fields_from_stack(stack["StackId"], REGION)


def test_a_stack_that_has_nothing_to_do_with_it(stacks: Cloud) -> None:
    make_stack(stacks, "website", leave=tuple(OUTPUTS))
    with pytest.raises(AwsError, match="'website' has no output that a profile knows, such as Bucket, Image"):
        fields_from_stack("website", REGION)


@pytest.mark.parametrize("name", ["", "1st", "two words", "a" * 129, "arn:aws:s3:::bucket"])
def test_what_cannot_be_a_name(cloud: Cloud, name: str) -> None:
    with pytest.raises(AwsError, match="cannot be the name of a stack"):
        fields_from_stack(name, REGION)


@pytest.mark.parametrize("region", ["", "Frankfurt"])
def test_what_cannot_be_a_region(cloud: Cloud, region: str) -> None:
    with pytest.raises(ProfileError, match="region = .*give a region such as 'eu-central-1'"):
        stacks_with_fields(region)


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("AccessDenied", AwsError, "permission for DescribeStacks is missing"),
        ("ExpiredToken", CredentialsError, "have expired"),
        ("InvalidClientTokenId", CredentialsError, "does not accept these credentials"),
    ],
)
def test_what_aws_refuses(stacks: Cloud, code: str, kind: type[Exception], words: str) -> None:
    make_stack(stacks, "shepherd")
    stacks.control("fault", on="request", where={"key": "AKIDCLIENT"}, error=code)
    for call in (lambda: fields_from_stack("shepherd", REGION), lambda: stacks_with_fields(REGION)):
        with pytest.raises(kind, match=words):
            call()


def test_credentials(stacks: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    make_stack(stacks, "shepherd")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(CredentialsError, match="no AWS credentials were found"):
        fields_from_stack("shepherd", REGION)
    with pytest.raises(CredentialsError, match="elsewhere.*list-profiles"):
        fields_from_stack("shepherd", REGION, "elsewhere")
    found = fields_from_stack("shepherd", REGION, keys=("AKIDCLIENT", "client-secret", None))
    assert found.values["image"] == IMAGE


def test_aws_cannot_be_reached(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(ConnectionLostError, match="Check the network and the profile's region"):
        fields_from_stack("shepherd", REGION)


def test_without_boto3(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(AwsError, match="install boto3"):
        fields_from_stack("shepherd", REGION)
