"""Where a result came from, as metadata of the result, without secrets or the time of day."""

from __future__ import annotations

import json
import os

import numpy as np
from osgeo import gdal

from ..redaction import without_secrets
from ..spec import SegmentationSpec
from ..version import VERSION
from .gdal_calls import open_raster, quiet


def raster_files(path: str) -> list[str]:
    """Return the files that a raster is made of; its name where that is no file."""
    dataset = open_raster(path)
    with quiet():
        return dataset.GetFileList() or [path]


def input_identity(path: str) -> list[list]:
    """Return name, size in bytes and time of change of every file of a raster."""
    return [file_identity(name) for name in raster_files(path)]


def file_identity(name: str) -> list:
    """Return name, size in bytes and time of change of a file."""
    with quiet():
        status = gdal.VSIStatL(name)
    label = without_secrets(os.path.basename(name))
    return [label, int(status.size), int(status.mtime)] if status else [label, 0, 0]


def provenance(
    path: str, rows: int, columns: int, spec: SegmentationSpec, extra: dict[str, str]
) -> dict[str, str]:
    """Return the metadata of a label raster.

    Parameters
    ----------
    path : str
        The input.
    rows, columns : int
        Its size in pixels.
    spec : SegmentationSpec
    extra : dict of str to str
        More items.
    """
    size = sum(part[1] for part in input_identity(path))
    return {
        "SHEPHERD_VERSION": VERSION,
        "SHEPHERD_PARAMETERS": json.dumps(spec.to_dict(), sort_keys=True),
        "SHEPHERD_SEED": str(spec.seed),
        "SHEPHERD_INPUT": without_secrets(path),
        "SHEPHERD_INPUT_SIZE": f"{columns} x {rows} pixels, {size} bytes",
        **extra,
    }


def centres_as_text(centres: np.ndarray) -> str:
    """Return cluster centres as JSON, with all their digits."""
    return json.dumps(centres.tolist())
