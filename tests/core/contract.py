"""What every segmentation has to satisfy, whatever the image and the parameters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage


def check_labels(labels: NDArray, valid: NDArray[np.bool_], connectivity: int) -> None:
    """Assert that the labels cover the valid pixels with connected segments 1..n.

    The order of the ids is not checked: a merge keeps the id of the larger segment, whose first
    pixel may come later in the raster than that of the segment it absorbed.

    Parameters
    ----------
    labels : (rows, cols) integers, 0 where null
    valid : (rows, cols)
    connectivity : 4 or 8

    Raises
    ------
    AssertionError
        With the first violation and where it is.
    """
    assert connectivity in (4, 8), f"connectivity is {connectivity}, not 4 or 8"
    assert labels.shape == valid.shape, f"labels are {labels.shape}, the mask is {valid.shape}"
    assert np.issubdtype(labels.dtype, np.integer), f"labels are {labels.dtype}, not integers"
    labels = labels.astype(np.int64)
    _refuse(valid & (labels <= 0), "valid pixels without a segment")
    _refuse(~valid & (labels != 0), "null pixels with a segment")
    counts = np.bincount(labels.ravel(), minlength=1)
    gaps = np.flatnonzero(counts[1:] == 0) + 1
    assert gaps.size == 0, f"{gaps.size} ids below {counts.size - 1} are unused, first {gaps[0]}"
    _check_connected(labels, connectivity)


def small_segments(labels: NDArray, min_segment_size: int) -> NDArray[np.int64]:
    """Ids of the segments with fewer pixels than the minimum, ascending."""
    counts = np.bincount(labels.astype(np.int64).ravel(), minlength=1)
    small = np.flatnonzero((counts > 0) & (counts < min_segment_size))
    return small[small > 0]


def _refuse(wrong: NDArray[np.bool_], what: str) -> None:
    """Assert that no pixel is marked; otherwise say how many are, and where the first one is."""
    count = np.count_nonzero(wrong)
    if count:
        row, col = np.argwhere(wrong)[0]
        raise AssertionError(f"{count} {what}, first at row {row}, column {col}")


def _check_connected(labels: NDArray[np.int64], connectivity: int) -> None:
    """Assert that every segment is one connected component."""
    structure = ndimage.generate_binary_structure(2, 1 if connectivity == 4 else 2)
    for segment, window in enumerate(ndimage.find_objects(labels), start=1):
        _, parts = ndimage.label(labels[window] == segment, structure)
        if parts != 1:
            row, col = window[0].start, window[1].start
            raise AssertionError(
                f"segment {segment} falls into {parts} parts, in the window at row {row}, column {col}"
            )
