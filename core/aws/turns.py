"""Who of a worker's threads may work on a tile."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Turns:
    """Tiles are worked on side by side; one that has been tried before is worked on alone.

    It may be the one that killed the worker that had it. Those that were there with it would be
    tried as often as it, and be blamed for it.

    Parameters
    ----------
    stopping : Event
        Ends all waiting.
    """

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._changed = threading.Condition()
        self._busy, self._alone = 0, False

    def enter(self, alone: bool) -> bool:
        """Begin a tile; False when another one is, or waits to be, worked on alone."""
        with self._changed:
            if self._alone:
                return False
            self._alone = alone
            self._wait(lambda: not alone or not self._busy)
            self._busy += 1
        return True

    def leave(self, alone: bool) -> None:
        """End a tile."""
        with self._changed:
            self._busy -= 1
            self._alone = self._alone and not alone
            self._changed.notify_all()

    def wait(self) -> None:
        """Wait until no tile is worked on alone."""
        with self._changed:
            self._wait(lambda: not self._alone)

    def _wait(self, condition: Callable[[], bool]) -> None:
        while not condition() and not self._stopping.is_set():
            self._changed.wait(0.2)
