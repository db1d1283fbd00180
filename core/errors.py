"""The exceptions that the engine raises; their texts are written for the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .redaction import without_secrets

if TYPE_CHECKING:
    import numpy as np


class ShepherdError(Exception):
    """Base of everything the engine raises on purpose.

    What a text says of passwords and signatures is taken out of it: texts end up in logs.
    """

    def __init__(self, *texts: str) -> None:
        super().__init__(*map(without_secrets, texts))


class ParameterError(ShepherdError, ValueError):
    """A parameter has a value that cannot work.

    Parameters
    ----------
    parameter : str
        Name of the parameter as a caller of the engine writes it.
    value : object
        What was given.
    cure : str
        What to give instead, as a sentence.
    """

    def __init__(self, parameter: str, value: object, cure: str) -> None:
        self.parameter = parameter
        self.value = value
        self.cure = cure
        super().__init__(f"{parameter} = {value!r}: {cure}")


class RasterError(ShepherdError):
    """A raster cannot be opened, read or written."""


class WorkspaceError(ShepherdError):
    """A workspace is in use, belongs to another run, or is damaged."""


class NotEnoughMemoryError(ShepherdError):
    """The run would need more memory than there is."""


class Cancelled(ShepherdError):  # noqa: N818  (a request of the user, not an error)
    """The user asked to stop."""

    def __init__(self) -> None:
        super().__init__("Cancelled.")


class LeftRunning(ShepherdError):  # noqa: N818  (what the user asked for, not an error)
    """The work goes on elsewhere, and its result is to be fetched later; the text says how."""


def raise_if_cancelled(cancel: np.ndarray) -> None:
    """Raise `Cancelled` when the flag is set.

    A kernel that sees the flag returns at once and leaves its arrays unfinished, which the next
    kernel must not take for indices: this stands between them.

    Parameters
    ----------
    cancel : ndarray of uint8, shape (1,)
    """
    if cancel[0]:
        raise Cancelled
