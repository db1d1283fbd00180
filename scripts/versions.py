"""Say which versions of QGIS and of what it is built on are in use, in one line."""

from __future__ import annotations

import platform

import numba
import numpy
from osgeo import gdal, gdal_array
from qgis.core import Qgis
from qgis.PyQt.QtCore import QT_VERSION_STR


def versions() -> dict[str, str]:
    """Return the versions by name."""
    return {
        "QGIS": getattr(Qgis, "QGIS_VERSION", None) or Qgis.version(),
        "Qt": QT_VERSION_STR,
        "Python": platform.python_version(),
        "GDAL": gdal.__version__,
        "numpy": numpy.__version__,
        "numba": numba.__version__,
    }


def check_together() -> None:
    """Raise an error if GDAL or numba do not work with this numpy."""
    values = gdal_array.OpenArray(numpy.arange(4, dtype=numpy.int32).reshape(2, 2)).ReadAsArray()
    if numba.njit(lambda array: array.sum())(values) != 6:
        raise RuntimeError("numba computes wrong sums")


if __name__ == "__main__":
    check_together()
    print(", ".join(f"{name} {version}" for name, version in versions().items()))
