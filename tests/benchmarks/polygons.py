"""Speed of polygons, with attributes, against GDAL's Polygonize alone."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from osgeo import gdal, ogr, osr

from shepherd_segmentation.core import clip_segments, polygonize_segments, segment_raster

from .figures import SCENE, Figure, at_most, best_of, stated
from .rasters import mosaic
from .segmentation import SPEC

SIDE = 4096
COLUMNS = 24


def polygons() -> list[Figure]:
    """Polygons with 24 columns, of the labels of a 4096 x 4096 mosaic."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mosaic(SCENE, folder / "mosaic.tif", SIDE)
        labels = folder / "labels.tif"
        count = segment_raster(folder / "mosaic.tif", labels, SPEC).segment_count
        table = _table(count)
        floor = ours = float("inf")
        # In turns, so that another load of the machine meets both.
        for _ in range(5):
            floor = min(floor, best_of(1, lambda: polygonize_alone(labels, folder / "floor.gpkg")))
            ours = min(
                ours,
                best_of(1, lambda: polygonize_segments(labels, folder / "ours.gpkg", statistics_table=table)),
            )
        clip = best_of(3, lambda: _clip(labels, folder, table))
    return [
        stated("segments", str(count)),
        stated("floor: GDAL's Polygonize into a GeoPackage", f"{floor:.2f} s"),
        stated(f"polygons with {COLUMNS} columns", f"{ours:.2f} s"),
        at_most("polygons against the floor", ours / floor, 1.3, "x"),
        stated("clip to a quarter of the pixels, with the table", f"{clip:.2f} s"),
    ]


def polygonize_alone(labels: Path, output: Path) -> None:
    """The floor: trace the outlines into a layer with a spatial index, in one transaction."""
    output.unlink(missing_ok=True)
    raster = gdal.Open(str(labels))
    band = raster.GetRasterBand(1)
    out = ogr.GetDriverByName("GPKG").CreateDataSource(str(output))
    layer = out.CreateLayer("segments", osr.SpatialReference(raster.GetProjection()), ogr.wkbPolygon)
    layer.CreateField(ogr.FieldDefn("segment_id", ogr.OFTInteger64))
    layer.StartTransaction()
    gdal.Polygonize(band, band.GetMaskBand(), layer, 0, [])
    layer.CommitTransaction()
    del layer, out


def _table(count: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    columns = {f"b{number}_mean": random.random(count) for number in range(1, COLUMNS + 1)}
    return {"segment_id": np.arange(1, count + 1), **columns}


def _clip(labels: Path, folder: Path, table: dict[str, np.ndarray]) -> None:
    left, width, _, top, _, height = gdal.Open(str(labels)).GetGeoTransform()
    half = SIDE // 2
    extent = (left, top + height * half, left + width * half, top)
    clip_segments(
        labels,
        folder / "clipped.tif",
        extent=extent,
        statistics_table=table,
        output_table=folder / "clipped.gpkg",
    )
