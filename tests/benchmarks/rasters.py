"""The floor that runs are compared with, and the large raster."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from osgeo import gdal

from shepherd_segmentation.core.raster.formats import output_format

gdal.UseExceptions()


def read_and_write(source: Path, labels: Path, target: Path, block: int = 1024) -> None:
    """The floor: read the raster and write the labels with the same creation options."""
    image, segments = gdal.Open(str(source)), gdal.Open(str(labels))
    rows, columns = image.RasterYSize, image.RasterXSize
    options = list(output_format(str(target)).options)
    out = gdal.GetDriverByName("GTiff").Create(str(target), columns, rows, 1, gdal.GDT_UInt32, options)
    for row in range(0, rows, block):
        for column in range(0, columns, block):
            size = min(block, columns - column), min(block, rows - row)
            image.ReadAsArray(column, row, *size)
            band = segments.GetRasterBand(1)
            out.GetRasterBand(1).WriteArray(band.ReadAsArray(column, row, *size), column, row)
    out.FlushCache()


def seconds_to_read(labels: Path, block: int = 1024) -> None:
    """What the floor spends on fetching the labels it writes; it is taken off the floor."""
    segments = gdal.Open(str(labels))
    rows, columns = segments.RasterYSize, segments.RasterXSize
    for row in range(0, rows, block):
        for column in range(0, columns, block):
            segments.ReadAsArray(column, row, min(block, columns - column), min(block, rows - row))


def mosaic(source: Path, target: Path, size: int) -> None:
    """Write a square raster in which the scene is repeated, mirrored at every seam."""
    image = gdal.Open(str(source))
    bands = image.ReadAsArray()
    options = ["TILED=YES", "COMPRESS=DEFLATE", "PREDICTOR=2", "ZLEVEL=1", "INTERLEAVE=PIXEL"]
    options += ["NUM_THREADS=ALL_CPUS", "BIGTIFF=YES"]
    out = gdal.GetDriverByName("GTiff").Create(
        str(target), size, size, len(bands), image.GetRasterBand(1).DataType, options
    )
    out.SetGeoTransform(image.GetGeoTransform())
    out.SetProjection(image.GetProjection())
    rows, columns = bands.shape[1:]
    for i, row in enumerate(range(0, size, rows)):
        for j, column in enumerate(range(0, size, columns)):
            part = bands[:, :: -1 if i % 2 else 1, :: -1 if j % 2 else 1]
            part = np.ascontiguousarray(part[:, : size - row, : size - column])
            out.WriteArray(part, column, row)
    for number in range(1, len(bands) + 1):
        nodata = image.GetRasterBand(number).GetNoDataValue()
        if nodata is not None:
            out.GetRasterBand(number).SetNoDataValue(nodata)
    out.FlushCache()
