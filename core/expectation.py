"""What a run is expected to take, told before it starts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .memory import in_words

if TYPE_CHECKING:
    from .raster_segmentation import RasterJob

#: Seconds of one core per million pixels: what every pixel takes, and more for what is asked.
_PER_PIXEL, _PER_DISTANCE, _PER_SMOOTHED_BAND = 0.085, 0.00018, 0.05
_PER_MEASURED_PIXEL, _PER_MEASURED_BAND, _PER_ORDERED_BAND = 0.02, 0.01, 0.015
#: The same per distance between a pixel of the sample and a cluster centre.
_PER_FIT = 1.4e-8
#: Reading, writing, and what one thread does alone. Measured on scenes of 14 to 268 million pixels.
_AROUND = 1.6
_START = 1.0
_MILLION = 1e6


def of_segmentation(job: RasterJob) -> str:
    """Say what is used of the image, and what the run is expected to take."""
    bands, spec, tiles = job.info.bands, job.spec, len(job.grid)
    seconds = segmentation_seconds(
        job.extent.pixels,
        len(bands),
        spec.clusters,
        spec.sample_size,
        spec.smoothing > 0,
        min(job.workers, tiles),
    )
    image = described(job.extent.rows, job.extent.columns, bands, job.info.nodata)
    return f"{image}\n{expectation(tiles, job.tile_size, job.workers, job.memory(), seconds)}"


def segmentation_seconds(  # noqa: PLR0913  (what decides on the time)
    pixels: int, bands: int, clusters: int, sample: int, smoothing: bool, workers: int
) -> float:
    """Estimate the time of a segmentation on a computer of today, from a disk of its own."""
    per_pixel = _PER_PIXEL + _PER_DISTANCE * clusters * bands + smoothing * _PER_SMOOTHED_BAND * bands
    fit = _PER_FIT * clusters * bands * min(sample, pixels)
    return _START + _AROUND * (fit + per_pixel * pixels / _MILLION) / workers


def statistics_seconds(pixels: int, bands: int, ordered: bool, workers: int) -> float:
    """Estimate the time of a table of statistics; `ordered` is for medians and the like."""
    per_pixel = _PER_MEASURED_PIXEL + bands * (_PER_MEASURED_BAND + ordered * _PER_ORDERED_BAND)
    return _START + _AROUND * per_pixel * pixels / _MILLION / workers


def expectation(  # noqa: PLR0913  (what is told)
    tiles: int, tile_size: int, workers: int, memory: int, seconds: float, of: str = ""
) -> str:
    """Say in a sentence what is expected; `of` names a part of a run."""
    division = f"{tiles} tiles of {tile_size} x {tile_size} pixels, {min(tiles, workers)} at a time"
    return (
        f"Expected{of and f' for {of}'}: {'1 tile' if tiles == 1 else division}; up to {in_words(memory)} of "
        f"memory; roughly {duration(seconds)}, longer where reading is slow."
    )


def described(rows: int, columns: int, bands: tuple[int, ...], nodata: tuple[float | None, ...]) -> str:
    """Say in a sentence what of an image is used."""
    values = dict.fromkeys(value for value in nodata if value is not None)
    known = ", ".join(f"{value:g}" for value in values) or "none"
    names = f"band {bands[0]}" if len(bands) == 1 else f"bands {_listed(bands)}"
    return f"Image: {columns} x {rows} pixels, {names}; nodata value: {known}."


def duration(seconds: float) -> str:
    """Return a time as people say it."""
    for limit, unit, name in ((90, 1, "second"), (5400, 60, "minute"), (math.inf, 3600, "hour")):
        if seconds < limit:
            number = max(1, round(seconds / unit))
            return f"{number} {name}{'' if number == 1 else 's'}"
    return "very long"


def _listed(numbers: tuple[int, ...]) -> str:
    if len(numbers) > 2 and numbers == tuple(range(numbers[0], numbers[-1] + 1)):
        return f"{numbers[0]} to {numbers[-1]}"
    return ", ".join(map(str, numbers))
