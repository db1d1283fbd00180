"""Says what is wrong with each field of a profile, all at once."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any

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


def problems_of(values: dict[str, Any]) -> dict[str, str]:
    """Return what is wrong with a profile's values, by field.

    Parameters
    ----------
    values : dict
        As `FargateProfile.to_dict` gives them.
    """
    from ...core.aws.profile import FargateProfile

    found = {key: _problem({key: value}) for key, value in values.items() if key not in ("cpu", "memory")}
    for key in ("cpu", "memory"):
        # Each alone first: with the other's default it may be no pair, but it must be a size.
        alone = _problem({key: values[key]})
        found[key] = "" if "pair" in alone else alone
    if not found["cpu"] and not found["memory"]:
        found["memory"] = _problem({"cpu": values["cpu"], "memory": values["memory"]})
    for item in fields(FargateProfile):
        is_required = item.default is MISSING and item.default_factory is MISSING
        if is_required and not values.get(item.name):
            found[item.name] = "This is needed."
    return {key: text for key, text in found.items() if text}


def _problem(values: dict[str, Any]) -> str:
    from ...core.aws.profile import FargateProfile
    from ...core.errors import ShepherdError

    try:
        FargateProfile.from_dict({**_RIGHT, **values})
    except ShepherdError as error:
        # What comes before is the profile, the field and its value, which stand beside the message.
        cure = str(error).rpartition("': ")[2] if "': " in str(error) else str(error).partition(": ")[2]
        return cure[:1].upper() + cure[1:]
    return ""
