"""An emulated AWS for all tests of this folder; no connection leaves this machine."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal

pytest.importorskip("boto3")
pytest.importorskip("moto")

from shepherd_segmentation.core import segment_raster  # noqa: E402
from shepherd_segmentation.core.aws import FargateProfile, Journal  # noqa: E402

from ..core.data import scene_path  # noqa: E402
from .cloud import GUARD, Cloud  # noqa: E402
from .line import Line  # noqa: E402
from .policies import CLIENT_MAY, TASK_MAY  # noqa: E402
from .runs import SCENE, SPEC, TILE, labels_of  # noqa: E402

_spec = importlib.util.spec_from_file_location("connection_guard", GUARD / "sitecustomize.py")
_spec.loader.exec_module(importlib.util.module_from_spec(_spec))


@pytest.fixture(scope="session")
def shared_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cloud, FargateProfile]]:
    """One AWS for the whole session."""
    cloud = Cloud(tmp_path_factory.mktemp("cloud"))
    try:
        yield cloud, cloud.furnish()
    finally:
        cloud.close()


@pytest.fixture
def cloud(shared_cloud: tuple[Cloud, FargateProfile], monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """The AWS, without faults, and this process set up to use it."""
    found, _ = shared_cloud
    for name, value in found.environment().items():
        monkeypatch.setenv(name, value)
    found.earlier.update(task["id"] for task in found.tasks())
    found.control("clear")
    found.control("pages", size=100)
    found.control("delay", seconds=0.05)
    # Nobody may do more than the documentation asks for.
    found.control("policy", client=sorted(CLIENT_MAY), task=sorted(TASK_MAY))
    yield found
    found.control("clear")


@pytest.fixture
def line(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    """This process's line to AWS; the containers have another one."""
    found = Line(cloud.endpoint)
    monkeypatch.setenv("AWS_ENDPOINT_URL", found.address)
    monkeypatch.setenv("AWS_S3_ENDPOINT", found.address.rpartition("/")[2])
    yield found
    found.cut()


@pytest.fixture
def profile(shared_cloud: tuple[Cloud, FargateProfile]) -> FargateProfile:
    """A profile that works."""
    return shared_cloud[1]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """A journal of its own for every test."""
    return Journal(tmp_path / "journal")


@pytest.fixture(scope="session")
def expected(tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    """The labels of a local run of the scene that most tests use."""
    path = tmp_path_factory.mktemp("local") / "labels.tif"
    segment_raster(scene_path(SCENE), path, SPEC, workers=2)
    return labels_of(path)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray]:
    """A part of it that has six tiles, and the labels of a local run."""
    folder = tmp_path_factory.mktemp("small")
    window = [60, 80, 3 * TILE - 20, 2 * TILE - 10]
    gdal.Translate(str(folder / "scene.tif"), str(scene_path(SCENE)), srcWin=window)
    segment_raster(folder / "scene.tif", folder / "labels.tif", SPEC, workers=2)
    return folder / "scene.tif", labels_of(folder / "labels.tif")
