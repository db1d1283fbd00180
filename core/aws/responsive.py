"""Keeps the caller's thread free for the cancel button while another one waits for AWS."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from ..progress import Progress
from .errors import ConnectionLostError

T = TypeVar("T")
#: Seconds between two looks at the cancel button.
_POLL = 0.1
#: Seconds between two attempts while AWS cannot be reached.
_PAUSE = 0.5


class _Relay(Progress):
    """What the working thread tells; its listener hears it in the caller's thread."""

    def __init__(self) -> None:
        self._told: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self._cancelled = threading.Event()

    def fraction(self, done: float) -> None:
        """Pass on."""
        self._told.put(("fraction", done))

    def message(self, text: str) -> None:
        """Pass on."""
        self._told.put(("message", text))

    def warning(self, text: str) -> None:
        """Pass on."""
        self._told.put(("warning", text))

    def is_cancelled(self) -> bool:
        """Tell whether the listener asked to stop; quick, and right in every thread."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask the working thread to stop."""
        self._cancelled.set()

    def deliver(self, listener: Progress, wait: float) -> None:
        """Tell the listener what there is to tell; wait for something for some seconds."""
        try:
            kind, value = self._told.get(timeout=wait)
            while True:
                getattr(listener, kind)(value)
                kind, value = self._told.get_nowait()
        except queue.Empty:
            return


def responsive(work: Callable[[Progress], T], progress: Progress) -> T:
    """Do something in another thread, and answer a cancel at once in this one.

    A request to AWS may hang for a minute. `progress` is called in this thread only, and what
    `work` raises is raised here.

    Parameters
    ----------
    work : callable
        Gets a progress that it may use in any thread.
    """
    relay = _Relay()
    with ThreadPoolExecutor(1, thread_name_prefix="aws") as threads:
        future = threads.submit(work, relay)
        try:
            while not future.done():
                relay.deliver(progress, _POLL)
                if not relay.is_cancelled() and progress.is_cancelled():
                    relay.cancel()
                    progress.message("Cancelling.")
            relay.deliver(progress, 0.0)
        except BaseException:
            relay.cancel()
            raise
    return future.result()


def patiently(call: Callable[[], T], seconds: float, check: Callable[[], None]) -> T:
    """Call something, again and again while AWS cannot be reached, for so many seconds.

    Parameters
    ----------
    check : callable
        Called in between; may raise.
    """
    lost = 0.0
    while True:
        try:
            return call()
        except ConnectionLostError:
            check()
            lost = lost or time.monotonic()
            if time.monotonic() - lost >= seconds:
                raise
        time.sleep(_PAUSE)
        check()
