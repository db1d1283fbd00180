"""What a job will need."""

from __future__ import annotations

from shepherd_segmentation.core import SegmentationSpec
from shepherd_segmentation.core.aws.estimation import coordinator_size, estimate
from shepherd_segmentation.core.aws.prediction import predict

from .samples import PROFILE


def test_more_workers_are_faster_and_the_sizes_fit() -> None:
    spec = SegmentationSpec()
    seconds = [predict(10**10, 4, 60, n, 4.0, 16.0).total for n in (1, 5, 20, 100)]
    assert seconds == sorted(seconds, reverse=True)
    found = estimate(PROFILE, 20_000, 20_000, 4, 4, spec, 2048, 20, True)
    assert found.tiles == 100 and found.threads == 6
    assert found.coordinator[1] * 2**20 > found.coordinator_memory
    assert found.upload > 20_000**2 * 16 and 0 < found.cost < 5
    assert "March 2026" in found.text(PROFILE, 20)
    assert coordinator_size(PROFILE, 10**12, 15 * 10**12) is None
