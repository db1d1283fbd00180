"""Counts by key that come in pieces and in any order."""

from __future__ import annotations

import numpy as np

#: Keys that are held before they are put together for the first time.
_FIRST = 2**20


class Gathered:
    """Adds up integers by key, holding little more than every key once.

    Parameters
    ----------
    fields : int
        Number of integers per key.
    """

    def __init__(self, fields: int) -> None:
        self._pieces = [(np.empty(0, np.int64), np.empty((0, fields), np.int64))]
        self._size, self._limit = 0, _FIRST

    def add(self, keys: np.ndarray, counts: np.ndarray) -> None:
        """Add a piece: keys of shape (n,), counts of shape (n, fields)."""
        self._pieces.append((keys, counts))
        self._size += keys.size
        if self._size > self._limit:
            self._pieces = [self.all()]
            self._size = self._pieces[0][0].size
            self._limit = max(_FIRST, 2 * self._size)

    def all(self) -> tuple[np.ndarray, np.ndarray]:
        """Return every key once, ascending, and its sums."""
        keys = np.concatenate([piece[0] for piece in self._pieces])
        return together(keys, np.concatenate([piece[1] for piece in self._pieces]))


def together(keys: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return every key once, ascending, with the sums of its counts."""
    order = np.argsort(keys, kind="stable")
    keys, counts = keys[order], counts[order]
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])[: keys.size])
    sums = np.add.reduceat(counts, first, axis=0) if first.size else counts[:0]
    return keys[first], sums
