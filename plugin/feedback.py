"""Processing's feedback, as the engine wants to be listened to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from qgis.core import QgsProcessingFeedback
from qgis.PyQt.QtCore import Qt

from ..core.progress import Progress


class FeedbackProgress(Progress):
    """Hands the engine's progress on to a `QgsProcessingFeedback`."""

    def __init__(self, feedback: QgsProcessingFeedback) -> None:
        self._feedback = feedback

    def fraction(self, done: float) -> None:
        self._feedback.setProgress(100.0 * done)

    def message(self, text: str) -> None:
        for line in text.splitlines():
            if "  " in line:
                # A row of a table: the log shows console output in a font of fixed width, but would
                # make one space of several.
                self._feedback.pushConsoleInfo(line.replace(" ", "\u00a0"))
            else:
                self._feedback.pushInfo(line)

    def warning(self, text: str) -> None:
        self._feedback.pushWarning(text)

    def is_cancelled(self) -> bool:
        return self._feedback.isCanceled()


@contextmanager
def cancel_answered(feedback: QgsProcessingFeedback, text: str) -> Iterator[None]:
    """Answer a cancel at once: the engine may be waiting for a server when it comes."""

    def answer() -> None:
        feedback.pushInfo(text)

    # In the thread that cancels: this one may be waiting.
    feedback.canceled.connect(answer, Qt.ConnectionType.DirectConnection)
    try:
        yield
    finally:
        feedback.canceled.disconnect(answer)
