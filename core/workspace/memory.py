"""A workspace in memory, for rasters whose labels are small."""

from __future__ import annotations

from .base import Arrays


class MemoryWorkspace:
    """Keeps objects until the run ends."""

    resumable = False

    def __init__(self) -> None:
        self._objects: dict[str, Arrays] = {}

    def has(self, name: str) -> bool:
        """Tell whether an object exists."""
        return name in self._objects

    def put(self, name: str, arrays: Arrays) -> None:
        """Keep an object."""
        self._objects[name] = arrays

    def get(self, name: str) -> Arrays:
        """Return an object, not a copy of it."""
        return self._objects[name]

    def drop(self, name: str) -> None:
        """Forget an object."""
        self._objects.pop(name, None)
