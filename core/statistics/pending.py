"""Values of segments that reach across tiles, until their last pixel has been read."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import numpy as np


@dataclass
class _Open:
    """A segment of which pixels are missing."""

    missing: int
    size: int = 0
    pieces: list[tuple[np.ndarray, ...]] = field(default_factory=list)


@dataclass(frozen=True)
class Finished:
    """Segments that are complete.

    Parameters
    ----------
    segments : ndarray of int64
    starts : ndarray of int64, shape (segments + 1,)
    arrays : tuple of ndarray
        The values of all, one segment after the other; and whatever else came with them.
    """

    segments: np.ndarray
    starts: np.ndarray
    arrays: tuple[np.ndarray, ...]


class Pending:
    """Collects the pieces of segments of one band; may be used from several threads.

    Parameters
    ----------
    pixels : ndarray of int64, shape (segments,)
        Number of pixels of every segment.
    budget : int or None
        Bytes that may be held. Beyond that the largest segments are given up: their values are
        dropped and their numbers end up in `large`. None for no limit.
    """

    def __init__(self, pixels: np.ndarray, budget: int | None) -> None:
        self.large: set[int] = set()
        self._pixels, self._budget = pixels, budget
        self._lock = threading.Lock()
        self._open: dict[int, _Open] = {}
        self._held = 0

    def add(
        self,
        segments: np.ndarray,
        counts: np.ndarray,
        starts: np.ndarray,
        arrays: tuple[np.ndarray, ...],
    ) -> Finished | None:
        """Add the pieces of one tile; return what they complete.

        Parameters
        ----------
        segments : ndarray of int64, shape (n,)
        counts : ndarray of int64, shape (n,)
            Pixels that each has in the tile, valid or not.
        starts : ndarray of int64, shape (n + 1,)
            Piece ``i`` is ``[starts[i]:starts[i + 1]]`` of each array.
        arrays : tuple of ndarray
        """
        bounds = starts.tolist()
        # The whole tile would stay in memory for as long as a view of a piece of it.
        pieces = [tuple(a[i:j].copy() for a in arrays) for i, j in zip(bounds, bounds[1:])]
        complete: list[tuple[int, list]] = []
        with self._lock:
            for segment, count, piece in zip(segments.tolist(), counts.tolist(), pieces):
                if self._add_piece(segment, count, piece):
                    complete.append((segment, self._open.pop(segment).pieces))
            while self._budget is not None and self._held > self._budget and self._give_up_largest():
                pass
        return _put_together(complete, arrays) if complete else None

    def _add_piece(self, segment: int, count: int, piece: tuple[np.ndarray, ...]) -> bool:
        """Add a piece; tell whether the segment is complete."""
        if segment in self.large:
            return False
        entry = self._open.get(segment)
        if entry is None:
            entry = self._open[segment] = _Open(int(self._pixels[segment]))
        size = sum(array.nbytes for array in piece)
        entry.missing -= count
        entry.size += size
        entry.pieces.append(piece)
        self._held += size
        if entry.missing:
            return False
        self._held -= entry.size
        return True

    def _give_up_largest(self) -> bool:
        if not self._open:
            return False
        segment = max(self._open, key=lambda number: self._open[number].size)
        self._held -= self._open.pop(segment).size
        self.large.add(segment)
        return True


def _put_together(complete: list[tuple[int, list]], like: tuple[np.ndarray, ...]) -> Finished:
    sizes = [sum(piece[0].size for piece in pieces) for _, pieces in complete]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    arrays = tuple(
        np.concatenate([piece[index] for _, pieces in complete for piece in pieces])
        for index in range(len(like))
    )
    return Finished(np.array([segment for segment, _ in complete], np.int64), starts, arrays)
