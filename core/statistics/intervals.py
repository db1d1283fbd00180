"""Intervals of keys, and what is known of the values in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .ordered import MINORITY, MODE, PERCENTILES, VARIETY, OrderPlan, interpolate

_SIGN = np.uint64(2**63)
#: Moves integers above 0; values read as float64 stay below.
_MOVED = 2**62


def to_keys(values: np.ndarray, is_integer: bool) -> np.ndarray:
    """Return uint64 keys in the order of the values; those of NaN mean nothing.

    Integers keep their distances. For other numbers the key is their bits, those of negative ones
    reversed.
    """
    if is_integer:
        return (np.nan_to_num(values).astype(np.int64) + _MOVED).astype(np.uint64)
    bits = (values.astype(np.float64) + 0.0).view(np.uint64)
    return np.where(bits & _SIGN, ~bits, bits | _SIGN)


def from_keys(keys: np.ndarray, is_integer: bool) -> np.ndarray:
    """Return the values that keys stand for."""
    keys = np.asarray(keys, np.uint64)
    if is_integer:
        return (keys.astype(np.int64) - _MOVED).astype(np.float64)
    return np.where(keys & _SIGN, keys ^ _SIGN, ~keys).view(np.float64)


@dataclass(frozen=True)
class Interval:
    """Keys from `low` to `high`, both included, of one segment.

    Parameters
    ----------
    slot : int
        Number of the segment among the large ones.
    low, high : int
    before : int
        How many values of the segment are smaller.
    count : int
        How many lie within.
    """

    slot: int
    low: int
    high: int
    before: int
    count: int


class Answers:
    """What is known of the order statistics of one segment.

    Parameters
    ----------
    n : int
        Number of values.
    plan : OrderPlan
    is_integer : bool
        How keys are made.
    """

    def __init__(self, n: int, plan: OrderPlan, is_integer: bool) -> None:
        self._n, self._plan, self._is_integer = n, plan, is_integer
        below = np.floor((n - 1) * plan.quantiles).astype(np.int64)
        self.ranks = np.unique(np.concatenate([below, np.minimum(below + 1, n - 1)]))
        self._found: dict[int, float] = {}
        self._most, self._least, self._distinct = (0, 0.0), (n + 1, 0.0), 0

    @property
    def needs_all(self) -> bool:
        """Whether every value matters, not only those of some ranks."""
        return self._plan.counting

    def ranks_in(self, before: int, count: int) -> np.ndarray:
        """Return the ranks of interest from `before` on among `count` values."""
        first, stop = np.searchsorted(self.ranks, [before, before + count])
        return self.ranks[first:stop]

    def take(self, keys: np.ndarray, counts: np.ndarray, before: int) -> None:
        """Take distinct values, ascending, with how often each occurs.

        Parameters
        ----------
        keys : ndarray of uint64
        counts : ndarray of int64
        before : int
            How many values of the segment are smaller than all of them.
        """
        values = from_keys(keys, self._is_integer)
        ends = before + np.cumsum(counts)
        ranks = self.ranks_in(before, int(counts.sum()))
        for rank, place in zip(ranks.tolist(), np.searchsorted(ends, ranks, "right")):
            self._found[rank] = float(values[place])
        most, least = int(np.argmax(counts)), int(np.argmin(counts))
        self._most = max(self._most, (int(counts[most]), float(values[most])), key=lambda m: (m[0], -m[1]))
        self._least = min(self._least, (int(counts[least]), float(values[least])))
        self._distinct += keys.size

    def row(self) -> np.ndarray:
        """Return the statistics as `order_statistics` does."""
        row = np.full(self._plan.columns, np.nan)
        if self.needs_all:
            row[[MODE, MINORITY, VARIETY]] = self._most[1], self._least[1], self._distinct
        for number, quantile in enumerate(self._plan.quantiles):
            place = (self._n - 1) * quantile
            rank = int(np.floor(place))
            above = self._found[min(rank + 1, self._n - 1)]
            row[PERCENTILES + number] = interpolate(self._found[rank], above, place - rank)
        return row


def split(
    interval: Interval, shift: int, bins: np.ndarray, answers: Answers, most: int
) -> Iterator[Interval]:
    """Yield the parts of an interval that still matter.

    Parameters
    ----------
    interval : Interval
    shift : int
        A bin holds ``2 ** shift`` keys.
    bins : ndarray of int64
        Number of values in each.
    answers : Answers
    most : int
        Bins are put together while they have at most so many values.
    """
    ends = np.cumsum(bins)
    for first, last in _runs(bins, ends, interval.before, answers, most):
        begin = int(ends[first] - bins[first])
        low = interval.low + (first << shift)
        high = min(interval.low + ((last + 1) << shift) - 1, interval.high)
        yield Interval(interval.slot, low, high, interval.before + begin, int(ends[last]) - begin)


def _runs(
    bins: np.ndarray, ends: np.ndarray, before: int, answers: Answers, most: int
) -> Iterator[tuple[int, int]]:
    """Yield first and last bin of what is looked at next."""
    if not answers.needs_all:
        ranks = answers.ranks_in(before, int(ends[-1]))
        for number in np.unique(np.searchsorted(ends, ranks - before, "right")).tolist():
            yield number, number
        return
    first, total = None, 0
    filled = np.flatnonzero(bins).tolist()
    for number, following in zip(filled, [*filled[1:], None]):
        first = number if first is None else first
        total += int(bins[number])
        if following is None or total + int(bins[following]) > most:
            yield first, number
            first, total = None, 0
