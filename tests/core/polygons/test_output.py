"""What is written where, what is joined, and what an interruption leaves behind."""

from __future__ import annotations

import csv
import os
import sqlite3
import threading
import time
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal, ogr

from shepherd_segmentation.core import Cancelled, ParameterError, Progress, RasterError, polygonize_segments
from shepherd_segmentation.core.statistics.table import SegmentTable, column_of
from tests.core import data
from tests.core.listener import Listener
from tests.core.polygons.layers import check_polygons, read_layer
from tests.core.rasters import NORTH_UP, names_in, write_raster

SMALL = np.array([[1, 1, 2], [4, 3, 2], [4, 4, 0]], np.uint32)


@pytest.fixture
def small(tmp_path: Path) -> str:
    folder = tmp_path / "in"
    folder.mkdir()
    return write_raster(folder / "labels.tif", SMALL[np.newaxis], nodata=0)


def write_csv(path: Path, header: list[str], rows: list[list]) -> str:
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *rows])
    return str(path)


# --- formats ---------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".geojson", ".json", ".fgb", ".sqlite", ".gml"])
@pytest.mark.parametrize("multi", [False, True])
def test_formats(suffix: str, multi: bool, tmp_path: Path) -> None:
    labels = np.array([[4_000_000_000, 2], [2 if multi else 3, 4_000_000_000 if multi else 5]], np.uint32)
    path = write_raster(tmp_path / "in.tif", labels[np.newaxis])
    columns = {"segment_id": np.unique(labels), "b1_mean": np.arange(np.unique(labels).size) + 0.25}
    result = polygonize_segments(path, tmp_path / f"out{suffix}", statistics_table=columns)
    layer = read_layer(tmp_path / f"out{suffix}")
    order = np.argsort(layer.column("segment_id"))
    assert [layer.column("segment_id")[i] for i in order] == np.unique(labels).tolist()
    assert [layer.column("b1_mean")[i] for i in order] == columns["b1_mean"].tolist()
    areas = {row["segment_id"]: g.GetArea() for row, g in zip(layer.rows, layer.geometries)}
    assert areas == {i: 100.0 * np.count_nonzero(labels == i) for i in np.unique(labels).tolist()}
    assert all(geometry.IsValid() for geometry in layer.geometries)
    assert result.multipart_count == (2 if multi else 0)


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".fgb"])
def test_there_is_a_spatial_index(suffix: str, small: str, tmp_path: Path) -> None:
    polygonize_segments(small, tmp_path / f"out{suffix}")
    dataset = gdal.OpenEx(str(tmp_path / f"out{suffix}"))
    layer = dataset.GetLayer(0)
    assert layer.TestCapability(ogr.OLCFastSpatialFilter)
    layer.SetSpatialFilterRect(500021, 5199981, 500029, 5199999)
    assert [feature["segment_id"] for feature in layer] == [2]


def test_a_geopackage_knows_and_keeps_the_number_of_its_features(small: str, tmp_path: Path) -> None:
    polygonize_segments(small, tmp_path / "out.gpkg")
    with closing(sqlite3.connect(tmp_path / "out.gpkg")) as connection:
        assert connection.execute("SELECT feature_count FROM gpkg_ogr_contents").fetchall() == [(4,)]
    dataset = gdal.OpenEx(str(tmp_path / "out.gpkg"), gdal.OF_VECTOR | gdal.OF_UPDATE)
    dataset.ExecuteSQL("INSERT INTO out (segment_id) VALUES (5)")
    assert dataset.GetLayer(0).GetFeatureCount() == 5
    del dataset
    with closing(sqlite3.connect(tmp_path / "out.gpkg")) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    assert ("trigger_insert_feature_count_out",) in triggers
    assert ("rtree_out_geom_insert",) in triggers


def test_a_shapefile_comes_with_all_its_parts(small: str, tmp_path: Path) -> None:
    polygonize_segments(small, tmp_path / "out.shp")
    ends = [".cpg", ".dbf", ".prj", ".qix", ".shp", ".shx"]
    assert [name for name in names_in(tmp_path) if name.startswith("out")] == [f"out{end}" for end in ends]


def test_the_layer_has_the_name_of_the_file_or_a_given_one(small: str, tmp_path: Path) -> None:
    polygonize_segments(small, tmp_path / "my fields.gpkg")
    assert read_layer(tmp_path / "my fields.gpkg").name == "my fields"
    result = polygonize_segments(small, tmp_path / "o.gpkg", layer_name='it\'s "mine"')
    layer = read_layer(tmp_path / "o.gpkg")
    assert layer.name == result.layer_name == 'it\'s "mine"'
    assert layer.extent == (500000.0, 500030.0, 5199970.0, 5200000.0)


def test_an_older_file_is_replaced_with_what_belongs_to_it(small: str, tmp_path: Path) -> None:
    output = tmp_path / "out.gpkg"
    other = write_raster(tmp_path / "other.tif", np.full((1, 3, 3), 9, np.uint32))
    polygonize_segments(other, output)
    reader = sqlite3.connect(output)
    reader.execute("PRAGMA journal_mode = WAL")
    reader.execute("CREATE TABLE more (value)")
    reader.commit()
    assert (tmp_path / "out.gpkg-wal").exists()
    polygonize_segments(small, output)
    reader.close()
    check_polygons(read_layer(output), SMALL, NORTH_UP)
    assert names_in(tmp_path) == ["in", "in/labels.tif", "other.tif", "out.gpkg"]


def test_labels_without_segments_make_an_empty_layer(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "in.tif", np.zeros((1, 4, 4), np.uint32), nodata=0)
    listener = Listener()
    for name in ("out.gpkg", "out.shp"):
        result = polygonize_segments(path, tmp_path / name, progress=listener)
        layer = read_layer(tmp_path / name)
        assert (result.segment_count, layer.rows, layer.columns) == (0, [], ("segment_id",))
    assert "no segments" in listener.warnings[0]


def test_runs_are_equal(small: str, tmp_path: Path) -> None:
    layers = []
    for name in ("a.gpkg", "b.gpkg"):
        polygonize_segments(small, tmp_path / name, layer_name="segments")
        layer = read_layer(tmp_path / name)
        layers.append((layer.row_numbers, layer.rows, [g.ExportToWkb() for g in layer.geometries]))
    assert layers[0] == layers[1]


# --- columns ---------------------------------------------------------------------------------


def test_columns_in_memory(small: str, tmp_path: Path) -> None:
    ids = np.array([4, 1, 3, 99])
    columns = {
        "pixels": np.array([3, 2, 1, 8], np.int32),
        "segment_id": ids,
        "b1_mean": np.array([0.5, np.nan, 1e300, 0.0]),
        "b1_count": np.ma.masked_equal([7, 8, 9, 10], 9),
    }
    listener = Listener()
    result = polygonize_segments(small, tmp_path / "out.gpkg", statistics_table=columns, progress=listener)
    layer = read_layer(tmp_path / "out.gpkg")
    assert result.columns == layer.columns == ("segment_id", "pixels", "b1_mean", "b1_count")
    assert layer.column("segment_id") == [1, 2, 3, 4]
    assert layer.column("pixels") == [2, None, 1, 3]
    assert layer.column("b1_mean") == [None, None, 1e300, 0.5]
    assert layer.column("b1_count") == [8, None, None, 7]
    assert result.unmatched_count == 1
    assert listener.warnings == [
        "1 segment(s) have no row in the statistics table; its columns are empty there."
    ]
    check_polygons(layer, SMALL, NORTH_UP)


def test_a_table_of_statistics_in_memory(small: str, tmp_path: Path) -> None:
    table = SegmentTable(np.array([1, 2, 3, 4]), [column_of("b1_mean", np.array([1.5, np.nan, 2.5, 3.5]))])
    polygonize_segments(small, tmp_path / "out.gpkg", statistics_table=table)
    assert read_layer(tmp_path / "out.gpkg").column("b1_mean") == [1.5, None, 2.5, 3.5]


def test_a_table_in_a_file_keeps_its_types(small: str, tmp_path: Path) -> None:
    # Integers for a long time, then not: types must come from all rows.
    rows = [[i, 1, i * 2**33, "a,b"] for i in range(5, 30000)] + [[1, 1.5, 2**33, "é"], [2, "", "", ""]]
    table = write_csv(tmp_path / "t.csv", ["segment_id", "mean", "sum", "name"], rows)
    result = polygonize_segments(small, tmp_path / "out.gpkg", statistics_table=table)
    layer = read_layer(tmp_path / "out.gpkg")
    assert layer.column("mean") == [1.5, None, None, None]
    assert layer.column("sum") == [2**33, None, None, None]
    assert layer.column("name") == ["é", None, None, None]
    assert result.unmatched_count == 2


def test_a_layer_of_a_geopackage_and_a_dbase_table(small: str, tmp_path: Path) -> None:
    first = write_csv(tmp_path / "t.csv", ["SEGMENT_ID", "mean"], [[i, i + 0.5] for i in range(1, 5)])
    source = gdal.OpenEx(first, gdal.OF_VECTOR, open_options=["AUTODETECT_TYPE=YES"])
    for name in ("other", "stats"):
        gdal.VectorTranslate(
            str(tmp_path / "t.gpkg"),
            source,
            format="GPKG",
            layerName=name,
            accessMode="update" if name == "stats" else None,
            SQLStatement=f"SELECT segment_id, mean + {100 * (name == 'other')} AS mean FROM t",
        )
    gdal.VectorTranslate(str(tmp_path / "t.dbf"), source, format="ESRI Shapefile")
    for table in (f"{tmp_path}/t.gpkg|layername=stats", tmp_path / "t.dbf"):
        result = polygonize_segments(small, tmp_path / "out.gpkg", statistics_table=table)
        assert read_layer(tmp_path / "out.gpkg").column("mean") == [1.5, 2.5, 3.5, 4.5]
        assert result.unmatched_count == 0


def test_ids_may_be_the_row_numbers_of_the_table(small: str, tmp_path: Path) -> None:
    source = gdal.GetDriverByName("GPKG").Create(str(tmp_path / "t.gpkg"), 0, 0, 0, gdal.GDT_Unknown)
    layer = source.CreateLayer("t", None, ogr.wkbNone, ["FID=segment_id"])
    layer.CreateField(ogr.FieldDefn("mean", ogr.OFTReal))
    for number in (2, 4):
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetFID(number)
        feature["mean"] = number + 0.5
        layer.CreateFeature(feature)
    del layer, source
    polygonize_segments(small, tmp_path / "out.gpkg", statistics_table=tmp_path / "t.gpkg")
    assert read_layer(tmp_path / "out.gpkg").column("mean") == [None, 2.5, None, 4.5]


def test_columns_whose_names_are_taken(small: str, tmp_path: Path) -> None:
    names = ["fid", "geom", "FID_1", 'say "x"', "shepherd row", "select"]
    columns = {"segment_id": np.arange(1, 5), **{name: np.arange(4) + i for i, name in enumerate(names)}}
    result = polygonize_segments(small, tmp_path / "out.gpkg", statistics_table=columns)
    layer = read_layer(tmp_path / "out.gpkg")
    assert result.columns == layer.columns == ("segment_id", *names)
    for i, name in enumerate(names):
        assert layer.column(name) == [i, i + 1, i + 2, i + 3]
    check_polygons(layer, SMALL, NORTH_UP)


def test_names_in_a_shapefile_stay_apart(small: str, tmp_path: Path) -> None:
    columns = {"segment_id": np.arange(1, 5), "rain_b1_p25": np.zeros(4), "rain_b1_p255": np.ones(4)}
    result = polygonize_segments(small, tmp_path / "out.shp", statistics_table=columns)
    layer = read_layer(tmp_path / "out.shp")
    assert result.columns == layer.columns
    assert [layer.column(name) for name in layer.columns[1:]] == [[0.0] * 4, [1.0] * 4]


@pytest.mark.parametrize(
    ("header", "rows", "words"),
    [
        (["id", "mean"], [[1, 2]], "no column segment_id"),
        (["segment_id", "mean"], [["a", 2]], "no column segment_id of numbers"),
        (["segment_id", "mean"], [[1, 2], [1, 3]], "more than one row"),
    ],
)
def test_tables_that_do_not_fit(header, rows, words: str, small: str, tmp_path: Path) -> None:
    table = write_csv(tmp_path / "t.csv", header, rows)
    before = names_in(tmp_path)
    with pytest.raises(ParameterError, match=words) as error:
        polygonize_segments(small, tmp_path / "out.gpkg", statistics_table=table)
    assert error.value.parameter == "statistics_table"
    assert names_in(tmp_path) == before


@pytest.mark.parametrize(
    "columns",
    [
        {"b1_mean": np.zeros(4)},
        {"segment_id": np.arange(4), "b1_mean": np.zeros(3)},
        {"segment_id": np.arange(4), "b1_mean": np.array(list("abcd"))},
        {"segment_id": np.zeros(4, int), "b1_mean": np.zeros(4)},
    ],
)
def test_columns_that_do_not_fit(columns, small: str, tmp_path: Path) -> None:
    with pytest.raises(ParameterError):
        polygonize_segments(small, tmp_path / "out.gpkg", statistics_table=columns)
    assert names_in(tmp_path) == ["in", "in/labels.tif"]


# --- what cannot work ------------------------------------------------------------------------


def test_wrong_parameters(small: str, tmp_path: Path) -> None:
    floating = write_raster(tmp_path / "f.tif", np.ones((1, 2, 2), np.float32))
    table = write_csv(tmp_path / "t.csv", ["segment_id"], [[1]])
    cases = [
        ("segments", (floating, tmp_path / "o.gpkg"), {}),
        ("band", (small, tmp_path / "o.gpkg"), {"band": 2}),
        ("output", (small, tmp_path / "o.doc"), {}),
        ("output", (small, tmp_path / "no" / "o.gpkg"), {}),
        ("statistics_table", (small, tmp_path / "o.gpkg"), {"statistics_table": floating}),
        ("statistics_table", (small, tmp_path / "o.gpkg"), {"statistics_table": f"{table}|layername=x"}),
    ]
    before = names_in(tmp_path)
    for parameter, arguments, options in cases:
        with pytest.raises(ParameterError) as error:
            polygonize_segments(*arguments, **options)
        assert error.value.parameter == parameter
    with pytest.raises(RasterError):
        polygonize_segments(tmp_path / "missing.tif", tmp_path / "o.gpkg")
    assert names_in(tmp_path) == before


def test_the_output_must_not_be_an_input(small: str, tmp_path: Path) -> None:
    polygonize_segments(small, tmp_path / "t.gpkg")
    with pytest.raises(ParameterError, match="statistics table"):
        polygonize_segments(small, tmp_path / "t.gpkg", statistics_table=f"{tmp_path}/t.gpkg|layername=t")


# --- cancelling ------------------------------------------------------------------------------


@pytest.mark.parametrize("cancel_at", [0.0, 0.3, 0.7, 0.75, 0.9])
@pytest.mark.parametrize("suffix", [".gpkg", ".shp"])
def test_cancel_is_quick_and_leaves_nothing(cancel_at: float, suffix: str, tmp_path: Path) -> None:
    labels = np.tile(data.golden_case("inn_k30_min100_eight").labels, (2, 2)).astype(np.uint32)
    blocks = np.arange(labels.shape[1], dtype=np.uint32) // 400 * 100_000
    labels = np.where(labels > 0, labels + blocks, 0).astype(np.uint32)
    path = write_raster(tmp_path / "in.tif", labels[np.newaxis])
    ids = np.unique(labels)
    columns = {"segment_id": ids, **{f"c{i}": np.ones(ids.size) for i in range(20)}}
    output = tmp_path / f"out{suffix}"
    output.write_text("older")
    listener = Listener(cancel_at)
    with pytest.raises(Cancelled):
        polygonize_segments(path, output, statistics_table=columns, progress=listener)
    assert time.monotonic() - listener.cancelled_at < 2
    assert output.read_text() == "older"
    assert names_in(tmp_path) == ["in.tif", f"out{suffix}"]


def test_cancel_does_not_wait_for_a_library(small: str, tmp_path: Path, monkeypatch) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(*_: object, **__: object) -> int:
        begun.set()
        go_on.wait(20)
        return 0

    class Impatient(Progress):
        def is_cancelled(self) -> bool:
            return begun.is_set()

    monkeypatch.setattr(gdal, "Polygonize", slow)
    start = time.monotonic()
    with pytest.raises(Cancelled):
        polygonize_segments(small, tmp_path / "out.gpkg", progress=Impatient())
    assert time.monotonic() - start < 2
    # The output's folder is removed twice; that must close nobody else's file.
    with ExitStack() as stack:
        others = [stack.enter_context((tmp_path / "in" / "labels.tif").open("rb")) for _ in range(20)]
        go_on.set()
        for thread in threading.enumerate():
            if thread.name.startswith("shepherd"):
                thread.join(10)
        assert all(os.fstat(other.fileno()).st_size for other in others)
    assert names_in(tmp_path) == ["in", "in/labels.tif"]


def test_progress_runs_from_0_to_1(small: str, tmp_path: Path) -> None:
    listener = Listener()
    polygonize_segments(small, tmp_path / "out.fgb", progress=listener)
    assert listener.fractions == sorted(listener.fractions)
    assert listener.fractions[-1] == 1.0


def test_a_failure_leaves_nothing(small: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.tif"
    labels = np.random.default_rng(0).integers(1, 2**31, (1, 200, 200)).astype(np.uint32)
    write_raster(broken, labels, options=("COMPRESS=DEFLATE",))
    content = broken.read_bytes()
    broken.write_bytes(content[: len(content) // 2])
    before = names_in(tmp_path)
    with pytest.raises(RasterError):
        polygonize_segments(broken, tmp_path / "out.gpkg")
    assert names_in(tmp_path) == before
