"""The computer loses AWS in the middle of a run: for a moment, and for good."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from shepherd_segmentation.core.aws import ConnectionLostError, FargateProfile, Journal, collect_job

from .cloud import PACE, Cloud
from .line import Line
from .runs import Listener, labels_of, run
from .watching import in_background, nothing_left, wait_for

#: What a listener hears when a run has got so far.
MOMENTS = ("Fitting the clusters", "Everything is sent", "Fetching the raster")


class Cutter(Listener):
    """Cuts the line when a sentence begins with the given words.

    Parameters
    ----------
    line : Line
    words : str
    seconds : float
        Until it is restored; 0 is never.
    """

    def __init__(self, line: Line, words: str, seconds: float) -> None:
        super().__init__()
        self._line, self._words_at, self._seconds = line, words, seconds
        self.cuts = 0

    def message(self, text: str) -> None:
        super().message(text)
        if self.cuts or not text.startswith(self._words_at):
            return
        self.cuts += 1
        self._line.cut()
        if self._seconds:
            in_background(self._restore)

    def _restore(self) -> None:
        time.sleep(self._seconds)
        self._line.restore()


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_moment_without_network_changes_nothing(
    cloud: Cloud,
    profile: FargateProfile,
    journal: Journal,
    tmp_path: Path,
    line: Line,
    small: tuple[Path, np.ndarray],
    moment: str,
) -> None:
    scene, expected = small
    cutter = Cutter(line, moment, 6.0)
    begin = time.monotonic()
    run(replace(profile, workers=1), journal, scene, tmp_path / "labels.tif", cutter)
    assert cutter.cuts == 1 and time.monotonic() - begin > 6
    assert (labels_of(tmp_path / "labels.tif") == expected).all()
    assert nothing_left(cloud, journal)


@pytest.mark.parametrize("moment", MOMENTS[:2])
def test_without_network_for_long_the_job_stays_and_is_picked_up(
    cloud: Cloud,
    profile: FargateProfile,
    journal: Journal,
    tmp_path: Path,
    line: Line,
    small: tuple[Path, np.ndarray],
    moment: str,
) -> None:
    scene, expected = small
    output, one = tmp_path / "labels.tif", replace(profile, workers=1)
    sent = moment == "Everything is sent"
    words = r"AWS cannot be reached.* Job s\w+ {}".format(
        "goes on at AWS: run again with the same parameters to pick it up, or collect it later"
        if sent
        else "waits at AWS for the rest of its input: run again with the same parameters to go on"
    )
    with pytest.raises(ConnectionLostError, match=words):
        run(one, journal, scene, output, Cutter(line, moment, 0), pace=replace(PACE, reach=3.0))
    assert not output.exists()
    (entry,) = journal.entries()
    line.restore()
    if sent:
        # Without the client: to the end.
        wait_for(lambda: any("finished:" in text for t in cloud.tasks("coordinator") for text in t["lines"]))
        collect_job(entry.job_id, one, journal=journal, pace=PACE)
    else:
        listener = Listener()
        run(one, journal, scene, output, listener)
        assert listener.messages[0].startswith(f"Picking up job {entry.job_id}")
    assert (labels_of(output) == expected).all()
    assert nothing_left(cloud, journal)
