"""Statistics, polygons and clipping through `processing.run`, against QGIS's own algorithms."""

from __future__ import annotations

import csv
import os

import numpy as np
import pytest
from osgeo import gdal

HALF = "360630,361630,5350140,5351740 [EPSG:32633]"
HALF_POLYGON = "POLYGON((360630 5350140, 361630 5350140, 361630 5351740, 360630 5351740, 360630 5350140))"


def read(path):
    return gdal.Open(str(path)).ReadAsArray()


def table(path):
    """Read a table as columns, with QGIS."""
    from qgis.core import QgsVectorLayer

    layer = QgsVectorLayer(str(path), "table", "ogr")
    assert layer.isValid()
    names = [field.name() for field in layer.fields()]
    rows = [feature.attributes() for feature in layer.getFeatures()]
    return {name: [row[place] for row in rows] for place, name in enumerate(names) if name != "fid"}


def expected_means(labels, image, band):
    values = read(image)[band - 1]
    return np.bincount(labels.ravel(), values.ravel())[1:] / np.bincount(labels.ravel())[1:]


# --- statistics ------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["segment", "segmenttiled"])
def test_segmentation_with_polygons_and_table(run, image, tmp_path, algorithm):
    results = run(
        algorithm,
        INPUT=image,
        BANDS=[4, 2],
        MIN_SEGMENT_SIZE=40,
        OUTPUT=str(tmp_path / "s.tif"),
        POLYGONS="TEMPORARY_OUTPUT",
        STATISTICS_TABLE=str(tmp_path / "s.csv"),
    )
    labels, found = read(results["OUTPUT"]), table(results["POLYGONS"])
    assert found["segment_id"] == list(range(1, results["SEGMENT_COUNT"] + 1))
    np.testing.assert_allclose(found["b4_mean"], expected_means(labels, image, 4), rtol=1e-12)
    assert "b2_stddev" in found and "compactness" in found and "b1_mean" not in found
    with open(results["STATISTICS_TABLE"]) as stream:
        rows = list(csv.DictReader(stream))
    assert [float(row["b2_max"]) for row in rows] == found["b2_max"]
    assert sorted(os.listdir(tmp_path)) == ["s.csv", "s.tif"]


def test_an_extent_with_statistics(run, image, tmp_path):
    from qgis.core import QgsVectorLayer

    results = run(
        "segment", INPUT=image, EXTENT=HALF, OUTPUT=str(tmp_path / "s.tif"), POLYGONS="TEMPORARY_OUTPUT"
    )
    layer = QgsVectorLayer(results["POLYGONS"], "p", "ogr")
    assert layer.extent().toString(0) == "360630,5350140 : 361630,5351740"
    assert sum(table(results["POLYGONS"])["pixels"]) == 160 * 100


def test_statistics(run, image, segments, tmp_path):
    output, painted = str(tmp_path / "t.gpkg"), str(tmp_path / "m.tif")
    results = run(
        "segmentstatistics",
        SEGMENTS=segments,
        INPUT=image,
        BANDS=[3],
        STATISTICS=["mean", 0, "median"],
        PERCENTILES=[5, 97.5],
        SHAPE="area,bbox",
        NEIGHBOURS=["count"],
        PREFIX="S2",
        OUTPUT=output,
        MEAN_IMAGE=painted,
    )
    found, labels = table(output), read(segments)
    names = "segment_id area xmin ymin xmax ymax s2_b3_count s2_b3_mean s2_b3_median s2_b3_p5 s2_b3_p97_5"
    assert " ".join(found) == f"{names} neighbours"
    assert results["COLUMN_COUNT"] == 12 and results["SEGMENT_COUNT"] == labels.max() == len(found["area"])
    values = read(image)[2]
    for number in (1, int(labels.max())):
        own = values[labels == number]
        assert found["s2_b3_median"][number - 1] == np.median(own)
        assert found["s2_b3_p97_5"][number - 1] == pytest.approx(np.percentile(own, 97.5), rel=1e-12)
    np.testing.assert_allclose(read(painted), expected_means(labels, image, 3)[labels - 1], rtol=1e-6)


def test_defaults(run, image, segments):
    found = table(
        run("segmentstatistics", SEGMENTS=segments, INPUT=image, OUTPUT="TEMPORARY_OUTPUT")["OUTPUT"]
    )
    assert [name for name in found if name.startswith("b1")] == [
        f"b1_{name}" for name in ("count", "mean", "stddev", "min", "max")
    ]


def test_rasters_on_other_grids(run, image, segments, tmp_path):
    rain, height = str(tmp_path / "rain.tif"), str(tmp_path / "height.tif")
    gdal.Translate(rain, image, bandList=[1], width=10, height=8)
    gdal.Warp(height, image, dstSRS="EPSG:4326")
    results = run(
        "segmentstatistics",
        SEGMENTS=segments,
        INPUT=image,
        ADDITIONAL=[rain, height],
        STATISTICS=["mean"],
        RESAMPLING="bilinear",
        TILE_SIZE=256,
        WORKERS=2,
        MAX_CONCURRENT_READS=3,
        OUTPUT="TEMPORARY_OUTPUT",
    )
    found = table(results["OUTPUT"])
    assert "rain_b1_mean" in found and "height_b4_mean" in found
    assert "warped as it is read (bilinear)" in run.log
    # Not equal, since warped there and back: but near.
    difference = np.array(found["height_b4_mean"]) - found["b4_mean"]
    assert np.abs(difference).mean() < 0.05 * np.mean(found["b4_mean"])


def test_shape_without_a_raster(run, segments):
    found = table(run("segmentstatistics", SEGMENTS=segments, SHAPE=[0], OUTPUT="TEMPORARY_OUTPUT")["OUTPUT"])
    assert found["pixels"] == np.bincount(read(segments).ravel())[1:].tolist()


def test_the_attribute_table_of_the_segments(run, image, segments, tmp_path):
    path = str(tmp_path / "s.img")
    gdal.Translate(path, segments, format="HFA")
    run(
        "segmentstatistics",
        SEGMENTS=path,
        INPUT=image,
        STATISTICS=["mean"],
        WRITE_ATTRIBUTE_TABLE=True,
        OUTPUT="TEMPORARY_OUTPUT",
    )
    dataset = gdal.Open(path)
    rat = dataset.GetRasterBand(1).GetDefaultRAT()
    names = [rat.GetNameOfCol(column) for column in range(rat.GetColumnCount())]
    means = rat.ReadAsArray(names.index("b2_mean"))[1:]
    np.testing.assert_allclose(means, expected_means(read(segments), image, 2), rtol=1e-12)


# --- polygons --------------------------------------------------------------------------------


def test_polygons_agree_with_qgis(run, image, segments, tmp_path):
    from qgis import processing

    output = str(tmp_path / "p.gpkg")
    results = run("segmentstopolygons", SEGMENTS=segments, INPUT=[image], OUTPUT=output)
    checked = processing.run("qgis:checkvalidity", validity(output))
    assert checked["INVALID_COUNT"] == 0 and checked["VALID_COUNT"] == results["SEGMENT_COUNT"]
    zonal = {
        "INPUT": output,
        "INPUT_RASTER": image,
        "RASTER_BAND": 4,
        "COLUMN_PREFIX": "z_",
        "STATISTICS": [0, 2, 4, 5, 6],
        "OUTPUT": "TEMPORARY_OUTPUT",
    }
    layer = processing.run("native:zonalstatisticsfb", zonal)["OUTPUT"]
    rows = list(layer.getFeatures())
    assert len(rows) == results["SEGMENT_COUNT"]
    pairs = {"pixels": "z_count", "b4_mean": "z_mean", "b4_stddev": "z_stdev"}
    for own, theirs in {**pairs, "b4_min": "z_min", "b4_max": "z_max"}.items():
        np.testing.assert_allclose([f[own] for f in rows], [f[theirs] for f in rows], rtol=1e-9)
    np.testing.assert_allclose([f["area"] for f in rows], [f.geometry().area() for f in rows], rtol=1e-9)


def validity(path):
    names = ("VALID_OUTPUT", "INVALID_OUTPUT", "ERROR_OUTPUT")
    return {"INPUT_LAYER": path, "METHOD": 2, **dict.fromkeys(names, "TEMPORARY_OUTPUT")}


@pytest.mark.parametrize("name", ["p.gpkg", "p.shp", "p.geojson", "p.fgb"])
def test_formats_of_polygons(run, image, segments, tmp_path, name):
    from qgis.core import QgsVectorLayer

    output = str(tmp_path / name)
    run("segmentstopolygons", SEGMENTS=segments, OUTPUT=output)
    layer = QgsVectorLayer(output, "p", "ogr")
    assert layer.featureCount() == read(segments).max()
    assert layer.crs().authid() == "EPSG:32633"


def test_a_table_with_selection_and_edits(run, segments, tmp_path):
    from qgis.core import QgsFeature, QgsProcessingFeatureSourceDefinition, QgsProject, QgsVectorLayer

    layer = QgsVectorLayer("NoGeometry?field=segment_id:integer&field=crop:string", "crops", "memory")
    for number, crop in ((1, "maize"), (2, "wheat"), (3, "rye")):
        row = QgsFeature(layer.fields())
        row.setAttributes([number, crop])
        layer.dataProvider().addFeature(row)
    QgsProject.instance().addMapLayer(layer)
    all_rows = run("segmentstopolygons", SEGMENTS=segments, STATISTICS=layer.id(), OUTPUT="TEMPORARY_OUTPUT")
    assert table(all_rows["OUTPUT"])["crop"][:3] == ["maize", "wheat", "rye"]
    layer.selectByExpression("crop = 'wheat'")
    chosen = QgsProcessingFeatureSourceDefinition(layer.id(), True)
    some = run("segmentstopolygons", SEGMENTS=segments, STATISTICS=chosen, OUTPUT="TEMPORARY_OUTPUT")
    found = table(some["OUTPUT"])["crop"]
    assert found[1] == "wheat" and not found[0] and not found[2]
    QgsProject.instance().removeMapLayer(layer)


# --- clipping --------------------------------------------------------------------------------


def test_clip_with_a_table(run, image, segments, tmp_path):
    statistics = run("segmentstatistics", SEGMENTS=segments, INPUT=image, OUTPUT="TEMPORARY_OUTPUT")["OUTPUT"]
    results = run(
        "clipsegments",
        SEGMENTS=segments,
        EXTENT=HALF,
        STATISTICS_TABLE=statistics,
        OUTPUT=str(tmp_path / "c.tif"),
        OUTPUT_TABLE=str(tmp_path / "c.csv"),
    )
    labels, whole = read(results["OUTPUT"]), read(segments)
    assert labels.shape == (160, 100)
    assert np.unique(labels).tolist() == list(range(1, results["SEGMENT_COUNT"] + 1))
    with open(results["OUTPUT_TABLE"]) as stream:
        rows = list(csv.DictReader(stream))
    assert [int(row["segment_id"]) for row in rows] == list(range(1, labels.max() + 1))
    original = np.array([0, *(int(row["original_id"]) for row in rows)])
    assert np.array_equal(original[labels], whole[:, :100])
    before = dict(zip(table(statistics)["segment_id"], table(statistics)["b1_mean"]))
    found = [float(row["b1_mean"]) for row in rows]
    np.testing.assert_allclose(found, [before[i] for i in original[1:]], rtol=1e-12)


def test_clip_with_a_mask(run, segments, tmp_path):
    from qgis.core import QgsFeature, QgsGeometry, QgsVectorLayer

    layer = QgsVectorLayer("Polygon?crs=EPSG:32633", "half", "memory")
    feature = QgsFeature()
    feature.setGeometry(QgsGeometry.fromWkt(HALF_POLYGON))
    layer.dataProvider().addFeature(feature)
    results = run("clipsegments", SEGMENTS=segments, MASK=layer, OUTPUT=str(tmp_path / "m.tif"))
    by_extent = run("clipsegments", SEGMENTS=segments, EXTENT=HALF, OUTPUT=str(tmp_path / "e.tif"))
    assert "OUTPUT_TABLE" not in results
    assert np.array_equal(read(results["OUTPUT"]), read(by_extent["OUTPUT"]))


def test_temporary_files_are_gone(run, image, segments, tmp_path, temporary_files):
    run("segmentstatistics", SEGMENTS=segments, INPUT=image, OUTPUT=str(tmp_path / "t.gpkg"))
    run("segmentstopolygons", SEGMENTS=segments, INPUT=[image], OUTPUT=str(tmp_path / "p.gpkg"))
    run("clipsegments", SEGMENTS=segments, EXTENT=HALF, OUTPUT=str(tmp_path / "c.tif"))
    assert temporary_files() == set()
    assert sorted(os.listdir(tmp_path)) == ["c.tif", "p.gpkg", "t.gpkg"]
