"""A tile that was tried before is worked on alone."""

from __future__ import annotations

import threading

from shepherd_segmentation.core.aws.turns import Turns

from .watching import in_background


def test_a_suspicious_tile_waits_for_the_others_and_keeps_them_out() -> None:
    turns, entered = Turns(threading.Event()), threading.Event()
    assert turns.enter(False) and turns.enter(False)

    def suspicious() -> None:
        assert turns.enter(True)
        entered.set()

    thread = in_background(suspicious)
    assert not entered.wait(0.3)
    # It waits: nobody else begins, and the next suspicious one has to go elsewhere.
    assert not turns.enter(False) and not turns.enter(True)
    turns.leave(False)
    assert not entered.wait(0.3)
    turns.leave(False)
    assert entered.wait(10)
    thread.join()
    waiting = in_background(turns.wait)
    assert not turns.enter(False) and waiting.is_alive()
    turns.leave(True)
    waiting.join(10)
    assert not waiting.is_alive() and turns.enter(False)


def test_nobody_waits_when_the_worker_ends() -> None:
    stopping = threading.Event()
    turns = Turns(stopping)
    assert turns.enter(False)
    thread = in_background(lambda: turns.enter(True))
    stopping.set()
    thread.join(10)
    assert not thread.is_alive()
