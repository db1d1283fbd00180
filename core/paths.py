"""Names of files."""

from __future__ import annotations

import os


def same_file(first: str, second: str) -> bool:
    """Tell whether two names mean the same file, which need not exist."""
    try:
        return os.path.samefile(first, second)
    except OSError:
        one, other = (os.path.normcase(os.path.abspath(name)) for name in (first, second))
        return one == other
