"""Arrays come out of the bucket as they went in; what is damaged or foreign is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from shepherd_segmentation.core import WorkspaceError
from shepherd_segmentation.core.aws.label_codes import decode_labels, encode_labels
from shepherd_segmentation.core.aws.packing import pack, unpack


@pytest.mark.parametrize("kind", ["u1", "u2", "i2", "u4", "i4", "i8", "f4", "f8", "?"])
def test_arrays_survive_packing(kind: str) -> None:
    random = np.random.default_rng(3)
    arrays = {
        "image": (random.normal(0, 1000, (3, 17, 31))).astype(kind),
        "empty": np.empty((0, 4), kind),
        "line": random.integers(0, 2, 9).astype(kind),
        "number": np.array(5).astype(kind),
    }
    if kind[0] in "iu":
        limits = np.iinfo(kind)
        arrays["none"] = np.array([3, 250, limits.max, 7], kind)
        arrays["nothing"] = np.array([limits.max, limits.max], kind)
        arrays["edges"] = np.array([limits.min, limits.max - 1, limits.max], kind)
        arrays["byte"] = np.array([10, 10 + 255, 10 + 254, limits.max], "i8").astype(kind)
    for compress in (False, True):
        found = unpack(pack(arrays, compress), "x")
        assert list(found) == list(arrays)
        for name, array in arrays.items():
            assert found[name].dtype == array.dtype and found[name].shape == array.shape
            assert (found[name] == array).all()


@pytest.mark.parametrize("series", [[0], [0, 0, 5, 700, 70_000], [0, 2**40], [1, 2], [5, 3, -9], []])
def test_series_survive_packing(series: list[int]) -> None:
    for kind in (np.int64, np.int32):
        if max(series, default=0) < 2**31 or kind is np.int64:
            array = np.array(series, kind)
            found = unpack(pack({"a": array}), "x")["a"]
            assert found.dtype == array.dtype and found.tolist() == series


@pytest.mark.parametrize("seed", range(6))
def test_labels_survive_packing(seed: int) -> None:
    random = np.random.default_rng(seed)
    shape = tuple(random.integers(1, 40, 2))
    labels = np.sort(random.integers(0, 30, shape), axis=seed % 2).astype(np.uint32)
    labels[random.random(shape) < 0.1] = random.integers(0, 2**32, dtype=np.uint32)
    found = unpack(pack({"labels": labels}), "x")["labels"]
    assert found.dtype == labels.dtype and (found == labels).all()


def test_damaged_labels_are_refused() -> None:
    labels = np.arange(24, dtype=np.uint32)[::-1].reshape(4, 6)
    codes, listed = encode_labels(labels)
    shape = np.array([4, 6])
    assert (decode_labels(codes, listed, shape) == labels).all()
    for parts in (
        (codes, listed[1:], shape),
        (codes[1:], listed, shape),
        (codes, listed, np.array([6, 5])),
        (codes, listed, np.array([-4, -6])),
        (codes, listed.astype(np.int64), shape),
    ):
        with pytest.raises(ValueError, match="do not fit together"):
            decode_labels(*parts)


def test_damaged_and_foreign_objects_are_refused() -> None:
    data = pack({"a": np.arange(1000).reshape(10, 100)})
    for damaged in (
        b"",
        b"text",
        data[:-30],
        data[: len(data) // 2] + b"\0\1\2\3" + data[len(data) // 2 + 4 :],
    ):
        with pytest.raises(WorkspaceError, match="The object x of the job is damaged"):
            unpack(damaged, "x")


def test_pickles_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "evil.npz", a=np.array([{"x": 1}], dtype=object))
    with pytest.raises(WorkspaceError, match="damaged"):
        unpack((tmp_path / "evil.npz").read_bytes(), "evil")
