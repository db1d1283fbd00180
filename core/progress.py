"""How the engine tells its caller what it is doing, and hears that it should stop."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from .errors import Cancelled


class Progress:
    """A listener that ignores everything; subclass it and override what you need.

    The engine calls these methods only from the thread that called the engine.
    """

    def fraction(self, done: float) -> None:
        """Report the share of the whole run that is done, from 0 to 1."""

    def message(self, text: str) -> None:
        """Report a sentence about what happens."""

    def warning(self, text: str) -> None:
        """Report a sentence about something the user should look at."""

    def is_cancelled(self) -> bool:
        """Tell whether the user asked to stop."""
        return False

    def check(self) -> None:
        """Raise `Cancelled` when the user asked to stop."""
        if self.is_cancelled():
            raise Cancelled


class ProgressSpan(Progress):
    """A stretch of another progress, so that a stage can count from 0 to 1."""

    def __init__(self, whole: Progress, start: float, end: float) -> None:
        self._whole = whole
        self._start = start
        self._length = end - start

    def fraction(self, done: float) -> None:  # noqa: D102
        self._whole.fraction(self._start + self._length * min(max(done, 0.0), 1.0))

    def message(self, text: str) -> None:  # noqa: D102
        self._whole.message(text)

    def warning(self, text: str) -> None:  # noqa: D102
        self._whole.warning(text)

    def is_cancelled(self) -> bool:  # noqa: D102
        return self._whole.is_cancelled()


class TerminalProgress(Progress):
    """One progress line on a terminal; messages go above it."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._shown = -1
        self._next_time = 0.0

    def fraction(self, done: float) -> None:  # noqa: D102
        percent = int(100 * done)
        now = time.monotonic()
        if percent == self._shown or (percent < 100 and now < self._next_time):
            return
        self._shown, self._next_time = percent, now + 0.2
        if self._stream.isatty():
            bar = "#" * (percent // 4)
            self._stream.write(f"\r[{bar:<25}] {percent:3d} %")
        elif percent % 10 == 0:
            self._stream.write(f"{percent} %\n")
        self._stream.flush()

    def message(self, text: str) -> None:  # noqa: D102
        lead = "\r\033[K" if self._stream.isatty() else ""
        self._stream.write(f"{lead}{text}\n")
        self._stream.flush()
        self._shown = -1

    def warning(self, text: str) -> None:  # noqa: D102
        self.message(f"Warning: {text}")
