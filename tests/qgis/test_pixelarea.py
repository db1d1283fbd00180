"""How large so many pixels are on the ground."""

from __future__ import annotations

import pytest
from osgeo import gdal, osr


@pytest.fixture
def layer(qgis_app, tmp_path):
    """Make a small raster with a CRS and a pixel size."""
    from qgis.core import QgsRasterLayer

    def make(crs, size, corner=(0, 0)):
        path = str(tmp_path / "raster.tif")
        dataset = gdal.GetDriverByName("GTiff").Create(path, 20, 20, 1, gdal.GDT_Byte)
        if size:
            dataset.SetGeoTransform((corner[0], size, 0, corner[1], 0, -size))
        if crs:
            reference = osr.SpatialReference()
            reference.ImportFromEPSG(crs)
            dataset.SetProjection(reference.ExportToWkt())
        del dataset
        return QgsRasterLayer(path)

    return make


@pytest.mark.parametrize(
    ("crs", "size", "corner", "pixels", "text"),
    [
        (32633, 10, (360000, 5350000), 50, "= 0.5 ha"),
        (32633, 10, (360000, 5350000), 9, "= 900 m²"),
        (32633, 0.5, (360000, 5350000), 1, "= 0.25 m²"),
        (32633, 30, (360000, 5350000), 50_000, "= 4,500 ha"),
        # US survey feet: 100 ft are 30.48 m.
        (2263, 100, (980000, 200000), 10, "= 0.929 ha"),
        # On the equator a hundredth of a degree is 1.11 km wide, at 60° north half of that.
        (4326, 0.01, (10, 0.1), 1, "≈ 123 ha in the middle of the image"),
        (4326, 0.01, (10, 60.1), 1, "≈ 62.2 ha in the middle of the image"),
        (None, 10, (0, 0), 50, ""),
        (None, None, (0, 0), 50, ""),
        (32633, 10, (360000, 5350000), None, ""),
        (32633, 10, (360000, 5350000), 0, ""),
    ],
)
def test_area(layer, crs, size, corner, pixels, text):
    from shepherd_segmentation.plugin.pixelarea import area_of_pixels

    assert area_of_pixels(layer(crs, size, corner), pixels) == text
