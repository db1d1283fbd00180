"""Statistics and polygons from the run that makes the segments."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal

from shepherd_segmentation.core import (
    Cancelled,
    ParameterError,
    Progress,
    SegmentationSpec,
    segment_columns,
    segment_raster,
    segment_with_products,
)
from shepherd_segmentation.core.products import MEASURED
from tests.core.data import scene_path
from tests.core.polygons.layers import check_polygons, read_layer

SPEC = SegmentationSpec(clusters=10, min_segment_size=30)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("image") / "inn.tif")
    gdal.Translate(path, str(scene_path("s2_inn_demo_4band.tif")), srcWin=[150, 60, 120, 100])
    return path


def outputs(folder: Path, table: str = "table.gpkg") -> dict[str, str]:
    names = {"output": "labels.tif", "polygons": "polygons.gpkg", "statistics_table": table}
    return {name: str(folder / path) for name, path in names.items()}


def read(path: str) -> np.ndarray:
    return gdal.Open(path).ReadAsArray()


@pytest.mark.parametrize("table", ["table.gpkg", "table.csv"])
def test_all_outputs(image: str, tmp_path: Path, table: str) -> None:
    paths = outputs(tmp_path, table)
    result = segment_with_products(image, spec=SPEC, **paths)
    plain = tmp_path / "plain"
    plain.mkdir()
    segment_raster(image, plain / "labels.tif", SPEC)
    labels = read(paths["output"])
    assert np.array_equal(labels, read(str(plain / "labels.tif")))
    expected = segment_columns(paths["output"], image, MEASURED)
    rows, layer = read_layer(paths["statistics_table"]), read_layer(paths["polygons"])
    assert rows.columns == layer.columns == expected.names
    assert len(rows.rows) == len(layer.rows) == result.segment_count
    for name in expected.names:
        values = [np.nan if value is None else value for value in rows.column(name)]
        np.testing.assert_array_equal(values, expected[name])
        assert layer.column(name) == rows.column(name)
    check_polygons(layer, labels, gdal.Open(image).GetGeoTransform())
    assert sorted(os.listdir(tmp_path)) == sorted(["labels.tif", "plain", "polygons.gpkg", table])


def test_only_polygons_have_the_statistics_too(image: str, tmp_path: Path) -> None:
    segment_with_products(image, tmp_path / "a.tif", SPEC, polygons=tmp_path / "a.gpkg")
    assert {"area", "b1_mean", "b4_max"} <= set(read_layer(tmp_path / "a.gpkg").columns)
    assert sorted(os.listdir(tmp_path)) == ["a.gpkg", "a.tif"]


@pytest.mark.parametrize("georeferenced", [True, False])
def test_an_extent_with_bands_and_nodata(image: str, tmp_path: Path, georeferenced: bool) -> None:
    source, (left, width, _, top, _, height) = image, gdal.Open(image).GetGeoTransform()
    extent = (left + 20 * width, top + 80 * height, left + 90 * width, top + 10 * height)
    values = read(image)
    if not georeferenced:
        source, extent = str(tmp_path / "plain.tif"), (20, 10, 90, 80)
        dataset = gdal.GetDriverByName("GTiff").Create(source, 120, 100, 4, gdal.GDT_UInt16)
        dataset.WriteArray(values)
        del dataset
    nodata = int(values[2, 40, 50])
    spec = SegmentationSpec(bands=(3, 1), clusters=10, min_segment_size=30, nodata=nodata)
    table = tmp_path / "t.gpkg"
    segment_with_products(source, tmp_path / "a.tif", spec, statistics_table=table, extent=extent)
    labels, layer = read(str(tmp_path / "a.tif")), read_layer(table)
    part = values[:, 10:80, 20:90].astype(float)
    assert labels.shape == (70, 70) and (labels[(part[2] == nodata) | (part[0] == nodata)] == 0).all()
    for band in (1, 3):
        means = [part[band - 1][labels == i].mean() for i in layer.column("segment_id")]
        np.testing.assert_allclose(layer.column(f"b{band}_mean"), means, rtol=1e-12)
    assert not any(name.startswith(("b2", "b4")) for name in layer.columns)


def test_no_segment_at_all(image: str, tmp_path: Path) -> None:
    spec = SegmentationSpec(nodata=0)
    path = str(tmp_path / "empty.tif")
    gdal.GetDriverByName("GTiff").Create(path, 20, 20, 1, gdal.GDT_Byte).FlushCache()
    paths = outputs(tmp_path)
    assert segment_with_products(path, spec=spec, **paths).segment_count == 0
    assert read_layer(paths["polygons"]).rows == read_layer(paths["statistics_table"]).rows == []


@pytest.mark.parametrize(
    ("parameter", "name", "words"),
    [
        ("polygons", "a.docx", "ends in"),
        ("statistics_table", "a.docx", "ends in"),
        ("statistics_table", "polygons.gpkg", "another result"),
        ("polygons", "nowhere/a.gpkg", "does not exist"),
        ("statistics_table", "nowhere/a.gpkg", "does not exist"),
    ],
)
def test_refused_before_the_run(image: str, tmp_path: Path, parameter: str, name: str, words: str) -> None:
    paths = {**outputs(tmp_path), parameter: str(tmp_path / name)}
    with pytest.raises(ParameterError, match=words) as caught:
        segment_with_products(image, spec=SPEC, **paths)
    assert caught.value.parameter == parameter
    assert os.listdir(tmp_path) == []


def test_the_input_is_no_output(image: str, tmp_path: Path) -> None:
    for parameter in ("output", "polygons", "statistics_table"):
        with pytest.raises(ParameterError, match="the input") as caught:
            segment_with_products(image, spec=SPEC, **{**outputs(tmp_path), parameter: image})
        assert caught.value.parameter == parameter


@pytest.mark.parametrize("share", [0.0, 0.3, 0.56, 0.65, 0.75, 0.9, 0.99])
def test_cancel_in_any_phase_leaves_nothing(image: str, tmp_path: Path, share: float) -> None:
    class Impatient(Progress):
        done = 0.0

        def fraction(self, done: float) -> None:
            assert done >= self.done - 1e-9
            self.done = done

        def is_cancelled(self) -> bool:
            return self.done >= share

    (tmp_path / "labels.tif").write_text("older")
    with pytest.raises(Cancelled):
        segment_with_products(image, spec=SPEC, progress=Impatient(), **outputs(tmp_path))
    assert os.listdir(tmp_path) == ["labels.tif"]
    assert (tmp_path / "labels.tif").read_text() == "older"
