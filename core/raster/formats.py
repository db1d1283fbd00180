"""Which GDAL driver writes an output, with which options, and what it can do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from osgeo import gdal

from ..errors import ParameterError

_BY_SUFFIX = {
    ".tif": "GTiff",
    ".tiff": "GTiff",
    ".img": "HFA",
    ".kea": "KEA",
    ".vrt": None,
}
_DEFAULT_OPTIONS = {
    "GTiff": {
        "TILED": "YES",
        "BLOCKXSIZE": "256",
        "BLOCKYSIZE": "256",
        "COMPRESS": "DEFLATE",
        "PREDICTOR": "2",
        "ZLEVEL": "1",
        "BIGTIFF": "IF_SAFER",
    },
    "HFA": {"COMPRESSED": "YES"},
    "COG": {"COMPRESS": "DEFLATE", "PREDICTOR": "YES"},
}
#: Formats that keep a raster attribute table in the file itself.
WITH_ATTRIBUTE_TABLE = ("KEA", "HFA")


@dataclass(frozen=True)
class OutputFormat:
    """How an output is written.

    Parameters
    ----------
    driver : str
        Short name of the GDAL driver.
    options : tuple of str
        Creation options, ``KEY=VALUE``.
    """

    driver: str
    options: tuple[str, ...]

    def with_threads(self, threads: int) -> tuple[str, ...]:
        """Return the options, and how many threads compress where the driver can do that."""
        given = any(option.upper().startswith("NUM_THREADS=") for option in self.options)
        if given or self.driver not in ("GTiff", "COG"):
            return self.options
        return (*self.options, f"NUM_THREADS={threads}")

    @property
    def can_create(self) -> bool:
        """Whether the driver writes windows; otherwise it only copies a finished raster."""
        # Since GDAL 3.13 COG creates, too; but the file comes when it is closed, without a table.
        driver = gdal.GetDriverByName(self.driver)
        return self.driver != "COG" and driver.GetMetadataItem(gdal.DCAP_CREATE) == "YES"


def output_format(output: str, creation_options: list[str] | None = None) -> OutputFormat:
    """Choose the format of an output by its name.

    ``.tif`` is GeoTIFF, ``.img`` Erdas Imagine, ``.kea`` KEA; a name that ends in ``.cog.tif``,
    or the creation option ``FORMAT=COG``, makes a cloud-optimised GeoTIFF.

    Raises
    ------
    ParameterError
        If no driver writes such a file, or an option is not ``KEY=VALUE``.
    """
    given = _parse(creation_options or [])
    driver = given.pop("FORMAT", None) or _driver_of(output)
    if driver is None or gdal.GetDriverByName(driver) is None:
        raise ParameterError(
            "output",
            output,
            "give a name that ends in .tif, .kea, .img or .cog.tif (KEA only where GDAL has that driver).",
        )
    options = {**_DEFAULT_OPTIONS.get(driver, {}), **given}
    if driver == "GTiff":
        _mend_geotiff(options, given)
    return OutputFormat(driver, tuple(f"{key}={value}" for key, value in options.items()))


def _driver_of(output: str) -> str | None:
    name = output.lower()
    if name.endswith(".cog.tif"):
        return "COG"
    suffix = PurePath(name).suffix
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    for index in range(gdal.GetDriverCount()):
        driver = gdal.GetDriver(index)
        suffixes = (driver.GetMetadataItem(gdal.DMD_EXTENSIONS) or "").split()
        writes = driver.GetMetadataItem(gdal.DCAP_CREATE) == "YES"
        types = (driver.GetMetadataItem(gdal.DMD_CREATIONDATATYPES) or "").split()
        if writes and "UInt32" in types and suffix.lstrip(".") in suffixes:
            return driver.ShortName
    return None


def _mend_geotiff(options: dict[str, str], given: dict[str, str]) -> None:
    """Leave out defaults that do not go with what the user chose."""
    compression = options["COMPRESS"].upper()
    if compression not in ("DEFLATE", "LZW", "ZSTD") and "PREDICTOR" not in given:
        options.pop("PREDICTOR")
    if compression != "DEFLATE":
        options.pop("ZLEVEL", None)
    if options["TILED"].upper() != "YES":
        for name in ("BLOCKXSIZE", "BLOCKYSIZE"):
            if name not in given:
                options.pop(name)


def _parse(options: list[str]) -> dict[str, str]:
    parsed = {}
    for option in options:
        key, equals, value = option.partition("=")
        if not equals or not key.strip():
            raise ParameterError("creation_options", option, "write options as KEY=VALUE.")
        parsed[key.strip().upper()] = value.strip()
    return parsed
