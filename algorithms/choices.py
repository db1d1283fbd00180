"""Choices from a list, as people write them in scripts: by name or by position."""

from __future__ import annotations

import re
from typing import Any

from ..core.errors import ParameterError


def chosen(parameter: str, value: Any, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names that a value stands for, each once, in the order in which they were given.

    Parameters
    ----------
    parameter : str
        For the message.
    value : str, int, or a sequence of them
        Names, or positions counted from 0; a text may hold several, with commas, semicolons or spaces
        in between. A name goes before a position.
    names : tuple of str

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> chosen("STATISTICS", ["mean", 0, "1"], ("count", "mean"))
    ('mean', 'count')
    >>> chosen("CONNECTIVITY", 1, ("4", "8"))
    ('8',)
    """
    if isinstance(value, str):
        value = [item for item in re.split(r"[,;\s]+", value) if item]
    elif not isinstance(value, (list, tuple)):
        value = [value]
    return tuple(dict.fromkeys(_name(parameter, item, names) for item in value))


def _name(parameter: str, item: Any, names: tuple[str, ...]) -> str:
    if isinstance(item, float) and item.is_integer():
        item = int(item)
    text = str(item).strip()
    if text in names:
        return text
    if text.isdecimal() and int(text) < len(names):
        return names[int(text)]
    raise ParameterError(parameter, text, f"give {_listed(names)}.")


def _listed(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
