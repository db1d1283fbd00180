"""Notices when QGIS crashed while the engine was loaded or compiled.

Some builds of QGIS for Linux crash when numba is imported into them
(https://github.com/qgis/QGIS/issues/63594). A file in the profile marks the time in which that can
happen; when QGIS finds it at the next start, and nobody holds it any more, it has happened.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from qgis.core import QgsApplication

_NAME = "shepherd-engine-starting"
_guard = threading.Lock()
_survived = False


def _path() -> Path:
    return Path(QgsApplication.qgisSettingsDirPath()) / _NAME


@contextmanager
def crash_marked() -> Iterator[Callable[[], None]]:
    """Mark that the engine is being started; give a function that says it has survived.

    Whoever calls the engine for the first time in a session of QGIS holds the marker until then, or
    until the block ends.
    """
    # Whether it is the first call or one beside it, another one must not wait.
    if _survived or not _guard.acquire(blocking=False):
        yield lambda: None
        return
    held = _hold()

    def survived() -> None:
        global _survived
        if not _survived:
            _survived = True
            _remove(held)

    try:
        yield survived
    finally:
        survived()
        _guard.release()


def take_crash() -> bool:
    """Tell whether QGIS crashed with the marker in place, once."""
    if not QgsApplication.qgisSettingsDirPath() or not _path().exists():
        return False
    lock = _hold()
    # Held by another QGIS with this profile, which is just starting its engine.
    if lock is None:
        return False
    _remove(lock)
    return not _path().exists()


def _hold() -> object | None:
    """Put the marker in place, or take it over; None where that is not possible."""
    from ..core.errors import WorkspaceError
    from ..core.workspace.lock import FolderLock

    # Outside a profile, or in one that cannot be written to, there is no marker.
    if not QgsApplication.qgisSettingsDirPath():
        return None
    try:
        return FolderLock(_path().parent, _NAME)
    except WorkspaceError:
        return None


def _remove(lock) -> None:
    if lock is not None:
        lock.release()
        with suppress(OSError):
            _path().unlink()
