"""Keeps Fargate profiles in the user's QGIS profile; there is no secret in them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import ShepherdError
from ..settings import GROUP, read_json, write_json

if TYPE_CHECKING:
    from ...core.aws.profile import FargateProfile

_KEY = f"{GROUP}/profiles"
#: What `COMPUTE` calls this computer; no profile can have this name.
LOCAL = "local"

#: Profiles by name, as the values that JSON can hold: also one of another version that is refused now.
Profiles = dict[str, dict[str, Any]]


def stored_profiles() -> Profiles:
    """Return all profiles, in the order of their names."""
    stored = read_json(_KEY, {})
    if not isinstance(stored, dict):
        return {}
    return {name: stored[name] for name in sorted(stored, key=str.casefold) if isinstance(stored[name], dict)}


def store_profiles(profiles: Profiles) -> None:
    """Keep profiles in place of those that were there."""
    write_json(_KEY, profiles)


def find_profile(name: str, profiles: Profiles | None = None) -> FargateProfile:
    """Return a profile by its name.

    Raises
    ------
    ShepherdError
        If there is none, or it is not valid.
    """
    from ...core.aws.profile import FargateProfile

    profiles = stored_profiles() if profiles is None else profiles
    if name not in profiles:
        known = ", ".join(f"“{other}”" for other in profiles)
        cure = f"choose {known}, or make it" if known else "make it"
        raise ShepherdError(
            f"There is no Fargate profile “{name}”: {cure} in Settings > Options > Shepherd Segmentation."
        )
    return FargateProfile.from_dict({**profiles[name], "name": name})


def check_name(name: str, taken: Profiles, own: str = "") -> str:
    """Return what is wrong with a profile's name, or nothing.

    Parameters
    ----------
    name : str
    taken : dict
        The other profiles.
    own : str
        The name that the profile has had so far.
    """
    if not name.strip():
        return "Give the profile a name."
    if name.strip().lower() == LOCAL:
        return f"“{LOCAL}” stands for this computer; choose another name."
    others = {other.casefold() for other in taken if other != own}
    return "Another profile has this name." if name.strip().casefold() in others else ""


def free_name(wanted: str, taken: Profiles) -> str:
    """Return a name that no other profile has: the next number after a name that is taken."""
    name, number = wanted, 2
    found = re.fullmatch(r"(.+) (\d{1,9})", wanted)
    stem = found[1] if found else wanted
    while check_name(name, taken):
        name, number = f"{stem} {number}", number + 1
    return name


def export_profiles(profiles: Profiles, path: str) -> None:
    """Write profiles to a file: an object if it is one, else a list of them."""
    values: Any = list(profiles.values())
    text = json.dumps(values[0] if len(values) == 1 else values, indent=2, ensure_ascii=False)
    partial = Path(f"{path}.partial")
    try:
        partial.write_text(f"{text}\n", encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise ShepherdError(f"{path} cannot be written ({error.strerror}): choose another place.") from error


def import_profiles(path: str) -> list[FargateProfile]:
    """Read profiles from a file.

    Raises
    ------
    ShepherdError
        If the file or one of its profiles cannot be used; nothing is taken over then.
    """
    try:
        values = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ShepherdError(f"{path} cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise ShepherdError(f"{path} does not hold profiles ({error}): export them again.") from error
    return import_profiles_from([values] if isinstance(values, Mapping) else values)


def import_profiles_from(values: list[Any]) -> list[FargateProfile]:
    """Make profiles of plain values.

    Raises
    ------
    ShepherdError
        If one of them is not valid, or holds a secret.
    """
    from ...core.aws.profile import FargateProfile

    return [FargateProfile.from_dict(item) for item in values]
