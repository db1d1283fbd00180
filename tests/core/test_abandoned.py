"""What killed runs have left beside an output is removed by the next run, and nothing else."""

from __future__ import annotations

import os
import time
from pathlib import Path

from shepherd_segmentation.core.raster.output_folder import OutputFolder


def make_old(path: Path) -> None:
    hour_ago = time.time() - 3600
    os.utime(path, (hour_ago, hour_ago))


def test_only_folders_that_nobody_holds_are_removed(tmp_path: Path) -> None:
    output = str(tmp_path / "labels.tif")
    killed, running, young = (OutputFolder(output) for _ in range(3))
    for folder in (killed, young):
        folder._lock.release()  # as the system does when a process dies
    strangers = tmp_path / ".shepherd-notes"
    strangers.mkdir()
    for path in (killed.path, running.path, strangers):
        make_old(path)
    OutputFolder(output).remove()
    assert not killed.path.exists()
    assert running.path.exists()
    assert young.path.exists()
    assert strangers.exists()
    running.remove()
