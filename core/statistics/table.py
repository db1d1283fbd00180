"""The result in memory: columns with one value per segment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from .names import ID


@dataclass(frozen=True)
class Column:
    """One column of a table, computed when it is read.

    Parameters
    ----------
    name : str
    is_integer : bool
        Whether all its values are integers.
    read : callable
        Takes the first row and the one after the last; returns float64, NaN where NULL, or int64.
    """

    name: str
    is_integer: bool
    read: Callable[[int, int], np.ndarray]


class SegmentTable:
    """One row per segment, in ascending order of the ids.

    Parameters
    ----------
    ids : ndarray of int64
    columns : list of Column
        Without the ids.

    Examples
    --------
    >>> table = SegmentTable(np.array([3, 7]), [column_of("b1_mean", np.array([0.5, np.nan]))])
    >>> table.names, table["b1_mean"].tolist(), table["segment_id"].tolist()
    (('segment_id', 'b1_mean'), [0.5, nan], [3, 7])
    """

    def __init__(self, ids: np.ndarray, columns: list[Column]) -> None:
        self.ids = ids
        self.columns = [Column(ID, True, lambda start, stop: ids[start:stop]), *columns]
        self._by_name = {column.name: column for column in self.columns}

    def __len__(self) -> int:
        return self.ids.size

    def __getitem__(self, name: str) -> np.ndarray:
        """Return a column: int64, or float64 with NaN where there is no value."""
        return self._by_name[name].read(0, len(self))

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns; the first is ``segment_id``."""
        return tuple(column.name for column in self.columns)

    def to_dict(self) -> dict[str, np.ndarray]:
        """Return all columns by name."""
        return {column.name: column.read(0, len(self)) for column in self.columns}

    def in_memory(self) -> SegmentTable:
        """Return a copy that depends on no file."""
        arrays = self.to_dict()
        ids = np.array(arrays.pop(ID))
        return SegmentTable(ids, [column_of(name, np.array(values)) for name, values in arrays.items()])

    def rows(self, size: int) -> Iterator[tuple[int, list[list]]]:
        """Yield pieces of at most `size` rows: the first row, and every column as a list.

        NULL is None; integers are `int`.
        """
        for start in range(0, len(self), size):
            stop = min(start + size, len(self))
            yield start, [as_list(column, start, stop) for column in self.columns]


@dataclass(frozen=True)
class StatisticsResult:
    """What a run did.

    Parameters
    ----------
    segment_count : int
        Segments, which are the rows of the table.
    columns : tuple of str
        Names of all columns; the first is ``segment_id``.
    output : str or None
        The table.
    layer : str or None
        Its name within the file.
    mean_image : str or None
    warped : tuple of str
        The rasters that were warped to the grid of the labels.
    passes : int
        How often values were read: 1, and more where segments were too large to be held.
    timings : dict of str to float
        Seconds of work per stage over all threads, and the elapsed "total".
    """

    segment_count: int
    columns: tuple[str, ...]
    output: str | None
    layer: str | None
    mean_image: str | None
    warped: tuple[str, ...]
    passes: int
    timings: dict[str, float]


def column_of(name: str, values: np.ndarray, is_integer: bool | None = None) -> Column:
    """Return a column of values that are there already."""
    whole = values.dtype.kind in "iu" if is_integer is None else is_integer
    return Column(name, whole, lambda start, stop: values[start:stop])


def as_list(column: Column, start: int, stop: int) -> list:
    """Return a piece of a column as Python values, None for NULL."""
    values = column.read(start, stop)
    if values.dtype.kind in "iu":
        return values.tolist()
    null = np.isnan(values)
    if not null.any():
        return (values.astype(np.int64) if column.is_integer else values).tolist()
    filled = np.where(null, 0, values)
    objects = (filled.astype(np.int64) if column.is_integer else filled).astype(object)
    objects[null] = None
    return objects.tolist()
