"""The first stage: everything about the whole raster that every tile needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np

from ..clustering.fit import fit_clusters
from ..clustering.sample import Sample, draw_sample
from ..clustering.smooth import gaussian_weights
from ..errors import ParameterError, WorkspaceError
from ..executors.threads import WorkerPool
from ..raster.source import ImageSource
from ..regions.measure import QUANTISED_LIMIT, UNLIMITED, Quantisation
from ..spec import SegmentationSpec
from ..timings import Timings
from ..workspace.base import Arrays

#: The robust range of a floating-point band is mapped to this many bits, a sixteenth of the limit.
_RANGE_BITS = 25
_ROBUST_PERCENTILES = (0.5, 50.0, 99.5)
#: The squares of larger values overflow, and those of smaller ones vanish.
_LARGEST, _SMALLEST = 1e150, 1e-150


@dataclass(frozen=True)
class Prepared:
    """What the other stages need to know about the whole raster.

    Parameters
    ----------
    centres : ndarray of float64, shape (k, bands)
        In the image's units; empty when there is no valid pixel.
    scale : ndarray of float64, shape (bands,)
        Factor of each band in distances.
    offset, factor : ndarray of float64, shape (bands,)
        Of the quantisation.
    weights : ndarray of float64
        Of the Gaussian.
    max_spectral_difference : float
        The number used, in scaled units.
    limit : float
        Of the quantisation.
    """

    centres: np.ndarray
    scale: np.ndarray
    offset: np.ndarray
    factor: np.ndarray
    weights: np.ndarray
    max_spectral_difference: float
    limit: float

    @property
    def quantisation(self) -> Quantisation:
        """How values are summed."""
        return Quantisation(self.offset, self.factor, self.limit)

    @property
    def unit(self) -> np.ndarray:
        """Factor that turns differences of mean quantised values into distances."""
        return self.scale / self.factor

    def to_arrays(self) -> Arrays:
        """Return the fields as arrays for a workspace."""
        return {field.name: np.asarray(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Arrays, bands: int) -> Prepared:
        """Rebuild from a workspace; refuse what does not fit."""
        try:
            values = {field.name: arrays[field.name].astype(np.float64) for field in fields(cls)}
            fits = values["centres"].shape[1:] == (bands,) and values["weights"].ndim == 1
            fits &= all(values[name].shape == (bands,) for name in ("scale", "offset", "factor"))
            fits &= all(np.isfinite(values[name]).all() for name in ("centres", "scale", "offset", "factor"))
            scalars = {name: float(values.pop(name)) for name in ("max_spectral_difference", "limit")}
        except (KeyError, TypeError, ValueError):
            fits = False
        if not fits:
            raise WorkspaceError("The workspace's prepared clusters are damaged: start with a new one.")
        return cls(**values, **scalars)


def prepare(
    source: ImageSource,
    spec: SegmentationSpec,
    centres: np.ndarray | None,
    pool: WorkerPool,
    timings: Timings,
    report: Callable[[float], None],
) -> Prepared:
    """Draw the sample, fit the clusters, and fix what depends on the whole raster."""
    weights = gaussian_weights(spec.smoothing)
    needs_sample = centres is None or not source.is_integer or spec.band_scaling != "none"
    sample = Sample(np.empty((0, source.bands)), np.empty((0, source.bands)))
    if needs_sample:
        with timings.measure("reading"):
            sample = draw_sample(
                source,
                spec.sample_size,
                spec.seed,
                weights,
                pool,
                pool.cancel,
                lambda done: report(0.5 * done),
            )
    _check_range(sample.values)
    scale = _band_scale(sample.values, spec.band_scaling)
    if centres is None:
        with timings.measure("clustering"):
            centres = _fit(sample.smoothed, spec, scale, pool, lambda done: report(0.5 + done / 2))
    else:
        centres = _given_centres(centres, source.bands)
    offset, factor = _quantisation(sample.values, source.is_integer)
    return Prepared(
        centres=centres,
        scale=scale,
        offset=offset,
        factor=factor,
        weights=weights,
        max_spectral_difference=max_difference(spec, centres * scale),
        limit=UNLIMITED if source.is_integer else QUANTISED_LIMIT,
    )


def _check_range(values: np.ndarray) -> None:
    largest = np.abs(values).max(initial=0.0)
    if largest > _LARGEST:
        raise ParameterError(
            "nodata", None, f"the image holds {largest:g}, which is no measurement; give it as nodata."
        )


def _fit(samples, spec, scale, pool, report):
    if not len(samples):
        return np.empty((0, samples.shape[1]))
    return fit_clusters(samples, spec.clusters, seed=spec.seed, scale=scale, threads=pool, report=report)


def _given_centres(centres: np.ndarray, bands: int) -> np.ndarray:
    centres = np.array(centres, np.float64)
    if centres.ndim != 2 or centres.shape[1] != bands or not len(centres):
        raise ParameterError("centres", centres.shape, f"give an array of (clusters, {bands} bands).")
    if not np.isfinite(centres).all():
        raise ParameterError("centres", "NaN or infinite", "give finite numbers.")
    return centres


def _band_scale(values: np.ndarray, band_scaling: str) -> np.ndarray:
    scale = np.ones(values.shape[1])
    if band_scaling == "standardise" and len(values):
        deviation = values.std(axis=0)
        np.divide(1.0, deviation, out=scale, where=deviation > 0)
    return scale


def _quantisation(values: np.ndarray, is_integer: bool) -> tuple[np.ndarray, np.ndarray]:
    """Choose offset and power-of-two factor of every band from its robust range."""
    bands = values.shape[1]
    offset, factor = np.zeros(bands), np.ones(bands)
    if is_integer or not len(values):
        return offset, factor
    low, middle, high = np.percentile(values, _ROBUST_PERCENTILES, axis=0)
    reach = np.maximum(high - middle, middle - low)
    # A band that hardly ever leaves its median has no robust range: take the whole one.
    reach = np.where(reach > 0, reach, np.abs(values - middle).max(axis=0))
    reach = np.where(reach > _SMALLEST, reach, 1.0)
    _, exponent = np.frexp(reach)
    return middle, np.ldexp(1.0, _RANGE_BITS - exponent)


def max_difference(spec: SegmentationSpec, centres: np.ndarray) -> float:
    """Return the limit of the spectral difference in scaled units.

    Parameters
    ----------
    spec : SegmentationSpec
    centres : ndarray of float64, shape (k, bands)
        Scaled.
    """
    if spec.max_spectral_difference is not None:
        return spec.max_spectral_difference
    if len(centres) < 2:
        return float("inf")
    distances = [
        np.sqrt(((centres[i + 1 :] - centre) ** 2).sum(axis=1)) for i, centre in enumerate(centres[:-1])
    ]
    return float(np.percentile(np.concatenate(distances), spec.spectral_distance_percentile))
