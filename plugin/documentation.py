"""Where the documentation is: beside the plugin if it was packaged, otherwise on the web."""

from __future__ import annotations

from configparser import RawConfigParser
from pathlib import Path

from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QDesktopServices

_ROOT = Path(__file__).parent.parent
#: In the package; and what `make docs` builds in a checkout.
FOLDERS = (_ROOT / "resources" / "docs", _ROOT / "site")


def documentation(page: str = "index.html", folders: tuple[Path, ...] = FOLDERS) -> QUrl:
    """Return the address of a page, such as ``reference/segment.html``.

    Where there is no such page, that of the homepage.
    """
    for folder in folders:
        if (folder / page).is_file():
            return QUrl.fromLocalFile(str(folder / page))
    metadata = RawConfigParser()
    metadata.read(_ROOT / "metadata.txt", encoding="utf-8")
    return QUrl(metadata["general"]["homepage"])


def open_documentation() -> None:
    """Open the first page in the browser."""
    QDesktopServices.openUrl(documentation())


def page_of(algorithm: str) -> str:
    """Return the address of an algorithm's page, as Processing wants it."""
    return documentation(f"reference/{algorithm}.html").toString(QUrl.ComponentFormattingOption.FullyEncoded)
