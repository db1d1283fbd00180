"""AWS's public prices, in US dollars, as they were on the date below."""

from __future__ import annotations

from dataclasses import dataclass

#: https://aws.amazon.com/fargate/pricing, /s3/pricing, /sqs/pricing, /ec2/pricing (data transfer)
DATE = "March 2026"


@dataclass(frozen=True)
class Prices:
    """Prices of a region, per hour where not said otherwise.

    Parameters
    ----------
    cpu, memory : float
        Of a vCPU and of a GB, on demand.
    region : str
        Whose prices these are.
    """

    cpu: float
    memory: float
    region: str


#: Spot prices vary; AWS gives "up to 70 %" off. This is the share that is left to pay.
SPOT_SHARE = 0.35
#: A GB of disk beyond the first 20.
STORAGE = 0.000111
#: A public IPv4 address.
ADDRESS = 0.005
#: Per request, and per GB out of AWS (into AWS is free).
PUT, GET, QUEUE_REQUEST, TRANSFER_OUT = 0.005 / 1000, 0.0004 / 1000, 0.4e-6, 0.09
#: Fargate bills at least this many seconds of a task.
MIN_SECONDS = 60

_X86 = {
    "us-east-1": (0.04048, 0.004445),
    "us-east-2": (0.04048, 0.004445),
    "us-west-2": (0.04048, 0.004445),
    "eu-west-1": (0.04048, 0.004445),
    "eu-central-1": (0.04656, 0.00511),
    "eu-west-2": (0.04656, 0.00511),
    "ap-southeast-2": (0.04856, 0.00532),
}
#: For regions that are not listed: on the high side.
_ELSEWHERE = (0.0696, 0.0076)
#: ARM64 costs this share of X86_64.
_ARM_SHARE = 0.8


def prices_of(region: str, architecture: str) -> Prices:
    """Return the prices of a region, or high ones for a region that is not in the table."""
    cpu, memory = _X86.get(region, _ELSEWHERE)
    share = _ARM_SHARE if architecture == "ARM64" else 1.0
    return Prices(cpu * share, memory * share, region if region in _X86 else "the dearest regions")


def task_price(prices: Prices, cpu: int, memory: int, storage: int = 0, spot: bool = False) -> float:
    """Return the price of a task for an hour.

    Parameters
    ----------
    cpu, memory : int
        CPU units and MiB.
    storage : int
        GiB of disk.
    """
    price = cpu / 1024 * prices.cpu + memory / 1024 * prices.memory
    return price * (SPOT_SHARE if spot else 1.0) + max(storage - 20, 0) * STORAGE + ADDRESS
