"""The sizes that Fargate offers, and AWS's ways of writing them."""

from __future__ import annotations

import math
import re

from .errors import ProfileError

#: CPU units: memory in MiB that goes with them.
ALLOWED: dict[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(1024 * gb for gb in range(1, 5)),
    1024: tuple(1024 * gb for gb in range(2, 9)),
    2048: tuple(1024 * gb for gb in range(4, 17)),
    4096: tuple(1024 * gb for gb in range(8, 31)),
    8192: tuple(1024 * gb for gb in range(16, 61, 4)),
    16384: tuple(1024 * gb for gb in range(32, 121, 8)),
    32768: tuple(1024 * gb for gb in (60, 120, 244)),
}
#: GiB; below the smallest, Fargate's own 20 GiB are used and the field is left out.
MIN_STORAGE, MAX_STORAGE = 21, 200
FREE_STORAGE = 20

_NUMBER = r"\s*(\d+(?:\.\d+)?|\.\d+)\s*"


def parse_cpu(value: int | str) -> int:
    """Return CPU units of ``4096``, ``"4096"``, ``"4 vCPU"`` or ``".5 vcpu"``.

    Examples
    --------
    >>> parse_cpu("4 vCPU")
    4096
    """
    match = re.fullmatch(_NUMBER + r"(v?cpus?)?\s*", str(value), re.IGNORECASE)
    if not match or isinstance(value, bool):
        raise ProfileError(f"cpu = {value!r}: write CPU units or vCPUs, such as '4096' or '4 vCPU'.")
    units = float(match[1]) * (1024 if match[2] else 1)
    if units != int(units) or int(units) not in ALLOWED:
        nearest = min(ALLOWED, key=lambda cpu: abs(math.log(cpu / max(units, 1))))
        hint = " (a number without 'vCPU' counts CPU units, 1024 to a vCPU)" if units < 256 else ""
        raise ProfileError(
            f"cpu = {value!r}: Fargate has no such size{hint}; the nearest is {cpu_in_words(nearest)}."
        )
    return int(units)


def parse_memory(value: int | str) -> int:
    """Return MiB of ``32768``, ``"32768"``, ``"32GB"`` or ``"0.5 GB"``.

    Examples
    --------
    >>> parse_memory("32GB")
    32768
    """
    match = re.fullmatch(_NUMBER + r"(gi?b|mi?b|g|m)?\s*", str(value), re.IGNORECASE)
    if not match or isinstance(value, bool):
        raise ProfileError(f"memory = {value!r}: write MiB or GB, such as '8192' or '8 GB'.")
    size = float(match[1]) * (1024 if (match[2] or "m").lower().startswith("g") else 1)
    if size != int(size) or size < 1:
        raise ProfileError(f"memory = {value!r}: give a whole number of MiB.")
    return int(size)


def check_pair(cpu: int, memory: int) -> None:
    """Refuse a pair that Fargate does not offer; name the nearest one.

    Parameters
    ----------
    cpu : int
        CPU units.
    memory : int
        MiB.
    """
    if memory in ALLOWED.get(cpu, ()):
        return
    near_cpu, near_memory = nearest_pair(cpu, memory)
    offered = ", ".join(f"{size / 1024:g}" for size in ALLOWED.get(cpu, ())) or "nothing"
    raise ProfileError(
        f"cpu = {cpu_in_words(cpu)}, memory = {memory / 1024:g} GB: Fargate does not offer this pair; the "
        f"nearest is {cpu_in_words(near_cpu)} with {near_memory / 1024:g} GB "
        f"({cpu_in_words(cpu)} goes with {offered} GB)."
    )


def nearest_pair(cpu: int, memory: int) -> tuple[int, int]:
    """Return the allowed pair whose sizes differ least, as factors; more memory rather than less."""

    def difference(pair: tuple[int, int]) -> tuple[float, bool]:
        change = abs(math.log(pair[0] / cpu)) + abs(math.log(pair[1] / memory))
        return round(change, 9), pair[1] < memory

    return min(((c, m) for c, sizes in ALLOWED.items() for m in sizes), key=difference)


def pair_for(memory: float, least_cpu: int) -> tuple[int, int] | None:
    """Return the smallest allowed pair with at least this much of both, or None.

    Parameters
    ----------
    memory : float
        MiB.
    least_cpu : int
        CPU units.
    """
    pairs = ((c, m) for c, sizes in ALLOWED.items() if c >= least_cpu for m in sizes if m >= memory)
    return min(pairs, default=None)


def cpu_in_words(units: int) -> str:
    """Return CPU units as vCPUs."""
    return f"{units / 1024:g} vCPU"
