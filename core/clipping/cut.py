"""Counts what is inside an area, and writes it with new ids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..executors.threads import WorkerPool
from ..grid import TileGrid, Window
from ..progress import Progress
from ..raster.labels import read_labels
from ..raster.output import LabelRaster
from ..raster.source import RasterSource
from .renumber import Census, count_ids, renumber


@dataclass(frozen=True)
class Remains:
    """The segments that are inside.

    Parameters
    ----------
    ids : ndarray of int64, shape (segments,)
        In ascending order; the new ids are their places in here, counted from 1.
    counts : ndarray of int64, shape (segments,)
        Their pixels inside.
    null_count : int
        Other pixels of the area's window.
    """

    ids: np.ndarray
    counts: np.ndarray
    null_count: int


@dataclass(frozen=True)
class Cutter:
    """Goes over the tiles of a window.

    Parameters
    ----------
    source : RasterSource
        The whole raster, with its mask.
    window : Window
    tile_size : int
    pool : WorkerPool
    """

    source: RasterSource
    window: Window
    tile_size: int
    pool: WorkerPool

    @property
    def _grid(self) -> TileGrid:
        return TileGrid(self.window.rows, self.window.columns, self.tile_size)

    def _read(self, tile: int) -> np.ndarray:
        part = self._grid.window(tile)
        return read_labels(self.source, part.shift(self.window.row, self.window.column))

    def count(self, progress: Progress) -> Remains:
        """Find out which segments are inside."""
        census, report = Census(), _Counter(len(self._grid), progress)

        def take(counted: tuple[np.ndarray, np.ndarray]) -> None:
            census.add(counted)
            report()

        self.pool.each(lambda tile: count_ids(self._read(tile)), self._grid, take)
        ids, counts = census.totals()
        inside = ids > 0
        return Remains(ids[inside], counts[inside], int(counts[~inside].sum()))

    def write(self, remains: Remains, raster: LabelRaster, progress: Progress) -> None:
        """Write the segments with their new ids."""
        report = _Counter(len(self._grid), progress)

        def write_tile(tile: int) -> None:
            raster.write(self._grid.window(tile), renumber(self._read(tile), remains.ids))

        self.pool.each(write_tile, self._grid, lambda _: report())
        raster.finish(np.concatenate([[remains.null_count], remains.counts]))


class _Counter:
    """Turns finished tiles into progress."""

    def __init__(self, total: int, progress: Progress) -> None:
        self._total, self._done, self._progress = total, 0, progress

    def __call__(self) -> None:
        self._done += 1
        self._progress.fraction(self._done / self._total)
