"""Which runs find their kernels compiled on this computer.

Compiling takes numba half a minute, in which it holds Python's lock again and again for longer than a
window may stand still. The first run of a kind therefore takes place in a process of its own, which leaves
the kernels on disk; those that follow only load them.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from ..core.version import VERSION

_CORE = Path(__file__).parent.parent / "core"
_NAME = "shepherd-compiled.json"
#: What a spec says that decides which kernels a run calls.
_OF_SPEC = ("smoothing", "needs_values", "shape", "neighbours")
_RASTERS = ("input", "segments", "rasters")


def kind_of_run(name: str, arguments: dict[str, Any]) -> str:
    """Return a text that is the same for runs that call the same kernels."""
    given = sorted(key for key, value in arguments.items() if not _is_empty(value))
    spec = arguments.get("spec")
    wanted = [key for key in _OF_SPEC if getattr(spec, key, None)]
    types = {kind for key in _RASTERS for kind in _types(arguments.get(key))}
    return " ".join([name, *given, *wanted, *sorted(types)])


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, (str, list, tuple)) and not value)


def _types(sources: Any) -> Iterator[str]:
    """Yield the types of the pixels; none of a file that cannot be opened, which the run will tell."""
    from osgeo import gdal

    for source in [sources] if isinstance(sources, str) else sources or ():
        with suppress(RuntimeError):
            dataset = gdal.Open(source)
            for band in range(1, dataset.RasterCount + 1 if dataset else 1):
                yield gdal.GetDataTypeName(dataset.GetRasterBand(band).DataType)


def is_compiled(kind: str) -> bool:
    """Tell whether a run of this kind has left its kernels on disk."""
    return kind in _known()


def remember(kind: str) -> None:
    """Note that a run of this kind has ended well."""
    known = _known()
    if kind in known:
        return
    content = json.dumps({"engine": _engine(), "runs": sorted({*known, kind})})
    # Without it the next run is in a process of its own, too: no reason to fail.
    with suppress(OSError):
        path = _path()
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{_NAME}.{os.getpid()}-{threading.get_ident()}")
        temporary.write_text(content, encoding="utf-8")
        os.replace(temporary, path)


def _path() -> Path:
    """Return the file beside the kernels: it goes when they are deleted."""
    return Path(os.environ.get("NUMBA_CACHE_DIR") or _CORE / "__pycache__") / _NAME


def _known() -> set[str]:
    try:
        content = json.loads(_path().read_text(encoding="utf-8"))
        return set(content["runs"]) if content["engine"] == _engine() else set()
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _engine() -> str:
    """Return a digest of what numba's own files depend on."""
    sources = [(path.relative_to(_CORE).as_posix(), path.stat()) for path in sorted(_CORE.rglob("*.py"))]
    parts = [VERSION, sys.version, metadata.version("numba"), str(_CORE)]
    parts += [f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in sources]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


class CollectorPause:
    """Keeps Python from looking for garbage while numba is loaded, once in a session of QGIS.

    The objects that numba makes set the collector off again and again, and every time it goes through all
    objects there are, holding Python's lock: QGIS stands still for a tenth of a second and longer.
    """

    _lock = threading.Lock()
    _is_over = False

    def __init__(self) -> None:
        # A run beside the first one leaves this to it.
        self._is_mine = not self._is_over and gc.isenabled() and self._lock.acquire(blocking=False)
        if self._is_mine:
            gc.disable()

    def end(self) -> None:
        """Let the collector work again; may be called several times."""
        if self._is_mine:
            self._is_mine, CollectorPause._is_over = False, True
            # Together they make all objects old ones, in no time: as young ones, those of numba would be
            # looked at in one go as soon as the collector is back.
            gc.freeze()
            gc.unfreeze()
            gc.enable()
            self._lock.release()
