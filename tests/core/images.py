"""Small images on which the engine is tried: easy ones, and ones made to be hard."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage


def row(*values: float) -> NDArray:
    """Return an image of one band and one row."""
    return np.array([[values]])


def everywhere(image: NDArray) -> NDArray[np.bool_]:
    """Return a mask without null pixels."""
    return np.ones(image.shape[1:], dtype=bool)


def make_image(kind: str, seed: int, bands: int, rows: int, columns: int) -> NDArray[np.int64]:
    """Make an image (bands, rows, columns) with values from 0 to 99.

    "noise" makes nearly every pixel a single one, "coarse" some of them; "ramp" makes long chains
    of single pixels; "stripes" and "checkers" meet at corners and tie; "equal" is constant.
    """
    random = np.random.default_rng(seed)
    return _MAKERS[kind](random, (bands, rows, columns))


def _ramp(random: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.int64]:
    bands, rows, columns = shape
    along = np.arange(rows * columns).reshape(rows, columns)
    ramp = along * 99 // max(rows * columns - 1, 1)
    return np.stack([ramp, *random.integers(0, 3, (bands - 1, rows, columns))])


def _diagonals(shape: tuple[int, ...], period: int) -> NDArray[np.int64]:
    down, across = np.mgrid[: shape[1], : shape[2]]
    return np.broadcast_to((down + across) % period, shape).copy()


def _blobs(random: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.int64]:
    field = ndimage.gaussian_filter(random.normal(size=shape), (0, 2, 2))
    field += 0.02 * random.normal(size=shape)
    low, high = field.min(), field.max()
    return np.rint(99 * (field - low) / max(high - low, 1e-9)).astype(np.int64)


_MAKERS = {
    "noise": lambda random, shape: random.integers(0, 100, shape),
    "coarse": lambda random, shape: 10 * random.integers(0, 4, shape),
    "blobs": _blobs,
    "ramp": _ramp,
    "stripes": lambda random, shape: 20 * _diagonals(shape, 4),
    "checkers": lambda random, shape: 50 * _diagonals(shape, 2) + random.integers(0, 2, shape),
    "equal": lambda random, shape: np.full(shape, 7),
}
#: Kinds of images that `make_image` knows.
KINDS = tuple(_MAKERS)


def make_valid(kind: str, seed: int, rows: int, columns: int) -> NDArray[np.bool_]:
    """Make a mask (rows, columns): "all", "holes", "frame" of nulls, "islands" or "none" is valid."""
    random = np.random.default_rng(seed + 1)
    valid = np.ones((rows, columns), dtype=bool)
    if kind == "holes":
        valid = random.random(valid.shape) > 0.15
    elif kind == "frame":
        valid[:2] = valid[-2:] = False
        valid[:, :2] = valid[:, -2:] = False
    elif kind == "islands":
        valid = ndimage.gaussian_filter(random.normal(size=valid.shape), 1.5) > 0
    elif kind == "none":
        valid[:] = False
    return valid


def snake(side: int, turns: int) -> NDArray[np.bool_]:
    """Mark a path one pixel wide that winds through `turns` rows, with walls between them."""
    path = np.zeros((2 * turns - 1, side), dtype=bool)
    path[::2] = True
    path[1::4, -1] = True
    path[3::4, 0] = True
    return path
