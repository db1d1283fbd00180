"""A QGIS profile of its own for programs that a test starts, with the plugin in it."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = """
[PythonPlugins]
shepherd_segmentation=true
processing=true

[qgis]
checkVersion=false
showTips=false

[Processing]
Configuration\\MAX_THREADS=2
"""


def environment(folder: Path, platform: str) -> dict[str, str]:
    """Make a profile with the plugin linked and enabled; return the environment that uses it."""
    for profiles in (folder / "profiles", folder / "data" / "QGIS" / "QGIS3" / "profiles"):
        plugins = profiles / "default" / "python" / "plugins"
        plugins.mkdir(parents=True)
        (plugins / "shepherd_segmentation").symlink_to(ROOT)
        settings = profiles / "default" / "QGIS" / "QGIS3.ini"
        settings.parent.mkdir()
        settings.write_text(SETTINGS)
    # Read by every QGIS; the variable PYQGIS_STARTUP only by newer ones.
    (folder / "data" / "QGIS" / "QGIS3" / "startup.py").symlink_to(ROOT / "tests" / "qgis" / "startup.py")
    temporary = folder / "temporary"
    temporary.mkdir()
    # QGIS starts the system's Python, which does not know the environment that the tests run in.
    packages = Path(find_spec("numba").origin).parents[1]
    return {
        **os.environ,
        "PYTHONPATH": str(packages),
        "QT_QPA_PLATFORM": platform,
        "QGIS_CUSTOM_CONFIG_PATH": str(folder),
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "TMPDIR": str(temporary),
        "SHEPHERD_COMPLAINTS": str(complaints(folder)),
    }


def complaints(folder: Path) -> Path:
    """Return the file for warnings and errors in the plugin's Python; it is there if there were any."""
    return folder / "complaints.txt"
