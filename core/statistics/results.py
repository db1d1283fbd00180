"""What is known of all segments, and the columns that follow from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..errors import ParameterError
from .gathered import Gathered
from .names import ID, percentile_name, safe_name, unique
from .neighbours import neighbour_columns
from .ordered import MINORITY, MODE, PERCENTILES, VARIETY, OrderPlan
from .reading import Bands
from .scratch import Scratch
from .shape import PART_FIELDS, perimeters, pixel_sides, shape_columns
from .spec import StatisticsSpec, UserStatistic
from .sums import Sums
from .table import Column, SegmentTable


@dataclass(frozen=True)
class Request:
    """What was asked for.

    Parameters
    ----------
    spec : StatisticsSpec
    sources : tuple of Bands
        The rasters.
    prefixes : tuple of str
        What stands before the columns of each.
    user : tuple of UserStatistic
    """

    spec: StatisticsSpec
    sources: tuple[Bands, ...]
    prefixes: tuple[str, ...]
    user: tuple[UserStatistic, ...] = ()

    @property
    def plan(self) -> OrderPlan:
        """The order statistics."""
        return OrderPlan.of(self.spec)

    @property
    def user_names(self) -> list[str]:
        """The names of all numbers of the caller's own statistics."""
        return [safe_name(name) for statistic in self.user for name in statistic.names]

    def need_raster(self, parameter: str) -> None:
        """Refuse a request without a raster.

        Raises
        ------
        ParameterError
        """
        if not self.sources:
            raise ParameterError(parameter, None, "give a raster to take the values from.")

    @property
    def needs_squares(self) -> bool:
        """Whether deviations are needed."""
        return bool({"stddev", "variance"} & set(self.spec.statistics))


class Results:
    """Arrays with one entry per segment, filled by the passes over the rasters.

    Parameters
    ----------
    request : Request
    ids : ndarray of int64
        Of all segments.
    scratch : Scratch
        Makes the arrays.
    """

    def __init__(self, request: Request, ids: np.ndarray, scratch: Scratch) -> None:
        self.request, self.ids = request, ids
        n, plan = ids.size, request.plan
        counts = [len(source.numbers) for source in request.sources]
        self.sums = [Sums.zeros(bands, n, scratch.zeros) for bands in counts]
        self.ordered = [
            scratch.zeros((bands, n, plan.columns if request.spec.needs_values else 0), np.float64)
            for bands in counts
        ]
        self.user = [scratch.zeros((bands, n, len(request.user_names)), np.float64) for bands in counts]
        # Segments without a valid pixel are never written to.
        for array in (*self.ordered, *self.user):
            array.fill(np.nan)
        self.shapes = scratch.zeros(
            (n if request.spec.shape or request.spec.neighbours else 0, PART_FIELDS), float
        )
        self.borders = Gathered(2)

    def table(self, geotransform: tuple[float, ...] | None) -> SegmentTable:
        """Return the columns: shape, then every band of every raster, then neighbours."""
        request = self.request
        columns = shape_columns(self.shapes, geotransform, request.spec)
        for index, source in enumerate(request.sources):
            for band, number in enumerate(source.numbers):
                named = f"{request.prefixes[index]}b{number}_"
                columns += [replace(c, name=named + c.name) for c in self._band_columns(index, band)]
        if request.spec.neighbours:
            columns += self._neighbour_columns(geotransform)
        names = unique([ID, *(column.name for column in columns)])[1:]
        return SegmentTable(self.ids, [replace(c, name=name) for c, name in zip(columns, names)])

    def means(self, index: int) -> np.ndarray:
        """Return the means of a raster's bands, shape (bands, segments); NaN for none."""
        sums = self.sums[index]
        with np.errstate(invalid="ignore"):
            return (sums.total + sums.rest) / sums.count

    def _band_columns(self, index: int, band: int) -> list[Column]:
        spec, plan = self.request.spec, self.request.plan
        count, total, rest, squares, low, high = self.sums[index].band(band)
        ordered, user = self.ordered[index][band], self.user[index][band]
        with_none: dict[str, Callable[[slice], np.ndarray]] = {
            "mean": lambda s: (total[s] + rest[s]) / count[s],
            "variance": lambda s: squares[s] / count[s],
            "stddev": lambda s: np.sqrt(squares[s] / count[s]),
            "min": lambda s: low[s],
            "max": lambda s: high[s],
            "range": lambda s: high[s] - low[s],
            "sum": lambda s: total[s] + rest[s],
            "median": lambda s: ordered[s, PERCENTILES],
            "mode": lambda s: ordered[s, MODE],
            "minority": lambda s: ordered[s, MINORITY],
            "variety": lambda s: ordered[s, VARIETY],
        }
        columns = []
        for name in spec.statistics:
            if name == "count":
                columns.append(Column(name, True, lambda start, stop: count[start:stop]))
            else:
                columns.append(_nullable(name, count, with_none[name]))
        first = PERCENTILES + plan.has_median
        arrays = [(percentile_name(p), ordered, first + i) for i, p in enumerate(spec.percentiles)]
        arrays += [(name, user, i) for i, name in enumerate(self.request.user_names)]
        for name, array, place in arrays:
            columns.append(_nullable(name, count, lambda s, a=array, p=place: a[s, p]))
        return columns

    def _neighbour_columns(self, geotransform: tuple[float, ...] | None) -> list[Column]:
        request = self.request
        some = bool(request.sources)
        return neighbour_columns(
            self.borders.all(),
            self.means(0) if some else np.empty((0, self.ids.size)),
            request.sources[0].numbers if some else (),
            request.prefixes[0] if some else "",
            (perimeters(self.shapes, geotransform), pixel_sides(geotransform)),
            request.spec,
        )


def _nullable(name: str, count: np.ndarray, compute: Callable[[slice], np.ndarray]) -> Column:
    """Return a column that is NULL where there is no valid pixel."""

    def read(start: int, stop: int) -> np.ndarray:
        piece = slice(start, stop)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(count[piece] > 0, compute(piece), np.nan)

    return Column(name, name == "variety", read)


def store(into: np.ndarray, segments: np.ndarray, values: Sequence | np.ndarray) -> None:
    """Write rows of results; every segment is written by one thread only."""
    if segments.size:
        into[segments] = values
