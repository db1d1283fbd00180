"""Tables in files, mean images and attribute tables; what happens when something goes wrong."""

from __future__ import annotations

import csv
import os
import sqlite3

import numpy as np
import pytest
from osgeo import gdal, ogr

from shepherd_segmentation.core import (
    Cancelled,
    ParameterError,
    Progress,
    RasterError,
    StatisticsSpec,
    segment_columns,
    segment_statistics,
)
from shepherd_segmentation.core.statistics import table_file
from shepherd_segmentation.core.statistics.spec import SHAPES, STATISTICS
from tests.core.statistics.scenes import NORTH_UP, patches, save

ALL = StatisticsSpec(STATISTICS, (2.5, 25), SHAPES, True)


@pytest.fixture
def inputs(tmp_path):
    labels = patches(90, 80, 12)
    labels[70:, 60:] = 4000
    image = np.random.default_rng(0).normal(300, 1, (2, 90, 80)).astype(np.float32)
    image[:, 65:, 55:] = np.nan
    folder = tmp_path / "in"
    folder.mkdir()
    return save(folder / "l.tif", labels), save(folder / "i.tif", image)


def read_layer(path, name=None):
    dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR)
    layer = dataset.GetLayerByName(name) if name else dataset.GetLayer(0)
    fields = [layer.GetLayerDefn().GetFieldDefn(i) for i in range(layer.GetLayerDefn().GetFieldCount())]
    rows = [[feature.GetField(i) for i in range(len(fields))] for feature in layer]
    columns = {
        field.GetName(): np.array([np.nan if row[i] is None else row[i] for row in rows], float)
        for i, field in enumerate(fields)
    }
    types = {field.GetName(): field.GetType() for field in fields}
    return columns, types, layer.GetGeomType()


@pytest.mark.parametrize("suffix", ["gpkg", "sqlite", "csv", "xlsx", "ods", "dbf"])
def test_formats(suffix, inputs, tmp_path):
    output = tmp_path / f"My table.{suffix}"
    result = segment_statistics(*inputs, output, ALL)
    expected = segment_columns(*inputs, ALL)
    assert result.columns == expected.names and result.segment_count == len(expected)
    assert result.output == str(output) and os.listdir(tmp_path) and "in" in os.listdir(tmp_path)
    assert sorted(os.listdir(tmp_path)) == sorted(["in", output.name])
    if suffix == "csv":
        with open(output, newline="") as stream:
            rows = list(csv.reader(stream))
        columns = {
            name: np.array([float(row[i] or "nan") for row in rows[1:]]) for i, name in enumerate(rows[0])
        }
    else:
        columns, types, geometry = read_layer(output)
        assert geometry == ogr.wkbNone
        assert types["segment_id"] in (ogr.OFTInteger, ogr.OFTInteger64)
    if suffix == "dbf":
        assert all(len(name) <= 10 for name in columns) and len(columns) == len(expected.names)
    for name, found in zip(expected.names, columns.values()):
        tolerance = 1e-9 if suffix == "dbf" else 1e-14 if suffix in ("xlsx", "ods") else 0
        np.testing.assert_allclose(found, expected[name].astype(float), rtol=tolerance, atol=0, err_msg=name)
    if suffix != "dbf":
        assert tuple(columns) == expected.names
    assert np.isnan(expected["b1_mean"]).any()


def test_geopackage_has_nulls_and_types(inputs, tmp_path):
    segment_statistics(*inputs, tmp_path / "t.gpkg", ALL)
    with sqlite3.connect(tmp_path / "t.gpkg") as connection:
        kinds = connection.execute(
            "SELECT DISTINCT typeof(segment_id), typeof(b1_count), typeof(pixels) FROM t"
        ).fetchall()
        assert kinds == [("integer", "integer", "integer")]
        kinds = connection.execute(
            "SELECT DISTINCT typeof(b1_mean), typeof(b1_variety) FROM t ORDER BY 1"
        ).fetchall()
        assert kinds == [("null", "null"), ("real", "integer")]
        assert connection.execute("SELECT feature_count FROM gpkg_ogr_contents").fetchone() == (
            connection.execute("SELECT count(*) FROM t").fetchone()
        )
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_names_that_are_too_long_for_dbase_are_told(inputs, tmp_path):
    class Listener(Progress):
        warnings = []

        def warning(self, text):
            self.warnings.append(text)

    segment_statistics(*inputs, tmp_path / "t.dbf", ALL, progress=Listener())
    assert len(Listener.warnings) == 1 and "rectangula for rectangularity" in Listener.warnings[0]


def make_database(path):
    dataset = gdal.GetDriverByName("GPKG").Create(str(path), 0, 0, 0, gdal.GDT_Unknown)
    layer = dataset.CreateLayer("fields", None, ogr.wkbPolygon)
    feature = ogr.Feature(layer.GetLayerDefn())
    feature.SetGeometry(ogr.CreateGeometryFromWkt("POLYGON((0 0,1 0,1 1,0 0))"))
    layer.CreateFeature(feature)
    dataset = layer = None


def test_other_layers_of_a_geopackage_are_kept(inputs, tmp_path):
    path = tmp_path / "project.gpkg"
    make_database(path)
    before = path.read_bytes()
    with pytest.raises(ParameterError, match="other layers"):
        segment_statistics(*inputs, path)
    with pytest.raises(ParameterError, match="geometries"):
        segment_statistics(*inputs, path, layer="fields")
    assert path.read_bytes() == before
    for spec in (StatisticsSpec(("min",)), ALL, ALL):
        result = segment_statistics(*inputs, path, spec, layer="my stats")
        assert result.layer == "my stats"
        columns, _, _ = read_layer(path, "my stats")
        assert tuple(columns) == result.columns
        dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR)
        assert dataset.GetLayerByName("fields").GetFeatureCount() == 1
        assert dataset.GetLayerByName("my stats").GetFeatureCount() == result.segment_count
        assert dataset.GetLayerCount() == 2
        dataset = None
    # The counts of GDAL go on working.
    dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR | gdal.OF_UPDATE)
    layer = dataset.GetLayerByName("my stats")
    layer.DeleteFeature(1)
    dataset = layer = None
    dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR)
    assert dataset.GetLayerByName("my stats").GetFeatureCount() == result.segment_count - 1
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_an_older_table_is_replaced(inputs, tmp_path):
    path = tmp_path / "t.gpkg"
    segment_statistics(*inputs, path, ALL)
    segment_statistics(*inputs, path, StatisticsSpec(("mean",)))
    assert tuple(read_layer(path)[0]) == ("segment_id", "b1_mean", "b2_mean")


@pytest.mark.parametrize("name", ["t.gpkg", "t.csv", "t.xlsx"])
def test_a_failure_leaves_the_older_table(name, inputs, tmp_path, monkeypatch):
    path = tmp_path / name
    segment_statistics(*inputs, path, ALL)
    before = path.read_bytes()

    def fail(*_):
        raise RasterError("no more")

    monkeypatch.setattr(table_file, "_texts" if name == "t.csv" else "_rows", fail)
    with pytest.raises(RasterError, match="no more"):
        segment_statistics(*inputs, path, ALL)
    assert path.read_bytes() == before and sorted(os.listdir(tmp_path)) == ["in", name]


class CancelAt(Progress):
    """Cancels once a fraction is reached."""

    def __init__(self, fraction):
        self._fraction, self._done = fraction, 0.0

    def fraction(self, done):
        assert done >= self._done - 1e-12
        self._done = done

    def is_cancelled(self):
        return self._done >= self._fraction


@pytest.mark.parametrize("fraction", [0.0, 0.1, 0.5, 0.78, 0.85, 0.9])
def test_cancel_leaves_nothing(fraction, inputs, tmp_path):
    with pytest.raises(Cancelled):
        segment_statistics(
            *inputs, tmp_path / "t.gpkg", ALL, mean_image=tmp_path / "m.tif", progress=CancelAt(fraction)
        )
    assert os.listdir(tmp_path) == ["in"]


@pytest.mark.parametrize(
    ("output", "what"), [("t.docx", "ends in"), ("no/t.gpkg", "does not exist"), ("in/l.tif", "input")]
)
def test_outputs_that_cannot_be(output, what, inputs, tmp_path):
    with pytest.raises(ParameterError, match=what):
        segment_statistics(*inputs, tmp_path / output)
    assert os.listdir(tmp_path) == ["in"]


@pytest.mark.parametrize("kind", ["float32", "input"])
@pytest.mark.parametrize(("dtype", "nodata"), [("uint8", None), ("int16", -99), ("float32", None)])
def test_mean_image(kind, dtype, nodata, tmp_path):
    labels = patches(300, 280, 30)
    image = np.random.default_rng(0).integers(0, 120, (3, 300, 280)).astype(dtype)
    image[:, 200:, 200:] = nodata if nodata is not None else 0
    first, second = save(tmp_path / "l.tif", labels), save(tmp_path / "i.tif", image, nodata=nodata)
    output = tmp_path / "m.tif"
    result = segment_statistics(
        first, second, None, bands=(3, 1), mean_image=output, mean_image_type=kind, tile_size=256
    )
    table = segment_columns(first, second, StatisticsSpec(("mean",)))
    dataset = gdal.Open(result.mean_image)
    assert dataset.GetGeoTransform() == NORTH_UP and dataset.RasterCount == 2
    for index, number in ((1, 3), (2, 1)):
        band = dataset.GetRasterBand(index)
        means = np.append(table[f"b{number}_mean"], np.nan)
        expected = means[np.where(labels > 0, np.searchsorted(table["segment_id"], labels), -1)]
        found = band.ReadAsArray()
        mask = band.GetMaskBand().ReadAsArray() > 0
        if kind == "float32" or dtype == "float32":
            assert band.DataType == gdal.GDT_Float32
            np.testing.assert_array_equal(found, expected.astype(np.float32))
        else:
            assert found.dtype == dtype
            assert np.array_equal(mask, ~np.isnan(expected))
            np.testing.assert_array_equal(found[mask], np.rint(expected[mask]))


def test_mean_image_in_other_formats(inputs, tmp_path):
    for name in ("m.img", "m.cog.tif"):
        segment_statistics(*inputs, None, mean_image=tmp_path / name)
        assert gdal.Open(str(tmp_path / name)).RasterCount == 2
    assert sorted(os.listdir(tmp_path)) == ["in", "m.cog.tif", "m.img"]
    with pytest.raises(ParameterError, match="mean_image"):
        segment_statistics(inputs[0], (), None, StatisticsSpec((), (), SHAPES), mean_image=tmp_path / "x.tif")
    with pytest.raises(ParameterError, match="mean_image_type"):
        segment_statistics(*inputs, None, mean_image=tmp_path / "x.tif", mean_image_type="int")


def test_attribute_table(tmp_path):
    labels = patches(90, 80, 12)
    labels[labels == 9] = 0
    image = save(tmp_path / "i.tif", np.random.default_rng(0).normal(size=(90, 80)))
    path = save(tmp_path / "l.img", labels, driver="HFA")
    for spec in (StatisticsSpec(("mean",)), ALL):
        segment_statistics(path, image, None, spec, write_attribute_table=True)
    expected = segment_columns(path, image, ALL)
    dataset = gdal.Open(path)
    assert np.array_equal(dataset.ReadAsArray(), labels)
    table = dataset.GetRasterBand(1).GetDefaultRAT()
    names = [table.GetNameOfCol(i) for i in range(table.GetColumnCount())]
    assert len(set(names)) == len(names)
    for name in expected.names:
        values = table.ReadAsArray(names.index(name))
        assert values.size == labels.max() + 1
        np.testing.assert_array_equal(values[expected["segment_id"]], expected[name], name)
    assert values[9] in (0,) or np.isnan(values[9])


def test_attribute_table_where_there_is_none(inputs, tmp_path):
    with pytest.raises(ParameterError, match="attribute"):
        segment_statistics(*inputs, tmp_path / "t.csv", write_attribute_table=True)
    far = np.ones((20, 20), np.uint32)
    far[0] = 2**31
    path = save(tmp_path / "far.img", far, driver="HFA")
    with pytest.raises(ParameterError, match="gaps"):
        segment_statistics(path, save(tmp_path / "i.tif", far), None, write_attribute_table=True)
