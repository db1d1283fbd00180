"""Step 1: k-means on a sample of pixels.

Several k-means++ starts (Arthur & Vassilvitskii 2007, with the greedy trials of Celebi et al.
2013) are improved on a small part of the sample; the best of them is refined on all of it
(Lloyd 1982). All sums run over fixed chunks that are added in order: the number of threads
changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial

import numpy as np
from numba import njit

from ..errors import ParameterError
from ..spec import MAX_CLUSTERS
from .assign import block_size, nearest_centres, padded_centres

#: Samples per chunk: the unit of work of a thread, and of the fixed order of summation.
_CHUNK = 8192
#: k-means++ starts, and the samples per cluster that they are compared on.
_STARTS = 6
_START_SAMPLES_PER_CLUSTER = 500
_START_PASSES = 20
_PASSES = 100
#: Stop when a pass lowers the mean squared distance by less than this share.
_START_TOLERANCE = 2e-3
_TOLERANCE = 1e-4
_LAST_TOLERANCE = 2e-4


def fit_clusters(
    samples: np.ndarray,
    clusters: int,
    *,
    seed: int = 0,
    scale: np.ndarray | None = None,
    threads: Executor | None = None,
    report: Callable[[float], None] = lambda done: None,
) -> np.ndarray:
    """Fit cluster centres to samples.

    Parameters
    ----------
    samples : ndarray, shape (n, bands)
        Finite values, in an order that is already random.
    clusters : int
        Number of centres wanted, 1 to 4096.
    seed : int
        The same seed gives the same centres.
    scale : ndarray of float64, shape (bands,), optional
        Factor of each band in distances.
    threads : Executor, optional
        Runs the chunks; default: as many threads as there are processors.
    report : callable
        Called with the share done; may raise to stop.

    Returns
    -------
    ndarray of float64, shape (k, bands)
        In the units of the samples; k is smaller than `clusters` when there are fewer
        different samples.

    Raises
    ------
    ParameterError
        If there are no samples, they are not finite, or the number of clusters cannot work.
    """
    samples = np.asarray(samples)
    if samples.ndim != 2 or 0 in samples.shape:
        raise ParameterError("samples", samples.shape, "give an array of (pixels, bands), not empty.")
    if not 1 <= clusters <= MAX_CLUSTERS:
        raise ParameterError("clusters", clusters, f"give a whole number from 1 to {MAX_CLUSTERS}.")
    scale = np.ones(samples.shape[1]) if scale is None else np.asarray(scale, np.float64)
    features = np.ascontiguousarray(samples.T, np.float64) * scale[:, np.newaxis]
    if not np.isfinite(features).all():
        raise ParameterError("samples", "NaN or infinite", "leave out pixels that are not finite.")
    if threads is None:
        with ThreadPoolExecutor() as pool:
            return _fit(features, clusters, seed, pool, report) / scale
    return _fit(features, clusters, seed, threads, report) / scale


def _fit(features, clusters, seed, threads, report):
    part = features[:, : _START_SAMPLES_PER_CLUSTER * clusters].copy()
    report(0.0)
    starts = threads.map(lambda start: _plus_plus(part, clusters, (seed, start), threads), range(_STARTS))
    best, least = None, np.inf
    for start, centres in enumerate(list(starts)):
        centres, error = _lloyd(
            part,
            centres,
            _START_PASSES,
            _START_TOLERANCE,
            threads,
            lambda _, done=0.2 + 0.2 * start / _STARTS: report(done),
        )
        if error < least:
            best, least = centres, error
    # Most of the way on the small part is much cheaper than on all samples.
    best, _ = _lloyd(part, best, _PASSES, _TOLERANCE, threads, lambda _: report(0.4))
    best = _complete(features, best, clusters, seed, threads)
    refined, _ = _lloyd(
        features, best, _PASSES, _LAST_TOLERANCE, threads, lambda done: report(0.5 + 0.5 * done)
    )
    return refined


def _plus_plus(features, clusters, seed, threads):
    """Choose initial centres; fewer when the samples have fewer different values."""
    return _add_centres(features, np.empty((0, features.shape[0])), clusters, seed, threads)


def _complete(features, centres, clusters, seed, threads):
    """Add centres where the part that the starts saw had too few different values."""
    if len(centres) == clusters:
        return centres
    add = partial(_add_centres, features, centres, seed=(seed, _STARTS), threads=threads)
    return list(threads.map(add, [clusters - len(centres)]))[0]


def _add_centres(features, centres, number, seed, threads):
    generator = np.random.Generator(np.random.PCG64(seed))
    draws = generator.random((number, 2 + int(np.log(number))))
    # A pool that can be cancelled has a flag; a plain executor has none.
    cancel = getattr(threads, "cancel", np.zeros(1, np.uint8))
    return _choose_centres(features, draws, centres, cancel)


def _lloyd(features, centres, passes, tolerance, threads, report):
    """Move centres to the means of their samples until that gains little."""
    error = np.inf
    for step in range(passes):
        report(step / passes)
        sums, counts, errors, farthest = _accumulate(features, centres, threads)
        total = errors.sum()
        if total >= error * (1 - tolerance):
            break
        error = total
        filled = counts > 0
        moved = np.where(filled[:, np.newaxis], sums / np.maximum(counts, 1)[:, np.newaxis], centres)
        # An empty cluster starts again at a sample that is far from its centre, if one is left.
        for k, sample in zip(np.flatnonzero(~filled), farthest):
            moved[k] = features[:, sample]
        centres = moved
    return _distinct(centres), error


def _distinct(centres):
    """Drop repeated centres, keeping the order."""
    _, first = np.unique(centres, axis=0, return_index=True)
    return centres[np.sort(first)]


def _accumulate(features, centres, threads):
    """Sum the samples of every cluster; chunks are added in order."""
    n = features.shape[1]
    begins = range(0, n, _CHUNK)
    size, padded = block_size(features.shape[0]), padded_centres(centres)
    parts = threads.map(
        lambda begin: _accumulate_chunk(features, begin, min(begin + _CHUNK, n), padded, size),
        begins,
    )
    sums = np.zeros(centres.shape)
    counts = np.zeros(len(centres), np.int64)
    errors = np.zeros(len(begins))
    far_distance, far_sample = np.zeros(len(begins)), np.zeros(len(begins), np.int64)
    for i, part in enumerate(parts):
        sums += part[0][: len(centres), : features.shape[0]]
        counts += part[1][: len(centres)]
        errors[i] = part[2]
        far_sample[i], far_distance[i] = part[3], part[4]
    return sums, counts, errors, far_sample[np.argsort(-far_distance, kind="stable")]


@njit(nogil=True, cache=True)
def _accumulate_chunk(features, begin, end, centres, size):
    """Sum samples begin..end per cluster; also return the error and the worst sample."""
    bands = features.shape[0]
    sums = np.zeros(centres.shape)
    counts = np.zeros(centres.shape[0], np.int64)
    error, far, far_distance = 0.0, 0, -1.0
    block = np.zeros((centres.shape[1], size))
    squared, best, nearest = np.empty((4, size)), np.empty(size), np.empty(size)
    for start in range(begin, end, size):
        n = min(size, end - start)
        for b in range(bands):
            for i in range(n):
                block[b, i] = features[b, start + i]
        nearest_centres(block, n, centres, squared, best, nearest)
        for i in range(n):
            k = np.int64(nearest[i])
            counts[k] += 1
            error += best[i]
            if best[i] > far_distance:
                far, far_distance = start + i, best[i]
            for b in range(bands):
                sums[k, b] += block[b, i]
    return sums, counts, error, far, far_distance


@njit(nogil=True, cache=True)
def _lower_to(features, sample, distances, out):
    """Write the squared distances once `sample` is a centre too; return their sum."""
    bands, n = features.shape
    for i in range(n):
        out[i] = 0.0
    for b in range(bands):
        value = features[b, sample]
        for i in range(n):
            d = features[b, i] - value
            out[i] += d * d
    total = 0.0
    for i in range(n):
        out[i] = min(out[i], distances[i])
        total += out[i]
    return total


@njit(nogil=True, cache=True)
def _draw(cumulated, share):
    """Return the first sample at which the cumulated distances exceed a share of the total."""
    return min(np.searchsorted(cumulated, share * cumulated[-1], side="right"), cumulated.size - 1)


@njit(nogil=True, cache=True)
def _distances(features, centres):
    """Return the squared distance of every sample to its nearest centre; infinite without any."""
    bands, n = features.shape
    distances = np.full(n, np.inf)
    for k in range(centres.shape[0]):
        for i in range(n):
            squared = 0.0
            for b in range(bands):
                d = features[b, i] - centres[k, b]
                squared += d * d
            distances[i] = min(distances[i], squared)
    return distances


@njit(nogil=True, cache=True)
def _choose_centres(features, draws, given, cancel):
    """Greedy k-means++: of several samples drawn by squared distance take the best, each time."""
    bands, n = features.shape
    wanted, count = draws.shape[0], given.shape[0]
    centres = np.empty((count + wanted, bands))
    for k in range(count):
        for b in range(bands):
            centres[k, b] = given[k, b]
    distances = _distances(features, given)
    trial, chosen = np.empty(n), np.empty(n)
    for k in range(wanted):
        if cancel[0]:
            break
        least, sample = np.inf, -1
        if count == 0:
            sample = min(int(draws[k, 0] * n), n - 1)
            _lower_to(features, sample, distances, chosen)
        else:
            cumulated = np.cumsum(distances)
            if cumulated[-1] <= 0.0:
                break
            for j in range(draws.shape[1]):
                candidate = _draw(cumulated, draws[k, j])
                total = _lower_to(features, candidate, distances, trial)
                if total < least:
                    least, sample = total, candidate
                    trial, chosen = chosen, trial
        for b in range(bands):
            centres[count, b] = features[b, sample]
        count += 1
        distances, chosen = chosen, distances
    return centres[:count].copy()
