"""The pixels that cluster centres are fitted on.

The sample depends on the raster, its mask and the seed alone: cells of a virtual grid are
visited in a seeded order, and from each come as many of its valid pixels as the sample needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numba import njit

from ..grid import TileGrid, Window
from ..raster.source import ImageSource
from .smooth import smooth

CELL_SIZE = 256
MIN_PIXELS_PER_CELL = 256
#: Most cells that are read between two looks at whether there are enough pixels.
_BATCH = 1024
#: Cells are handed to threads in about so many runs, none of them longer than this.
_RUNS, _LONGEST_RUN = 64, 16
#: Cells side by side are read at once, as long as they have no more bands than this together: a read takes
#: memory, and it is not interrupted by a cancel.
_STRETCH_BANDS = 16


@dataclass(frozen=True)
class Sample:
    """Pixels drawn from a raster, in random order.

    Parameters
    ----------
    values : ndarray of float64, shape (n, bands)
        As they are.
    smoothed : ndarray of float64, shape (n, bands)
        After the Gaussian; the same array without smoothing.
    """

    values: np.ndarray
    smoothed: np.ndarray


def draw_sample(
    source: ImageSource,
    size: int,
    seed: int,
    weights: np.ndarray,
    threads: Executor,
    cancel: np.ndarray,
    report: Callable[[float], None] = lambda done: None,
) -> Sample:
    """Draw about `size` valid pixels, spread over the raster.

    Parameters
    ----------
    source : ImageSource
    size : int
        Pixels wanted; there are fewer when the raster has fewer valid ones.
    seed : int
    weights : ndarray of float64
        Of the Gaussian, from `gaussian_weights`.
    threads : Executor
        Reads the cells.
    cancel : ndarray of uint8, shape (1,)
    report : callable
        Called with the share done; may raise to stop.
    """
    grid = TileGrid(source.rows, source.columns, CELL_SIZE)
    per_cell = max(MIN_PIXELS_PER_CELL, -(-size // len(grid)))
    order = np.argsort(_hash(np.arange(len(grid), dtype=np.uint64), seed), kind="stable")
    parts, count, begin = [], 0, 0
    while begin < len(grid) and count < size:
        # As many cells as are needed if all their pixels are valid, read in file order.
        wanted = min(max(-(-(size - count) // per_cell), 1), _BATCH)
        cells = order[begin : begin + wanted].tolist()
        task = _CellReader(source, grid, per_cell, seed, weights, cancel)
        drawn = dict(zip(sorted(cells), _in_runs(task, sorted(cells), threads)))
        for cell in cells:
            if count < size:
                parts.append(drawn[cell])
                count += drawn[cell].shape[1]
        begin += wanted
        report(min(max(count / size, begin / len(grid)), 1.0))
    values = np.concatenate(parts, axis=1)
    shuffled = np.argsort(_hash(np.arange(values.shape[1], dtype=np.uint64), seed + 1), kind="stable")
    values = values[:, shuffled]
    plain = np.ascontiguousarray(values[: source.bands].T)
    smoothed = np.ascontiguousarray(values[source.bands :].T) if weights.size > 1 else plain
    return Sample(plain, smoothed)


def _in_runs(task: _CellReader, cells: list[int], threads: Executor) -> Iterator[np.ndarray]:
    """Read cells on threads, each a run of cells: neighbours share blocks, and a download."""
    length = min(max(len(cells) // _RUNS, 1), _LONGEST_RUN)
    runs = [cells[begin : begin + length] for begin in range(0, len(cells), length)]
    return chain.from_iterable(threads.map(task, runs))


@dataclass(frozen=True)
class _CellReader:
    """Reads cells and draws their pixels: a task for a thread."""

    source: ImageSource
    grid: TileGrid
    per_cell: int
    seed: int
    weights: np.ndarray
    cancel: np.ndarray

    def __call__(self, cells: list[int]) -> list[np.ndarray]:
        """Return values (bands or, when smoothing, twice the bands; n) of each cell."""
        return [values for stretch in self._stretches(cells) for values in self._read(stretch)]

    def _stretches(self, cells: list[int]) -> Iterator[list[int]]:
        """Divide cells into those that lie side by side, as many as may be in memory at once."""
        longest = max(_STRETCH_BANDS // self.source.bands, 1)
        stretch = cells[:1]
        for cell in cells[1:]:
            beside = cell == stretch[-1] + 1 and cell % self.grid.tile_columns > 0
            if not beside or len(stretch) == longest:
                yield stretch
                stretch = []
            stretch.append(cell)
        yield stretch

    def _read(self, stretch: list[int]) -> list[np.ndarray]:
        first, last = self.grid.window(stretch[0]), self.grid.window(stretch[-1])
        own = Window(first.row, first.column, first.rows, last.right - first.column)
        window = own.expand(self.weights.size - 1, self.grid.bounds)
        if self.cancel[0]:
            return [np.empty((self.source.bands, 0))] * len(stretch)
        image, valid = self.source.read(window)
        if self.weights.size > 1:
            image = np.concatenate([image, smooth(image, valid, self.weights, self.cancel)])
        return [self._draw(cell, window, image, valid) for cell in stretch]

    def _draw(self, cell: int, window: Window, image: np.ndarray, valid: np.ndarray) -> np.ndarray:
        inside = self.grid.window(cell).slices_in(window)
        state = int(_hash(np.array([cell], np.uint64), self.seed)[0])
        rows, columns = _choose(np.ascontiguousarray(valid[inside]), self.per_cell, np.uint64(state))
        return image[:, rows + inside[0].start, columns + inside[1].start].astype(np.float64)


def _hash(numbers: np.ndarray, seed: int) -> np.ndarray:
    """Scramble integers with a seed (the finaliser of SplitMix64, Steele et al. 2014)."""
    with np.errstate(over="ignore"):
        step = np.uint64(0x9E3779B97F4A7C15)
        z = numbers * step + np.uint64((seed * 0xD1342543DE82EF95 + 1) % 2**64)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


@njit(nogil=True, cache=True)
def _choose(valid, wanted, state):
    """Choose `wanted` valid pixels, each as likely as any other (Knuth's selection sampling)."""
    left = 0
    for r in range(valid.shape[0]):
        for c in range(valid.shape[1]):
            left += valid[r, c]
    wanted = min(wanted, left)
    rows, columns = np.empty(wanted, np.int64), np.empty(wanted, np.int64)
    n = 0
    for r in range(valid.shape[0]):
        for c in range(valid.shape[1]):
            if not valid[r, c] or n == wanted:
                continue
            state += np.uint64(0x9E3779B97F4A7C15)
            z = state
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            z = z ^ (z >> np.uint64(31))
            share = np.float64(z >> np.uint64(11)) / 9007199254740992.0
            if share * left < wanted - n:
                rows[n], columns[n] = r, c
                n += 1
            left -= 1
    return rows, columns
