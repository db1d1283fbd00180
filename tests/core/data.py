"""Where the tests find real scenes and the golden results."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "tests" / "data"
BESIDE = ROOT.parent / "shared"

#: Scenes that come with the repository; a test that needs one of them never skips.
SHIPPED_SCENES = frozenset({"s2_inn_demo_4band.tif", "naip_nd_2017_4band.tif", "l7_olinda_6band.tif"})
GOLDEN_CASES = (
    "olinda_k40_min20_p25",
    "inn_k60_min50",
    "inn_k30_min100_eight",
    "nd2017_k60_min50",
)


@dataclass(frozen=True)
class GoldenCase:
    """A result of an independent implementation, with all that led to it."""

    image: NDArray
    valid: NDArray[np.bool_]
    centres: NDArray[np.float64]
    clusters: NDArray[np.int64]
    labels: NDArray[np.int64]
    params: dict[str, Any]

    @property
    def connectivity(self) -> int:
        """4 or 8."""
        return 4 if self.params["four_connected"] else 8


def locate(kind: str, name: str) -> Path | None:
    """Return the file `name` of `imagery` or `golden`, or None where there is none."""
    candidates = (folder / kind / name for folder in (SHIPPED, BESIDE))
    return next((path for path in candidates if path.is_file()), None)


def scene_path(name: str) -> Path:
    """Return the path of a scene; skip the test when a scene too large to ship is not there.

    Raises
    ------
    FileNotFoundError
        When a scene is missing that comes with the repository.
    """
    path = locate("imagery", name)
    if path is not None:
        return path
    if name in SHIPPED_SCENES:
        raise FileNotFoundError(f"tests/data/imagery/{name} belongs to the repository")
    pytest.skip(f"the scene {name} is not shipped: put it in tests/data/imagery")


def read_scene(name: str) -> tuple[NDArray, NDArray[np.bool_]]:
    """Read a scene: its bands (bands, rows, cols), and which pixels are valid in all of them."""
    from osgeo import gdal

    dataset = gdal.OpenEx(str(scene_path(name)))
    bands = [dataset.GetRasterBand(i + 1) for i in range(dataset.RasterCount)]
    image = np.stack([band.ReadAsArray() for band in bands])
    masks = np.stack([band.GetMaskBand().ReadAsArray() for band in bands])
    return image, ((masks > 0) & np.isfinite(image)).all(axis=0)


def golden_case(name: str) -> GoldenCase:
    """Read a golden result and the image it belongs to."""
    path = locate("golden", f"{name}.npz")
    if path is None:
        raise FileNotFoundError(f"tests/data/golden/{name}.npz belongs to the repository")
    with np.load(path, allow_pickle=False) as stored:
        params = json.loads(str(stored["params"]))
        image, valid = read_scene(params["image"])
        return GoldenCase(
            image,
            valid,
            stored["centres"],
            stored["clusters"].astype(np.int64),
            stored["labels"].astype(np.int64),
            params,
        )
