"""Which OGR driver writes a table or a polygon layer, chosen by the name of the file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from osgeo import gdal

from ..errors import ParameterError

_LAYERS = {
    ".gpkg": "GPKG",
    ".shp": "ESRI Shapefile",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".fgb": "FlatGeobuf",
    ".sqlite": "SQLite",
    ".gml": "GML",
    ".tab": "MapInfo File",
    ".parquet": "Parquet",
}
_TABLES = {
    ".gpkg": "GPKG",
    ".csv": "CSV",
    ".dbf": "ESRI Shapefile",
    ".sqlite": "SQLite",
    ".xlsx": "XLSX",
    ".ods": "ODS",
    ".parquet": "Parquet",
}
_LAYER_OPTIONS = {"ESRI Shapefile": ("SPATIAL_INDEX=YES", "ENCODING=UTF-8")}
#: GDAL 3.6 puts even numbers in quotation marks unless it is told not to.
_TABLE_OPTIONS = {"CSV": ("STRING_QUOTING=IF_NEEDED",), "ESRI Shapefile": ("ENCODING=UTF-8",)}


@dataclass(frozen=True)
class VectorFormat:
    """How a table or a layer is written.

    Parameters
    ----------
    driver : str
        Short name of the OGR driver.
    options : tuple of str
        Layer creation options, ``KEY=VALUE``.
    """

    driver: str
    options: tuple[str, ...] = ()


def layer_format(output: str) -> VectorFormat:
    """Choose the format of a polygon layer by its name.

    Raises
    ------
    ParameterError
        If no driver writes such a file.
    """
    driver = _driver("output", output, _LAYERS)
    return VectorFormat(driver, _LAYER_OPTIONS.get(driver, ()))


def table_format(parameter: str, output: str) -> VectorFormat:
    """Choose the format of a table without geometry by its name.

    Parameters
    ----------
    parameter : str
        What the caller names the output, for the message.
    output : str

    Raises
    ------
    ParameterError
        If no driver writes such a file.
    """
    driver = _driver(parameter, output, _TABLES)
    return VectorFormat(driver, _TABLE_OPTIONS.get(driver, ()))


def _driver(parameter: str, output: str, drivers: dict[str, str]) -> str:
    known = {suffix: name for suffix, name in drivers.items() if _writes(name)}
    driver = known.get(PurePath(output.lower()).suffix)
    if driver is None:
        raise ParameterError(parameter, output, f"give a name that ends in {', '.join(known)}.")
    return driver


def _writes(name: str) -> bool:
    driver = gdal.GetDriverByName(name)
    return driver is not None and driver.GetMetadataItem(gdal.DCAP_CREATE) == "YES"
