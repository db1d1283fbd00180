"""Which fields the profile dialog has, page by page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any

from qgis.PyQt.QtCore import QCoreApplication

from ...core.aws.profile import MAX_WORKERS, FargateProfile
from ...core.aws.sizes import ALLOWED, MAX_STORAGE
from .fields import (
    Field,
    auth_field,
    choice_field,
    cpu_in_words,
    flag_field,
    list_field,
    memory_in_words,
    real_field,
    tags_field,
    text_field,
    whole_field,
)

#: Ways to the credentials: the entry of the profile that names them; none for AWS's default chain.
SOURCES = ("", "aws_profile", "auth_config")

#: A field: its key, its label, its tip.
Row = tuple[str, str, str, Callable[[], Field]]


def _tr(text: str) -> str:
    return QCoreApplication.translate("ShepherdSegmentation", text)


def _role() -> Field:
    return text_field("arn:aws:iam::123456789012:role/name")


def _source() -> Field:
    words = (
        _tr("AWS's default chain"),
        _tr("A named AWS profile"),
        _tr("The QGIS authentication database"),
    )
    return choice_field(words)


def _access() -> list[Row]:
    return [
        ("name", _tr("&Name"), _tr("What COMPUTE and the list of profiles call it."), text_field),
        ("region", _tr("&Region"), _tr("AWS region of everything."), lambda: text_field("eu-central-1")),
        ("source", _tr("&Credentials"), _tr("Keys are never kept in a profile."), _source),
        (
            "aws_profile",
            _tr("A&WS profile"),
            _tr("A name that “aws configure list-profiles” shows."),
            text_field,
        ),
        (
            "auth_config",
            _tr("&Authentication"),
            _tr("Method Basic: user name and password are the access key id and the secret access key."),
            auth_field,
        ),
        ("bucket", _tr("S3 &bucket"), _tr("For jobs, in the same region."), text_field),
        ("prefix", _tr("&Folder in the bucket"), _tr("Jobs are kept below this."), text_field),
    ]


def _containers() -> list[Row]:
    sizes = tuple(memory_in_words(size) for size in sorted({s for row in ALLOWED.values() for s in row}))
    return [
        ("image", _tr("Container &image"), _tr("Address of the worker's image."), text_field),
        ("architecture", _tr("&Architecture"), _tr("What the image is built for."), _architecture),
        ("cpu", _tr("&Processors"), _tr("Of a worker."), _cpu),
        (
            "memory",
            _tr("&Memory"),
            _tr("Of a worker."),
            lambda: choice_field(sizes, True, memory_in_words),
        ),
        (
            "ephemeral_storage",
            _tr("&Disk"),
            _tr("Of a task."),
            lambda: whole_field(0, MAX_STORAGE, _tr("20 GiB (included)"), " GiB"),
        ),
        ("task_role_arn", _tr("Ta&sk role"), _tr("What the container may do."), _role),
        ("execution_role_arn", _tr("&Execution role"), _tr("What ECS may do to start it."), _role),
        ("cluster", _tr("ECS c&luster"), _tr("Empty: one is made for every job."), text_field),
        ("log_group", _tr("Lo&g group"), _tr("Of CloudWatch; empty: no logs."), text_field),
    ]


def _cpu() -> Field:
    return choice_field(tuple(cpu_in_words(units) for units in ALLOWED), True, cpu_in_words)


def _architecture() -> Field:
    return choice_field(("X86_64", "ARM64"))


def _network() -> list[Row]:
    return [
        (
            "subnets",
            _tr("&Subnets"),
            _tr("Several are better: another one is tried when one has no capacity."),
            lambda: list_field("subnet-0123456789abcdef0, subnet-…"),
        ),
        (
            "security_groups",
            _tr("Security &groups"),
            _tr("Need only outgoing connections."),
            lambda: list_field("sg-0123456789abcdef0"),
        ),
        (
            "assign_public_ip",
            "",
            _tr("Needed in subnets without a NAT gateway or endpoints."),
            lambda: flag_field(_tr("Give tasks a &public address")),
        ),
    ]


def _limits() -> list[Row]:
    return [
        (
            "workers",
            _tr("&Workers"),
            _tr("For runs that name no number themselves."),
            lambda: whole_field(1, MAX_WORKERS),
        ),
        (
            "spot",
            "",
            _tr("Cheaper; on demand where there is no capacity. The coordinator is always on demand."),
            lambda: flag_field(_tr("Workers on Fargate &Spot")),
        ),
        (
            "max_concurrent_reads",
            _tr("&Reads of the input at once"),
            _tr("Over all workers."),
            lambda: whole_field(0, 10_000, _tr("No limit")),
        ),
        (
            "max_hours",
            _tr("Longest &time"),
            _tr("A job that would take longer is refused, and ends after this."),
            lambda: real_field(10_000, " h"),
        ),
        (
            "max_cost",
            _tr("Highest &cost"),
            _tr("A job that would cost more is refused."),
            lambda: real_field(100_000, prefix="US$ "),
        ),
        ("tags", _tr("Ta&gs"), _tr("Put on everything: name=value, with commas in between."), tags_field),
    ]


#: The pages of the dialog, in the order in which people know the answers.
PAGES = (
    ("Access", _access),
    ("Containers", _containers),
    ("Network", _network),
    ("Limits", _limits),
)


def page_fields(page: Callable[[], list[Row]]) -> list[tuple[str, str, str, Field]]:
    """Make the fields of a page."""
    return [(key, label, tip, make()) for key, label, tip, make in page()]


def defaults() -> dict[str, Any]:
    """Return the values of a profile that nobody has filled in."""
    values: dict[str, Any] = {}
    for item in fields(FargateProfile):
        values[item.name] = item.default_factory() if item.default_factory is not MISSING else item.default
        if values[item.name] is MISSING:
            values[item.name] = ""
    return values
