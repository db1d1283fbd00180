"""Carries a statistics table over to new ids."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from osgeo import ogr

from ..progress import Progress
from ..raster.output_folder import OutputFolder
from ..statistics.names import ID
from ..vector.columns import Field, TableLike, store_columns
from ..vector.formats import VectorFormat
from ..vector.joined import Rows, count_unmatched, write_joined
from ..vector.scratch import Check, Watch, database

#: The column of the ids that segments had before.
ORIGINAL_ID = "original_id"
_BATCH = 10_000


def write_table(
    original_ids: np.ndarray,
    table: TableLike | None,
    folder: OutputFolder,
    form: VectorFormat,
    progress: Progress,
) -> tuple[tuple[str, ...], int]:
    """Write a table of segment 1, 2, ..., their original ids, and the columns of another table.

    Parameters
    ----------
    original_ids : ndarray of int64, shape (segments,)
    table : path, SegmentTable, mapping or None
    folder : OutputFolder
        Of the file to write.
    form : VectorFormat
    progress : Progress

    Returns
    -------
    columns : tuple of str
        Names of all columns.
    unmatched : int
        Segments that the other table has no row of.

    Raises
    ------
    ParameterError, RasterError, Cancelled
    """
    columns, unmatched = None, 0
    work = folder.path / "work"
    work.mkdir()
    rows = _store_ids(original_ids, str(work / "ids.sqlite"), progress.check)
    if table is not None:
        columns = store_columns("statistics_table", table, str(work / "columns.gpkg"), progress.check)
        unmatched = count_unmatched(rows, columns, progress.check)
    watch = Watch(progress.check, progress.fraction)
    name = Path(folder.output).stem
    return write_joined(rows, columns, folder.temporary, form, name, watch), unmatched


def _store_ids(original_ids: np.ndarray, path: str, check: Check) -> Rows:
    with database(path, check) as connection:
        connection.execute(f"CREATE TABLE ids ({ID} INTEGER PRIMARY KEY, {ORIGINAL_ID} INTEGER)")
        for start in range(0, original_ids.size, _BATCH):
            check()
            batch = original_ids[start : start + _BATCH].tolist()
            connection.executemany("INSERT INTO ids VALUES (?, ?)", enumerate(batch, start + 1))
    return Rows(
        path=path,
        table="ids",
        ids=np.arange(1, original_ids.size + 1),
        extra=(Field(ORIGINAL_ID, ogr.OFTInteger64),),
        join_on=ORIGINAL_ID,
    )
