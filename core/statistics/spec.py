"""Which statistics to compute, checked when it is said."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

from ..errors import ParameterError

#: Statistics that are sums, or found while summing.
MOMENTS = ("count", "mean", "stddev", "variance", "min", "max", "range", "sum")
#: Statistics that need a segment's values in order.
ORDERED = ("median", "mode", "minority", "variety")
STATISTICS = MOMENTS + ORDERED
SHAPES = (
    "pixels",
    "area",
    "perimeter",
    "centroid_x",
    "centroid_y",
    "bbox",
    "compactness",
    "elongation",
    "orientation",
    "rectangularity",
)
NEIGHBOURS = ("count", "difference", "similar")
MAX_PERCENTILES = 101
#: How rasters are laid over another grid, and what GDAL calls it.
RESAMPLING = {
    "nearest": "near",
    "bilinear": "bilinear",
    "cubic": "cubic",
    "cubicspline": "cubicspline",
    "lanczos": "lanczos",
    "average": "average",
    "mode": "mode",
}


@dataclass(frozen=True)
class StatisticsSpec:
    """What to compute for every segment.

    Parameters
    ----------
    statistics : tuple of str
        For every band, any of `STATISTICS`. ``stddev`` and ``variance`` are those of the
        population (divided by the number of pixels); ``mode`` is the most frequent value,
        ``minority`` the least frequent one, the smallest among ties; ``variety`` is the number
        of distinct values.
    percentiles : tuple of float
        0 to 100, fractions allowed; linear interpolation as `numpy.percentile` does by default.
    shape : tuple of str
        Any of `SHAPES`, see `shape_columns`.
    neighbours : bool or tuple of str
        Any of `NEIGHBOURS`; True for all, see `neighbour_columns`.
    prefix : str
        Put before the columns of the first raster: ``"s2"`` makes ``s2_b1_mean`` of ``b1_mean``.

    Raises
    ------
    ParameterError
        If a value cannot work; names the parameter, the value and the cure.
    """

    statistics: tuple[str, ...] = ("count", "mean", "stddev", "min", "max")
    percentiles: tuple[float, ...] = ()
    shape: tuple[str, ...] = ()
    neighbours: bool | tuple[str, ...] = ()
    prefix: str = ""

    def __post_init__(self) -> None:
        self._set("statistics", _names("statistics", self.statistics, STATISTICS))
        self._set("percentiles", _percentiles(self.percentiles))
        self._set("shape", _names("shape", self.shape, SHAPES))
        wanted = self.neighbours
        if isinstance(wanted, bool):
            wanted = NEIGHBOURS if wanted else ()
        self._set("neighbours", _names("neighbours", wanted, NEIGHBOURS))
        if not isinstance(self.prefix, str):
            raise ParameterError("prefix", self.prefix, "give a text.")

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    @property
    def ordered(self) -> tuple[str, ...]:
        """The statistics among `ORDERED`."""
        return tuple(name for name in self.statistics if name in ORDERED)

    @property
    def needs_values(self) -> bool:
        """Whether the values of a segment must be sorted."""
        return bool(self.ordered or self.percentiles)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return not (self.statistics or self.percentiles or self.shape or self.neighbours)


@dataclass(frozen=True)
class UserStatistic:
    """A statistic of the caller's own, computed for every segment and band.

    Parameters
    ----------
    names : tuple of str
        Of the numbers it returns; columns are called ``b1_<name>``.
    function : callable
        Takes ``(values, rows, columns)`` of a segment's valid pixels, in raster order: float64
        and int64 arrays of the same length, never empty; rows and columns are those of the label
        raster. Returns one number, or a tuple or array with one for each name; NaN becomes NULL.
        Compile it with ``numba.njit(nogil=True)``: it is called from several threads.
    """

    names: tuple[str, ...]
    function: Callable[..., Any]

    def __post_init__(self) -> None:
        names = (self.names,) if isinstance(self.names, str) else tuple(self.names)
        if not names or not all(isinstance(name, str) and name for name in names):
            raise ParameterError("user_statistics", self.names, "give every number a name.")
        if not callable(self.function):
            raise ParameterError("user_statistics", self.function, "give a function.")
        object.__setattr__(self, "names", names)


def parse_percentiles(text: str) -> tuple[float, ...]:
    """Read percentiles as a user types them.

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> parse_percentiles("5, 25; 97.5")
    (5.0, 25.0, 97.5)
    """
    parts = text.replace(";", ",").replace(" ", ",").split(",")
    try:
        numbers = tuple(float(part) for part in parts if part)
    except ValueError:
        raise ParameterError(
            "percentiles", text, "give numbers from 0 to 100, separated by commas."
        ) from None
    return _percentiles(numbers)


def _names(parameter: str, given: Any, allowed: Sequence[str]) -> tuple[str, ...]:
    """Return the chosen names once each, in the order in which `allowed` lists them."""
    given = (given,) if isinstance(given, str) else given
    if not isinstance(given, Iterable):
        raise ParameterError(parameter, given, f"give any of {', '.join(allowed)}.")
    chosen = tuple(given)
    for name in chosen:
        if name not in allowed:
            raise ParameterError(parameter, name, f"give any of {', '.join(allowed)}.")
    return tuple(name for name in allowed if name in chosen)


def _percentiles(given: Any) -> tuple[float, ...]:
    cure = "give numbers from 0 to 100."
    given = (given,) if isinstance(given, Real) and not isinstance(given, bool) else given
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise ParameterError("percentiles", given, cure)
    numbers = tuple(given)
    for number in numbers:
        real = isinstance(number, Real) and not isinstance(number, bool)
        if not real or not math.isfinite(number) or not 0 <= number <= 100:
            raise ParameterError("percentiles", number, cure)
    distinct = tuple(dict.fromkeys(float(number) for number in numbers))
    if len(distinct) > MAX_PERCENTILES:
        raise ParameterError("percentiles", len(distinct), f"give at most {MAX_PERCENTILES}.")
    return distinct
