"""The temporary folder beside an output, where everything is written before it is moved."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from osgeo import gdal

from ..errors import ParameterError, RasterError, WorkspaceError
from ..workspace.lock import FolderLock
from .gdal_calls import call, quiet, run

_PREFIX = ".shepherd-"
_LOCK = ".lock"
#: Seconds after which a folder that nobody holds was left by a run that was killed.
_ABANDONED_AFTER = 60.0
#: What GDAL keeps beside a raster; that of an older raster would be taken for the new one's.
_COMPANIONS = (".aux.xml", ".ovr", ".msk", ".msk.ovr")


class OutputFolder:
    """A temporary folder beside the output, where everything is written before it is moved.

    For an output that is not a local file it is in the system's folder for temporary files.

    Parameters
    ----------
    output : str
        Path or GDAL's name (``/vsimem/...``, ``/vsis3/...``) of the raster.

    Raises
    ------
    ParameterError
        If the folder does not exist or cannot be written to.
    """

    def __init__(self, output: str) -> None:
        self.output = output
        self.is_local = not output.startswith("/vsi")
        folder = os.path.dirname(os.path.abspath(output)) if self.is_local else None
        if folder and not os.path.isdir(folder):
            raise ParameterError("output", output, f"the folder {folder} does not exist; make it first.")
        if os.path.isdir(output):
            raise ParameterError("output", output, "this is a folder; give the name of a file.")
        try:
            self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))
        except OSError as error:
            raise ParameterError(
                "output", output, f"its folder cannot be written to ({error.strerror}); choose another."
            ) from error
        self._lock = FolderLock(self.path, _LOCK)
        if folder:
            _remove_abandoned(Path(folder))

    @property
    def temporary(self) -> str:
        """Where the raster is written first, under its final name."""
        return str(self.path / os.path.basename(self.output))

    def publish(self) -> None:
        """Move the finished files to their place, replacing older ones."""
        names = sorted(entry.name for entry in self.path.iterdir() if entry.is_file() and entry.name != _LOCK)
        for name in names:
            if self.is_local:
                self._move(name)
            else:
                folder = self.output.rsplit("/", 1)[0]
                _upload(str(self.path / name), f"{folder}/{name}")
        for suffix in _COMPANIONS:
            if f"{os.path.basename(self.output)}{suffix}" not in names:
                _delete(f"{self.output}{suffix}")

    def _move(self, name: str) -> None:
        target = Path(os.path.abspath(self.output)).parent / name
        try:
            os.replace(self.path / name, target)
        except OSError as error:
            raise RasterError(
                f"Cannot put {target} in its place ({error.strerror}): close the programs and "
                "layers that use it, or choose another name."
            ) from error

    def remove(self) -> None:
        """Delete the folder and what is in it."""
        self._lock.release()
        shutil.rmtree(self.path, ignore_errors=True)


def final_name(temporary: str) -> str:
    """Return where a file of a temporary folder will be: the user has never heard of the folder."""
    path = Path(temporary)
    return str(path.parent.parent / path.name if path.parent.name.startswith(_PREFIX) else path)


def _remove_abandoned(folder: Path) -> None:
    """Delete what runs that were killed have left in a folder."""
    for path in folder.glob(f"{_PREFIX}*"):
        # One that is locked, just being made, or somebody else's is let alone.
        with suppress(OSError, WorkspaceError):
            if (path / _LOCK).exists() and time.time() - path.stat().st_mtime > _ABANDONED_AFTER:
                FolderLock(path, _LOCK).release()
                shutil.rmtree(path, ignore_errors=True)


def _delete(path: str) -> None:
    with quiet():
        if gdal.VSIStatL(path) is None:
            return
    if gdal.Unlink(path) != 0:
        raise RasterError(f"Cannot remove {path}, which belongs to an older raster: remove it yourself.")


def _upload(source: str, target: str) -> None:
    """Copy a local file to a virtual file system."""
    what = f"Cannot write {target}"
    out = call(what, gdal.VSIFOpenL, target, "wb")
    with open(source, "rb") as stream:
        while chunk := stream.read(2**24):
            if gdal.VSIFWriteL(chunk, 1, len(chunk), out) != len(chunk):
                gdal.VSIFCloseL(out)
                raise RasterError(f"{what}: {gdal.GetLastErrorMsg() or 'the write failed'}")
    run(what, gdal.VSIFCloseL, out)
