"""A container: the command of a task as a local process with a disk and a log of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable


class Container:
    """A process that ends when it is told to, or is killed.

    Parameters
    ----------
    command : list of str
    environment : dict of str to str
    log : callable
        Gets every line of its output.
    """

    def __init__(self, command: list[str], environment: dict[str, str], log: Callable[[str], None]) -> None:
        self.disk = tempfile.mkdtemp(prefix="container-")
        command = [sys.executable if part == "python3" else part for part in command]
        self._process = subprocess.Popen(
            command,
            env={**environment, "HOME": self.disk, "TMPDIR": self.disk},
            cwd=self.disk,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.pid = self._process.pid
        self._pump = threading.Thread(target=self._read, args=(log,), daemon=True)
        self._pump.start()

    def _read(self, log: Callable[[str], None]) -> None:
        for line in self._process.stdout:
            log(line.rstrip("\n"))

    def wait(self, timeout: float | None = None) -> int | None:
        """Return the exit code as a container reports it (128 + signal); None if it still runs."""
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        self._pump.join(timeout=5)
        self._process.stdout.close()
        shutil.rmtree(self.disk, ignore_errors=True)
        return code if code >= 0 else 128 - code

    def signal(self, number: int) -> None:
        """Send a signal to the container's processes."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.signal(signal.SIGKILL)
