"""The checker of the contract between labels and valid pixels finds what breaks it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.core.contract import check_labels, small_segments

GOOD = np.array([[2, 1, 1], [2, 0, 1]])


def test_check_labels_accepts_any_order_of_ids() -> None:
    check_labels(GOOD, GOOD > 0, 4)
    check_labels(np.zeros((2, 2), dtype=np.uint32), np.zeros((2, 2), dtype=bool), 8)


@pytest.mark.parametrize(
    ("labels", "complaint"),
    [
        ([[2, 1, 1], [2, 0, 0]], "1 valid pixels without a segment, first at row 1, column 2"),
        ([[2, 1, 1], [2, 2, 1]], "1 null pixels with a segment, first at row 1, column 1"),
        ([[3, 1, 1], [3, 0, 1]], "1 ids below 3 are unused, first 2"),
        ([[2, 1, 1], [1, 0, 1]], "segment 1 falls into 2 parts"),
    ],
)
def test_check_labels_names_the_violation(labels: list[list[int]], complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        check_labels(np.array(labels), GOOD > 0, 4)


def test_check_labels_knows_the_connectivity() -> None:
    labels = np.array([[1, 2], [2, 1]])
    check_labels(labels, labels > 0, 8)
    with pytest.raises(AssertionError, match="segment 1 falls into 2 parts"):
        check_labels(labels, labels > 0, 4)


def test_small_segments() -> None:
    assert small_segments(GOOD, 3).tolist() == [2]
    assert small_segments(GOOD, 4).tolist() == [1, 2]
    assert small_segments(GOOD, 1).tolist() == []
