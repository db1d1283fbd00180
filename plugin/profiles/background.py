"""Calls something that may take long without QGIS standing still."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from qgis.PyQt.QtCore import QCoreApplication, QObject, pyqtSignal

from ...core.errors import ShepherdError
from ..messagelog import log_error

#: Calls that are under way; their objects must not go in a thread that is not theirs.
_under_way: set[BackgroundCall] = set()


class BackgroundCall(QObject):
    """A call in a thread of its own.

    Parameters
    ----------
    call : callable
        Must not touch QGIS's windows.
    told : callable
        Gets the result and, if there is none, the reason in words; in the thread that made this
        object. It is not called if it is the method of a window that was closed meanwhile.
    """

    finished = pyqtSignal(object, str)

    def __init__(self, call: Callable[[], Any], told: Callable[[Any, str], None]) -> None:
        super().__init__()
        self._call = call
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.finished.connect(told)
        self.finished.connect(self._end)

    def start(self) -> None:
        """Begin."""
        _under_way.add(self)
        self._thread.start()

    def _run(self) -> None:
        result, problem = None, ""
        try:
            result = self._call()
        except ShepherdError as error:
            problem = str(error)
        except Exception as error:  # noqa: BLE001  (nobody would hear of it from this thread)
            log_error("A call in the background failed.", error)
            text = "It failed: {error}. The message log has the details."
            words = QCoreApplication.translate("ShepherdSegmentation", text)
            problem = words.format(error=type(error).__name__)
        self.finished.emit(result, problem)

    def _end(self) -> None:
        self._thread.join()
        _under_way.discard(self)
