"""Order statistics of segments that are too large for their values to be held: further passes.

Every value has a key, an integer in the same order. A pass over the raster either counts the
values of an interval of keys in bins, which leaves smaller intervals for the next pass, or, when
an interval has few enough values, collects and sorts them. Both are exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numba import njit

from ..executors.threads import WorkerPool
from ..progress import Progress
from .intervals import Answers, Interval, split, to_keys
from .tiles import TileTask

#: Most bins of one interval; and what is held at least, whatever the budget: passes take time.
_MOST_BINS, _FEWEST_BINS, _FEWEST_VALUES = 2**16, 2**12, 2**14
_ITEM = 8


def narrow(task: TileTask, pool: WorkerPool, budget: int, progress: Progress) -> int:
    """Find the order statistics of the segments that were given up; return the number of passes.

    Parameters
    ----------
    task : TileTask
        After its pass over all tiles.
    pool : WorkerPool
    budget : int
        Bytes of values and bins that may be held.
    progress : Progress
    """
    streams = [
        (index, band)
        for index, pending in enumerate(task.pending)
        for band, stream in enumerate(pending)
        if stream.large
    ]
    passes = 0
    for number, (index, band) in enumerate(streams):
        if not number:
            progress.message("Some segments are too large to be held: the rasters are read again.")
        passes += _Narrowing(task, index, band, budget).run(pool)
        progress.fraction((number + 1) / len(streams))
    return passes


class _Narrowing:
    """The large segments of one band."""

    def __init__(self, task: TileTask, index: int, band: int, budget: int) -> None:
        self._task, self._index, self._band = task, index, band
        sums = task.results.sums[index]
        large = np.array(sorted(task.pending[index][band].large), np.int64)
        self._large = large[sums.count[band][large] > 0]
        self._is_integer = task.request.sources[index].is_integer
        self._values = max(budget // 2 // _ITEM, _FEWEST_VALUES)
        self._bins = max(budget // 2 // _ITEM, _FEWEST_BINS)
        extremes = np.stack([sums.low[band][self._large], sums.high[band][self._large]])
        keys = to_keys(extremes, self._is_integer).tolist()
        counts = sums.count[band][self._large].tolist()
        self._open = [Interval(s, low, high, 0, n) for s, (low, high, n) in enumerate(zip(*keys, counts))]
        self._answers = [Answers(n, task.request.plan, self._is_integer) for n in counts]
        self._tiles = list(task.tiles.grid)

    def run(self, pool: WorkerPool) -> int:
        """Make passes until nothing is open."""
        passes = 0
        while self._open:
            with self._task.timings.measure("narrowing"):
                self._pass(pool)
            passes += 1
        into = self._task.results.ordered[self._index][self._band]
        for segment, answers in zip(self._large.tolist(), self._answers):
            into[segment] = answers.row()
        return passes

    def _pass(self, pool: WorkerPool) -> None:
        chosen, self._open = self._choose()
        table = _Table(chosen, self._large.size)
        used: list[int] = []

        def take(found: tuple[int, np.ndarray, np.ndarray] | None) -> None:
            if found:
                used.append(found[0])
                _tally(found[1], found[2], table.bins, table.values, table.positions)

        pool.each(lambda tile: self._sift(tile, table), self._tiles, take)
        # From now on only tiles that have a large segment are looked at.
        self._tiles = sorted(used)
        for interval, shift, content in table.contents():
            self._open += self._resolve(interval, shift, content)

    def _choose(self) -> tuple[list[tuple[Interval, int]], list[Interval]]:
        """Choose what one pass does: intervals with a number of bins (0: collect), and the rest."""
        values, bins = self._values, self._bins
        chosen: list[tuple[Interval, int]] = []
        left: list[Interval] = []
        for interval in sorted(self._open, key=lambda i: (i.slot, i.low)):
            if interval.count <= values:
                values -= interval.count
                chosen.append((interval, 0))
            elif interval.count > self._values and bins >= _FEWEST_BINS:
                count = min(bins, _MOST_BINS)
                bins -= count
                chosen.append((interval, count))
            else:
                left.append(interval)
        return chosen, left

    def _sift(self, tile: int, table: _Table) -> tuple[int, np.ndarray, np.ndarray] | None:
        task = self._task
        segments = task.segments(tile)
        slots = np.searchsorted(self._large, segments.of_parts)
        slots[slots == self._large.size] = 0
        slots = np.where(self._large[slots] == segments.of_parts, slots, -1)
        if not (slots >= 0).any():
            return None
        window = task.tiles.grid.window(tile)
        image = task.request.sources[self._index].read(window, self._band, self._band + 1)
        task.check()
        with task.compute:
            keys = to_keys(image[0], self._is_integer)
            places, found = np.empty(window.pixels, np.int64), np.empty(window.pixels, np.uint64)
            size = _find_places(image[0], keys, segments.parts.image, slots, *table.arrays, places, found)
        return tile, places[:size].copy(), found[:size].copy()

    def _resolve(self, interval: Interval, shift: int, content: np.ndarray) -> Iterable[Interval]:
        """Take what a pass found in an interval; return the intervals that are still open."""
        answers = self._answers[interval.slot]
        if shift < 0:
            keys, counts = np.unique(content, return_counts=True)
            answers.take(keys, counts, interval.before)
        elif shift == 0:
            filled = np.flatnonzero(content)
            keys = np.uint64(interval.low) + filled.astype(np.uint64)
            answers.take(keys, content[filled], interval.before)
        else:
            return split(interval, shift, content, answers, self._values)
        return ()


class _Table:
    """The intervals of one pass as arrays for the kernels.

    A pixel's place is its bin, or for a value that is collected ``-1 - interval``.
    """

    def __init__(self, chosen: list[tuple[Interval, int]], slots: int) -> None:
        self._intervals = [interval for interval, _ in chosen]
        n = len(chosen)
        self._shifts, self._offsets = np.full(n, -1, np.int64), np.zeros(n, np.int64)
        self.positions = np.zeros(n, np.int64)
        bins = values = 0
        for number, (interval, count) in enumerate(chosen):
            if count:
                width = interval.high - interval.low + 1
                shift = max(0, (-(-width // count) - 1).bit_length())
                self._shifts[number], self._offsets[number] = shift, bins
                bins += ((interval.high - interval.low) >> shift) + 1
            else:
                self.positions[number] = values
                values += interval.count
        self._firsts = self.positions.copy()
        self.bins, self.values = np.zeros(bins, np.int64), np.empty(values, np.uint64)
        owners = np.array([interval.slot for interval in self._intervals], np.int64)
        lows = np.array([interval.low for interval in self._intervals], np.uint64)
        highs = np.array([interval.high for interval in self._intervals], np.uint64)
        starts = np.searchsorted(owners, np.arange(slots + 1))
        self.arrays = (starts, lows, highs, self._shifts, self._offsets)

    def contents(self) -> Iterator[tuple[Interval, int, np.ndarray]]:
        """Yield every interval, its shift (-1: collected), and its bins or values."""
        for number, interval in enumerate(self._intervals):
            shift, offset = int(self._shifts[number]), int(self._offsets[number])
            if shift < 0:
                yield interval, shift, self.values[self._firsts[number] : self.positions[number]]
            else:
                size = ((interval.high - interval.low) >> shift) + 1
                yield interval, shift, self.bins[offset : offset + size]


@njit(nogil=True, cache=True)
def _find_places(values, keys, image, slots, starts, lows, highs, shifts, offsets, places, found) -> int:
    """List the place and the key of every pixel that lies in an interval of its segment."""
    rows, columns = image.shape
    n = 0
    for r in range(rows):
        for c in range(columns):
            part = image[r, c]
            if part < 0 or slots[part] < 0 or values[r, c] != values[r, c]:
                continue
            key = keys[r, c]
            # The last interval that begins at or before the key.
            first, stop = starts[slots[part]], starts[slots[part] + 1]
            low, high = first, stop
            while low < high:
                middle = (low + high) // 2
                if lows[middle] <= key:
                    low = middle + 1
                else:
                    high = middle
            if low == first or key > highs[low - 1]:
                continue
            i = low - 1
            if shifts[i] < 0:
                places[n] = -1 - i
            else:
                places[n] = offsets[i] + np.int64((key - lows[i]) >> np.uint64(shifts[i]))
            found[n] = key
            n += 1
    return n


@njit(nogil=True, cache=True)
def _tally(places, keys, bins, values, positions) -> None:
    for i in range(places.size):
        if places[i] >= 0:
            bins[places[i]] += 1
        else:
            interval = -1 - places[i]
            values[positions[interval]] = keys[i]
            positions[interval] += 1
