"""The sample image: a part of a Sentinel-2 scene, in natural colours."""

from __future__ import annotations

from pathlib import Path

from qgis.core import (
    QgsContrastEnhancement,
    QgsMultiBandColorRenderer,
    QgsProject,
    QgsRasterLayer,
)
from qgis.PyQt.QtCore import QCoreApplication

PATH = Path(__file__).parent.parent / "resources" / "sample" / "s2_inn_demo_4band.tif"

#: Band, and the values drawn in black and in full colour: where 2 % of the pixels are below and above.
#: Fixed, because QGIS would keep statistics that it measures in a file beside the image.
_RED, _GREEN, _BLUE = (3, 174, 2076), (2, 343, 1914), (1, 211, 1536)


def sample_layer(project: QgsProject) -> QgsRasterLayer:
    """Return the sample image as a layer of the project, which it is added to unless it is there."""
    for layer in project.mapLayers().values():
        if isinstance(layer, QgsRasterLayer) and Path(layer.source()) == PATH:
            return layer
    name = QCoreApplication.translate("ShepherdSegmentation", "Sample: the river Inn, Sentinel-2")
    layer = QgsRasterLayer(str(PATH), name)
    show_natural_colours(layer)
    project.addMapLayer(layer)
    return layer


def show_natural_colours(layer: QgsRasterLayer) -> None:
    """Draw the sample as the eye would see it."""
    provider = layer.dataProvider()
    renderer = QgsMultiBandColorRenderer(provider, _RED[0], _GREEN[0], _BLUE[0])
    for setter, channel in (
        (renderer.setRedContrastEnhancement, _RED),
        (renderer.setGreenContrastEnhancement, _GREEN),
        (renderer.setBlueContrastEnhancement, _BLUE),
    ):
        setter(_stretch(provider.dataType(channel[0]), *channel[1:]))
    layer.setRenderer(renderer)


def _stretch(kind: int, low: float, high: float) -> QgsContrastEnhancement:
    stretch = QgsContrastEnhancement(kind)
    stretch.setContrastEnhancementAlgorithm(
        QgsContrastEnhancement.ContrastEnhancementAlgorithm.StretchToMinimumMaximum
    )
    stretch.setMinimumValue(low)
    stretch.setMaximumValue(high)
    return stretch
