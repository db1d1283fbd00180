"""A workspace in an S3 bucket: every object is put in one request, so what exists is complete."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import Cancelled, WorkspaceError
from ..workspace.base import Arrays
from .errors import aws_errors, code_of
from .packing import pack, unpack
from .session import AwsSession

_MISSING = {"NoSuchKey", "404", "NotFound"}
#: What there is of every tile, and the digits of a tile in a key: S3 lists keys by their letters, and
#: tiles are to be listed in their order.
_KINDS, _DIGITS = ("input", "labels", "graph", "errors"), 7


class S3Workspace:
    """Objects of a job under ``s3://bucket/prefix/``.

    Parameters
    ----------
    session : AwsSession
    bucket, prefix : str
    labels : dict of str to str, optional
        Stored with every object.
    """

    resumable = True

    def __init__(
        self, session: AwsSession, bucket: str, prefix: str, labels: dict[str, str] | None = None
    ) -> None:
        self.bucket, self.prefix = bucket, prefix.strip("/")
        self._session = session
        self._labels = {key.replace(":", "-"): value for key, value in (labels or {}).items()}

    @classmethod
    def at(cls, session: AwsSession, location: str) -> S3Workspace:
        """Open the workspace ``s3://bucket/prefix``."""
        scheme, _, rest = location.partition("://")
        bucket, _, prefix = rest.partition("/")
        if scheme != "s3" or not bucket or not prefix:
            raise WorkspaceError(f"{location} is not a workspace: give s3://bucket/prefix.")
        return cls(session, bucket, prefix)

    @property
    def location(self) -> str:
        """``s3://bucket/prefix``."""
        return f"s3://{self.bucket}/{self.prefix}"

    @property
    def _s3(self) -> Any:
        return self._session.client("s3")

    def key(self, name: str) -> str:
        """Return the key of a file of the workspace."""
        kind, _, file = name.partition("/")
        if kind in _KINDS and file:
            tile, dot, ending = file.partition(".")
            name = f"{kind}/{tile.zfill(_DIGITS)}{dot}{ending}"
        return f"{self.prefix}/{name}"

    def has(self, name: str) -> bool:
        """Tell whether an object exists."""
        return self._exists(f"{name}.npz")

    def put(self, name: str, arrays: Arrays) -> None:
        """Store an object."""
        # Only the way from this computer is slow.
        self.put_bytes(f"{name}.npz", pack(arrays, compress=name.startswith("input/")))

    def get(self, name: str) -> Arrays:
        """Return an object; its reader has to look for damage."""
        data = self.get_bytes(f"{name}.npz")
        if data is None:
            raise WorkspaceError(f"{self.location}/{name}.npz is missing: start the job again.")
        return unpack(data, name)

    def drop(self, name: str) -> None:
        """Delete an object."""
        with aws_errors(f"Cannot delete {name} in {self.location}"):
            self._s3.delete_object(Bucket=self.bucket, Key=self.key(f"{name}.npz"))

    def put_json(self, name: str, values: Any) -> None:
        """Store values as JSON."""
        self.put_bytes(f"{name}.json", json.dumps(values).encode())

    def get_json(self, name: str) -> Any | None:
        """Return values stored as JSON; None when there are none."""
        data = self.get_bytes(f"{name}.json")
        if data is None:
            return None
        try:
            return json.loads(data)
        except ValueError:
            raise WorkspaceError(f"{self.location}/{name}.json is damaged: start the job again.") from None

    def has_json(self, name: str) -> bool:
        """Tell whether there are values of this name."""
        return self._exists(f"{name}.json")

    def put_bytes(self, name: str, data: bytes | BinaryIO) -> None:
        """Store a small file in one request."""
        with aws_errors(f"Cannot write {name} to {self.location}"):
            self._s3.put_object(Bucket=self.bucket, Key=self.key(name), Body=data, Metadata=self._labels)

    def get_bytes(self, name: str) -> bytes | None:
        """Return a file; None when it does not exist."""
        from botocore.exceptions import ClientError

        with aws_errors(f"Cannot read {name} from {self.location}"):
            try:
                return self._s3.get_object(Bucket=self.bucket, Key=self.key(name))["Body"].read()
            except ClientError as error:
                if code_of(error) in _MISSING:
                    return None
                raise

    def _exists(self, name: str) -> bool:
        from botocore.exceptions import ClientError

        with aws_errors(f"Cannot look for {name} in {self.location}"):
            try:
                self._s3.head_object(Bucket=self.bucket, Key=self.key(name))
            except ClientError as error:
                if code_of(error) in _MISSING:
                    return False
                raise
        return True

    def list(self, folder: str, after: str = "") -> Iterator[tuple[str, int]]:
        """List the files of a folder with their sizes, however many there are.

        Parameters
        ----------
        after : str
            Leaves out keys up to this one.
        """
        prefix = self.key(folder)
        pages = self._s3.get_paginator("list_objects_v2")
        start = {"StartAfter": after} if after else {}
        with aws_errors(f"Cannot list {self.location}/{folder}"):
            for page in pages.paginate(Bucket=self.bucket, Prefix=prefix, **start):
                for item in page.get("Contents", ()):
                    yield item["Key"][len(self.prefix) + 1 :], item["Size"]

    def tiles(self, kind: str, first: int = 0) -> set[int]:
        """Return the tiles that have an object of a kind: ``graph``, ``input``, ``errors``.

        Parameters
        ----------
        first : int
            Leaves out those before: a list of all takes long when there are many.
        """
        # A key without its ending comes right before the one with it.
        found = self.list(f"{kind}/", self.key(f"{kind}/{first}"))
        stems = (name.rsplit("/", 1)[1].partition(".")[0] for name, _ in found)
        return {int(stem) for stem in stems if stem.isdigit()}

    def upload(self, path: Path, name: str, check: Callable[[int], None] = lambda size: None) -> None:
        """Store a file of any size.

        Parameters
        ----------
        check : callable
            Called with the bytes just sent; may raise to stop.
        """
        stopped: list[BaseException] = []
        with aws_errors(f"Cannot write {name} to {self.location}"):
            try:
                self._s3.upload_file(
                    str(path),
                    self.bucket,
                    self.key(name),
                    ExtraArgs={"Metadata": self._labels},
                    Callback=_stopping(check, stopped),
                )
            finally:
                _raise_first(stopped)

    def download(self, name: str, path: Path, check: Callable[[int], None] = lambda size: None) -> None:
        """Fetch a file of any size."""
        stopped: list[BaseException] = []
        with aws_errors(f"Cannot read {name} from {self.location}"):
            try:
                self._s3.download_file(
                    self.bucket, self.key(name), str(path), Callback=_stopping(check, stopped)
                )
            finally:
                _raise_first(stopped)


def _stopping(check: Callable[[int], None], stopped: list[BaseException]) -> Callable[[int], None]:
    """Keep what `check` raises: a transfer's threads wrap it in other exceptions."""

    def callback(size: int) -> None:
        try:
            check(size)
        except Cancelled as error:
            stopped.append(error)
            raise

    return callback


def _raise_first(stopped: list[BaseException]) -> None:
    if stopped:
        raise stopped[0]
