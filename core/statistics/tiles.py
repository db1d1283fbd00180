"""The second look, tile by tile: values of the rasters, shape and borders."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np

from ..errors import Cancelled
from ..timings import Timings
from .cells import Parts
from .neighbours import find_borders
from .ordered import gather, gather_places, order_statistics
from .pending import Finished, Pending
from .reading import Bands
from .results import Results, store
from .shape import empty_shapes, measure_parts
from .sorting import sort_segments
from .sums import Sums, add_band
from .survey import LabelTiles, Survey

#: Bytes of values that one thread reads at a time.
_READ = 64 * 2**20


@dataclass(frozen=True)
class TileSegments:
    """The segments of a tile; those that lie wholly in it come first.

    Parameters
    ----------
    parts : Parts
    of_parts : ndarray of int64, shape (parts,)
        Number of each part's segment in the whole raster.
    local : ndarray of int64, shape (parts,)
        Its number in this tile.
    segments : ndarray of int64, shape (segments of the tile,)
        Numbers in the whole raster.
    pixels : ndarray of int64, shape (segments of the tile,)
        In this tile.
    whole : int
        How many lie wholly in the tile.
    """

    parts: Parts
    of_parts: np.ndarray
    local: np.ndarray
    segments: np.ndarray
    pixels: np.ndarray
    whole: int


@dataclass(frozen=True)
class TileSums:
    """What one tile adds to the sums of the segments.

    Parameters
    ----------
    tile : int
    segments : TileSegments
    sums : list of Sums
        Of the parts, for every raster.
    shapes : ndarray of int64, shape (parts, fields)
    borders : tuple of ndarray, optional
    """

    tile: int
    segments: TileSegments
    sums: list[Sums]
    shapes: np.ndarray
    borders: tuple[np.ndarray, np.ndarray] | None


class TileTask:
    """Measures any tile: what all tiles have in common.

    Parameters
    ----------
    tiles : LabelTiles
    survey : Survey
    results : Results
        Order statistics and the caller's own go right into it.
    workers : int
        Threads that may compute at once; others may read meanwhile.
    budget : int
        Bytes of values that may wait for the rest of their segments.
    cancel : ndarray of uint8, shape (1,)
    timings : Timings
    """

    def __init__(
        self,
        tiles: LabelTiles,
        survey: Survey,
        results: Results,
        workers: int,
        budget: int,
        cancel: np.ndarray,
        timings: Timings,
    ) -> None:
        self.tiles, self.survey, self.results = tiles, survey, results
        self.request = results.request
        self.cancel, self.timings = cancel, timings
        self.compute = threading.BoundedSemaphore(workers)
        streams = sum(len(source.numbers) for source in self.request.sources) or 1
        self.pending = self._pending(budget // streams)
        self._pending_user = self._pending(None)

    def _pending(self, budget: int | None) -> list[list[Pending]]:
        pixels = self.survey.pixels
        return [[Pending(pixels, budget) for _ in source.numbers] for source in self.request.sources]

    def measure(self, tile: int) -> TileSums:
        """Measure one tile."""
        segments = self.segments(tile)
        count = segments.of_parts.size
        sums = []
        for index, source in enumerate(self.request.sources):
            sums.append(Sums.zeros(len(source.numbers), count))
            if count:
                self._measure_bands(tile, segments, index, source, sums[-1])
        shapes, borders = self._measure_shape(tile, segments)
        return TileSums(tile, segments, sums, shapes, borders)

    def segments(self, tile: int) -> TileSegments:
        """Find out which segments a tile has."""
        with self.timings.measure("survey"):
            parts = self.tiles.parts(tile)
        self.check()
        of_parts = np.searchsorted(self.survey.ids, parts.ids)
        segments, local = np.unique(of_parts, return_inverse=True)
        pixels = np.bincount(local, parts.pixels, segments.size).astype(np.int64)
        reaches_out = pixels < self.survey.pixels[segments]
        order = np.argsort(reaches_out, kind="stable")
        rank = np.empty(order.size, np.int64)
        rank[order] = np.arange(order.size)
        whole = int(order.size - np.count_nonzero(reaches_out))
        return TileSegments(parts, of_parts, rank[local], segments[order], pixels[order], whole)

    def _measure_bands(
        self, tile: int, segments: TileSegments, index: int, source: Bands, sums: Sums
    ) -> None:
        window, image_of_parts = self.tiles.grid.window(tile), segments.parts.image
        is_small = source.is_integer and source.dtype == np.float32
        for first, stop in band_groups(source, window.pixels):
            with self.timings.measure("reading"):
                image = source.read(window, first, stop)
            self.check()
            with self.compute, self.timings.measure("measuring"):
                for band, values in enumerate(image, start=first):
                    add_band(values, image_of_parts, sums, band, self.request.needs_squares, is_small)
                    if self.request.spec.needs_values:
                        self._order(values, segments, sums.count[band], index, band)
                    if self.request.user:
                        self._apply_user(values, tile, segments, sums.count[band], index, band)
                    self.check()

    def _order(
        self, values: np.ndarray, segments: TileSegments, count: np.ndarray, index: int, band: int
    ) -> None:
        """Compute order statistics of the segments that are complete, keep the values of others."""
        starts = _starts(segments, count)
        out = np.empty(starts[-1], values.dtype)
        gather(values, segments.parts.image, segments.local, starts[:-1].copy(), out)
        whole = segments.whole
        self._finish(Finished(segments.segments[:whole], starts[: whole + 1], (out,)), index, band)
        if whole < segments.segments.size:
            pending = self.pending[index][band]
            finished = pending.add(segments.segments[whole:], segments.pixels[whole:], starts[whole:], (out,))
            if finished:
                self._finish(finished, index, band)

    def _finish(self, finished: Finished, index: int, band: int) -> None:
        values = finished.arrays[0]
        sort_segments(values, finished.starts)
        found = order_statistics(values, finished.starts, self.request.plan)
        store(self.results.ordered[index][band], finished.segments, found)

    def _apply_user(
        self,
        values: np.ndarray,
        tile: int,
        segments: TileSegments,
        count: np.ndarray,
        index: int,
        band: int,
    ) -> None:
        """Call the caller's functions for complete segments, keep the pixels of others."""
        starts, window = _starts(segments, count), self.tiles.grid.window(tile)
        size = starts[-1]
        arrays = (np.empty(size), np.empty(size, np.int64), np.empty(size, np.int64))
        place = np.array([window.row, window.column], np.int64)
        positions = starts[:-1].copy()
        gather_places(values, segments.parts.image, segments.local, positions, arrays[0], place, *arrays[1:])
        whole = segments.whole
        self._call_user(Finished(segments.segments[:whole], starts[: whole + 1], arrays), index, band)
        if whole < segments.segments.size:
            finished = self._pending_user[index][band].add(
                segments.segments[whole:], segments.pixels[whole:], starts[whole:], arrays
            )
            if finished:
                self._call_user(_in_raster_order(finished), index, band)

    def _call_user(self, finished: Finished, index: int, band: int) -> None:
        into, bounds = self.results.user[index][band], finished.starts.tolist()
        for number, start, stop in zip(finished.segments.tolist(), bounds, bounds[1:]):
            if start == stop:
                continue
            self.check()
            pieces = [array[start:stop] for array in finished.arrays]
            found = [np.atleast_1d(statistic.function(*pieces)) for statistic in self.request.user]
            into[number] = np.concatenate(found)

    def _measure_shape(self, tile: int, segments: TileSegments) -> tuple[np.ndarray, tuple | None]:
        spec, parts = self.request.spec, segments.parts
        if not (spec.shape or spec.neighbours):
            return empty_shapes(0), None
        with self.timings.measure("reading"):
            labels, window = self.tiles.read_with_edge(tile)
        own = self.tiles.grid.window(tile)
        shapes = empty_shapes(parts.ids.size)
        place = np.array([own.row, own.column, own.row - window.row, own.column - window.column], np.int64)
        with self.compute, self.timings.measure("measuring"):
            measure_parts(parts.image, parts.origins, labels, place, shapes)
            borders = None
            if spec.neighbours:
                nodata = self.tiles.labels.nodata
                borders = find_borders(labels, window, own, nodata, self.survey.ids)
        return shapes, borders

    def check(self) -> None:
        """Stop when the user cancelled."""
        if self.cancel[0]:
            raise Cancelled


def band_groups(source: Bands, pixels: int) -> list[tuple[int, int]]:
    """Split the bands of a source into groups that a thread reads at once."""
    size = max(1, _READ // (pixels * source.dtype.itemsize))
    count = len(source.numbers)
    return [(first, min(first + size, count)) for first in range(0, count, size)]


def _starts(segments: TileSegments, count: np.ndarray) -> np.ndarray:
    """Return where the valid values of each segment of a tile begin."""
    valid = np.bincount(segments.local, count, segments.segments.size)
    return np.concatenate([[0], np.cumsum(valid)]).astype(np.int64)


def _in_raster_order(finished: Finished) -> Finished:
    """Sort the pixels of every segment, whose pieces came in any order."""
    values, rows, columns = finished.arrays
    owner = np.repeat(np.arange(finished.segments.size), np.diff(finished.starts))
    order = np.lexsort((columns, rows, owner))
    return Finished(finished.segments, finished.starts, (values[order], rows[order], columns[order]))
