"""The engine's own process: reads one call, runs it, answers."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from typing import Any, BinaryIO

from ..errors import Cancelled, ParameterError, ShepherdError
from ..progress import Progress
from .messages import CALLS, dump, function_of, is_on_aws, load


def main() -> int:
    """Serve one call on standard input and output; return the exit code."""
    # The messages have the real standard output to themselves: libraries may print.
    out = sys.stdout.buffer
    sys.stdout = sys.stderr
    try:
        message = load(sys.stdin.buffer.readline())
        name, arguments = message["call"], message["arguments"]
        progress = _PipeProgress(sys.stdin.buffer, out, is_on_aws(name, arguments))
        result = function_of(name, CALLS[name])(**arguments, progress=progress)
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
    if _is_compiling():
        # Cancelled meanwhile; at a regular end Python would wait for the threads that go on with it.
        os._exit(0)
    return 0


def _is_compiling() -> bool:
    # Not imported: a call about jobs on AWS does without numba.
    compiling = sys.modules.get(f"{__package__.rpartition('.')[0]}.compiling")
    return compiling is not None and compiling.is_compiling()


def _shown(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, type(None))) else str(value)


class _PipeProgress(Progress):
    """Reports into a pipe; cancels when a line or the end comes from the other one.

    With `survives`, the end is no cancel: the other process is gone, and a job on AWS goes on
    without this one, too.
    """

    def __init__(self, source: BinaryIO, target: BinaryIO, survives: bool = False) -> None:
        self._target, self._survives = target, survives
        self._cancelled = threading.Event()
        threading.Thread(target=self._listen, args=(source,), daemon=True).start()

    def _listen(self, source: BinaryIO) -> None:
        if not source.readline() and self._survives:
            os._exit(1)
        self._cancelled.set()

    def _tell(self, **message: Any) -> None:
        try:
            self._target.write(dump(message))
            self._target.flush()
        except BrokenPipeError:
            if self._survives:
                os._exit(1)
            raise

    def fraction(self, done: float) -> None:  # noqa: D102
        self._tell(fraction=float(done))

    def message(self, text: str) -> None:  # noqa: D102
        self._tell(message=text)

    def warning(self, text: str) -> None:  # noqa: D102
        self._tell(warning=text)

    def is_cancelled(self) -> bool:  # noqa: D102
        return self._cancelled.is_set()
