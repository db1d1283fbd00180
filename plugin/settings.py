"""The plugin's settings: kept in the user's profile, read when a run starts."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from qgis.core import QgsSettings

#: Everything that the plugin keeps in a QGIS profile is below this group.
GROUP = "shepherd_segmentation"
_KEY = f"{GROUP}/settings"

#: Where the engine runs.
IN_QGIS, SEPARATE_PROCESS = "qgis", "process"


@dataclass(frozen=True)
class Settings:
    """What holds for all runs.

    Parameters
    ----------
    workers : int
        Cores for a run that names no number itself; 0 for all.
    memory_limit : float
        GB that a run may use; 0 for what is free.
    kernel_cache : str
        Folder for compiled kernels; empty for automatic.
    engine_place : str
        `IN_QGIS` or `SEPARATE_PROCESS`.
    """

    workers: int = 0
    memory_limit: float = 0.0
    kernel_cache: str = ""
    engine_place: str = IN_QGIS

    def __post_init__(self) -> None:
        if not isinstance(self.workers, int) or not 0 <= self.workers <= 1024:
            raise ValueError("workers")
        if not isinstance(self.memory_limit, (int, float)) or not 0 <= self.memory_limit < 1e6:
            raise ValueError("memory_limit")
        if not isinstance(self.kernel_cache, str):
            raise ValueError("kernel_cache")
        if self.engine_place not in (IN_QGIS, SEPARATE_PROCESS):
            raise ValueError("engine_place")

    @classmethod
    def load(cls) -> Settings:
        """Read the settings; what is missing or cannot be meant has its default."""
        stored = read_json(_KEY, {})
        settings = cls()
        for item in fields(cls):
            if isinstance(stored, dict) and item.name in stored:
                try:
                    settings = replace(settings, **{item.name: stored[item.name]})
                except ValueError:
                    continue
        return settings

    def save(self) -> None:
        """Keep the settings in the user's profile."""
        write_json(_KEY, asdict(self))


def read_json(key: str, default: Any) -> Any:
    """Return a value of the user's profile; `default` where there is none or it is damaged."""
    text = QgsSettings().value(key, "")
    try:
        return json.loads(text) if text else default
    except (TypeError, ValueError):
        return default


def write_json(key: str, value: Any) -> None:
    """Keep a value in the user's profile."""
    QgsSettings().setValue(key, json.dumps(value))
