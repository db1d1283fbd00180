"""Gaussian smoothing before clustering, leaving null pixels out."""

from __future__ import annotations

import numpy as np
from numba import njit

#: The kernel reaches this many standard deviations.
TRUNCATE = 4.0


def kernel_radius(sigma: float) -> int:
    """Return how many pixels the kernel reaches; 0 without smoothing."""
    return int(TRUNCATE * sigma + 0.5)


def gaussian_weights(sigma: float) -> np.ndarray:
    """Return the weights of a pixel's neighbours at distance 0, 1, .. radius, shape (radius + 1,)."""
    radius = kernel_radius(sigma)
    if radius == 0:
        return np.ones(1)
    distance = np.arange(radius + 1)
    weights = np.exp(-0.5 * (distance / sigma) ** 2)
    return weights / (2 * weights.sum() - weights[0])


def smooth(image: np.ndarray, valid: np.ndarray, weights: np.ndarray, cancel: np.ndarray) -> np.ndarray:
    """Smooth every band; the weights are renormalised over the valid pixels of the kernel.

    Parameters
    ----------
    image : ndarray of float32 or float64, shape (bands, rows, columns)
    valid : ndarray of bool, shape (rows, columns)
    weights : ndarray of float64, shape (radius + 1,)
        From `gaussian_weights`.
    cancel : ndarray of uint8, shape (1,)

    Returns
    -------
    ndarray of float64, shape (bands, rows, columns)
        Null pixels keep their value. Pixels nearer than the radius to the array's edge see
        only part of their neighbourhood.
    """
    weight = np.empty(valid.shape)
    _blur(valid.astype(np.float64), weights, weight, cancel)
    out = np.empty(image.shape)
    for band, smoothed in zip(image, out):
        values = np.where(valid, band, 0).astype(np.float64)
        _blur(values, weights, smoothed, cancel)
        np.divide(smoothed, weight, out=smoothed, where=valid)
    return out


@njit(nogil=True, cache=True)
def _blur(values, weights, out, cancel):
    """Convolve rows, then columns; what lies outside the array counts as 0.

    The sums run from the left or top to the right or bottom neighbour for every pixel, so a
    result does not depend on the window that the pixel was read in.
    """
    rows, columns = values.shape
    radius = weights.size - 1
    along = np.empty_like(values)
    for r in range(rows):
        if cancel[0]:
            return
        for c in range(columns):
            along[r, c] = 0.0
        for step in range(-radius, radius + 1):
            w = weights[abs(step)]
            for c in range(max(0, -step), min(columns, columns - step)):
                along[r, c] += w * values[r, c + step]
    for r in range(rows):
        if cancel[0]:
            return
        for c in range(columns):
            out[r, c] = 0.0
        for step in range(-radius, radius + 1):
            if not 0 <= r + step < rows:
                continue
            w = weights[abs(step)]
            for c in range(columns):
                out[r, c] += w * along[r + step, c]
