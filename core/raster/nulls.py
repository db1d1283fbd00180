"""Which pixels are null because of their values."""

from __future__ import annotations

import numpy as np
from numba import njit


def nodata_as(nodata: tuple[float | None, ...], dtype: np.dtype) -> np.ndarray:
    """Return nodata values in the type of the features; NaN, which equals nothing, for none."""
    values = np.array([np.nan if value is None else value for value in nodata], np.float64)
    limits = np.finfo(dtype)
    outside = np.isfinite(values) & ((values < limits.min) | (values > limits.max))
    # A nodata value just beyond float32 is the largest float32 written with too few digits.
    near = np.abs(values) <= 1.0001 * float(limits.max)
    values = np.where(outside & near, np.clip(values, limits.min, limits.max), values)
    values[outside & ~near] = np.nan
    return values.astype(dtype)


@njit(nogil=True, cache=True)
def mark_nulls(image, nodata, valid) -> None:
    """Set `valid` to False where any band is its nodata value, NaN or infinite."""
    bands, rows, columns = image.shape
    for b in range(bands):
        null = nodata[b]
        for r in range(rows):
            for c in range(columns):
                value = image[b, r, c]
                valid[r, c] &= np.isfinite(value) & (value != null)
