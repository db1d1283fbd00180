"""How long a job will take. Rates were measured; they are on the safe side."""

from __future__ import annotations

from dataclasses import dataclass

#: Seconds until a task runs: network, image, start of Python.
START_UP = 60.0
#: Bytes per second between S3 and the coordinator; AWS states none, 5 Gbit/s are usual.
NETWORK = 600e6
#: Bytes per pixel that the coordinator fetches (graphs and labels) and sends (the raster).
_FETCHED_BYTES, SENT_BYTES = 2.5, 1.0


@dataclass(frozen=True)
class Rates:
    """Seconds per pixel of one vCPU.

    "Alone" is what one thread of the coordinator does while the others wait, "shared" what all do.
    """

    read: float
    store: float
    cluster_per_centre_and_band: float
    segment: float
    stitch_alone: float
    stitch_shared: float
    eliminate_alone: float
    eliminate_shared: float
    write_alone: float
    write_shared: float


#: Measured (tests/benchmarks/prediction.py) and half as much again, as vCPUs differ; what depends on
#: how much the tiles leave of the graph, twice that.
RATES = Rates(
    read=9e-8,
    store=5e-8,
    cluster_per_centre_and_band=4e-10,
    segment=1.2e-7,
    stitch_alone=4e-9,
    stitch_shared=1.5e-8,
    eliminate_alone=1.2e-8,
    eliminate_shared=1.8e-8,
    write_alone=6e-9,
    write_shared=3e-8,
)
#: Seconds to fit the clusters, and to start and stop everything else.
_PREPARE = 15.0


@dataclass(frozen=True)
class Prediction:
    """Elapsed seconds of the stages of a job.

    Parameters
    ----------
    starting, preparing, tiles, stitching, elimination, writing : float
        `stitching` is what the tiles do not hide.
    """

    starting: float
    preparing: float
    tiles: float
    stitching: float
    elimination: float
    writing: float

    @property
    def total(self) -> float:
        """All of them."""
        return sum(vars(self).values())

    @property
    def limiting(self) -> str:
        """The stage that takes longest."""
        return max(vars(self), key=lambda name: vars(self)[name])


def predict(
    pixels: int,
    bands: int,
    clusters: int,
    workers: int,
    cpu: float,
    coordinator_cpu: float,
    rates: Rates = RATES,
) -> Prediction:
    """Predict the elapsed time of a job whose input is in the cloud.

    Parameters
    ----------
    cpu, coordinator_cpu : float
        vCPUs of a worker and of the coordinator.
    rates : Rates
    """
    per_pixel = rates.read + rates.store + rates.segment
    per_pixel += rates.cluster_per_centre_and_band * clusters * bands
    tiles = pixels * per_pixel / (workers * cpu)
    fetch = _FETCHED_BYTES / NETWORK
    stitching = pixels * (max(rates.stitch_alone, fetch) + rates.stitch_shared / coordinator_cpu)
    return Prediction(
        starting=START_UP,
        preparing=_PREPARE,
        tiles=tiles,
        stitching=max(stitching - tiles, 0.0),
        elimination=pixels * (rates.eliminate_alone + rates.eliminate_shared / coordinator_cpu),
        writing=pixels * (rates.write_alone + SENT_BYTES / NETWORK + rates.write_shared / coordinator_cpu),
    )
