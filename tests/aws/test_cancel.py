"""Cancel, whenever it comes: answered at once, and nothing is left soon after."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from shepherd_segmentation.core import Cancelled
from shepherd_segmentation.core.aws import FargateProfile, Journal

from ..core.data import scene_path
from .cloud import Cloud
from .runs import SCENE, Listener, run
from .watching import nothing_left

STAGES = {
    "Checking the Fargate profile": None,
    "Starting a coordinator": None,
    "Fitting the clusters on a sample": None,
    "Segmenting tiles": None,
    "Eliminating small segments": "stitched.npz",
    "Writing the raster": "labels.tif",
    "Fetching the raster": None,
}


@pytest.mark.parametrize("stage", STAGES)
def test_cancel_leaves_nothing(
    cloud: Cloud, profile: FargateProfile, journal: Journal, tmp_path: Path, stage: str
) -> None:
    if STAGES[stage]:
        cloud.control("fault", on="slow", where={"event": "s3:PutObject"}, ends=STAGES[stage], seconds=2.0)
    listener = Listener(cancel_at=stage)
    with pytest.raises(Cancelled):
        run(replace(profile, workers=1), journal, scene_path(SCENE), tmp_path / "labels.tif", listener)
    assert any(text.startswith(stage) for text in listener.messages)
    assert not list(tmp_path.glob("**/labels.tif"))
    assert [path.name for path in tmp_path.iterdir() if path.name != "journal"] == []
    assert listener.warnings == []
    assert nothing_left(cloud, journal)
