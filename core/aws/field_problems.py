"""Says what is wrong with each field of a profile, all at once and each on its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from ..errors import ShepherdError
from .profile import FargateProfile

#: A profile that is right: one of its fields at a time is replaced by the one to be judged.
_RIGHT: dict[str, Any] = {
    "name": "x",
    "region": "eu-central-1",
    "bucket": "bucket",
    "image": "image",
    "task_role_arn": "arn:aws:iam::123456789012:role/task",
    "execution_role_arn": "arn:aws:iam::123456789012:role/execution",
    "subnets": ["subnet-0"],
    "security_groups": ["sg-0"],
}
_SIZES = ("cpu", "memory")
#: What a profile cannot do without.
NEEDED = tuple(
    item.name
    for item in fields(FargateProfile)
    if item.default is MISSING and item.default_factory is MISSING
)


def problems_of(values: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with the values that are given, by field.

    Parameters
    ----------
    values : mapping
        Some or all of what `FargateProfile.to_dict` gives.

    Examples
    --------
    >>> problems_of({"bucket": "jobs", "architecture": "VAX"})
    {'architecture': "Give 'X86_64' or 'ARM64'."}
    """
    found = {key: problem_of({key: value}) for key, value in values.items() if key not in _SIZES}
    sizes = {key: values[key] for key in _SIZES if key in values}
    for key in sizes:
        # Each alone first: with the other's default it may be no pair, but it must be a size.
        alone = problem_of({key: values[key]})
        found[key] = "" if "pair" in alone else alone
    if len(sizes) == len(_SIZES) and not any(found[key] for key in sizes):
        found["memory"] = problem_of(sizes)
    return {key: text for key, text in found.items() if text}


def missing_of(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the fields that a profile needs and that are not given, or empty."""
    return tuple(key for key in NEEDED if not values.get(key))


def problem_of(values: Mapping[str, Any]) -> str:
    """Return what is wrong with these values of a profile that is right otherwise, or nothing."""
    try:
        FargateProfile.from_dict({**_RIGHT, **values})
    except ShepherdError as error:
        # What comes before is the profile, the field and its value, which stand beside the message.
        cure = str(error).rpartition("': ")[2] if "': " in str(error) else str(error).partition(": ")[2]
        return cure[:1].upper() + cure[1:]
    return ""
