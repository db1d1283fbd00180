"""Finds the Python interpreter that belongs to the running program."""

from __future__ import annotations

import os
import site
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from ..errors import ShepherdError

#: What the engine's process imports; a folder with one of these may be known to this process only.
_PACKAGES = ("numpy", "numba", "osgeo", "boto3")
#: Imported, not only looked for: what is found may be of another build.
_CHECK = "import sys; assert sys.version_info[:2] == {version}; import numpy, numba; from osgeo import gdal"
#: Seconds that an interpreter may take to start.
_PATIENCE = 30.0
_found: dict[str, str] = {}


def find_interpreter() -> str:
    """Return the path of a Python interpreter that can import what this process can.

    Inside QGIS on Windows and macOS ``sys.executable`` is QGIS itself: starting it would open a
    second window. Elsewhere it may be another Python that comes first in PATH, and lacks GDAL.

    Raises
    ------
    ShepherdError
        If there is none.
    """
    paths = search_path()
    if paths in _found:
        return _found[paths]
    for path in dict.fromkeys(_candidates()):
        if path.is_file() and os.access(path, os.X_OK) and _is_python(path) and _has_packages(path, paths):
            _found[paths] = str(path)
            return str(path)
    raise ShepherdError(
        "No Python interpreter was found beside QGIS: choose “in QGIS itself” as the place where the "
        "engine runs, in Settings > Options > Shepherd Segmentation."
    )


def search_path() -> str:
    """Return the PYTHONPATH with which another process finds the packages that this one has.

    Plugins such as QPIP put packages into the user's profile, which only QGIS knows.
    """
    specs = [find_spec(name) for name in _PACKAGES]
    folders = {str(Path(spec.origin).parents[1]) for spec in specs if spec and spec.origin}
    # What every Python of this kind knows keeps its place behind the standard library, and the order of
    # the others is that of this process: the same package may be in two of them.
    folders -= {*site.getsitepackages(), site.getusersitepackages()}
    given = [item for item in os.environ.get("PYTHONPATH", "").split(os.pathsep) if item]
    return os.pathsep.join(dict.fromkeys([*given, *(item for item in sys.path if item in folders)]))


def _has_packages(path: Path, paths: str) -> bool:
    code = _CHECK.format(version=tuple(sys.version_info[:2]))
    try:
        result = subprocess.run(  # noqa: S603  # nosec B603  (a Python, and our own code)
            [str(path), "-c", code],
            env={**os.environ, "PYTHONPATH": paths},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return result.returncode == 0


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
