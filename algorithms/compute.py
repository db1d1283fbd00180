"""Where tiles are worked on: on this computer, or on AWS with a Fargate profile."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..core.errors import ParameterError, ShepherdError
from ..plugin.dependencies import is_installed, missing_package
from ..plugin.profiles.store import LOCAL, find_profile, stored_profiles
from .engine import workers_to_use

if TYPE_CHECKING:
    from ..core.aws.keys import Keys
    from ..core.aws.profile import FargateProfile


@dataclass(frozen=True)
class LocalCompute:
    """The threads of this computer.

    Parameters
    ----------
    workers : int, optional
        Number of tiles in work at the same time; None takes what the settings say.
    max_concurrent_reads : int, optional
        Number of tiles being read at the same time; None leaves it to the engine.
    """

    workers: int | None
    max_concurrent_reads: int | None

    is_local = True

    def prepared(self) -> LocalCompute:
        """Return this: there is nothing to prepare."""
        return self

    def arguments(self) -> dict[str, Any]:
        """Return what `segment_raster` is to be told."""
        return {"workers": workers_to_use(self.workers), "max_concurrent_reads": self.max_concurrent_reads}


@dataclass(frozen=True)
class CloudCompute:
    """Workers on AWS Fargate.

    Parameters
    ----------
    profile : FargateProfile
    workers, max_concurrent_reads : int, optional
        None for the profile's.
    keys : Keys, optional
        Of the profile's authentication entry.
    leave : bool
        Whether the run ends as soon as the job goes on by itself.
    """

    profile: FargateProfile
    workers: int | None
    max_concurrent_reads: int | None
    keys: Keys | None = None
    leave: bool = False

    is_local = False

    def prepared(self) -> CloudCompute:
        """Fetch the keys from the QGIS authentication database; only the main thread may do that."""
        from ..plugin.profiles.credentials import keys_of

        return replace(self, keys=keys_of([self.profile.auth_config]))

    def arguments(self) -> dict[str, Any]:
        """Return what `segment_raster` is to be told."""
        from ..core.aws.compute import FargateCompute

        return {
            "workers": self.workers,
            "max_concurrent_reads": self.max_concurrent_reads,
            "compute": FargateCompute(self.profile, self.keys, leave=self.leave),
        }


def resolve_compute(name: str, workers: int, max_concurrent_reads: int) -> LocalCompute | CloudCompute:
    """Find the executor that a name stands for.

    Raises
    ------
    ParameterError
        If there is none of that name, it cannot be used, or a number cannot be meant.
    """
    if _is_local(name):
        return local_compute(name, workers, max_concurrent_reads)
    _check_counts(workers, max_concurrent_reads)
    profile = usable_profile("compute", name.strip(), f"give “{LOCAL}” for this computer")
    return CloudCompute(profile, workers or None, max_concurrent_reads or None)


def local_compute(name: str, workers: int, max_concurrent_reads: int) -> LocalCompute:
    """Do the same for what runs on this computer only.

    Raises
    ------
    ParameterError
    """
    _check_counts(workers, max_concurrent_reads)
    if not _is_local(name):
        raise ParameterError("compute", name, f"only “{LOCAL}”, this computer, can be chosen.")
    return LocalCompute(workers or None, max_concurrent_reads or None)


def _is_local(name: str) -> bool:
    return name.strip().lower() in ("", LOCAL)


def _check_counts(workers: int, max_concurrent_reads: int) -> None:
    for parameter, number in (("workers", workers), ("max_concurrent_reads", max_concurrent_reads)):
        if not isinstance(number, int) or number < 0:
            raise ParameterError(parameter, number, "give 0, or a whole number from 1 on.")


def form_widget(name: str) -> dict[str, Any]:
    """Return the metadata of a parameter that a class of `plugin.compute_widget` shows in forms.

    By name: it must not be loaded where there are no forms.
    """
    package = __package__.rpartition(".")[0]
    return {"widget_wrapper": {"class": f"{package}.plugin.compute_widget.{name}"}}


def usable_profile(parameter: str, name: str, otherwise: str) -> FargateProfile:
    """Return a profile by its name.

    Parameters
    ----------
    parameter : str
        For the message.
    name : str
    otherwise : str
        What else can be given; goes into the message.

    Raises
    ------
    ParameterError
        If there is none, it is not valid, or boto3 is missing.
    """
    profiles = stored_profiles()
    if name not in profiles:
        known = ", ".join(f"“{other}”" for other in profiles) or "there is none yet"
        raise ParameterError(
            parameter,
            name,
            f"{otherwise}, or the name of a Fargate profile ({known}; they are made in Settings > Options > "
            "Shepherd Segmentation).",
        )
    if not is_installed("boto3"):
        raise ParameterError(parameter, name, missing_package("boto3"))
    try:
        return find_profile(name, profiles)
    except ShepherdError as error:
        raise ParameterError(parameter, name, str(error)) from error
