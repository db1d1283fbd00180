"""Hears the progress of a run in tests."""

from __future__ import annotations

import time

from shepherd_segmentation.core import Progress


class Listener(Progress):
    """Keeps what it is told; cancels from a fraction on."""

    def __init__(self, cancel_at: float = 2.0) -> None:
        self.fractions: list[float] = [0.0]
        self.warnings: list[str] = []
        self.cancelled_at: float | None = None
        self._cancel_at = cancel_at

    def fraction(self, done: float) -> None:
        self.fractions.append(done)

    def warning(self, text: str) -> None:
        self.warnings.append(text)

    def is_cancelled(self) -> bool:
        if self.fractions[-1] < self._cancel_at:
            return False
        self.cancelled_at = self.cancelled_at or time.monotonic()
        return True
