"""Step 2: every pixel gets the cluster of its nearest centre.

The distance is summed in band order with plain IEEE operations, so that a pixel's cluster does
not depend on where it lies or on the processor. The work runs over blocks of pixels, centre by
centre: the inner loops vectorise over pixels, which changes no result.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ..dtypes import CLUSTER
from ..errors import ParameterError
from ..spec import MAX_CLUSTERS

#: Elements of a block of features; together with the working arrays they stay in the L1/L2 cache.
_BLOCK_ELEMENTS = 8192


def assign_clusters(
    image: np.ndarray,
    centres: np.ndarray,
    *,
    valid: np.ndarray | None = None,
    scale: np.ndarray | None = None,
    cancel: np.ndarray | None = None,
) -> np.ndarray:
    """Assign every valid pixel to its nearest centre; equal distances go to the lower one.

    Parameters
    ----------
    image : ndarray, shape (bands, rows, columns)
        Any real type.
    centres : ndarray of float64, shape (clusters, bands)
        In the image's units.
    valid : ndarray of bool, shape (rows, columns), optional
        False marks null pixels. Default: where all bands are finite.
    scale : ndarray of float64, shape (bands,), optional
        Factor of each band in distances.
    cancel : ndarray of uint8, shape (1,), optional
        The work stops early, with a useless result, when this turns 1.

    Returns
    -------
    ndarray of uint16, shape (rows, columns)
        1..clusters, 0 for null pixels.

    Raises
    ------
    ParameterError
        If the shapes do not fit or there are too many centres.
    """
    image, centres = as_features(image), np.ascontiguousarray(centres, np.float64)
    if centres.ndim != 2 or centres.shape[1] != image.shape[0] or not len(centres):
        raise ParameterError(
            "centres", centres.shape, f"give an array of (clusters, {image.shape[0]} bands)."
        )
    if len(centres) > MAX_CLUSTERS:
        raise ParameterError("centres", len(centres), f"at most {MAX_CLUSTERS} clusters are possible.")
    if valid is None:
        valid = np.isfinite(image).all(axis=0)
    scale = np.ones(len(image)) if scale is None else np.asarray(scale, np.float64)
    cancel = np.zeros(1, np.uint8) if cancel is None else cancel
    out = np.zeros(image.shape[1:], CLUSTER)
    valid = np.ascontiguousarray(valid, np.bool_)
    size = block_size(len(image))
    _assign_rows(image, valid, scale, padded_centres(centres * scale), size, out, cancel)
    return out


def as_features(image: np.ndarray) -> np.ndarray:
    """Return an image as float32 where that holds every value exactly, else as float64."""
    image = np.asarray(image)
    if image.ndim != 3:
        raise ParameterError("image", image.shape, "give an array of (bands, rows, columns).")
    if image.dtype.kind not in "biuf":
        raise ParameterError("image", str(image.dtype), "give integers or floating-point numbers.")
    small = image.dtype.itemsize <= 2 or image.dtype == np.float32
    return np.ascontiguousarray(image, np.float32 if small else np.float64)


def block_size(bands: int) -> int:
    """Return how many pixels `nearest_centres` should be given at a time."""
    return min(max(_BLOCK_ELEMENTS // bands, 16), 1024)


def padded_bands(bands: int) -> int:
    """Return how many bands `nearest_centres` needs: three, and pairs."""
    return max(3, bands + (bands + 1) % 2)


def padded_centres(centres: np.ndarray) -> np.ndarray:
    """Return centres as `nearest_centres` needs them.

    Bands of 0 add exactly nothing to a distance, and the last centre repeated is never nearer
    than itself.

    Parameters
    ----------
    centres : ndarray of float64, shape (k, bands)

    Returns
    -------
    ndarray of float64, shape (a multiple of 4, `padded_bands`)
    """
    count, bands = centres.shape
    padded = np.zeros((-(-count // 4) * 4, padded_bands(bands)))
    padded[:count, :bands] = centres
    padded[count:] = padded[count - 1]
    return padded


@njit(nogil=True, cache=True)
def nearest_centres(features, n, centres, squared, best, nearest) -> None:
    """Find the nearest centre of the first `n` columns of `features`.

    `features` is (`padded_bands`, at least n) and `centres` from `padded_centres`; `best`
    receives squared distances, `nearest` the centre's index as a float64, `squared` (4, n) is
    for work. Four centres and two or three bands are taken at a time, to spare memory traffic;
    the additions of each distance are still one after the other, in band order.
    """
    bands = features.shape[0]
    for i in range(n):
        best[i] = np.inf
        nearest[i] = 0.0
    for k in range(0, centres.shape[0], 4):
        if bands == 3:
            _compare_three_bands(features, n, centres, k, best, nearest)
        else:
            _add_leading_bands(features, n, centres, k, squared)
            _compare_last_bands(features, n, centres, k, squared, best, nearest)


@njit(nogil=True, cache=True)
def _add_leading_bands(features, n, centres, k, squared):
    """Add all bands but the last three, for four centres."""
    for j in range(4):
        for i in range(n):
            squared[j, i] = 0.0
    for b in range(0, features.shape[0] - 3, 2):
        p0, p1, q0, q1 = centres[k, b], centres[k, b + 1], centres[k + 1, b], centres[k + 1, b + 1]
        r0, r1 = centres[k + 2, b], centres[k + 2, b + 1]
        s0, s1 = centres[k + 3, b], centres[k + 3, b + 1]
        for i in range(n):
            x0, x1 = features[b, i], features[b + 1, i]
            squared[0, i] = squared[0, i] + (x0 - p0) * (x0 - p0) + (x1 - p1) * (x1 - p1)
            squared[1, i] = squared[1, i] + (x0 - q0) * (x0 - q0) + (x1 - q1) * (x1 - q1)
            squared[2, i] = squared[2, i] + (x0 - r0) * (x0 - r0) + (x1 - r1) * (x1 - r1)
            squared[3, i] = squared[3, i] + (x0 - s0) * (x0 - s0) + (x1 - s1) * (x1 - s1)


@njit(nogil=True, cache=True, inline="always")
def _add_three(start, x0, x1, x2, centre):
    """Add three bands of one centre to a squared distance, in band order."""
    d0, d1, d2 = x0 - centre[0], x1 - centre[1], x2 - centre[2]
    return start + d0 * d0 + d1 * d1 + d2 * d2


@njit(nogil=True, cache=True)
def _last_three(centres, k):
    """Return the last three bands of four centres as tuples, which stay in registers."""
    b = centres.shape[1] - 3
    return (
        (centres[k, b], centres[k, b + 1], centres[k, b + 2]),
        (centres[k + 1, b], centres[k + 1, b + 1], centres[k + 1, b + 2]),
        (centres[k + 2, b], centres[k + 2, b + 1], centres[k + 2, b + 2]),
        (centres[k + 3, b], centres[k + 3, b + 1], centres[k + 3, b + 2]),
    )


@njit(nogil=True, cache=True)
def _compare_three_bands(features, n, centres, k, best, nearest):
    """Keep the nearest of four centres where it is nearer than all before; equal: the lower one."""
    p, q, r, s = _last_three(centres, k)
    first = np.float64(k)
    for i in range(n):
        x0, x1, x2 = features[0, i], features[1, i], features[2, i]
        least, index = _add_three(0.0, x0, x1, x2, p), first
        other = _add_three(0.0, x0, x1, x2, q)
        index = first + 1.0 if other < least else index
        least = other if other < least else least
        other = _add_three(0.0, x0, x1, x2, r)
        index = first + 2.0 if other < least else index
        least = other if other < least else least
        other = _add_three(0.0, x0, x1, x2, s)
        index = first + 3.0 if other < least else index
        least = other if other < least else least
        nearer = least < best[i]
        best[i] = least if nearer else best[i]
        nearest[i] = index if nearer else nearest[i]


@njit(nogil=True, cache=True)
def _compare_last_bands(features, n, centres, k, squared, best, nearest):
    """Add the last three bands, then do the same."""
    p, q, r, s = _last_three(centres, k)
    b = features.shape[0] - 3
    first = np.float64(k)
    for i in range(n):
        x0, x1, x2 = features[b, i], features[b + 1, i], features[b + 2, i]
        least, index = _add_three(squared[0, i], x0, x1, x2, p), first
        other = _add_three(squared[1, i], x0, x1, x2, q)
        index = first + 1.0 if other < least else index
        least = other if other < least else least
        other = _add_three(squared[2, i], x0, x1, x2, r)
        index = first + 2.0 if other < least else index
        least = other if other < least else least
        other = _add_three(squared[3, i], x0, x1, x2, s)
        index = first + 3.0 if other < least else index
        least = other if other < least else least
        nearer = least < best[i]
        best[i] = least if nearer else best[i]
        nearest[i] = index if nearer else nearest[i]


@njit(nogil=True, cache=True)
def _assign_rows(image, valid, scale, centres, size, out, cancel):
    bands, rows, columns = image.shape
    features = np.zeros((centres.shape[1], size))
    squared, best, nearest = np.empty((4, size)), np.empty(size), np.empty(size)
    for r in range(rows):
        for begin in range(0, columns, size):
            if cancel[0]:
                return
            n = min(size, columns - begin)
            for b in range(bands):
                for i in range(n):
                    features[b, i] = np.float64(image[b, r, begin + i]) * scale[b]
            nearest_centres(features, n, centres, squared, best, nearest)
            for i in range(n):
                if valid[r, begin + i]:
                    out[r, begin + i] = np.int64(nearest[i]) + 1
