"""Counts the ids of a raster tile by tile, and numbers them from 1."""

from __future__ import annotations

import numpy as np

from ..dtypes import LABEL

#: Ids that wait to be added up; a few tens of megabytes.
_PENDING = 1_000_000


class Census:
    """Pixels per id, of tiles that come one after another."""

    def __init__(self) -> None:
        self._ids = np.zeros(0, np.int64)
        self._counts = np.zeros(0, np.int64)
        self._waiting: list[tuple[np.ndarray, np.ndarray]] = []
        self._waiting_size = 0

    def add(self, tile: tuple[np.ndarray, np.ndarray]) -> None:
        """Add ids and their counts, from `count_ids`."""
        self._waiting.append(tile)
        self._waiting_size += tile[0].size
        if self._waiting_size > max(_PENDING, self._ids.size):
            self._merge()

    def totals(self) -> tuple[np.ndarray, np.ndarray]:
        """Return all ids in ascending order, and their counts; among them 0 if it occurs."""
        self._merge()
        return self._ids, self._counts

    def _merge(self) -> None:
        ids = np.concatenate([self._ids, *(ids for ids, _ in self._waiting)])
        counts = np.concatenate([self._counts, *(counts for _, counts in self._waiting)])
        self._ids, self._counts = _add_up(ids, counts)
        self._waiting, self._waiting_size = [], 0


def count_ids(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the ids of a tile in ascending order, and their numbers of pixels.

    Examples
    --------
    >>> [part.tolist() for part in count_ids(np.array([[7, 7, 0], [2, 7, 0]]))]
    [[0, 2, 7], [2, 1, 3]]
    """
    return _add_up(*_runs(labels))


def renumber(labels: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Replace every id by its place among the ids, counted from 1; 0 stays 0.

    Parameters
    ----------
    labels : ndarray of int64, shape (rows, columns)
    ids : ndarray of int64, shape (segments,)
        In ascending order, without 0.

    Returns
    -------
    ndarray of uint32, shape (rows, columns)

    Examples
    --------
    >>> renumber(np.array([[7, 7, 0], [2, 7, 0]]), np.array([2, 7])).tolist()
    [[2, 2, 0], [1, 2, 0]]
    """
    values, lengths = _runs(labels)
    places = np.where(values > 0, np.searchsorted(ids, values) + 1, 0)
    return np.repeat(places.astype(LABEL), lengths).reshape(labels.shape)


def _runs(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return values and lengths of runs of equal pixels, which are far fewer than pixels."""
    flat = labels.ravel()
    starts = np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]]))
    return flat[starts], np.diff(np.append(starts, flat.size))


def _add_up(ids: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(ids, kind="stable")
    ids, counts = ids[order], counts[order]
    first = np.flatnonzero(np.concatenate([[True], ids[1:] != ids[:-1]]))[: ids.size]
    return ids[first], np.add.reduceat(counts, first) if ids.size else counts
