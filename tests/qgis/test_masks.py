"""Masks: rasters and polygons from wherever QGIS has them."""

from __future__ import annotations

import numpy as np
import pytest
from osgeo import gdal

LEFT = "POLYGON((360630 5350140, 361630 5350140, 361630 5351740, 360630 5351740, 360630 5350140))"
RIGHT = "POLYGON((361630 5350140, 362630 5350140, 362630 5351740, 361630 5351740, 361630 5350140))"
CURVED = "CURVEPOLYGON(CIRCULARSTRING(361130 5350640, 361430 5350940, 361130 5350640))"


@pytest.fixture
def labels(run, image, tmp_path):
    """Segment with a mask and return the labels."""

    def call(mask, algorithm="segment", **parameters):
        output = str(tmp_path / "segments.tif")
        run(algorithm, INPUT=image, MASK=mask, OUTPUT=output, **parameters)
        return gdal.Open(output).ReadAsArray()

    return call


@pytest.fixture
def polygons(qgis_app):
    """A memory layer with the left and the right half of the image, in the project."""
    from qgis.core import QgsFeature, QgsGeometry, QgsProject, QgsVectorLayer

    layer = QgsVectorLayer("Polygon?crs=EPSG:32633&field=side:string", "halves", "memory")
    for side, text in (("left", LEFT), ("right", RIGHT)):
        feature = QgsFeature(layer.fields())
        feature.setAttributes([side])
        feature.setGeometry(QgsGeometry.fromWkt(text))
        layer.dataProvider().addFeature(feature)
    QgsProject.instance().addMapLayer(layer)
    yield layer
    QgsProject.instance().removeMapLayer(layer)


@pytest.fixture
def file(polygons, tmp_path):
    """Write the polygons to a GeoPackage; return a layer of it."""
    from qgis.core import QgsProject, QgsVectorFileWriter, QgsVectorLayer

    path = str(tmp_path / "halves.gpkg")
    options = QgsVectorFileWriter.SaveVectorOptions()
    context = QgsProject.instance().transformContext()
    QgsVectorFileWriter.writeAsVectorFormatV3(polygons, path, context, options)
    return QgsVectorLayer(f"{path}|layername=halves", "halves", "ogr")


def only_left(labels):
    return bool((labels[:, :100] > 0).all() and (labels[:, 100:] == 0).all())


def test_a_raster_on_another_grid(labels, image, tmp_path):
    path = str(tmp_path / "mask.tif")
    gdal.Translate(path, image, bandList=[1], width=20, height=16, scaleParams=[[0, 1, 1, 1]])
    dataset = gdal.Open(path, gdal.GA_Update)
    values = np.ones((16, 20))
    values[:, 10:] = 0
    dataset.GetRasterBand(1).WriteArray(values)
    del dataset
    assert only_left(labels(path))


def test_a_layer_of_a_file(labels, file):
    file.setSubsetString("")
    assert (labels(file) > 0).all()


def test_a_filtered_layer(labels, file):
    file.setSubsetString("side = 'left'")
    assert only_left(labels(file))


def test_unsaved_edits(labels, file):
    file.startEditing()
    right = next(feature.id() for feature in file.getFeatures() if feature["side"] == "right")
    file.deleteFeature(right)
    assert only_left(labels(file))
    file.rollBack()


def test_a_memory_layer(labels, polygons):
    polygons.dataProvider().deleteFeatures([2])
    assert only_left(labels(polygons.id()))


def test_selected_features(labels, polygons):
    from qgis.core import QgsProcessingFeatureSourceDefinition

    polygons.selectByExpression("side = 'left'")
    assert only_left(labels(QgsProcessingFeatureSourceDefinition(polygons.id(), True)))


@pytest.mark.parametrize("saved", [False, True])
def test_another_crs(run, labels, polygons, saved, tmp_path):
    from qgis import processing

    polygons.dataProvider().deleteFeatures([2])
    target = str(tmp_path / "degrees.gpkg") if saved else "TEMPORARY_OUTPUT"
    parameters = {"INPUT": polygons, "TARGET_CRS": "EPSG:4326", "OUTPUT": target}
    degrees = processing.run("native:reprojectlayer", parameters)["OUTPUT"]
    found = labels(degrees)
    # Straight lines between corners in degrees are not quite the same lines.
    assert (found[2:-2, 2:98] > 0).all()
    assert (found[:, 102:] == 0).all()


def test_curves(labels):
    from qgis.core import QgsFeature, QgsGeometry, QgsVectorLayer

    layer = QgsVectorLayer("CurvePolygon?crs=EPSG:32633", "circle", "memory")
    feature = QgsFeature()
    feature.setGeometry(QgsGeometry.fromWkt(CURVED))
    layer.dataProvider().addFeature(feature)
    circle = np.pi * feature.geometry().boundingBox().width() ** 2 / 4 / 100
    assert np.count_nonzero(labels(layer)) == pytest.approx(circle, rel=0.05)


def test_a_memory_layer_does_not_prevent_resuming(labels, polygons, tmp_path):
    workspace = str(tmp_path / "work")
    first = labels(polygons, "segmenttiled", TILE_SIZE=64, WORKSPACE=workspace)
    assert np.array_equal(labels(polygons, "segmenttiled", TILE_SIZE=64, WORKSPACE=workspace), first)


def test_other_polygons_are_another_mask(labels, polygons, tmp_path):
    from qgis.core import QgsProcessingException

    workspace = str(tmp_path / "work")
    labels(polygons, "segmenttiled", TILE_SIZE=64, WORKSPACE=workspace)
    polygons.dataProvider().deleteFeatures([2])
    with pytest.raises(QgsProcessingException, match="mask"):
        labels(polygons, "segmenttiled", TILE_SIZE=64, WORKSPACE=workspace)


def test_no_export_is_left(labels, polygons, temporary_files):
    labels(polygons)
    assert temporary_files() == set()
