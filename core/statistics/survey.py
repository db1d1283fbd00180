"""The first look at the labels: which segments there are, and how many pixels each has.

Knowing the number of pixels, the second look can finish a segment as soon as its last pixel has
been read, wherever that is: labels need not be connected or in any order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ParameterError
from ..grid import TileGrid, Window
from .cells import CELL, MAX_ID, Parts, find_parts
from .gathered import Gathered, together
from .reading import Labels

if TYPE_CHECKING:
    from ..executors.threads import WorkerPool
    from ..timings import Timings


@dataclass(frozen=True)
class Survey:
    """The segments of a raster.

    Parameters
    ----------
    ids : ndarray of int64, shape (segments,)
        Ascending.
    pixels : ndarray of int64, shape (segments,)
    """

    ids: np.ndarray
    pixels: np.ndarray


class LabelTiles:
    """Finds the parts of every tile; keeps them from the first look for the second if they fit.

    Parameters
    ----------
    labels : Labels
    grid : TileGrid
    keep : int
        Bytes that may be kept.
    """

    def __init__(self, labels: Labels, grid: TileGrid, keep: int) -> None:
        self.labels, self.grid = labels, grid
        self._keeps = 4 * grid.bounds.pixels <= keep
        self._kept: dict[int, Parts] = {}

    def parts(self, tile: int) -> Parts:
        """Return the parts of a tile.

        Raises
        ------
        ParameterError
            If a label is not an integer.
        """
        if tile in self._kept:
            return self._kept[tile]
        own = self.grid.window(tile)
        parts = find_parts(self.labels.read(own), own, own, self.labels.nodata)
        if parts is None:
            raise ParameterError(
                "segments",
                getattr(self.labels, "path", "labels"),
                f"its values are not segment ids: whole numbers from 1 to {MAX_ID}, 0 outside.",
            )
        if self._keeps:
            self._kept[tile] = parts
        return parts

    def read_with_edge(self, tile: int) -> tuple[np.ndarray, Window]:
        """Return the labels of a tile and of one pixel around it, inside the raster."""
        window = self.grid.window(tile).expand(1, self.grid.bounds)
        return self.labels.read(window), window


def survey_labels(tiles: LabelTiles, pool: WorkerPool, timings: Timings, done: Callable[[], None]) -> Survey:
    """Find all segments and count their pixels.

    Parameters
    ----------
    tiles : LabelTiles
    pool : WorkerPool
    timings : Timings
    done : callable
        Called after every tile.
    """
    gathered = Gathered(1)

    def look(tile: int) -> tuple[np.ndarray, np.ndarray]:
        with timings.measure("survey"):
            parts = tiles.parts(tile)
            return together(parts.ids, parts.pixels[:, np.newaxis])

    def take(found: tuple[np.ndarray, np.ndarray]) -> None:
        gathered.add(*found)
        done()

    pool.each(look, tiles.grid, take)
    ids, counts = gathered.all()
    return Survey(ids, np.ascontiguousarray(counts[:, 0]))


def tile_grid(rows: int, columns: int, tile_size: int) -> TileGrid:
    """Return tiles made of whole cells: the size is rounded up to a multiple of 256."""
    return TileGrid(rows, columns, -(-tile_size // CELL) * CELL)
