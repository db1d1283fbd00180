"""How much memory a run needs, and how much there is."""

from __future__ import annotations

import ctypes
import math
import os
import sys

from .errors import NotEnoughMemoryError

#: Bytes per pixel of the region graph at seven or more pixels per clump.
GRAPH_BYTES = 10.0
GRAPH_BYTES_PER_BAND = 1.2
#: The interpreter, the libraries and GDAL's block cache at the least.
BASE_BYTES = 300 * 2**20


def graph_bytes(pixels: int, bands: int) -> int:
    """Estimate the memory of the region graph of a raster."""
    return int(pixels * (GRAPH_BYTES + GRAPH_BYTES_PER_BAND * bands))


def tile_bytes(side: int, bands: int, item_size: int, smoothing: bool) -> int:
    """Estimate the memory of one tile while it is segmented.

    Parameters
    ----------
    side : int
        Rows or columns, with the halo.
    bands, item_size : int
        Number of bands and bytes per value of the features.
    smoothing : bool
    """
    per_pixel = bands * (item_size + (8 if smoothing else 0)) + (24 if smoothing else 0)
    # Valid pixels, clusters, singles with their targets, labels, pairs that touch, adjacency.
    return int(side * side * (per_pixel + 40))


def available_bytes() -> int | None:
    """Return the memory that new work may use, or None where nobody tells.

    That is what is free, and at most what the variable ``SHEPHERD_MEMORY_GB`` grants.
    """
    known = [size for size in (_free_bytes(), _granted_bytes()) if size is not None]
    return min(known, default=None)


def _granted_bytes() -> int | None:
    try:
        granted = float(os.environ.get("SHEPHERD_MEMORY_GB", ""))
    except ValueError:
        return None
    return int(granted * 2**30) if 0 < granted < math.inf else None


def _free_bytes() -> int | None:
    if sys.platform == "win32":
        return _available_on_windows()
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
        return None
    except OSError:  # macOS: what is free is not told cheaply; three quarters of all is a guide
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 3 // 4


def _available_on_windows() -> int | None:
    class Status(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ulong), ("load", ctypes.c_ulong)] + [
            (name, ctypes.c_ulonglong)
            for name in ("total", "available", "page", "page_free", "virtual", "virtual_free", "x")
        ]

    status = Status()
    status.length = ctypes.sizeof(Status)
    found = ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
    return int(status.available) if found else None


def check_memory(needed: int, cure: str) -> None:
    """Refuse a run that needs more memory than there is.

    Raises
    ------
    NotEnoughMemoryError
    """
    available = available_bytes()
    if available is not None and needed > available:
        raise NotEnoughMemoryError(
            f"This needs about {in_words(needed)} of memory, and only {in_words(available)} may be used: "
            f"{cure}"
        )


def in_words(size: float) -> str:
    """Return a number of bytes as people write it."""
    for unit in ("bytes", "KB", "MB", "GB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if size >= 10 or unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TB"
