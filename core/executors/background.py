"""Runs work that calls libraries at length in a thread, so that cancelling never waits for them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

from ..progress import Progress
from .threads import POLL

Result = TypeVar("Result")

#: Seconds that cancelled work has to end before its caller goes on without it.
PATIENCE = 1.0


def in_background(
    work: Callable[[Progress], Result], progress: Progress, clean: Callable[[], None]
) -> Result:
    """Call a function in a thread; report its progress, and cancel it, from this one.

    GDAL asks its caller only at every whole percent, or not at all, whether to go on. Work that
    is cancelled in such a call is left to itself: it stops at the next chance and cleans up.
    Python waits for its threads when it ends, so that happens even then.

    Parameters
    ----------
    work : callable
        Takes a progress of its own; must do nothing that is seen from outside.
    progress : Progress
        Only used in this thread.
    clean : callable
        Removes what the work has made; called again when work that was left to itself ends.

    Returns
    -------
    object
        What the function returns.

    Raises
    ------
    Cancelled
    """
    relay = _Relay()
    # Shut down without waiting: there is only this one task.
    threads = ThreadPoolExecutor(1, thread_name_prefix="shepherd")
    future = threads.submit(work, relay)
    threads.shutdown(wait=False)
    try:
        while not wait([future], timeout=POLL).done:
            relay.deliver(progress)
            progress.check()
    except BaseException:
        relay.stop.set()
        if not wait([future], timeout=PATIENCE).done:
            future.add_done_callback(lambda _: clean())
        raise
    relay.deliver(progress)
    return future.result()


class _Relay(Progress):
    """Keeps what a thread reports until another one hands it on."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self._latest: float | None = None
        self._texts: queue.SimpleQueue = queue.SimpleQueue()

    def fraction(self, done: float) -> None:  # noqa: D102
        self._latest = done

    def message(self, text: str) -> None:  # noqa: D102
        self._texts.put((Progress.message.__name__, text))

    def warning(self, text: str) -> None:  # noqa: D102
        self._texts.put((Progress.warning.__name__, text))

    def is_cancelled(self) -> bool:  # noqa: D102
        return self.stop.is_set()

    def deliver(self, progress: Progress) -> None:
        """Hand on what was reported since the last time."""
        while not self._texts.empty():
            kind, text = self._texts.get()
            getattr(progress, kind)(text)
        latest, self._latest = self._latest, None
        if latest is not None:
            progress.fraction(latest)
