"""Arrays as bytes, without pickle, and small where that is cheap.

An object is an ``.npz`` file; the end of an array's name tells how it was made smaller:

- ``~d``: differences of neighbouring pixels, which deflate packs much better (images, on their
  way through a slow line);
- ``~n...``: integers in a narrower type than they had, counted from the smallest;
- ``~s...``: the same of the differences of an increasing series;
- ``~l``: labels of a tile in two bits each, see `label_codes`.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import numpy as np

from ..dtypes import LABEL
from ..errors import WorkspaceError
from ..workspace.base import Arrays
from .label_codes import decode_labels, encode_labels

_DELTA, _NARROW, _SERIES, _LABELS = "~d", "~n", "~s", "~l"
_WIDE = ("int64", "uint64")
#: Parts that belong to the one before them.
_BESIDE = ("~llisted", "~lshape", "base")
#: An object may not unpack to more than this: tiles are far smaller, the lookup tables are not.
MAX_BYTES = 64 * 2**30


def pack(arrays: Arrays, compress: bool = False) -> bytes:
    """Return arrays as the bytes of an ``.npz`` file.

    Parameters
    ----------
    arrays : dict of str to ndarray
    compress : bool
        Whether bytes cost more than time.
    """
    buffer = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", method, compresslevel=1 if compress else None) as archive:
        for name, array in arrays.items():
            for key, part in _smaller(name, np.asarray(array), compress):
                with archive.open(f"{key}.npy", "w", force_zip64=True) as stream:
                    np.lib.format.write_array(stream, np.asarray(part, order="C"), allow_pickle=False)
    return buffer.getvalue()


def _smaller(name: str, array: np.ndarray, compress: bool) -> Iterator[tuple[str, np.ndarray]]:
    """Yield what stands for an array, and under which names."""
    if compress and array.ndim >= 2 and array.dtype.kind in "iu":
        yield name + _DELTA, _differences(array)
    elif array.ndim == 2 and array.dtype == LABEL and array.size:
        codes, listed = encode_labels(array)
        yield f"{name}{_LABELS}", codes
        yield f"{name}{_LABELS}listed", listed
        yield f"{name}{_LABELS}shape", np.array(array.shape, np.int64)
    elif array.dtype.name in _WIDE and array.ndim and array.size:
        if array.ndim == 1 and array[0] == 0 and (array[1:] >= array[:-1]).all():
            yield f"{name}{_SERIES}{array.dtype.name}", _narrow(np.diff(array))
        else:
            base, narrow = _offsets(array)
            yield f"{name}{_NARROW}{array.dtype.name}", narrow
            yield f"{name}{_NARROW}{array.dtype.name}base", base
    else:
        yield name, array


def _narrow(array: np.ndarray) -> np.ndarray:
    """Return numbers that are not negative in the smallest type that holds them all."""
    return array.astype(np.min_scalar_type(array.max())) if array.size else array


def _offsets(array: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the smallest number, and the others counted from it.

    The largest possible number stands for "none" in tile graphs; it becomes the largest of the
    narrow type, and so does not keep that wide.
    """
    none = np.iinfo(array.dtype).max
    missing = array == none
    base = array.min()
    offsets = np.where(missing, 0, array - base).astype(np.uint64) if base != none else array * 0
    narrow = offsets.astype(np.min_scalar_type(int(offsets.max()) + 1))
    narrow[missing] = np.iinfo(narrow.dtype).max
    return base[np.newaxis], narrow


def _from_offsets(narrow: np.ndarray, base: np.ndarray, dtype: np.dtype) -> np.ndarray:
    if base.shape != (1,) or base.dtype != dtype or narrow.dtype.kind != "u":
        raise ValueError("its integers are of another type")
    wide = narrow.astype(dtype)
    wide += base[0]
    wide[narrow == np.iinfo(narrow.dtype).max] = np.iinfo(dtype).max
    return wide


def unpack(data: bytes, name: str) -> Arrays:
    """Return the arrays of `pack`'s bytes; their types and shapes are still to be checked.

    Raises
    ------
    WorkspaceError
        Naming the object, if these are not such bytes.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_BYTES:
                raise ValueError("it is too large")
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            parts = dict(stored.items())
        return dict(_restored(key, parts) for key in parts if not key.endswith(_BESIDE))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, NotImplementedError) as error:
        raise WorkspaceError(
            f"The object {name} of the job is damaged ({error}): start the job again."
        ) from error


def _restored(key: str, parts: Arrays) -> tuple[str, np.ndarray]:
    name, mark, rest = key.partition("~")
    array, mark = parts[key], mark + rest[:1]
    if mark == _DELTA:
        return name, _summed(array)
    if mark == _LABELS:
        return name, decode_labels(array, parts[f"{key}listed"], parts[f"{key}shape"])
    if mark in (_NARROW, _SERIES):
        if rest[1:] not in _WIDE or array.dtype.kind not in "iu":
            raise ValueError("its integers are of another type")
        if mark == _NARROW:
            return name, _from_offsets(array, parts[f"{key}base"], np.dtype(rest[1:]))
        wide = array.astype(rest[1:])
        series = np.zeros(wide.size + 1, wide.dtype)
        np.cumsum(wide, out=series[1:])
        return name, series
    return key, array


def _differences(array: np.ndarray) -> np.ndarray:
    """Return differences to the left neighbour; they wrap around, so nothing is lost."""
    unsigned = np.ascontiguousarray(array).view(np.dtype(f"u{array.dtype.itemsize}"))
    out = unsigned.copy()
    out[..., 1:] -= unsigned[..., :-1]
    return out.view(array.dtype)


def _summed(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind not in "iu" or array.ndim < 2:
        raise ValueError("its differences are not integers")
    unsigned = array.view(np.dtype(f"u{array.dtype.itemsize}"))
    return np.cumsum(unsigned, axis=-1, dtype=unsigned.dtype).view(array.dtype)
