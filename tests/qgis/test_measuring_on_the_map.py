"""How tables and polygons are called and look once they are loaded."""

from __future__ import annotations

import time

import numpy as np
import pytest
from osgeo import gdal


@pytest.fixture
def load(registry):
    """Run an algorithm as the toolbox does, load its results, and return the layers by output."""
    from qgis.core import (
        QgsProcessingContext,
        QgsProcessingFeedback,
        QgsProcessingOutputLayerDefinition,
        QgsProcessingUtils,
        QgsProject,
    )

    def call(algorithm, outputs, **parameters):
        project, context, feedback = QgsProject(), QgsProcessingContext(), QgsProcessingFeedback(False)
        for name in outputs:
            parameters[name] = QgsProcessingOutputLayerDefinition("TEMPORARY_OUTPUT", project)
        found = registry.algorithmById(f"shepherd:{algorithm}")
        results, successful = found.run(parameters, context, feedback)
        assert successful, feedback.textLog()
        layers = {}
        for name in outputs:
            details = context.layerToLoadOnCompletionDetails(results[name])
            layer = QgsProcessingUtils.mapLayerFromString(results[name], context)
            layers[name] = context.takeResultLayer(layer.id())
            details.setOutputLayerName(layers[name])
            if details.postProcessor():
                details.postProcessor().postProcessLayer(layers[name], context, feedback)
        return layers

    return call


def drawn(layer, size=(400, 320)):
    from qgis.core import QgsMapRendererSequentialJob, QgsMapSettings
    from qgis.PyQt.QtCore import QSize
    from qgis.PyQt.QtGui import QColor, QImage

    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(layer.crs())
    settings.setExtent(layer.extent())
    settings.setOutputSize(QSize(*size))
    settings.setBackgroundColor(QColor("white"))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    picture = job.renderedImage().convertToFormat(QImage.Format.Format_RGB888)
    data = np.array(picture.constBits().asarray(picture.sizeInBytes()), np.uint8)
    rows = data.reshape(picture.height(), picture.bytesPerLine())[:, : 3 * picture.width()]
    return rows.reshape(picture.height(), picture.width(), 3)


def test_results_of_a_segmentation(load, image):
    outputs = ("OUTPUT", "POLYGONS", "STATISTICS_TABLE")
    layers = load("segment", outputs, INPUT=image, MIN_SEGMENT_SIZE=30, CLUSTERS=20)
    assert {name: layer.name() for name, layer in layers.items()} == {
        "OUTPUT": "Segments ≥ 30 px, 20 clusters",
        "POLYGONS": "Segment polygons ≥ 30 px, 20 clusters",
        "STATISTICS_TABLE": "Segment statistics ≥ 30 px, 20 clusters",
    }
    assert layers["POLYGONS"].renderer().type() == "graduatedSymbol"
    assert not layers["STATISTICS_TABLE"].isSpatial()
    assert layers["STATISTICS_TABLE"].featureCount() == layers["POLYGONS"].featureCount() > 10


def test_polygons_are_graduated_by_the_first_mean(load, image, segments):
    layer = load("segmentstopolygons", ["OUTPUT"], SEGMENTS=segments, INPUT=[image])["OUTPUT"]
    assert layer.name() == "Segment polygons ≥ 40 px, 60 clusters"
    renderer = layer.renderer()
    assert renderer.classAttribute() == "b1_mean" and len(renderer.ranges()) == 7
    means = np.array([feature["b1_mean"] for feature in layer.getFeatures()])
    limits = [(item.lowerValue(), item.upperValue()) for item in renderer.ranges()]
    assert limits[0][0] <= means.min() and limits[-1][1] >= means.max()
    shares = [((means >= low) & (means <= high)).mean() for low, high in limits]
    assert np.ptp(shares) < 0.03
    assert not layer.labelsEnabled() and not layer.hasScaleBasedVisibility()
    picture = drawn(layer)
    assert (picture == 255).all(axis=-1).mean() < 0.01
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) >= 7


def test_classify_brings_no_outlines(load, image, segments):
    """What the button in the layer's properties does."""
    from qgis.core import QgsClassificationEqualInterval

    layer = load("segmentstopolygons", ["OUTPUT"], SEGMENTS=segments, INPUT=[image])["OUTPUT"]
    renderer = layer.renderer().clone()
    renderer.setClassificationMethod(QgsClassificationEqualInterval())
    renderer.updateClasses(layer, 5)
    renderer.updateColorRamp()
    layer.setRenderer(renderer)
    colours = {item.symbol().color().getRgb()[:3] for item in layer.renderer().ranges()}
    assert len(colours) == 5
    picture = drawn(layer, (800, 640))
    kinds, counts = np.unique(picture.reshape(-1, 3), axis=0, return_counts=True)
    own = [tuple(kind) in colours or tuple(kind) == (255, 255, 255) for kind in kinds.tolist()]
    assert counts[own].sum() > 0.97 * counts.sum()
    # An outline of another colour would darken it.
    assert picture.sum(axis=-1).min() >= min(sum(colour) for colour in colours) - 30


def test_layers_tell_how_they_were_made(load, image, segments):
    layers = load("segmentstatistics", ["OUTPUT", "MEAN_IMAGE"], SEGMENTS=segments, INPUT=image)
    layers["polygons"] = load("segmentstopolygons", ["OUTPUT"], SEGMENTS=segments, INPUT=[image])["OUTPUT"]
    for layer in layers.values():
        history = layer.metadata().history()
        assert history[0].startswith("Made by shepherd:segment")
        assert {f"Measured: {image}", f"Segments: {segments}", f"Image: {image}"} <= set(history)
        assert {"Min segment size: 40", "Clusters: 60", "Seed: 0"} <= set(history)
        assert not any("CENTRES" in line for line in history)
        assert "Min segment size: 40" in layer.htmlMetadata()


def test_polygons_without_a_mean_are_outlines(load, segments):
    layer = load("segmentstopolygons", ["OUTPUT"], SEGMENTS=segments)["OUTPUT"]
    assert layer.renderer().type() == "singleSymbol"
    assert layer.hasScaleBasedVisibility() and layer.minimumScale() > 10_000
    layer.setScaleBasedVisibility(False)
    # White inside, where the image below is to be seen.
    picture = drawn(layer, (800, 640))
    assert 0.5 < (picture == 255).all(axis=-1).mean() < 0.95


def test_a_constant_mean_has_no_classes(load, segments, tmp_path):
    path = str(tmp_path / "flat.tif")
    gdal.Translate(path, segments, outputType=gdal.GDT_Byte, scaleParams=[[0, 1, 5, 5]])
    layer = load("segmentstopolygons", ["OUTPUT"], SEGMENTS=segments, INPUT=[path])["OUTPUT"]
    assert layer.renderer().type() == "singleSymbol"


def test_segments_of_unknown_origin(load, image, segments, tmp_path):
    path = str(tmp_path / "labels.tif")
    dataset = gdal.Translate(path, segments)
    dataset.SetMetadata({})
    del dataset
    outputs = ("OUTPUT", "MEAN_IMAGE")
    layers = load("segmentstatistics", outputs, SEGMENTS=path, INPUT=image)
    assert layers["OUTPUT"].name() == "Segment statistics of labels"
    assert layers["MEAN_IMAGE"].name() == "Segment means of labels"


def test_clipped_segments(load, segments):
    outputs = ("OUTPUT", "OUTPUT_TABLE")
    extent = "360630,361630,5350140,5351740 [EPSG:32633]"
    layers = load("clipsegments", outputs, SEGMENTS=segments, EXTENT=extent)
    assert layers["OUTPUT"].name() == "Clipped segments ≥ 40 px, 60 clusters"
    assert layers["OUTPUT_TABLE"].name() == "Clipped statistics ≥ 40 px, 60 clusters"
    assert layers["OUTPUT"].renderer().type() == "hillshade"


def test_very_many_polygons(qgis_app, tmp_path):
    """Classes come from a sample, and the map is drawn in seconds."""
    from qgis.core import QgsProcessingContext, QgsProcessingFeedback, QgsVectorLayer

    from shepherd_segmentation.core import polygonize_segments
    from shepherd_segmentation.plugin.polygon_styling import polygon_styler

    side = 400
    ids = np.arange(1, side * side + 1).reshape(side, side).astype(np.uint32)
    labels, output = str(tmp_path / "labels.tif"), str(tmp_path / "p.gpkg")
    raster = gdal.GetDriverByName("GTiff").Create(labels, side, side, 1, gdal.GDT_UInt32)
    raster.SetGeoTransform((0, 10, 0, 0, 0, -10))
    raster.SetProjection(crs())
    raster.WriteArray(ids)
    del raster
    columns = {"segment_id": ids.ravel(), "b1_mean": np.sqrt(ids.ravel())}
    polygonize_segments(labels, output, statistics_table=columns)
    start = time.monotonic()
    styler = polygon_styler(output, ids.size)
    assert time.monotonic() - start < 5
    layer = QgsVectorLayer(output, "p", "ogr")
    start = time.monotonic()
    styler.postProcessLayer(layer, QgsProcessingContext(), QgsProcessingFeedback())
    assert time.monotonic() - start < 0.1
    assert len(layer.renderer().ranges()) == 7
    start = time.monotonic()
    assert (drawn(layer, (1000, 1000)) == 255).all(axis=-1).mean() < 0.1
    assert time.monotonic() - start < 10


def crs():
    from osgeo import osr

    reference = osr.SpatialReference()
    reference.ImportFromEPSG(32633)
    return reference.ExportToWkt()


@pytest.mark.parametrize("name", ["p.gpkg", "p.shp"])
def test_the_field_that_is_shown(run, image, segments, tmp_path, name):
    from shepherd_segmentation.plugin.polygon_styling import graduation

    path = str(tmp_path / name)
    run("segmentstopolygons", SEGMENTS=segments, INPUT=[image], OUTPUT=path)
    found = graduation(path, 100)
    assert found.field == "b1_mean" and len(found.breaks) == 8
