"""Finds the Python interpreter that belongs to the running program."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from ..errors import ShepherdError


def find_interpreter() -> str:
    """Return the path of a Python interpreter that can import what this process can.

    Inside QGIS on Windows and macOS ``sys.executable`` is QGIS itself: starting it would open a
    second window.

    Raises
    ------
    ShepherdError
        If there is none.
    """
    for path in _candidates():
        if path.is_file() and os.access(path, os.X_OK) and _is_python(path):
            return str(path)
    raise ShepherdError(
        "No Python interpreter was found beside QGIS: choose “in QGIS itself” as the place where the "
        "engine runs, in Settings > Options > Shepherd Segmentation."
    )


def _candidates() -> Iterator[Path]:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    yield Path(sys.executable or "")
    for prefix in dict.fromkeys((sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix)):
        if sys.platform == "win32":
            yield Path(prefix) / "python.exe"
            yield Path(prefix) / "python3.exe"
        else:
            yield Path(prefix) / "bin" / f"python{version}"
            yield Path(prefix) / "bin" / "python3"
    folder = Path(sys.executable or "").parent
    # The macOS bundle keeps it beside QGIS, Windows' installer beside qgis-bin.exe.
    yield folder / "bin" / "python3"
    yield folder / "python3"
    yield folder / "python3.exe"


def _is_python(path: Path) -> bool:
    return path.stem.lower().startswith("python")
