"""Python packages that QGIS does not bring along."""

from __future__ import annotations

import sys
from importlib import metadata, util
from pathlib import Path


def is_installed(package: str) -> bool:
    """Tell whether a package can be imported, without importing it.

    Importing numba takes a second, and some builds of QGIS for Linux crash on it
    (https://github.com/qgis/QGIS/issues/63594): that has to wait until somebody wants to segment.
    """
    try:
        return util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def missing_package(package: str, platform: str = sys.platform) -> str:
    """Say in two sentences that a package is missing, and how to install it on this system."""
    return f"The Python package {package} is missing. {_cure(package, platform)} Then start QGIS again."


def _cure(package: str, platform: str) -> str:
    pip = f"-m pip install {package} {_keep_numpy()}".rstrip()
    if platform == "win32":
        return f"Open the OSGeo4W Shell from the Start menu and enter “python {pip}”."
    if platform == "darwin":
        python = Path(sys.exec_prefix) / "bin" / "python3"
        return f"Open the Terminal and enter “'{python}' {pip}”."
    return (
        f"Open a terminal and enter “sudo apt install python3-{package}” (Debian, Ubuntu) or “sudo dnf "
        f"install python3-{package}” (Fedora); elsewhere “python3 {pip} --user”."
    )


def _keep_numpy() -> str:
    """Pin numpy: with another major version the GDAL bindings of QGIS stop working."""
    try:
        return f"numpy=={metadata.version('numpy')}"
    except metadata.PackageNotFoundError:
        return ""
