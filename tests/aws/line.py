"""The line between a computer and AWS, which can be cut or fall silent."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

_CHUNK = 2048


class Line:
    """Passes connections on to an address, while it is open.

    Parameters
    ----------
    target : str
        ``http://host:port``.

    Attributes
    ----------
    address : str
        The same for this end of the line.
    sent : int
        About how many bytes have passed to the address.
    """

    def __init__(self, target: str) -> None:
        host, _, port = target.rpartition("/")[2].partition(":")
        self._target = (host, int(port))
        self._lock = threading.Lock()
        self._open = threading.Event()
        self._open.set()
        self._rate, self.sent = 0.0, 0
        self._ends: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self._place = ("127.0.0.1", 0)
        self.restore()
        self.address = f"http://{self._place[0]}:{self._place[1]}"

    def cut(self) -> None:
        """End all connections; new ones are refused."""
        listener, self._listener = self._listener, None
        if listener:
            # A thread that waits in accept() keeps a closed socket alive.
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        with self._lock:
            ends, self._ends = self._ends, set()
        for end in ends:
            _end(end)

    def restore(self) -> None:
        """Take connections again."""
        self._open.set()
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # What waits here has left the computer: little may.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind(self._place)
        listener.listen(64)
        self._place, self._listener = listener.getsockname(), listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def slow_down(self, rate: float) -> None:
        """Let only so many bytes per second pass to AWS in each connection; short requests pass at once."""
        self._rate = rate

    def hold(self) -> None:
        """Keep all connections, but let nothing pass."""
        self._open.clear()

    def release(self) -> None:
        """Let everything pass again, late."""
        self._open.set()

    def _accept(self, listener: socket.socket) -> None:
        while self._listener is listener:
            try:
                near = listener.accept()[0]
                far = socket.create_connection(self._target)
            except OSError:
                return
            with self._lock:
                self._ends |= {near, far}
            for source, drain, is_up in ((near, far, True), (far, near, False)):
                threading.Thread(target=self._pass, args=(source, drain, is_up), daemon=True).start()

    def _pass(self, source: socket.socket, drain: socket.socket, is_up: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK if is_up and self._rate else 65536):
                self._open.wait()
                drain.sendall(data)
                if is_up:
                    self.sent += len(data)
                if is_up and self._rate and len(data) >= _CHUNK:
                    time.sleep(len(data) / self._rate)
        with self._lock:
            self._ends -= {source, drain}
        _end(source)
        _end(drain)


def _end(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
