"""The parameters of a segmentation."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from numbers import Integral, Real
from typing import Any

from .errors import ParameterError

#: More clusters than this make single pixels of everything and cost time in proportion.
MAX_CLUSTERS = 4096
#: A Gaussian wider than this would need more of the raster than a tile holds.
MAX_SMOOTHING = 25.0


@dataclass(frozen=True)
class SegmentationSpec:
    """What to segment and how, checked when it is made.

    Parameters
    ----------
    bands : tuple of int, optional
        Bands to use, counted from 1; None means all but an alpha band.
    clusters : int
        Number of spectral classes (k-means), 1 to 4096.
    min_segment_size : int
        Minimum mapping unit in pixels; smaller segments are eliminated.
    connectivity : int
        4: pixels touch along edges; 8: along edges and at corners.
    max_spectral_difference : float, optional
        A small segment joins a neighbour only within this distance between mean spectra.
        None means automatic (`spectral_distance_percentile`), ``float("inf")`` no limit.
    spectral_distance_percentile : float
        Percentile (0..100) of the distances between cluster centres that the automatic
        limit takes.
    band_scaling : str
        ``"none"`` or ``"standardise"``: measure distances in units of each band's standard
        deviation in the sample.
    smoothing : float
        Standard deviation in pixels of the Gaussian applied before clustering; 0 is off.
    sample_size : int
        Number of pixels that the cluster centres are fitted on.
    seed : int
        Seed of the sample and of k-means.
    nodata : float, optional
        Value that marks null pixels in every band, instead of the bands' own.

    Raises
    ------
    ParameterError
        If a value cannot work; names the parameter, the value and the cure.

    References
    ----------
    Shepherd, Bunting & Dymond (2019), "Operational Large-Scale Segmentation of Imagery Based
    on Iterative Elimination", Remote Sensing 11(6), 658.
    """

    bands: tuple[int, ...] | None = None
    clusters: int = 60
    min_segment_size: int = 50
    connectivity: int = 4
    max_spectral_difference: float | None = None
    spectral_distance_percentile: float = 50.0
    band_scaling: str = "none"
    smoothing: float = 0.0
    sample_size: int = 200_000
    seed: int = 0
    nodata: float | None = None

    def __post_init__(self) -> None:
        self._set("bands", _bands(self.bands))
        self._set("clusters", _integer("clusters", self.clusters, 1, MAX_CLUSTERS))
        self._set("min_segment_size", _integer("min_segment_size", self.min_segment_size, 1, 10**9))
        self._set("connectivity", _choice("connectivity", self.connectivity, (4, 8)))
        self._set("band_scaling", _choice("band_scaling", self.band_scaling, ("none", "standardise")))
        self._set("sample_size", _integer("sample_size", self.sample_size, 1, 10**9))
        self._set("seed", _integer("seed", self.seed, 0, 2**63 - 1))
        percentile = _real("spectral_distance_percentile", self.spectral_distance_percentile, 0, 100)
        self._set("spectral_distance_percentile", percentile)
        self._set("smoothing", _real("smoothing", self.smoothing, 0, MAX_SMOOTHING))
        if self.max_spectral_difference is not None:
            limit = _real("max_spectral_difference", self.max_spectral_difference, 0, math.inf)
            self._set("max_spectral_difference", limit)
        if self.nodata is not None:
            self._set("nodata", _number("nodata", self.nodata))

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters as plain values that JSON can hold."""
        values = asdict(self)
        values["bands"] = list(self.bands) if self.bands else None
        for name in ("max_spectral_difference", "nodata"):
            if values[name] is not None and not math.isfinite(values[name]):
                values[name] = str(values[name])
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> SegmentationSpec:
        """Rebuild a spec from `to_dict`; unknown names are refused."""
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            name = sorted(unknown)[0]
            raise ParameterError(name, values[name], "is not a parameter of a segmentation.")
        values = dict(values)
        for name in ("max_spectral_difference", "nodata"):
            if values.get(name) in ("inf", "-inf", "nan"):
                values[name] = float(values[name])
        return cls(**values)


def _bands(bands: Any) -> tuple[int, ...] | None:
    if bands is None:
        return None
    if isinstance(bands, Integral):
        bands = (bands,)
    try:
        numbers = tuple(bands)
    except TypeError:
        raise ParameterError("bands", bands, "give a list of band numbers, counted from 1.") from None
    if not numbers:
        raise ParameterError("bands", bands, "choose at least one band, or None for all.")
    for number in numbers:
        _integer("bands", number, 1, 65536)
    if len(set(numbers)) != len(numbers):
        raise ParameterError("bands", bands, "name every band only once.")
    return tuple(int(number) for number in numbers)


def _integer(name: str, value: Any, low: int, high: int) -> int:
    whole = isinstance(value, Integral) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not whole or not low <= value <= high:
        raise ParameterError(name, value, f"give a whole number from {low} to {high}.")
    return int(value)


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise ParameterError(name, value, "give a number.")
    return float(value)


def _real(name: str, value: Any, low: float, high: float) -> float:
    number = _number(name, value)
    if not low <= number <= high:
        upper = "or larger" if math.isinf(high) else f"to {high:g}"
        raise ParameterError(name, value, f"give a number from {low:g} {upper}.")
    return number


def _choice(name: str, value: Any, allowed: tuple) -> Any:
    if value not in allowed or isinstance(value, bool):
        choices = " or ".join(repr(item) for item in allowed)
        raise ParameterError(name, value, f"give {choices}.")
    # A number of numpy's equals the one that JSON can hold.
    return allowed[allowed.index(value)]
