"""Moves finished tables and layers to their place."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from ..raster.output_folder import OutputFolder

#: Files beside a database that belong to its former content: SQLite would take a write-ahead
#: log for the log of the new database. And indices of a Shapefile that GDAL does not renew.
_STALE = {".gpkg": ("-wal", "-shm", "-journal"), ".sqlite": ("-wal", "-shm", "-journal")}
_STALE_BESIDE = {".shp": (".sbn", ".sbx", ".shp.xml")}


def publish(folder: OutputFolder) -> None:
    """Move the files of a temporary folder to their place, replacing older ones.

    Raises
    ------
    RasterError
        If an older file cannot be replaced.
    """
    folder.publish()
    if not folder.is_local:
        return
    output = Path(folder.output)
    suffix = output.suffix.lower()
    stale = [f"{output}{end}" for end in _STALE.get(suffix, ())]
    stale += [str(output.with_suffix(end)) for end in _STALE_BESIDE.get(suffix, ())]
    for path in stale:
        with suppress(OSError):
            os.unlink(path)
