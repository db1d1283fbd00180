"""Names of columns: predictable, unique, and safe in every format."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np

from .spec import SHAPES, StatisticsSpec

#: The first column of every table.
ID = "segment_id"
#: PostgreSQL cuts longer names.
MAX_LENGTH = 63
#: dBASE tables, which are part of ESRI Shapefiles, cut names after this many characters.
DBASE_LENGTH = 10
_SHAPE_COLUMNS = {"bbox": ("xmin", "ymin", "xmax", "ymax")}
_SHORT = {
    "segment_id": "segment_id",
    "stddev": "sd",
    "variance": "var",
    "range": "rng",
    "median": "med",
    "minority": "mnr",
    "variety": "vrt",
    "nbdiff": "nbd",
}


def safe_name(text: str, otherwise: str = "x") -> str:
    """Return lower-case ASCII letters, digits and underscores, starting with a letter.

    Examples
    --------
    >>> safe_name("Niederschlag Märzen-2020")
    'niederschlag_marzen_2020'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    plain = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")
    if not plain:
        return otherwise
    return plain if plain[0].isalpha() else f"{otherwise}{plain}"


def percentile_name(percentile: float) -> str:
    """Return the name of a percentile.

    Examples
    --------
    >>> percentile_name(25.0), percentile_name(97.5)
    ('p25', 'p97_5')
    """
    return "p" + np.format_float_positional(percentile, trim="-").replace(".", "_")


def raster_prefixes(paths: Sequence[str], prefix: str = "") -> tuple[str, ...]:
    """Return what stands before the columns of each raster, with its underscore.

    The first raster has the given prefix, or none; any other one the name of its file without
    the suffix, numbered when two have the same.
    """
    names = [safe_name(prefix) if prefix.strip() else ""]
    names += [safe_name(os.path.splitext(os.path.basename(path.rstrip("/")))[0]) for path in paths[1:]]
    return tuple(f"{name}_" if name else "" for name in unique(names[: len(paths)]))


def shape_names(spec: StatisticsSpec) -> list[str]:
    """Return the names of the shape columns."""
    names: list[str] = []
    for name in SHAPES:
        if name in spec.shape:
            names += _SHAPE_COLUMNS.get(name, (name,))
    return names


def unique(names: Iterable[str]) -> list[str]:
    """Return names of which each occurs once, with numbers added: ``rain``, ``rain_2``."""
    taken: set[str] = set()
    result = []
    for name in names:
        candidate, number = name[:MAX_LENGTH], 1
        while candidate in taken:
            number += 1
            end = f"_{number}"
            candidate = name[: MAX_LENGTH - len(end)] + end
        taken.add(candidate)
        result.append(candidate)
    return result


def dbase_names(names: Sequence[str]) -> list[str]:
    """Return names of at most 10 characters, unique and as readable as that allows.

    Examples
    --------
    >>> dbase_names(["segment_id", "b12_variance", "rain_b1_p25", "rain_b1_p255"])
    ['segment_id', 'b12_var', 'rain_b1_p2', 'rain_b1_2']
    """
    taken: set[str] = set()
    result = []
    for name in names:
        short = "_".join(_SHORT.get(part, part) for part in name.split("_")) if name not in _SHORT else name
        candidate, number = short[:DBASE_LENGTH], 1
        while candidate in taken:
            number += 1
            end = f"_{number}"
            candidate = short[: DBASE_LENGTH - len(end)] + end
        taken.add(candidate)
        result.append(candidate)
    return result
