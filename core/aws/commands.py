"""The commands that run in a container: worker and coordinator."""

from __future__ import annotations

import argparse
from typing import Any


def add_commands(commands: Any) -> None:
    """Add the commands to the engine's command line."""
    for name, run, text in (
        ("worker", _worker, "segment tiles of a job on AWS (started by the plugin)"),
        ("coordinator", _coordinator, "join the tiles of a job on AWS (started by the plugin)"),
    ):
        parser = commands.add_parser(name, help=text)
        parser.add_argument("workspace", metavar="s3://BUCKET/PREFIX", help="the job")
        parser.set_defaults(run=run)


def _worker(options: argparse.Namespace) -> int:
    from .machine import Machine, start_log
    from .worker import Worker

    start_log()
    return Worker(Machine(options.workspace)).run()


def _coordinator(options: argparse.Namespace) -> int:
    from .coordinator import Coordinator
    from .machine import Machine, start_log

    start_log()
    return Coordinator(Machine(options.workspace)).run()


def compute_of(profile: str | None) -> Any:
    """Return where to run: None is here.

    Parameters
    ----------
    profile : str or None
        JSON file of a Fargate profile, or ``environment`` for the one in environment variables.
    """
    if not profile:
        return None
    from .client import Fargate
    from .profile import FargateProfile

    is_file = profile != "environment"
    return Fargate(FargateProfile.from_file(profile) if is_file else FargateProfile.from_environment())
