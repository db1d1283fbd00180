"""What a job will need: memory, time, money."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..clustering.smooth import kernel_radius
from ..grid import TileGrid
from ..memory import BASE_BYTES, graph_bytes, in_words, tile_bytes
from ..regions.singles import EXACT_HALO, FIRST_HALO
from ..segmentation import DEFAULT_TILE_SIZE
from ..spec import SegmentationSpec
from . import prices as costs
from .prediction import SENT_BYTES, Prediction, predict
from .profile import FargateProfile
from .sizes import ALLOWED, FREE_STORAGE, MAX_STORAGE, MIN_STORAGE, cpu_in_words, pair_for

#: Bytes per pixel of the coordinator's disk.
_DISK_BYTES = 3.0
#: S3 and SQS requests per tile.
_PUTS, _GETS, _QUEUE_REQUESTS = 3, 4, 3
#: Every tile costs some requests, and is read with a margin: large tiles are worth it, if there are still
#: enough of them to keep workers busy.
_LARGE_TILE_SIZE, _ENOUGH_TILES = 2048, 16
#: Pixels from which the coordinator gets more vCPUs, whatever the memory asks for.
_MORE_CPU = ((2e9, 16384), (1e8, 4096))
#: The share of a task's memory that arrays may take.
_USABLE = 0.9


@dataclass(frozen=True)
class Estimate:
    """What a job will need.

    Parameters
    ----------
    pixels, tiles, tile_size : int
    threads : int
        Tiles at a time in a worker; 0 when not even one fits.
    worker_memory, coordinator_memory : int
        Bytes.
    coordinator : tuple of int, optional
        CPU units, MiB and GiB of disk; None when no size is large enough.
    prediction : Prediction
    cost : float
        US dollars.
    upload : int
        Bytes that this computer sends, before compression.
    price_note : str
    """

    pixels: int
    tiles: int
    tile_size: int
    threads: int
    worker_memory: int
    coordinator_memory: int
    coordinator: tuple[int, int, int] | None
    prediction: Prediction
    cost: float
    upload: int
    price_note: str

    def text(self, profile: FargateProfile, workers: int) -> str:
        """Return the estimate in words."""
        cpu, memory, _ = self.coordinator or (0, 0, 0)
        upload = f" This computer sends at most {in_words(self.upload)}." if self.upload else ""
        tiles = f"{self.tiles} tiles of {self.tile_size} x {self.tile_size} pixels"
        return (
            f"{'1 tile' if self.tiles == 1 else tiles} on {workers} worker{'s' * (workers > 1)} of "
            f"{cpu_in_words(int(profile.cpu))} and {int(profile.memory) / 1024:g} GB "
            f"({in_words(self.worker_memory)} needed), and a coordinator of "
            f"{cpu_in_words(cpu)} and {memory / 1024:g} GB ({in_words(self.coordinator_memory)} needed). "
            f"About {self.prediction.total / 60:.0f} min and {self.cost:.2f} US dollars ({self.price_note})."
            f"{upload}"
        )


def estimate(
    profile: FargateProfile,
    rows: int,
    columns: int,
    bands: int,
    item_size: int,
    spec: SegmentationSpec,
    tile_size: int,
    workers: int,
    uploaded: bool,
) -> Estimate:
    """Estimate a job.

    Parameters
    ----------
    rows, columns : int
        Of the extent.
    item_size : int
        Bytes per value of the features.
    uploaded : bool
        Whether this computer sends the pixels.
    """
    grid, pixels = TileGrid(rows, columns, tile_size), rows * columns
    tile = _bytes_of_tile(min(tile_size, max(rows, columns)), bands, item_size, spec, uploaded)
    threads = tiles_at_a_time(profile, tile)
    needed = coordinator_bytes(pixels, bands, tile_size)
    size = coordinator_size(profile, pixels, needed)
    cpu = int(profile.cpu) / 1024
    seconds = predict(pixels, bands, spec.clusters, workers, cpu, (size[0] if size else 32768) / 1024)
    price = costs.prices_of(profile.region, profile.architecture)
    return Estimate(
        pixels=pixels,
        tiles=len(grid),
        tile_size=tile_size,
        threads=threads,
        worker_memory=BASE_BYTES + max(threads, 1) * tile,
        coordinator_memory=needed,
        coordinator=size,
        prediction=seconds,
        cost=_cost(profile, workers, size, seconds, len(grid), pixels),
        upload=_upload_bytes(grid, bands, item_size, spec) if uploaded else 0,
        price_note=f"AWS's public prices in {price.region}, {costs.DATE}",
    )


def suitable_tile_size(  # noqa: PLR0913  (what decides on memory)
    profile: FargateProfile,
    rows: int,
    columns: int,
    bands: int,
    item_size: int,
    spec: SegmentationSpec,
    uploaded: bool,
) -> int:
    """Return the tile size for a job whose user leaves the choice to us; see `estimate`."""
    if len(TileGrid(rows, columns, _LARGE_TILE_SIZE)) < _ENOUGH_TILES:
        return DEFAULT_TILE_SIZE
    small, large = (
        tiles_at_a_time(profile, _bytes_of_tile(size, bands, item_size, spec, uploaded))
        for size in (DEFAULT_TILE_SIZE, _LARGE_TILE_SIZE)
    )
    return DEFAULT_TILE_SIZE if large < small else _LARGE_TILE_SIZE


def _bytes_of_tile(size: int, bands: int, item_size: int, spec: SegmentationSpec, uploaded: bool) -> int:
    """Return the memory that a worker needs for a tile."""
    side = size + 2 * (FIRST_HALO + kernel_radius(spec.smoothing))
    needed = tile_bytes(side, bands, item_size, spec.smoothing > 0)
    if uploaded:
        needed += int((side + 2 * EXACT_HALO) ** 2 * bands * item_size * 1.5)
    return needed


def tiles_at_a_time(profile: FargateProfile, tile: int) -> int:
    """Return how many tiles a worker has in work, as far as its memory is enough.

    Half as many again as it has vCPUs: some tiles are always on their way from or to S3.
    """
    room = int(int(profile.memory) * 2**20 * _USABLE - BASE_BYTES) // tile
    return max(min(math.ceil(1.5 * int(profile.cpu) / 1024), room), 0)


def coordinator_bytes(pixels: int, bands: int, tile_size: int) -> int:
    """Return the memory that the coordinator needs."""
    return 2 * BASE_BYTES + graph_bytes(pixels, bands) + 16 * min(tile_size**2, pixels) * 4


def coordinator_size(profile: FargateProfile, pixels: int, needed: int) -> tuple[int, int, int] | None:
    """Return CPU units, MiB and GiB of disk of the coordinator; None if nothing is large enough."""
    least = next((cpu for limit, cpu in _MORE_CPU if pixels >= limit), int(profile.cpu))
    pair = pair_for(needed / 2**20 / _USABLE, max(least, int(profile.cpu)))
    disk = math.ceil(pixels * _DISK_BYTES / 2**30 + 4)
    if pair is None or disk > MAX_STORAGE:
        return None
    storage = max(disk, MIN_STORAGE) if disk > FREE_STORAGE else max(profile.ephemeral_storage, FREE_STORAGE)
    return (*pair, storage)


def _upload_bytes(grid: TileGrid, bands: int, item_size: int, spec: SegmentationSpec) -> int:
    margin = 2 * (EXACT_HALO + kernel_radius(spec.smoothing))
    return int(grid.rows * grid.columns * bands * item_size * (1 + margin / grid.tile_size) ** 2)


def _cost(
    profile: FargateProfile,
    workers: int,
    size: tuple[int, int, int] | None,
    seconds: Prediction,
    tiles: int,
    pixels: int,
) -> float:
    price = costs.prices_of(profile.region, profile.architecture)
    worker = costs.task_price(
        price, int(profile.cpu), int(profile.memory), profile.ephemeral_storage, profile.spot
    )
    coordinator = costs.task_price(price, *(size or (32768, 249856, 200)))
    busy = max(seconds.starting + seconds.preparing + seconds.tiles, costs.MIN_SECONDS)
    requests = tiles * (_PUTS * costs.PUT + _GETS * costs.GET + _QUEUE_REQUESTS * costs.QUEUE_REQUEST)
    transfer = pixels * SENT_BYTES / 1e9 * costs.TRANSFER_OUT
    return workers * worker * busy / 3600 + coordinator * seconds.total / 3600 + requests + transfer


def hourly_price(profile: FargateProfile, workers: int, size: tuple[int, int, int]) -> float:
    """Return what a job costs for every hour that it runs."""
    price = costs.prices_of(profile.region, profile.architecture)
    worker = costs.task_price(
        price, int(profile.cpu), int(profile.memory), profile.ephemeral_storage, profile.spot
    )
    return workers * worker + costs.task_price(price, *size)


def check_limits(profile: FargateProfile, found: Estimate, workers: int) -> list[str]:
    """Return what is impossible or beyond the profile's limits, as sentences."""
    problems = []
    if not found.threads:
        problems.append(
            f"A tile needs more memory than a worker has ({int(profile.memory) / 1024:g} GB): use "
            "smaller tiles, or give the profile more memory."
        )
    if found.coordinator is None:
        most = max(ALLOWED[32768]) / 1024
        problems.append(
            f"The region graph needs {found.coordinator_memory / 2**30:.0f} GB and Fargate's largest "
            f"task has {most:g} GB: segment the raster in parts with an extent."
        )
    hours = found.prediction.total / 3600
    if hours > profile.max_hours:
        problems.append(
            f"The job would take about {hours:.1f} hours, and the profile allows {profile.max_hours:g}: "
            f"use more workers than {workers}, or raise the limit."
        )
    if found.cost > profile.max_cost:
        problems.append(
            f"The job would cost about {found.cost:.2f} US dollars ({found.price_note}), and the profile "
            f"allows {profile.max_cost:g}: raise the limit, use Spot, or an extent."
        )
    return problems
