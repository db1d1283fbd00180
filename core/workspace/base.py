"""What every workspace can do."""

from __future__ import annotations

from typing import Protocol

import numpy as np

Arrays = dict[str, np.ndarray]


class Workspace(Protocol):
    """A store of named objects, each a set of arrays.

    An object that exists is complete. Names are paths with ``/``.
    """

    #: Whether a later run can go on from what is there.
    resumable: bool

    def has(self, name: str) -> bool:
        """Tell whether an object exists."""
        ...

    def put(self, name: str, arrays: Arrays) -> None:
        """Store an object, replacing one of the same name."""
        ...

    def get(self, name: str) -> Arrays:
        """Return an object."""
        ...

    def drop(self, name: str) -> None:
        """Remove an object if it exists."""
        ...
