"""Processing's feedback, as the engine wants to be listened to."""

from __future__ import annotations

import time
from pathlib import Path

from qgis.core import QgsProcessingFeedback
from qgis.PyQt.QtCore import QCoreApplication, QThread

from ..core.progress import Progress

#: Seconds between two looks at the mouse and at Ctrl+C.
_POLL = 0.1


class FeedbackProgress(Progress):
    """Hands the engine's progress on to a `QgsProcessingFeedback`."""

    def __init__(self, feedback: QgsProcessingFeedback) -> None:
        self._feedback = feedback
        # Before QGIS 3.40 a batch runs in the thread of its window, where nobody could press Cancel.
        is_batch = type(feedback).__name__ == "BatchFeedback"
        # It hears of Ctrl+C in its only thread, where the algorithm runs.
        is_terminal = Path(QCoreApplication.applicationFilePath()).name.startswith("qgis_process")
        in_main_thread = QThread.currentThread() == QCoreApplication.instance().thread()
        self._has_to_look = (is_batch or is_terminal) and in_main_thread
        self._next_look = 0.0

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
        if self._has_to_look and time.monotonic() > self._next_look:
            QCoreApplication.processEvents()
            self._next_look = time.monotonic() + _POLL
        return self._feedback.isCanceled()
