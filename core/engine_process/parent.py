"""Calls the engine in a process of its own."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from .. import errors
from ..progress import Progress
from .interpreter import find_interpreter, search_path
from .messages import CALLS, dump, is_on_aws, load

#: Seconds between two looks at the cancel button, and the time a cancelled process has to end.
_POLL = 0.1
_PATIENCE = 10.0
#: The same for a process that has to stop tasks on AWS, and to delete what a job made there.
_AWS_PATIENCE = 240.0
#: How much of what the process printed goes into the error when it crashes.
_TAIL = 2000


class EngineCrashedError(errors.ShepherdError):
    """The engine's process ended without an answer."""


def call(name: str, progress: Progress | None = None, **arguments: Any) -> Any:
    """Call a function of the engine in a new process.

    Parameters
    ----------
    name : str
        One of those that `CALLS` lists.
    progress : Progress, optional
    **arguments
        Of that function: plain values, paths, arrays, specs.

    Returns
    -------
    object
        With the attributes of what the function returns.

    Raises
    ------
    ShepherdError
        What the function raised there; `EngineCrashedError` when the process crashed.
    """
    progress = progress or Progress()
    if name not in CALLS:
        raise ValueError(f"{name} is not one of {', '.join(CALLS)}.")
    patience = _AWS_PATIENCE if is_on_aws(name, arguments) else _PATIENCE
    with tempfile.TemporaryFile() as log, _started(log, patience) as process:
        process.stdin.write(dump({"call": name, "arguments": arguments}))
        process.stdin.flush()
        for message in _messages(process, progress, patience):
            if "fraction" in message:
                progress.fraction(message["fraction"])
            elif "message" in message:
                progress.message(message["message"])
            elif "warning" in message:
                progress.warning(message["warning"])
            else:
                return _answer(message)
        # A process that was killed because it did not stop has crashed for good reason.
        progress.check()
        raise EngineCrashedError(_crash(process.wait(), log))


@contextlib.contextmanager
def _started(log: IO[bytes], patience: float) -> Iterator[subprocess.Popen]:
    """Start the process; make sure that it is gone afterwards."""
    package, folder = _package()
    # A folder ahead of all others on its path lets the process find this very package.
    paths = [str(folder), *filter(None, [search_path()])]
    process = subprocess.Popen(  # noqa: S603  # nosec B603  (our own module, no shell)
        [find_interpreter(), "-m", f"{package}.core", "engine"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    try:
        yield process
    finally:
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def _package() -> tuple[str, Path]:
    """Return the name of this plugin's package and the folder that it is in."""
    name = __package__.split(".")[0]
    return name, Path(sys.modules[name].__path__[0]).parent


def _messages(process: subprocess.Popen, progress: Progress, patience: float) -> Iterator[dict[str, Any]]:
    """Yield what the process says until it ends; pass a wish to cancel on to it."""
    lines: queue.Queue[bytes | None] = queue.Queue()
    threading.Thread(target=_read, args=(process.stdout, lines), daemon=True).start()
    deadline = None
    while True:
        if deadline is None and progress.is_cancelled():
            deadline = time.monotonic() + patience
            with contextlib.suppress(OSError):
                process.stdin.write(b"cancel\n")
                process.stdin.flush()
        if deadline is not None and time.monotonic() > deadline:
            process.kill()
        try:
            line = lines.get(timeout=_POLL)
        except queue.Empty:
            continue
        if line is None:
            return
        yield load(line)


def _read(stream: IO[bytes], lines: queue.Queue) -> None:
    # The stream may be closed here as soon as an answer is there.
    with contextlib.suppress(ValueError):
        for line in stream:
            lines.put(line)
    lines.put(None)


def _answer(message: dict[str, Any]) -> Any:
    """Return the result, or raise what was raised."""
    if message.get("cancelled"):
        raise errors.Cancelled
    if "parameter" in message:
        raise errors.ParameterError(message["parameter"], message["value"], message["cure"])
    if "error" in message:
        kind = getattr(errors, message.get("type", ""), errors.ShepherdError)
        raise kind(message["error"]) from (RuntimeError(message["details"]) if "details" in message else None)
    return message["result"]


def _crash(code: int, log: IO[bytes]) -> str:
    log.seek(0)
    said = log.read().decode(errors="replace").strip()[-_TAIL:]
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    return (
        f"The engine's process ended unexpectedly ({how}). Nothing was written. Run it again; if it "
        f"happens every time, update numba. It said last: {said or 'nothing'}"
    )
