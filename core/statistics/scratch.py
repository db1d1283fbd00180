"""Large arrays: in memory while they fit the budget, beyond that in files of a temporary folder."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np


class Scratch:
    """Makes arrays, and removes the files behind them.

    Parameters
    ----------
    budget : int
        Bytes that its arrays may take in memory.
    folder : Path, optional
        Where files go; the system's folder for temporary files otherwise.
    """

    def __init__(self, budget: int, folder: Path | None = None) -> None:
        self._left = budget
        self._parent = folder
        self._folder: Path | None = None
        self._files = 0

    def zeros(self, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        """Return an array of zeros; the system moves what is not in use to its file."""
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        if size <= self._left or size == 0:
            self._left -= size
            return np.zeros(shape, dtype)
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="shepherd-", dir=self._parent))
        self._files += 1
        # A plain view: kernels are compiled for arrays, not for memory maps.
        return np.asarray(np.memmap(self._folder / f"{self._files}.tmp", dtype, "w+", shape=shape))

    def close(self) -> None:
        """Remove the files."""
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
