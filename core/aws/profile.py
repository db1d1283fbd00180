"""A Fargate profile: where and how jobs run on AWS. It names credentials and never holds them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from .errors import ProfileError
from .sizes import MAX_STORAGE, MIN_STORAGE, check_pair, parse_cpu, parse_memory

#: The most workers that a profile may ask for.
MAX_WORKERS = 500
PREFIX = "SHEPHERD_FARGATE_"
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+")
_SECRETS = re.compile(r"secret|password|access_?key|session_?token", re.IGNORECASE)
_FORMS = {
    "region": (re.compile(r"[a-z]{2}(-[a-z]+)+-\d"), "give a region such as 'eu-central-1'."),
    "bucket": (re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"), "give the name of an S3 bucket."),
    "prefix": (re.compile(r"[\w!.*'()/-]*"), "use letters, digits and / - _ . only."),
    "image": (re.compile(r"[\w.:/@-]+"), "give the address of the container image."),
    "task_role_arn": (_ROLE, "give a role as arn:aws:iam::123456789012:role/name."),
    "execution_role_arn": (_ROLE, "give a role as arn:aws:iam::123456789012:role/name."),
    "log_group": (re.compile(r"[\w./#-]{0,512}"), "give the name of a CloudWatch log group."),
    "cluster": (re.compile(r"[\w-]{0,255}"), "give the name of an ECS cluster, or nothing."),
}


@dataclass(frozen=True)
class FargateProfile:
    """A named configuration, checked when it is made.

    Parameters
    ----------
    name : str
    region : str
    bucket : str
        S3 bucket for jobs, in the same region.
    image : str
        Address of the worker's container image.
    task_role_arn, execution_role_arn : str
        What the container may do; what ECS may do to start it.
    subnets : tuple of str
        Several are better: another one is tried when one has no capacity.
    security_groups : tuple of str
    prefix : str
        Of the objects in the bucket.
    aws_profile, auth_config : str
        Credentials: an AWS profile's name, or the id of an entry of the QGIS authentication
        database; both empty for AWS's default chain.
    assign_public_ip : bool
    cpu, memory : int or str
        Of a worker: ``"4 vCPU"`` or ``"4096"``; ``"16GB"`` or ``"16384"``.
    architecture : str
        ``"X86_64"`` or ``"ARM64"``, what the image is built for.
    ephemeral_storage : int
        GiB of disk, 21 to 200; 0 for what Fargate gives without asking (20).
    spot : bool
        Workers on Fargate Spot, on demand where there is none. The coordinator never is.
    log_group : str
        CloudWatch log group; empty for no logs.
    cluster : str
        An ECS cluster to use; empty to make one for every job.
    tags : dict of str to str
        Put on everything.
    workers : int
    max_concurrent_reads : int
        Reads of the input at the same time, over all workers; 0 for no limit.
    max_hours, max_cost : float
        A job that would need longer or cost more (US dollars) is refused, and ends after this.
    """

    name: str
    region: str
    bucket: str
    image: str
    task_role_arn: str
    execution_role_arn: str
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]
    prefix: str = "shepherd"
    aws_profile: str = ""
    auth_config: str = ""
    assign_public_ip: bool = True
    cpu: int | str = 4096
    memory: int | str = 16384
    architecture: str = "X86_64"
    ephemeral_storage: int = 0
    spot: bool = False
    log_group: str = ""
    cluster: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    workers: int = 10
    max_concurrent_reads: int = 0
    max_hours: float = 4.0
    max_cost: float = 20.0

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise ProfileError("name: give the profile a name.")
        for key, (form, cure) in _FORMS.items():
            value = getattr(self, key)
            if not isinstance(value, str) or not form.fullmatch(value):
                raise self._error(key, value, cure)
        self._set("prefix", self.prefix.strip("/"))
        self._set("subnets", self._ids("subnets", "subnet"))
        self._set("security_groups", self._ids("security_groups", "sg"))
        if self.aws_profile and self.auth_config:
            raise self._error("auth_config", self.auth_config, "choose this or an AWS profile, not both.")
        self._set("cpu", self._parsed(parse_cpu, self.cpu))
        self._set("memory", self._parsed(parse_memory, self.memory))
        self._parsed(lambda pair: check_pair(*pair), (self.cpu, self.memory))
        if self.architecture not in ("X86_64", "ARM64"):
            raise self._error("architecture", self.architecture, "give 'X86_64' or 'ARM64'.")
        self._check_numbers()
        self._set("tags", self._tags())

    def _set(self, key: str, value: object) -> None:
        object.__setattr__(self, key, value)

    def _error(self, key: str, value: object, cure: str) -> ProfileError:
        return ProfileError(f"Fargate profile '{self.name}', {key} = {value!r}: {cure}")

    def _parsed(self, parse: Any, value: Any) -> Any:
        try:
            return parse(value)
        except ProfileError as error:
            raise ProfileError(f"Fargate profile '{self.name}', {error}") from None

    def _ids(self, key: str, kind: str) -> tuple[str, ...]:
        values = getattr(self, key)
        if isinstance(values, str):
            values = [part for part in re.split(r"[\s,]+", values) if part]
        cure = f"give one or more ids such as '{kind}-0123456789abcdef0'."
        if not isinstance(values, (list, tuple)) or not values or len(values) > 16:
            raise self._error(key, values, cure)
        for value in values:
            if not isinstance(value, str) or not re.fullmatch(rf"{kind}-[0-9a-f]+", value):
                raise self._error(key, value, cure)
        return tuple(values)

    def _check_numbers(self) -> None:
        whole = {"workers": (1, MAX_WORKERS), "max_concurrent_reads": (0, 10_000)}
        for key, (low, high) in whole.items():
            value = getattr(self, key)
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise self._error(key, value, f"give a whole number from {low} to {high}.")
        storage = self.ephemeral_storage
        if storage and (not isinstance(storage, int) or not MIN_STORAGE <= storage <= MAX_STORAGE):
            raise self._error(
                "ephemeral_storage", storage, f"give {MIN_STORAGE} to {MAX_STORAGE} GiB, or 0 for 20."
            )
        for key in ("max_hours", "max_cost"):
            value = getattr(self, key)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e6:
                raise self._error(key, value, "give a number above 0.")
            self._set(key, float(value))
        for key in ("assign_public_ip", "spot"):
            if not isinstance(getattr(self, key), bool):
                raise self._error(key, getattr(self, key), "give true or false.")

    def _tags(self) -> dict[str, str]:
        tags = self.tags
        if not isinstance(tags, Mapping) or len(tags) > 40:
            raise self._error("tags", tags, "give at most 40 pairs of names and values.")
        for key, value in tags.items():
            fits = isinstance(key, str) and isinstance(value, str) and 0 < len(key) <= 128
            if not fits or len(value) > 256 or key.lower().startswith("aws:"):
                raise self._error("tags", f"{key}={value}", "give text; names must not start with 'aws:'.")
        return dict(tags)

    def to_dict(self) -> dict[str, Any]:
        """Return the profile as values that JSON can hold; there is no secret in it."""
        values = asdict(self)
        return {**values, "subnets": list(self.subnets), "security_groups": list(self.security_groups)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> FargateProfile:
        """Make a profile of `to_dict`'s values; refuse unknown names, and secrets above all."""
        if not isinstance(values, Mapping):
            raise ProfileError("A Fargate profile is a JSON object of names and values.")
        known = {item.name: item for item in fields(cls)}
        for key in values:
            if _SECRETS.search(str(key)):
                raise ProfileError(f"{key}: a Fargate profile must not hold secrets; remove this entry.")
            if key not in known:
                raise ProfileError(
                    f"{key}: a Fargate profile has no such entry; it knows {', '.join(known)}."
                )
        for key, item in known.items():
            required = item.default is MISSING and item.default_factory is MISSING
            if required and key not in values:
                raise ProfileError(f"Fargate profile '{values.get('name', '?')}': {key} is missing.")
        return cls(**values)

    @classmethod
    def from_file(cls, path: str | os.PathLike) -> FargateProfile:
        """Read a profile from a JSON file."""
        try:
            values = json.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise ProfileError(f"The profile {path} cannot be read ({error.strerror}).") from error
        except ValueError as error:
            raise ProfileError(f"The profile {path} is not JSON ({error}): export it again.") from error
        return cls.from_dict(values)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> FargateProfile:
        """Read a profile from ``SHEPHERD_FARGATE_FILE`` and ``SHEPHERD_FARGATE_<ENTRY>`` variables.

        Lists are separated by commas, tags are ``name=value``; single entries override the file's.
        """
        environment = os.environ if environment is None else environment
        given = {
            key[len(PREFIX) :].lower(): value for key, value in environment.items() if key.startswith(PREFIX)
        }
        path = given.pop("file", None)
        values = cls.from_file(path).to_dict() if path else {"name": "environment"}
        return cls.from_dict({**values, **{key: _typed(key, text) for key, text in given.items()}})


def _typed(key: str, text: str) -> Any:
    """Return the value of an environment variable in the type of the entry."""
    try:
        if key in ("workers", "max_concurrent_reads", "ephemeral_storage"):
            return int(text)
        if key in ("max_hours", "max_cost"):
            return float(text)
    except ValueError:
        raise ProfileError(f"{PREFIX}{key.upper()} = {text!r}: give a number.") from None
    if key in ("assign_public_ip", "spot"):
        return {"true": True, "1": True, "yes": True}.get(text.strip().lower(), False)
    if key == "tags":
        return dict(part.strip().partition("=")[::2] for part in text.split(",") if part.strip())
    return text
