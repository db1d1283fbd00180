"""A workspace in a folder: for large rasters, and for runs that can be resumed."""

from __future__ import annotations

import json
import os
import uuid
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ..errors import WorkspaceError
from .base import Arrays
from .lock import FolderLock
from .memory import MemoryWorkspace

_MANIFEST = "job.json"
_PARTIAL = ".partial"


class FolderWorkspace:
    """Objects are `.npz` files, written under a temporary name and then renamed.

    Parameters
    ----------
    folder : Path
        Made when it is not there.
    resumable : bool
        Whether the user wants to keep it.
    """

    def __init__(self, folder: Path, resumable: bool) -> None:
        self.folder = folder
        self.resumable = resumable
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WorkspaceError(
                f"The workspace {folder} cannot be made ({error.strerror}): choose a folder "
                "that you may write to."
            ) from error
        self._lock = FolderLock(folder)

    def close(self) -> None:
        """Let another run use the folder."""
        self._lock.release()

    def claim(self, job: dict[str, Any]) -> bool:
        """Make this the workspace of a job; tell whether an earlier run of it left results.

        Raises
        ------
        WorkspaceError
            If it holds another job's results, or files that no run put there.
        """
        path = self.folder / _MANIFEST
        self._sweep()
        if not path.exists():
            strangers = [name for name in os.listdir(self.folder) if name != self._lock.name]
            if strangers:
                raise WorkspaceError(
                    f"The workspace {self.folder} holds other files ({strangers[0]}, ...): "
                    "choose an empty or a new folder."
                )
            self._write(path, lambda stream: stream.write(json.dumps(job, indent=1).encode()))
            return False
        try:
            earlier = dict(json.loads(path.read_bytes()))
        except (ValueError, TypeError):
            raise WorkspaceError(f"{path} is damaged: delete the workspace and start again.") from None
        if earlier != job:
            names = sorted(name for name in {*earlier, *job} if earlier.get(name) != job.get(name))
            raise WorkspaceError(
                f"The workspace {self.folder} belongs to a run with another {', '.join(names)}: "
                "choose a new folder, or repeat that run with the same input and parameters."
            )
        return True

    def _sweep(self) -> None:
        """Remove what a killed run was still writing."""
        for path in self.folder.rglob(f".*{_PARTIAL}"):
            path.unlink(missing_ok=True)

    def has(self, name: str) -> bool:
        """Tell whether an object exists."""
        return self._path(name).exists()

    def put(self, name: str, arrays: Arrays) -> None:
        """Write an object."""
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._write(path, lambda stream: _write_archive(stream, arrays))

    def get(self, name: str) -> Arrays:
        """Read an object; it may be damaged in ways that its reader has to look for."""
        path = self._path(name)
        try:
            with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as stored:
                return dict(stored.items())
        except Exception as error:  # a damaged archive makes numpy and zipfile fail in a dozen ways
            raise WorkspaceError(
                f"{path} cannot be read ({error}): delete this file and start the run again."
            ) from error

    def drop(self, name: str) -> None:
        """Delete an object."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.npz"

    def _write(self, path: Path, write: Any) -> None:
        temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}{_PARTIAL}")
        try:
            with open(temporary, "wb") as stream:
                write(stream)
            os.replace(temporary, path)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            reason = error.strerror or "is the disk full?"
            raise WorkspaceError(
                f"Cannot write {path} ({reason}): free some disk space or choose another folder."
            ) from error


def _write_archive(stream: BinaryIO, arrays: Arrays) -> None:
    """Write what `numpy.savez` does, which leaves an archive open when the disk is full."""
    with zipfile.ZipFile(stream, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)


class ScratchWorkspace(FolderWorkspace):
    """A temporary folder for labels; what is needed once and soon stays in memory.

    Labels are single arrays without checksums: nobody else reads them, and they are many.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, resumable=False)
        self._kept = MemoryWorkspace()

    def has(self, name: str) -> bool:
        """Tell whether an object exists."""
        return self._kept.has(name) or self._path(name).exists()

    def put(self, name: str, arrays: Arrays) -> None:
        """Write labels, keep anything else."""
        if name.startswith("labels/"):
            path = self._path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._write(path, lambda stream: np.save(stream, arrays["labels"]))
        else:
            self._kept.put(name, arrays)

    def get(self, name: str) -> Arrays:
        """Return an object."""
        if self._kept.has(name):
            return self._kept.get(name)
        return {"labels": np.load(self._path(name), allow_pickle=False)}

    def drop(self, name: str) -> None:
        """Forget or delete an object."""
        self._kept.drop(name)
        super().drop(name)
