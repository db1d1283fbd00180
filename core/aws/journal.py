"""What this computer has made on AWS and not yet taken down, on disk before it is made.

Every job has a folder with a small JSON file, replaced in one step, and a lock that the system
releases when its holder dies. A killed process therefore leaves everything that its successor
needs to go on or to clean up.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from ..errors import WorkspaceError
from ..workspace.lock import FolderLock
from .errors import JobError

#: States of a job on this computer.
UPLOADING, RUNNING, DELETING = "uploading", "running", "deleting"


@dataclass(frozen=True)
class Entry:
    """One job in the journal.

    Parameters
    ----------
    job_id, client_id : str
    profile : dict
        The profile that it runs with.
    prefix : str
        Of its objects in the profile's bucket.
    input, output : str
        For people: what is segmented, and where the result should go.
    state : str
        `UPLOADING` needs this computer; `RUNNING` goes on alone; `DELETING` must be finished.
    created, deadline : float
        Seconds since 1970.
    resources : tuple of (str, str)
        Kind and name of everything that was, or was about to be, made.
    """

    job_id: str
    client_id: str
    profile: dict[str, Any]
    prefix: str
    input: str
    output: str
    state: str = UPLOADING
    created: float = field(default_factory=time.time)
    deadline: float = 0.0
    resources: tuple[tuple[str, str], ...] = ()

    def names(self, kind: str) -> list[str]:
        """Return the names of the resources of a kind, oldest first."""
        return [name for found, name in self.resources if found == kind]

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Entry:
        """Rebuild an entry."""
        known = {item.name: values[item.name] for item in fields(cls)}
        known["resources"] = tuple((str(kind), str(name)) for kind, name in known["resources"])
        return cls(**known)


class JobLog:
    """The entry of a job that this process attends to; holds its lock until `close`."""

    def __init__(self, folder: Path, entry: Entry | None, lock: FolderLock) -> None:
        self._folder, self._lock = folder, lock
        self._entry = entry
        #: ARNs of tasks that this process started: lists of ECS may show them only later.
        self.tasks: dict[str, str] = {}

    @property
    def entry(self) -> Entry | None:
        """The entry; None for a job that is new."""
        return self._entry

    @property
    def job(self) -> Entry:
        """The entry of a job that is not new."""
        if self._entry is None:
            raise JobError("This job has no entry in the journal.")
        return self._entry

    def start(self, entry: Entry) -> None:
        """Write the first entry."""
        self._write(entry)

    def add(self, kind: str, name: str) -> None:
        """Note a resource; call this before it is made."""
        if (kind, name) not in self.job.resources:
            self._write(replace(self.job, resources=(*self.job.resources, (kind, name))))

    def turn(self, state: str) -> None:
        """Change the job's state."""
        if self.job.state != state:
            self._write(replace(self.job, state=state))

    def forget(self) -> None:
        """Remove the entry: nothing is left of the job."""
        (self._folder / "job.json").unlink(missing_ok=True)
        self._entry = None

    def close(self) -> None:
        """Let another process attend to the job."""
        self._lock.release()
        if not (self._folder / "job.json").exists():
            shutil.rmtree(self._folder, ignore_errors=True)

    def _write(self, entry: Entry) -> None:
        target = self._folder / "job.json"
        temporary = self._folder / f".{uuid.uuid4().hex}.partial"
        with open(temporary, "w", encoding="utf-8") as stream:
            json.dump(asdict(entry), stream, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, target)
        self._entry = entry


class Journal:
    """The jobs of this computer.

    Parameters
    ----------
    folder : Path, optional
        Default: ``SHEPHERD_JOURNAL``, or the system's place for such data.
    """

    def __init__(self, folder: str | os.PathLike | None = None) -> None:
        self.folder = Path(folder or os.environ.get("SHEPHERD_JOURNAL") or _default_folder())
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise JobError(
                f"The journal of jobs {self.folder} cannot be made ({error.strerror}): set SHEPHERD_JOURNAL "
                "to a folder that you may write to."
            ) from error

    @property
    def client_id(self) -> str:
        """A random name of this journal, on the tags of everything that it makes."""
        path = self.folder / "client"
        if not path.exists():
            path.write_text(uuid.uuid4().hex[:12], encoding="ascii")
        return path.read_text(encoding="ascii").strip()

    def entries(self) -> list[Entry]:
        """Return all entries, oldest first."""
        found = (_read(path) for path in sorted(self.folder.glob("*/job.json")))
        return sorted((entry for entry in found if entry), key=lambda entry: entry.created)

    @contextmanager
    def attend(self, job_id: str) -> Iterator[JobLog]:
        """Attend to a job: nobody else on this computer does until the block ends.

        Raises
        ------
        JobError
            If another process does.
        """
        folder = self.folder / job_id
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock = FolderLock(folder)
        except WorkspaceError as error:
            raise JobError(
                f"Job {job_id}, with the same input and parameters, is attended to by another program on "
                "this computer: wait for it to end, or cancel it there."
            ) from error
        log = JobLog(folder, _read(folder / "job.json"), lock)
        try:
            yield log
        finally:
            log.close()


def _read(path: Path) -> Entry | None:
    try:
        return Entry.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise JobError(
            f"{path} is damaged: look for resources tagged shepherd:job={path.parent.name} in the AWS "
            "console, delete them, and then delete this file."
        ) from error


def _default_folder() -> Path:
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_STATE_HOME") or home / ".local" / "state")
    return base / "shepherd-segmentation" / "jobs"
