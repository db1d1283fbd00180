"""Calls the engine where the settings say: in QGIS itself, or in a process of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from qgis.core import QgsApplication, QgsProcessingUtils

from ..core.errors import ShepherdError
from ..core.progress import Progress, ProgressSpan
from ..plugin.crashmarker import crash_marked
from ..plugin.settings import SEPARATE_PROCESS, Settings
from .compiled import CollectorPause, is_compiled, kind_of_run, remember

_PACKAGE = Path(__file__).parent.parent
_CACHE, _MEMORY = "NUMBA_CACHE_DIR", "SHEPHERD_MEMORY_GB"
#: What was in the environment before this module changed it.
_given = {name: os.environ.get(name) for name in (_CACHE, _MEMORY)}


def call_engine(name: str, progress: Progress, **arguments: Any) -> Any:
    """Call a function of the engine.

    Parameters
    ----------
    name : str
        One of those that `core.engine_process.messages.CALLS` lists.
    progress : Progress
    **arguments
        Of that function.

    Returns
    -------
    object
        With the attributes of what the function returns.

    Raises
    ------
    ShepherdError
    """
    settings = Settings.load()
    prepare_environment(settings)
    if settings.engine_place == SEPARATE_PROCESS:
        return _call_elsewhere(name, progress, arguments)
    kind = _kind_to_compile(name, arguments)
    if kind and not is_compiled(kind) and _can_be_elsewhere(arguments):
        result = _call_elsewhere(name, progress, arguments)
    else:
        result = _call_here(name, progress, arguments)
    if kind:
        remember(kind)
    return result


def _kind_to_compile(name: str, arguments: dict[str, Any]) -> str:
    """Return the kind of a run that needs kernels; nothing for one that is not on this computer."""
    from ..core.engine_process.messages import is_on_aws

    return "" if is_on_aws(name, arguments) else kind_of_run(name, arguments)


def _can_be_elsewhere(arguments: dict[str, Any]) -> bool:
    """Tell whether a Python beside QGIS can do this run as well as QGIS itself."""
    from ..core.engine_process.interpreter import find_interpreter

    # Files in memory, and what opens those of a cloud or a server, may be known to this process only.
    if "/vsi" in repr(arguments):
        return False
    try:
        return bool(find_interpreter())
    except ShepherdError:
        return False


def _call_elsewhere(name: str, progress: Progress, arguments: dict[str, Any]) -> Any:
    from ..core.engine_process import parent

    return parent.call(name, progress, **arguments)


def _call_here(name: str, progress: Progress, arguments: dict[str, Any]) -> Any:
    pause = CollectorPause()
    try:
        with crash_marked() as survived:
            # Only now: numba takes a second to import, and a session of QGIS may never segment anything.
            from ..core.engine_process.messages import CALLS, function_of

            function = function_of(name, CALLS[name])
            return function(progress=_Loaded(progress, survived, pause.end), **arguments)
    finally:
        pause.end()


def workers_to_use(wanted: int | None) -> int | None:
    """Return a run's own number of cores, or that of the settings; None for all."""
    return wanted or Settings.load().workers or None


class _Loaded(ProgressSpan):
    """Says once that kernels have been loaded: work is being done."""

    def __init__(self, progress: Progress, *told: Callable[[], None]) -> None:
        super().__init__(progress, 0.0, 1.0)
        self._told = told

    def fraction(self, done: float) -> None:
        if done > 0:
            for tell in self._told:
                tell()
            self._told = ()
        super().fraction(done)


def prepare_environment(settings: Settings) -> None:
    """Hand settings on to the engine, which has none itself; a child process inherits them."""
    limit = f"{settings.memory_limit:g}" if settings.memory_limit else _given[_MEMORY]
    _set(_MEMORY, limit)
    _set(_CACHE, _kernel_cache(settings.kernel_cache))


def _set(name: str, value: str | None) -> None:
    if value:
        os.environ[name] = value
    else:
        os.environ.pop(name, None)


def _kernel_cache(wanted: str) -> str | None:
    """Return the folder for compiled kernels; None for the plugin's own, beside their source."""
    if wanted:
        if not _can_be_written(Path(wanted)):
            raise ShepherdError(
                f"Compiled kernels cannot be kept in {wanted}: choose another folder in Settings > Options > "
                "Shepherd Segmentation, or leave it empty."
            )
        return wanted
    if _given[_CACHE]:
        return _given[_CACHE]
    if _can_be_written(_PACKAGE / "core"):
        return None
    folder = Path(QgsApplication.qgisSettingsDirPath()) / "cache" / "shepherd_segmentation"
    if _can_be_written(folder):
        return str(folder)
    # For this session only, where nobody else can put files: what is in there is run.
    return str(Path(QgsProcessingUtils.tempFolder()) / "kernels")


def _can_be_written(folder: Path) -> bool:
    """Tell whether files can be put in a folder, making it if it is missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
