"""Fields of a profile from the outputs of a CloudFormation stack."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import AwsError, ProfileError, aws_errors, code_of
from .field_problems import NEEDED, problem_of, problems_of
from .session import AwsSession
from .sizes import parse_cpu, parse_memory

#: Outputs that are read, and the fields of a profile that they give. Changing a name breaks stacks.
OUTPUTS: dict[str, str] = {
    "Bucket": "bucket",
    "Prefix": "prefix",
    "Image": "image",
    "CpuArchitecture": "architecture",
    "Cpu": "cpu",
    "Memory": "memory",
    "EphemeralStorage": "ephemeral_storage",
    "TaskRoleArn": "task_role_arn",
    "ExecutionRoleArn": "execution_role_arn",
    "Cluster": "cluster",
    "LogGroup": "log_group",
    "Subnets": "subnets",
    "SecurityGroups": "security_groups",
    "AssignPublicIp": "assign_public_ip",
    "Workers": "workers",
    "Spot": "spot",
    "MaxConcurrentReads": "max_concurrent_reads",
    "MaxHours": "max_hours",
    "MaxCost": "max_cost",
    "Tags": "tags",
}
_KEYS = {key: output for output, key in OUTPUTS.items()}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
_ARN = re.compile(r"arn:aws[a-z-]*:cloudformation:([a-z0-9-]+):\d{12}:stack/[\w/-]+")
_WHOLE = ("ephemeral_storage", "workers", "max_concurrent_reads")
_REAL = ("max_hours", "max_cost")
_FLAGS = ("assign_public_ip", "spot")
_WORDS = {
    **dict.fromkeys(("true", "yes", "1", "enabled"), True),
    **dict.fromkeys(("false", "no", "0", "disabled"), False),
}
#: A stack in these states is what its template says; in the fourth, only old resources are still removed.
_READY = {
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "IMPORT_COMPLETE",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    "IMPORT_ROLLBACK_COMPLETE",
}


@dataclass(frozen=True)
class StackFields:
    """What a stack gives.

    Parameters
    ----------
    stack : str
        Name of the stack.
    values : dict
        Fields of a profile, checked.
    missing : tuple of str
        Fields that a profile needs and that no output gives.
    refused : dict of str to str
        What is wrong with an output that a profile cannot take, by field.
    """

    stack: str
    values: dict[str, Any]
    missing: tuple[str, ...] = ()
    refused: dict[str, str] = field(default_factory=dict)


def fields_from_stack(
    stack_name: str, region: str, aws_profile: str = "", keys: tuple[str, str, str | None] | None = None
) -> StackFields:
    """Read a stack's outputs as fields of a profile; outputs that are not in `OUTPUTS` are left out.

    Parameters
    ----------
    stack_name : str
        Name or ARN.
    region : str
    aws_profile, keys
        Credentials as `AwsSession` takes them.

    Raises
    ------
    AwsError
        If the stack cannot be read, is not complete, or has no output that a profile knows.
    """
    name = stack_name.strip()
    _check_request(name, region)
    stack = _describe(AwsSession(region, aws_profile, keys), name)
    _check_status(stack)
    given = _given(stack)
    if not given:
        raise AwsError(
            f"The stack '{stack['StackName']}' has no output that a profile knows, such as "
            f"{', '.join(_KEYS[key] for key in NEEDED if key in _KEYS)}: choose another stack, or add such "
            "outputs to its template (the documentation lists them)."
        )
    refused = problems_of(given)
    values = {key: _normal(key, value) for key, value in given.items() if key not in refused}
    missing = tuple(key for key in NEEDED if key in _KEYS and key not in given)
    return StackFields(stack["StackName"], values, missing, refused)


def stacks_with_fields(
    region: str, aws_profile: str = "", keys: tuple[str, str, str | None] | None = None
) -> list[str]:
    """Return the names of the stacks that give fields of a profile, those first that give most.

    Raises
    ------
    AwsError
        If they cannot be listed.
    """
    _check_request("any", region)
    client = AwsSession(region, aws_profile, keys).client("cloudformation")
    with aws_errors("Cannot list the stacks"):
        stacks = [
            stack for page in client.get_paginator("describe_stacks").paginate() for stack in page["Stacks"]
        ]
    found = {stack["StackName"]: len(_given(stack)) for stack in stacks if stack["StackStatus"] in _READY}
    return sorted((name for name, count in found.items() if count), key=lambda name: (-found[name], name))


def _check_request(name: str, region: str) -> None:
    problem = problem_of({"region": region})
    if problem:
        raise ProfileError(f"region = {region!r}: {problem[:1].lower()}{problem[1:]}")
    arn = _ARN.fullmatch(name)
    if arn and arn[1] != region:
        raise AwsError(
            f"The stack {name} is in {arn[1]}, and the profile's region is {region}: choose a stack of that "
            "region, or change the region."
        )
    if not arn and not _NAME.fullmatch(name):
        raise AwsError(
            f"'{name}' cannot be the name of a stack: give letters, digits and hyphens that begin with a "
            "letter, or the stack's ARN."
        )


def _describe(session: AwsSession, name: str) -> dict[str, Any]:
    client = session.client("cloudformation")
    from botocore.exceptions import ClientError

    with aws_errors(f"Cannot read the stack '{name}'"):
        try:
            return dict(client.describe_stacks(StackName=name)["Stacks"][0])
        except ClientError as error:
            if code_of(error) != "ValidationError":
                raise
    raise AwsError(
        f"There is no stack '{name}' in {session.region}: check its name, the profile's region, and that the "
        "credentials belong to the account of the stack."
    )


def _check_status(stack: Mapping[str, Any]) -> None:
    """Refuse a stack whose outputs may not be what there is."""
    status = stack["StackStatus"]
    if status in _READY:
        return
    if status.startswith("DELETE"):
        cure = "it is deleted, or was to be. Choose another stack."
    elif status == "REVIEW_IN_PROGRESS":
        cure = "nothing was made yet. Execute its change set in CloudFormation first."
    elif status.endswith("_IN_PROGRESS") and "ROLLBACK" not in status:
        cure = "AWS is still working on it. Try again when it is complete."
    else:
        reason = stack.get("StackStatusReason")
        told = f" ({reason})" if reason else ""
        cure = f"making or changing it failed{told}. Its events in CloudFormation tell why; repair it first."
    raise AwsError(f"The stack '{stack['StackName']}' is not complete ({status}): {cure}")


def _given(stack: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the outputs that are known; empty ones say nothing."""
    outputs = {
        item["OutputKey"]: str(item.get("OutputValue", "")).strip() for item in stack.get("Outputs", ())
    }
    return {key: _typed(key, outputs[output]) for output, key in OUTPUTS.items() if outputs.get(output)}


def _typed(key: str, text: str) -> Any:
    """Return an output in the type of its field; what is no such value stays text and is refused then."""
    if key == "tags":
        return {name.strip(): value.strip() for name, _, value in _pairs(text)}
    if key in _FLAGS:
        return _WORDS.get(text.lower(), text)
    try:
        return int(text) if key in _WHOLE else float(text) if key in _REAL else text
    except ValueError:
        return text


def _pairs(text: str) -> list[tuple[str, str, str]]:
    return [part.partition("=") for part in text.split(",") if part.strip()]


def _normal(key: str, value: Any) -> Any:
    """Return a value as a profile keeps it: ids as a list, sizes as numbers."""
    if key in ("subnets", "security_groups"):
        return [part for part in re.split(r"[\s,]+", value) if part]
    if key in ("cpu", "memory"):
        return {"cpu": parse_cpu, "memory": parse_memory}[key](value)
    return value
