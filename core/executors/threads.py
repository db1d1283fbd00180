"""Threads of this process: the kernels release the GIL, so Python threads use all cores."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

import numpy as np

from ..errors import Cancelled

#: Seconds between two looks at whether the user cancelled.
POLL = 0.1


def default_workers() -> int:
    """Return the number of processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # Windows and macOS
        return os.cpu_count() or 1


class WorkerPool:
    """A pool of threads whose owner keeps looking at the cancel button while it waits.

    Parameters
    ----------
    workers : int
        Number of threads.
    check : callable
        Called in the owner's thread; raises `Cancelled` when the user asked to stop.

    Attributes
    ----------
    cancel : ndarray of uint8, shape (1,)
        Turns 1 when the work should stop; long kernels look at it.
    """

    def __init__(self, workers: int, check: Callable[[], None]) -> None:
        self.workers = workers
        self.cancel = np.zeros(1, np.uint8)
        self._check = check
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="shepherd")

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._threads.shutdown(wait=True)

    def stop(self) -> None:
        """Tell running kernels to return early; their results are useless."""
        self.cancel[0] = 1

    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> list:
        """Call a function with every item; return the results in the order of the items."""
        results: list = list(items)
        slots = dict(enumerate(results))

        def store(done: tuple[int, Any]) -> None:
            results[done[0]] = done[1]

        self.each(lambda slot: (slot, function(slots[slot])), slots, store)
        return results

    def each(
        self,
        function: Callable[[Any], Any],
        items: Iterable[Any],
        done: Callable[[Any], None] = lambda result: None,
    ) -> None:
        """Call a function with every item; pass every result to `done` in the owner's thread.

        The first error stops the rest and is raised once no thread works any more.
        """
        waiting = deque(items)
        running: set[Future] = set()
        try:
            while waiting or running:
                self._check()
                # A short queue: a failure should not have to wait for many items.
                while waiting and len(running) < 2 * self.workers:
                    running.add(self._threads.submit(function, waiting.popleft()))
                finished, running = wait(running, timeout=POLL, return_when=FIRST_COMPLETED)
                for future in finished:
                    done(future.result())
        except BaseException as error:
            if isinstance(error, Cancelled) or running:
                self.stop()
            for future in running:
                future.cancel()
            wait(running)
            raise
