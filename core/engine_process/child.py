"""The engine's own process: reads one call, runs it, answers."""

from __future__ import annotations

import sys
import threading
import traceback
from typing import Any, BinaryIO

from ..errors import Cancelled, ParameterError, ShepherdError
from ..progress import Progress
from .messages import CALLS, dump, function_of, load


def main() -> int:
    """Serve one call on standard input and output; return the exit code."""
    # The messages have the real standard output to themselves: libraries may print.
    out = sys.stdout.buffer
    sys.stdout = sys.stderr
    try:
        message = load(sys.stdin.buffer.readline())
        progress = _PipeProgress(sys.stdin.buffer, out)
        function = function_of(message["call"], CALLS[message["call"]])
        result = function(**message["arguments"], progress=progress)
        answer: dict[str, Any] = {"result": result}
    except Cancelled:
        answer = {"cancelled": True}
    except ParameterError as error:
        answer = {"parameter": error.parameter, "value": _shown(error.value), "cure": error.cure}
    except ShepherdError as error:
        answer = {"error": str(error), "type": type(error).__name__}
    except Exception as error:  # noqa: BLE001  (told to the other process, which raises it)
        answer = {"error": f"{type(error).__name__}: {error}", "details": traceback.format_exc()}
    out.write(dump(answer))
    out.flush()
    return 0


def _shown(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, type(None))) else str(value)


class _PipeProgress(Progress):
    """Reports into a pipe; cancels when a line or the end comes from the other one."""

    def __init__(self, source: BinaryIO, target: BinaryIO) -> None:
        self._target = target
        self._cancelled = threading.Event()
        threading.Thread(target=self._listen, args=(source,), daemon=True).start()

    def _listen(self, source: BinaryIO) -> None:
        source.readline()
        self._cancelled.set()

    def _tell(self, **message: Any) -> None:
        self._target.write(dump(message))
        self._target.flush()

    def fraction(self, done: float) -> None:  # noqa: D102
        self._tell(fraction=float(done))

    def message(self, text: str) -> None:  # noqa: D102
        self._tell(message=text)

    def warning(self, text: str) -> None:  # noqa: D102
        self._tell(warning=text)

    def is_cancelled(self) -> bool:  # noqa: D102
        return self._cancelled.is_set()
