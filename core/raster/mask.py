"""The user's mask, brought onto the grid of the image once, before anything else.

Warping or rasterising window by window could decide a pixel at an edge differently in
different windows; a mask file on the image's own grid cannot.
"""

from __future__ import annotations

import numpy as np
from osgeo import gdal, ogr, osr

from ..errors import ParameterError, RasterError
from ..progress import Progress
from .gdal_calls import call, quiet, run
from .source import RasterInfo

_BLOCK = 2048
_OPTIONS = ["TILED=YES", "COMPRESS=DEFLATE", "ZLEVEL=1", "SPARSE_OK=TRUE", "BIGTIFF=IF_SAFER"]


def align_mask(mask: str, image: RasterInfo, target: str, progress: Progress) -> None:
    """Write a raster of bytes on the image's grid: 1 inside the mask, 0 outside.

    Parameters
    ----------
    mask : str
        A raster on any grid (inside is where it is above 0 and not nodata), or a polygon layer
        as ``path`` or ``path|layername=name`` (inside are the pixels whose centre is in one).
    image : RasterInfo
    target : str
        File to write.
    progress : Progress
        Asked whether to stop.

    Raises
    ------
    ParameterError
        If the mask cannot be opened or cannot be laid over the image.
    """
    path, _, layer = mask.partition("|layername=")
    with quiet():
        raster = _try_open(path, gdal.OF_RASTER) if not layer else None
        vector = None if raster else _try_open(path, gdal.OF_VECTOR)
    if raster is None and vector is None:
        raise ParameterError("mask", mask, "this opens neither as a raster nor as a polygon layer.")
    out = _create(image, target)
    if raster is not None:
        _from_raster(mask, raster, image, out, progress)
    else:
        _from_polygons(mask, vector, layer.split("|")[0], image, out, progress)
    run(f"Cannot write {target} (is the disk full?)", out.FlushCache)


def _try_open(path: str, kind: int) -> gdal.Dataset | None:
    try:
        return gdal.OpenEx(path, kind)
    except RuntimeError:
        return None


def _create(image: RasterInfo, target: str) -> gdal.Dataset:
    out = call(
        f"Cannot create {target}",
        gdal.GetDriverByName("GTiff").Create,
        target,
        image.columns,
        image.rows,
        1,
        gdal.GDT_Byte,
        _OPTIONS,
    )
    if image.geotransform:
        out.SetGeoTransform(image.geotransform)
    if image.projection:
        out.SetProjection(image.projection)
    return out


def _from_raster(
    mask: str, raster: gdal.Dataset, image: RasterInfo, out: gdal.Dataset, progress: Progress
) -> None:
    if not _same_grid(raster, image):
        raster = _warped(mask, raster, image)
    band = raster.GetRasterBand(1)
    nodata, what = band.GetNoDataValue(), f"Cannot read the mask {mask}"
    for row in range(0, image.rows, _BLOCK):
        for column in range(0, image.columns, _BLOCK):
            progress.check()
            size = min(_BLOCK, image.columns - column), min(_BLOCK, image.rows - row)
            values = call(what, band.ReadAsArray, column, row, *size)
            inside = values > 0
            if nodata is not None:
                inside &= values != nodata
            flags = band.GetMaskFlags()
            if flags not in (gdal.GMF_ALL_VALID, gdal.GMF_NODATA):
                inside &= call(what, band.GetMaskBand().ReadAsArray, column, row, *size) != 0
            run(
                "Cannot write the mask", out.GetRasterBand(1).WriteArray, inside.astype(np.uint8), column, row
            )


def _same_grid(raster: gdal.Dataset, image: RasterInfo) -> bool:
    if (raster.RasterYSize, raster.RasterXSize) != (image.rows, image.columns):
        return False
    transform = raster.GetGeoTransform(can_return_null=True)
    if transform is None or image.geotransform is None:
        return True
    pixel = max(abs(value) for value in image.geotransform[1:3] + image.geotransform[4:6])
    close = np.allclose(transform, image.geotransform, rtol=1e-9, atol=1e-3 * pixel)
    return bool(close and _same_crs(raster.GetProjection(), image.projection))


def _same_crs(first: str, second: str) -> bool:
    if not first or not second:
        return True
    return bool(osr.SpatialReference(first).IsSame(osr.SpatialReference(second)))


def _warped(mask: str, raster: gdal.Dataset, image: RasterInfo) -> gdal.Dataset:
    """Return the mask on the image's grid, by nearest neighbour; outside it is 0 or nodata."""
    _need_georeference("mask", mask, image)
    crs = image.projection or raster.GetProjection() or None
    rotated = image.geotransform[2] != 0 or image.geotransform[4] != 0
    if rotated or image.geotransform[5] > 0:
        return _warped_in_memory(mask, raster, image, crs)
    left, width, _, top, _, height = image.geotransform
    return call(
        f"Cannot lay the mask {mask} over the image",
        gdal.Warp,
        "",
        raster,
        format="VRT",
        srcSRS=raster.GetProjection() or crs,
        dstSRS=crs,
        outputBounds=(left, top + height * image.rows, left + width * image.columns, top),
        width=image.columns,
        height=image.rows,
        resampleAlg="near",
        errorThreshold=0.0,
    )


def _warped_in_memory(mask: str, raster: gdal.Dataset, image: RasterInfo, crs: str | None) -> gdal.Dataset:
    """Warp into a raster with the image's own geotransform, which a VRT cannot rotate."""
    band = raster.GetRasterBand(1)
    target = gdal.GetDriverByName("MEM").Create("", image.columns, image.rows, 1, band.DataType)
    target.SetGeoTransform(image.geotransform)
    target.SetProjection(crs or "")
    if band.GetNoDataValue() is not None:
        target.GetRasterBand(1).SetNoDataValue(band.GetNoDataValue())
        target.GetRasterBand(1).Fill(band.GetNoDataValue())
    call(
        f"Cannot lay the mask {mask} over the image",
        gdal.Warp,
        target,
        raster,
        srcSRS=raster.GetProjection() or crs,
        resampleAlg="near",
        errorThreshold=0.0,
    )
    return target


def _need_georeference(parameter: str, value: str, image: RasterInfo) -> None:
    if image.geotransform is None:
        raise ParameterError(
            parameter, value, "the image has no georeference; give a raster of the same size."
        )


def _polygon_layer(mask: str, vector: gdal.Dataset, name: str) -> ogr.Layer:
    layer = vector.GetLayerByName(name) if name else vector.GetLayer(0)
    if layer is None:
        raise ParameterError("mask", mask, "this file has no such layer.")
    others = (ogr.wkbPoint, ogr.wkbMultiPoint, ogr.wkbLineString, ogr.wkbMultiLineString)
    if ogr.GT_Flatten(layer.GetGeomType()) in others:
        raise ParameterError("mask", mask, "give a layer of polygons.")
    return layer


def _from_polygons(
    mask: str,
    vector: gdal.Dataset,
    name: str,
    image: RasterInfo,
    out: gdal.Dataset,
    progress: Progress,
) -> None:
    _need_georeference("mask", mask, image)
    layer = _polygon_layer(mask, vector, name)
    own = layer.GetSpatialRef()
    if own is not None and image.projection and not own.IsSame(osr.SpatialReference(image.projection)):
        vector = call(
            f"Cannot transform the mask {mask}",
            gdal.VectorTranslate,
            "",
            vector,
            format="Memory",
            layers=[layer.GetName()],
            dstSRS=image.projection,
            reproject=True,
        )
        layer = vector.GetLayer(0)
    try:
        call(
            f"Cannot rasterise the mask {mask}",
            gdal.RasterizeLayer,
            out,
            [1],
            layer,
            burn_values=[1],
            callback=lambda *_: 0 if progress.is_cancelled() else 1,
        )
    except RasterError:
        progress.check()
        raise
