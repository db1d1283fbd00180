"""Running on AWS Fargate. Importing this needs no boto3; using it does.

The client puts a job's description and, for an input on this computer, its tiles into an S3
bucket, and starts a coordinator and workers on Fargate. These find each other through the
bucket and a queue: no connection is ever made to the client.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_EXPORTS = {
    "Fargate": "client",
    "FargateCompute": "compute",
    "Keys": "keys",
    "JobState": "jobs",
    "list_jobs": "jobs",
    "collect_job": "jobs",
    "watch_job": "jobs",
    "delete_job": "jobs",
    "finish_teardowns": "jobs",
    "FargateProfile": "profile",
    "Journal": "journal",
    "Pace": "job",
    "estimate": "estimation",
    "Estimate": "estimation",
    "preflight": "checks",
    "fields_from_stack": "stack",
    "stacks_with_fields": "stack",
    "StackFields": "stack",
    "has_boto3": "errors",
    "INSTALL_BOTO3": "errors",
    "AwsError": "errors",
    "ProfileError": "errors",
    "CredentialsError": "errors",
    "ConnectionLostError": "errors",
    "PreflightError": "errors",
    "JobError": "errors",
}
__all__ = sorted(_EXPORTS)


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Not kept in this namespace: submodules have some of these names.
    return getattr(import_module(f".{_EXPORTS[name]}", __name__), name)


def __dir__() -> list[str]:
    return __all__
