"""The permissions that are asked for are those that are needed: not fewer, and not more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from shepherd_segmentation.core.aws import AwsError, FargateProfile, Journal, PreflightError
from shepherd_segmentation.core.aws.permissions import CHECK_ACTIONS, OPTIONAL_ACTIONS

from .cloud import BUCKET, Cloud
from .emulator.policy import needs
from .policies import CLIENT_MAY, CLIENT_NEEDS, TASK_MAY
from .runs import labels_of, run
from .watching import nothing_left

#: What only long tiles, large rasters and interrupted uploads need.
RARE = {"sqs:ChangeMessageVisibility", "s3:AbortMultipartUpload"}


def test_a_run_needs_what_is_asked_for(
    cloud: Cloud, profile: FargateProfile, journal: Journal, tmp_path: Path, small: tuple[Path, np.ndarray]
) -> None:
    scene, expected = small
    cloud.client("s3").upload_file(str(scene), BUCKET, "data/small.tif")
    for name, source in (("sent", scene), ("read", f"s3://{BUCKET}/data/small.tif")):
        output = tmp_path / f"{name}.tif"
        run(replace(profile, workers=1), journal, source, output)
        assert (labels_of(output) == expected).all()
    assert nothing_left(cloud, journal)
    used: dict[str, set[str]] = {"client": set(), "task": set(), "test": set(), "nobody": set()}
    for request in cloud.control("requests")["requests"]:
        who, event = request.split(" ")
        used[who] |= needs(event)
    # The checks of a cluster of one's own, and of a stack, are not in these runs.
    checks = {*CHECK_ACTIONS, *OPTIONAL_ACTIONS} - {"ecs:DescribeClusters"}
    assert (CLIENT_NEEDS | checks) - used["client"] <= RARE
    assert TASK_MAY - used["task"] <= RARE
    assert used["client"] <= CLIENT_MAY and used["task"] <= TASK_MAY


@pytest.mark.parametrize(
    ("action", "who"),
    [
        ("ecs:TagResource", "identity arn:aws:sts"),
        ("sqs:ReceiveMessage", "task role arn:aws:iam::123456789012:role/shepherd-task"),
    ],
)
def test_a_missing_permission_is_named(
    cloud: Cloud,
    profile: FargateProfile,
    journal: Journal,
    tmp_path: Path,
    small: tuple[Path, np.ndarray],
    action: str,
    who: str,
) -> None:
    cloud.control("fault", on="permission", where={"action": action})
    with pytest.raises(PreflightError, match=f"The {who}.* may not do {action}: ask for it"):
        run(profile, journal, small[0], tmp_path / "labels.tif")
    assert nothing_left(cloud, journal) and cloud.tasks() == []


def test_without_the_right_to_ask_iam_a_run_fails_where_it_must(
    cloud: Cloud, profile: FargateProfile, journal: Journal, tmp_path: Path, small: tuple[Path, np.ndarray]
) -> None:
    may = CLIENT_MAY - set(OPTIONAL_ACTIONS)
    cloud.control("policy", client=sorted(may - {"ecs:TagResource"}))
    with pytest.raises(AwsError, match="Cannot make a cluster: permission for CreateCluster is missing"):
        run(profile, journal, small[0], tmp_path / "labels.tif")
    assert nothing_left(cloud, journal)
    cloud.control("policy", client=sorted(may))
    run(replace(profile, workers=1), journal, small[0], tmp_path / "labels.tif")
    assert (labels_of(tmp_path / "labels.tif") == small[1]).all()
    assert nothing_left(cloud, journal)
