"""A lock on a workspace that the system releases when its holder dies."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import WorkspaceError

if os.name == "nt":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FolderLock:
    """An exclusive lock, held from its making until `release`.

    Parameters
    ----------
    folder : Path
    name : str
        Of the file that is locked.

    Raises
    ------
    WorkspaceError
        If another run holds it, or the folder cannot be written to.
    """

    def __init__(self, folder: Path, name: str = "lock") -> None:
        self.name = name
        try:
            self._descriptor: int | None = os.open(folder / self.name, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise WorkspaceError(
                f"The workspace {folder} cannot be written to ({error.strerror}): choose another folder."
            ) from error
        try:
            _lock(self._descriptor)
        except OSError:
            os.close(self._descriptor)
            raise WorkspaceError(
                f"The workspace {folder} is in use by another run: wait for it to end, or choose "
                "another folder."
            ) from None

    def release(self) -> None:
        """Release the lock; the file stays, because deleting it could race with another run.

        Releasing again does nothing: the number of the closed file may be another one's by then.
        """
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)
