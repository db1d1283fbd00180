"""Puts columns into the attribute table of the label raster, where its driver keeps one."""

from __future__ import annotations

import numpy as np
from osgeo import gdal

from ..errors import ParameterError
from ..raster.formats import WITH_ATTRIBUTE_TABLE
from ..raster.gdal_calls import call, open_raster, run
from .table import SegmentTable

#: Rows of the attribute table are ids: with larger gaps between them it would be mostly empty.
_MOST_ROWS = 2**27
_MOST_EMPTY = 100


def check_attribute_table(path: str) -> None:
    """Refuse a raster that cannot be given an attribute table.

    Raises
    ------
    ParameterError
    """
    driver = open_raster(path).GetDriver().ShortName
    if driver not in WITH_ATTRIBUTE_TABLE:
        raise ParameterError(
            "write_attribute_table",
            True,
            f"{path} is {driver}, which keeps no attribute table itself; use a label raster in "
            f"{' or '.join(WITH_ATTRIBUTE_TABLE)} format.",
        )


def check_ids(path: str, ids: np.ndarray) -> None:
    """Refuse ids that would make an attribute table of mostly empty rows.

    Raises
    ------
    ParameterError
    """
    rows = int(ids[-1]) + 1 if ids.size else 1
    if rows > _MOST_ROWS or rows > 2**20 + _MOST_EMPTY * ids.size:
        raise ParameterError(
            "write_attribute_table",
            True,
            f"the largest id of {path} is {rows - 1} and there are only {ids.size} segments; "
            "number them without gaps first.",
        )


def write_columns(path: str, table: SegmentTable) -> None:
    """Add columns to the attribute table of the first band; one of the same name is replaced.

    Row ``i`` is segment ``i``; where there is no value a column of real numbers has NaN, one of
    integers 0.

    Raises
    ------
    RasterError
    """
    what = f"Cannot write the attribute table of {path}"
    dataset = open_raster(path, update=True)
    band = dataset.GetRasterBand(1)
    rat = band.GetDefaultRAT()
    writes_through = rat is not None and rat.ChangesAreWrittenToFile()
    if not writes_through:
        # GDAL deletes the band's own table before it looks at the one that is set.
        rat = rat.Clone() if rat else gdal.RasterAttributeTable()
    rows = int(table.ids[-1]) + 1 if len(table) else 1
    if rat.GetRowCount() < rows:
        run(what, rat.SetRowCount, rows)
    existing = [rat.GetNameOfCol(index) for index in range(rat.GetColumnCount())]
    for column in table.columns:
        values = column.read(0, len(table))
        small = values.dtype.kind == "i" and (not values.size or values.max() < 2**31)
        if column.name not in existing:
            kind = gdal.GFT_Integer if small else gdal.GFT_Real
            call(what, rat.CreateColumn, column.name, kind, gdal.GFU_Generic)
            existing.append(column.name)
        full = np.zeros(rat.GetRowCount(), np.int32) if small else np.full(rat.GetRowCount(), np.nan)
        full[table.ids] = values
        run(what, rat.WriteArray, full, existing.index(column.name))
    if not writes_through:
        run(what, band.SetDefaultRAT, rat)
    run(what, dataset.FlushCache)
