"""Stacks of the emulated CloudFormation, with real resources, whose outputs are a profile's fields."""

from __future__ import annotations

import json
from typing import Any

from .cloud import Cloud

IMAGE = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shepherd:stack"


def template(outputs: dict[str, Any] | None = None, leave: tuple[str, ...] = ()) -> str:
    """Return a template with all that a profile names.

    Parameters
    ----------
    outputs : dict, optional
        Outputs besides, or instead of, the usual ones.
    leave : tuple of str
        Outputs that it has not.
    """
    found = {**_outputs(), **(outputs or {})}
    return json.dumps(
        {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Resources": _resources(),
            "Outputs": {key: {"Value": value} for key, value in found.items() if key not in leave},
        }
    )


def _resources() -> dict[str, Any]:
    network = {"VpcId": {"Ref": "Net"}}
    role = {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}
    return {
        "Jobs": {"Type": "AWS::S3::Bucket"},
        "Net": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16"}},
        "First": {"Type": "AWS::EC2::Subnet", "Properties": {**network, "CidrBlock": "10.9.1.0/24"}},
        "Second": {"Type": "AWS::EC2::Subnet", "Properties": {**network, "CidrBlock": "10.9.2.0/24"}},
        "Group": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {**network, "GroupDescription": "Outgoing connections only"},
        },
        "Task": {"Type": "AWS::IAM::Role", "Properties": role},
        "Execution": {"Type": "AWS::IAM::Role", "Properties": role},
        "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": {"Ref": "AWS::StackName"}}},
    }


def _outputs() -> dict[str, Any]:
    return {
        "Bucket": {"Ref": "Jobs"},
        "Prefix": "from-the-stack",
        "Image": IMAGE,
        "CpuArchitecture": "ARM64",
        "Cpu": "2 vCPU",
        "Memory": "8 GB",
        "TaskRoleArn": {"Fn::GetAtt": ["Task", "Arn"]},
        "ExecutionRoleArn": {"Fn::GetAtt": ["Execution", "Arn"]},
        "LogGroup": {"Ref": "Logs"},
        "Subnets": {"Fn::Join": [",", [{"Ref": "First"}, {"Ref": "Second"}]]},
        "SecurityGroups": {"Fn::GetAtt": ["Group", "GroupId"]},
        "AssignPublicIp": "DISABLED",
        "Workers": "25",
        "Unknown": "something else",
    }


def make_stack(
    cloud: Cloud, name: str, outputs: dict[str, Any] | None = None, leave: tuple[str, ...] = ()
) -> None:
    """Make a stack, and wait until it is complete."""
    client = cloud.client("cloudformation")
    body = template(outputs, leave)
    client.create_stack(StackName=name, TemplateBody=body, Capabilities=["CAPABILITY_IAM"])
    client.get_waiter("stack_create_complete").wait(StackName=name)


def remove_stacks(cloud: Cloud) -> None:
    """Delete all stacks and what they made."""
    client = cloud.client("cloudformation")
    for stack in client.describe_stacks()["Stacks"]:
        client.delete_stack(StackName=stack["StackName"])
