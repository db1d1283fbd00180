"""Reads polygon layers and tables, and compares polygons with the labels they come from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from osgeo import gdal, ogr
from scipy import ndimage

CROSS = ndimage.generate_binary_structure(2, 1)


@dataclass(frozen=True)
class Layer:
    """A layer in memory: the names of its columns, its rows, and their geometries."""

    name: str
    kind: str
    columns: tuple[str, ...]
    row_numbers: list[int]
    rows: list[dict[str, Any]]
    geometries: list[ogr.Geometry]
    projection: str
    extent: tuple[float, ...] | None

    def column(self, name: str) -> list:
        return [row[name] for row in self.rows]


def read_layer(path: str | Path, name: str | None = None) -> Layer:
    """Read a layer or a table."""
    options = ["AUTODETECT_TYPE=YES"] if str(path).endswith(".csv") else []
    dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR, open_options=options)
    layer = dataset.GetLayerByName(name) if name else dataset.GetLayer(0)
    definition = layer.GetLayerDefn()
    columns = tuple(definition.GetFieldDefn(i).GetName() for i in range(definition.GetFieldCount()))
    numbers, rows, geometries = [], [], []
    for feature in layer:
        numbers.append(feature.GetFID())
        rows.append({column: feature.GetField(column) for column in columns})
        geometry = feature.GetGeometryRef()
        geometries.append(geometry.Clone() if geometry else None)
    kind = ogr.GeometryTypeToName(layer.GetGeomType())
    crs = layer.GetSpatialRef()
    extent = layer.GetExtent() if rows and layer.GetGeomType() != ogr.wkbNone else None
    projection = crs.ExportToWkt() if crs else ""
    return Layer(layer.GetName(), kind, columns, numbers, rows, geometries, projection, extent)


def check_polygons(layer: Layer, labels: NDArray, geotransform: tuple[float, ...] | None) -> None:
    """Assert that the polygons are the labels: ids, parts, areas, validity, and the way back."""
    ids, counts = np.unique(labels[labels > 0], return_counts=True)
    assert layer.column("segment_id") == ids.tolist()
    parts = count_parts(labels, ids)
    assert layer.kind == ("Multi Polygon" if (parts > 1).any() else "Polygon")
    transform = geotransform or (0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
    pixel = abs(transform[1] * transform[5] - transform[2] * transform[4])
    for geometry, count, expected in zip(layer.geometries, counts, parts):
        assert geometry.IsValid()
        is_multi = geometry.GetGeometryName() == "MULTIPOLYGON"
        assert (geometry.GetGeometryCount() if is_multi else 1) == expected
        # Coordinates of millions of metres leave few digits for the area of a pixel.
        assert np.isclose(geometry.GetArea(), count * pixel, rtol=1e-7)
    np.testing.assert_array_equal(
        rasterise(layer, labels.shape, transform), np.where(labels > 0, labels, 0).astype(np.float64)
    )


def count_parts(labels: NDArray, ids: NDArray) -> NDArray[np.int64]:
    """Return the number of 4-connected parts of every id."""
    compact = np.where(labels > 0, np.searchsorted(ids, labels) + 1, 0)
    windows = ndimage.find_objects(compact)
    return np.array(
        [ndimage.label(compact[window] == i, CROSS)[1] for i, window in enumerate(windows, start=1)], np.int64
    )


def rasterise(layer: Layer, shape: tuple[int, int], geotransform: tuple[float, ...]) -> NDArray[np.float64]:
    """Burn the polygons' ids into a raster."""
    raster = gdal.GetDriverByName("MEM").Create("", shape[1], shape[0], 1, gdal.GDT_Float64)
    raster.SetGeoTransform(geotransform)
    source = ogr.GetDriverByName("Memory").CreateDataSource("polygons")
    table = source.CreateLayer("polygons", None, ogr.wkbUnknown)
    table.CreateField(ogr.FieldDefn("segment_id", ogr.OFTReal))
    for row, geometry in zip(layer.rows, layer.geometries):
        feature = ogr.Feature(table.GetLayerDefn())
        feature.SetField("segment_id", float(row["segment_id"]))
        feature.SetGeometry(geometry)
        table.CreateFeature(feature)
    gdal.RasterizeLayer(raster, [1], table, options=["ATTRIBUTE=segment_id"])
    return raster.ReadAsArray()
