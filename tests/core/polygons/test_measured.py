"""Polygons that are measured in the same run."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from shepherd_segmentation.core import (
    Cancelled,
    ParameterError,
    Progress,
    StatisticsSpec,
    polygonize_with_statistics,
)
from tests.core.polygons.layers import check_polygons, read_layer
from tests.core.rasters import NORTH_UP, write_raster

LABELS = np.array([[1, 1, 2], [4, 4, 2], [4, 4, 0]], np.uint32)
VALUES = np.arange(9, dtype=np.float32).reshape(3, 3)
MEANS = {1: 0.5, 2: 3.5, 4: 5.0}


@pytest.fixture
def labels(tmp_path: Path) -> str:
    return write_raster(tmp_path / "labels.tif", LABELS[np.newaxis], nodata=0)


@pytest.fixture
def image(tmp_path: Path) -> str:
    return write_raster(tmp_path / "image.tif", VALUES[np.newaxis])


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "table.csv"
    path.write_text("segment_id,crop,b1_mean\n4,wheat,7\n1,maize,8\n")
    return str(path)


@pytest.mark.parametrize("name", ["out.gpkg", "out.shp", "out.geojson"])
def test_a_raster(labels: str, image: str, tmp_path: Path, name: str) -> None:
    spec = StatisticsSpec(statistics=("mean",), shape=("pixels",))
    result = polygonize_with_statistics(labels, tmp_path / name, image, spec)
    layer = read_layer(tmp_path / name)
    check_polygons(layer, LABELS, NORTH_UP)
    assert dict(zip(layer.column("segment_id"), layer.column("b1_mean"))) == MEANS
    assert layer.column("pixels") == [2, 2, 4]
    assert result.columns == ("segment_id", "pixels", "b1_mean")


def test_a_table_and_a_raster(labels: str, image: str, table: str, tmp_path: Path) -> None:
    warnings: list[str] = []

    class Listener(Progress):
        def warning(self, text: str) -> None:
            warnings.append(text)

    polygonize_with_statistics(
        labels,
        tmp_path / "out.gpkg",
        image,
        StatisticsSpec(("mean",)),
        statistics_table=table,
        progress=Listener(),
    )
    layer = read_layer(tmp_path / "out.gpkg")
    assert layer.columns == ("segment_id", "b1_mean", "crop", "b1_mean_1")
    assert layer.column("b1_mean") == list(MEANS.values())
    assert layer.column("crop") == ["maize", None, "wheat"]
    assert layer.column("b1_mean_1") == [8, None, 7]
    assert warnings == ["1 segment(s) have no row in the statistics table."]


def test_shape_alone(labels: str, tmp_path: Path) -> None:
    polygonize_with_statistics(labels, tmp_path / "out.gpkg", (), StatisticsSpec((), shape=("area",)))
    assert read_layer(tmp_path / "out.gpkg").columns == ("segment_id", "area")


def test_nothing_to_measure(labels: str, tmp_path: Path) -> None:
    polygonize_with_statistics(labels, tmp_path / "out.gpkg")
    assert read_layer(tmp_path / "out.gpkg").columns == ("segment_id",)


def test_a_bad_table_is_refused_before_measuring(labels: str, image: str, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("name,size\nx,1\n")
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(ParameterError, match="segment_id"):
        polygonize_with_statistics(labels, tmp_path / "out.gpkg", image, statistics_table=str(bad))
    assert sorted(os.listdir(tmp_path)) == before


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9])
def test_cancel_leaves_nothing(labels: str, image: str, table: str, tmp_path: Path, share: float) -> None:
    class Impatient(Progress):
        done = 0.0

        def fraction(self, done: float) -> None:
            self.done = done

        def is_cancelled(self) -> bool:
            return self.done >= share

    before = sorted(os.listdir(tmp_path))
    with pytest.raises(Cancelled):
        polygonize_with_statistics(
            labels, tmp_path / "out.gpkg", image, statistics_table=table, progress=Impatient()
        )
    assert sorted(os.listdir(tmp_path)) == before
