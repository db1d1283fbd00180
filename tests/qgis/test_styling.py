"""How a result looks once it is loaded."""

from __future__ import annotations

import numpy as np
import pytest
from osgeo import gdal

WHITE, BLACK, GREY = (255, 255, 255), (0, 0, 0), (128, 128, 128)


@pytest.fixture
def loaded(registry, image):
    """Segment as the toolbox does, load the result into a project, and return its layer."""
    from qgis.core import (
        QgsProcessingContext,
        QgsProcessingFeedback,
        QgsProcessingOutputLayerDefinition,
        QgsProcessingUtils,
        QgsProject,
    )

    project, context, feedback = QgsProject(), QgsProcessingContext(), QgsProcessingFeedback(False)
    # Files that have a name of their own keep it, unless the user's settings say otherwise.
    output = QgsProcessingOutputLayerDefinition("TEMPORARY_OUTPUT", project)
    parameters = {"INPUT": image, "MIN_SEGMENT_SIZE": 30, "OUTPUT": output}
    results, successful = registry.algorithmById("shepherd:segment").run(parameters, context, feedback)
    assert successful
    details = context.layerToLoadOnCompletionDetails(results["OUTPUT"])
    layer = context.takeResultLayer(QgsProcessingUtils.mapLayerFromString(results["OUTPUT"], context).id())
    details.setOutputLayerName(layer)
    details.postProcessor().postProcessLayer(layer, context, feedback)
    return layer


def drawn(layer, background, extent=None, size=(800, 640)):
    """Draw a layer on a map and return (rows, columns, 3)."""
    from qgis.core import QgsMapRendererSequentialJob, QgsMapSettings
    from qgis.PyQt.QtCore import QSize
    from qgis.PyQt.QtGui import QColor, QImage

    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(layer.crs())
    settings.setExtent(extent or layer.extent())
    settings.setOutputSize(QSize(*size))
    settings.setBackgroundColor(QColor(*background))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    picture = job.renderedImage().convertToFormat(QImage.Format.Format_RGB888)
    data = picture.constBits().asarray(picture.sizeInBytes())
    rows = np.array(data, np.uint8).reshape(picture.height(), picture.bytesPerLine())
    return rows[:, : 3 * picture.width()].reshape(picture.height(), picture.width(), 3).astype(int)


def test_the_name_tells_the_parameters(loaded):
    assert loaded.name() == "Segments ≥ 30 px, 60 clusters"


def test_the_metadata_tell_the_parameters(loaded, image):
    history = loaded.metadata().history()
    assert history[0].startswith("Made by shepherd:segment, Shepherd Segmentation ")
    assert {f"Image: {image}", "Min segment size: 30", "Clusters: 60"} <= set(history)
    # Also in the file, for whoever opens it elsewhere.
    assert '"min_segment_size": 30' in gdal.Open(loaded.source()).GetMetadataItem("SHEPHERD_PARAMETERS")


@pytest.mark.parametrize("background", [WHITE, BLACK, GREY])
def test_outlines_stand_out_on_every_background(loaded, background):
    picture = drawn(loaded, background)
    labels = gdal.Open(loaded.source()).ReadAsArray().repeat(4, axis=0).repeat(4, axis=1)
    edge = labels[1:-1, 1:-1] != labels[1:-1, 2:]
    change = np.abs(picture[1:-1, 1:-1] - background).max(axis=-1)
    inside = (labels[1:-1, 1:-1] == labels[:-2, 1:-1]) & (labels[1:-1, 1:-1] == labels[2:, 1:-1])
    for row, column in ((0, 0), (0, 2), (2, 0), (2, 2), (1, 0), (1, 2)):
        part = labels[row : labels.shape[0] - 2 + row, column : labels.shape[1] - 2 + column]
        inside &= labels[1:-1, 1:-1] == part
    assert np.median(change[edge]) > 100
    assert (change[inside] <= 2).all()


def test_every_border_is_drawn(loaded):
    """Also between neighbours in a raster row, whose ids differ by one or two."""
    picture = drawn(loaded, BLACK)
    labels = gdal.Open(loaded.source()).ReadAsArray().repeat(4, axis=0).repeat(4, axis=1)
    edge = (labels[:, :-1] != labels[:, 1:]) & (np.abs(labels[:, :-1].astype(int) - labels[:, 1:]) <= 2)
    lit = picture.max(axis=-1) > 100
    assert edge.any()
    assert (lit[:, :-1] | lit[:, 1:])[edge].mean() > 0.99


def test_the_legend_stays_short(loaded):
    assert len(loaded.renderer().legendSymbologyItems()) == 0


def test_a_style_survives_saving(loaded, tmp_path):
    from qgis.core import QgsRasterLayer

    style = str(tmp_path / "style.qml")
    loaded.saveNamedStyle(style)
    other = QgsRasterLayer(loaded.source())
    other.loadNamedStyle(style)
    assert np.array_equal(drawn(other, WHITE), drawn(loaded, WHITE))


def test_outlines_are_left_out_where_they_would_cover_everything(loaded):
    labels = gdal.Open(loaded.source()).ReadAsArray()
    side = 10 * (labels.size / labels.max()) ** 0.5  # metres
    assert loaded.hasScaleBasedVisibility()
    # A pixel of the screen is 25.4 mm / 96.
    assert loaded.minimumScale() == pytest.approx(side / 4 / 0.0254 * 96, rel=0.05)


def test_the_scale_in_degrees(qgis_app, tmp_path, image):
    from qgis.core import QgsRasterLayer

    from shepherd_segmentation.plugin.styling import smallest_scale

    path = str(tmp_path / "degrees.tif")
    gdal.Warp(path, image, dstSRS="EPSG:4326")
    degrees, metres = QgsRasterLayer(path), QgsRasterLayer(image)
    assert smallest_scale(degrees, 100) == pytest.approx(smallest_scale(metres, 100), rel=0.5)
