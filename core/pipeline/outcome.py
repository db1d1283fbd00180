"""What the third stage leaves: a lookup table per tile, and the segments' sizes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..dtypes import LABEL
from ..errors import WorkspaceError
from ..workspace.base import Arrays


@dataclass(frozen=True)
class Stitched:
    """The final label of every node of every tile.

    Parameters
    ----------
    labels : ndarray of uint32, shape (nodes,)
        Final label of every node, tile after tile.
    offsets, sizes : ndarray of int64, shape (tiles,)
        Where a tile's nodes are in `labels`.
    counts : ndarray of int64, shape (segments,)
        Pixels of segment 1, 2, ...
    null_count, singles_joined, eliminated, clamped : int
    """

    labels: np.ndarray
    offsets: np.ndarray
    sizes: np.ndarray
    counts: np.ndarray
    null_count: int
    singles_joined: int
    eliminated: int
    clamped: int

    def lookup(self, tile: int) -> np.ndarray:
        """Return the final labels of a tile's labels 0, 1, 2, ..."""
        begin = self.offsets[tile]
        own = self.labels[begin : begin + self.sizes[tile]]
        return np.concatenate([np.zeros(1, LABEL), own])

    def to_arrays(self) -> Arrays:
        """Return the fields as arrays for a workspace."""
        return {name: np.asarray(value) for name, value in vars(self).items()}

    @classmethod
    def from_arrays(cls, arrays: Arrays, tiles: int) -> Stitched:
        """Rebuild from a workspace, refusing what does not fit."""
        try:
            scalars = ("null_count", "singles_joined", "eliminated", "clamped")
            values = {name: arrays[name] for name in cls.__dataclass_fields__}
            values.update({name: int(values[name]) for name in scalars})
            stitched = cls(**values)
            sound = stitched.labels.dtype == LABEL and stitched.counts.dtype == np.int64
            sound &= stitched.offsets.shape == stitched.sizes.shape == (tiles,)
            sound &= bool((stitched.offsets >= 0).all() and (stitched.sizes >= 0).all())
            sound &= bool((stitched.offsets + stitched.sizes <= stitched.labels.size).all())
            sound &= int(stitched.labels.max(initial=0)) <= stitched.counts.size
        except (KeyError, TypeError, ValueError):
            sound = False
        if not sound:
            raise WorkspaceError(
                "The workspace's stitched segments are damaged: delete stitched.npz there and "
                "start the run again."
            )
        return stitched
