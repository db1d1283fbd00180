"""What a job will need."""

from __future__ import annotations

import pytest

from shepherd_segmentation.core import SegmentationSpec
from shepherd_segmentation.core.aws.estimation import coordinator_size, estimate, suitable_tile_size
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
    assert "March 2026" in found.text(PROFILE, 20) and "2048 x 2048" in found.text(PROFILE, 20)
    assert coordinator_size(PROFILE, 10**12, 15 * 10**12) is None


@pytest.mark.parametrize(
    ("side", "bands", "size"),
    [
        (20_000, 4, 2048),
        # 16 tiles, and one row and column of pixels less: workers would wait for each other.
        (6145, 4, 2048),
        (6144, 4, 1024),
        # The worker's memory holds fewer of the large tiles than its cores can work on.
        (20_000, 60, 1024),
    ],
)
def test_tiles_are_large_where_there_is_room_for_many(side: int, bands: int, size: int) -> None:
    assert suitable_tile_size(PROFILE, side, side, bands, 4, SegmentationSpec(), True) == size
