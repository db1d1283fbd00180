"""Cancel, whenever it comes: answered within 2 seconds, and nothing is left 3 minutes later."""

from __future__ import annotations

import os
import signal
import socket
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from urllib3.util import connection

from shepherd_segmentation.core import Cancelled
from shepherd_segmentation.core.aws import FargateProfile, Journal
from shepherd_segmentation.core.aws.payloads import STOP_TIMEOUT

from ..core.data import scene_path
from .cloud import Cloud
from .line import Line
from .runs import SCENE, Listener, run
from .watching import busy_worker, in_background, nothing_left, wait_for

#: The contract, in seconds.
ANSWERED, GONE = 2.0, 180.0


class Button(Listener):
    """A cancel button, and a watch.

    Parameters
    ----------
    words : str
        A sentence that begins with them presses the button.
    """

    def __init__(self, words: str = "") -> None:
        super().__init__()
        self._begin = words
        self.pressed = self.answered = 0.0

    def press(self) -> None:
        self.pressed = self.pressed or time.monotonic()
        self._cancelled = True

    def message(self, text: str) -> None:
        super().message(text)
        if self.pressed and not self.answered and text.startswith("Cancel"):
            self.answered = time.monotonic()
        if self._begin and text.startswith(self._begin):
            self.press()


def cancelled(
    cloud: Cloud, profile: FargateProfile, journal: Journal, folder: Path, scene: Path, button: Button
) -> float:
    """Check that a run ends as a cancelled one must; return how long after the button that was."""
    with pytest.raises(Cancelled):
        run(profile, journal, scene, folder / "labels.tif", button)
    seconds = time.monotonic() - button.pressed
    assert button.answered - button.pressed < ANSWERED, button.messages
    assert seconds < GONE
    assert [path.name for path in folder.iterdir() if path.name != "journal"] == []
    assert button.warnings == []
    assert nothing_left(cloud, journal)
    return seconds


#: What is said when a stage begins, and what then takes longer than it otherwise would.
STAGES = {
    "Checking the Fargate profile": None,
    "Starting a coordinator": None,
    "Fitting the clusters on a sample": None,
    "Segmenting tiles": "5.npz",
    "Eliminating small segments": "stitched.npz",
    "Writing the raster": "labels.tif",
    "Fetching the raster": None,
}


@pytest.mark.parametrize("stage", STAGES)
def test_cancel_leaves_nothing(
    cloud: Cloud,
    profile: FargateProfile,
    journal: Journal,
    tmp_path: Path,
    small: tuple[Path, np.ndarray],
    stage: str,
) -> None:
    if STAGES[stage]:
        cloud.control("fault", on="slow", where={"event": "s3:PutObject"}, ends=STAGES[stage], seconds=2.0)
    button = Button(stage)
    cancelled(cloud, replace(profile, workers=1), journal, tmp_path, small[0], button)
    assert any(text.startswith(stage) for text in button.messages)


def test_a_cancel_before_anything(
    cloud: Cloud, profile: FargateProfile, journal: Journal, tmp_path: Path, small: tuple[Path, np.ndarray]
) -> None:
    button = Button()
    button.press()
    cancelled(cloud, profile, journal, tmp_path, small[0], button)
    assert cloud.tasks() == []


@pytest.mark.parametrize("stage", ["Checking", "Fitting", "Segmenting", "Fetching"])
def test_a_cancel_while_aws_does_not_answer(
    cloud: Cloud,
    profile: FargateProfile,
    journal: Journal,
    tmp_path: Path,
    small: tuple[Path, np.ndarray],
    line: Line,
    stage: str,
) -> None:
    class Stalled(Button):
        def message(self, text: str) -> None:
            super().message(text)
            if text.startswith(stage) and not self.pressed:
                line.hold()
                in_background(self._wait)

        def _wait(self) -> None:
            time.sleep(0.5)
            self.press()
            time.sleep(3.0)
            line.release()

    cloud.control("fault", on="slow", where={"event": "s3:PutObject"}, ends="5.npz", seconds=1.0)
    seconds = cancelled(cloud, replace(profile, workers=1), journal, tmp_path, small[0], Stalled())
    assert seconds > 2.9, "the line was not silent"


def test_a_cancel_does_not_wait_for_a_slow_line(
    cloud: Cloud,
    profile: FargateProfile,
    journal: Journal,
    tmp_path: Path,
    line: Line,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The system would take a whole tile at once: on the loopback interface its packets are large.
    create = connection.create_connection

    def narrow(*arguments: Any, socket_options: Any = (), **more: Any) -> socket.socket:
        options = [*(socket_options or ()), (socket.SOL_SOCKET, socket.SO_SNDBUF, 16384)]
        return create(*arguments, socket_options=options, **more)

    monkeypatch.setattr(connection, "create_connection", narrow)

    class Slow(Button):
        def message(self, text: str) -> None:
            super().message(text)
            if text.startswith("Fitting"):
                line.slow_down(4000.0)
                in_background(self._wait)

        def _wait(self) -> None:
            # The first tiles are under way; they have more than 200 kB each.
            begun = line.sent
            wait_for(lambda: line.sent > begun + 30_000)
            self.press()

    seconds = cancelled(cloud, replace(profile, workers=1), journal, tmp_path, scene_path(SCENE), Slow())
    assert seconds < 30, "the tiles were sent to the end"
    assert "client sqs:SendMessageBatch" not in cloud.control("requests")["requests"]


def test_a_worker_that_does_not_listen_is_killed(
    cloud: Cloud, profile: FargateProfile, journal: Journal, tmp_path: Path
) -> None:
    button, stopped = Button(), []

    def stop_and_press() -> None:
        stopped.append(wait_for(lambda: busy_worker(cloud)))
        os.killpg(stopped[0]["pid"], signal.SIGSTOP)
        button.press()

    cloud.control("fault", on="slow", where={"event": "s3:PutObject"}, ends="npz", seconds=0.15)
    in_background(stop_and_press)
    seconds = cancelled(cloud, replace(profile, workers=2), journal, tmp_path, scene_path(SCENE), button)
    assert seconds > STOP_TIMEOUT
    assert next(task for task in cloud.tasks() if task["id"] == stopped[0]["id"])["exit"] == 137
