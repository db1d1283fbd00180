"""Takes signatures, passwords and user names out of the names of sources."""

from __future__ import annotations

import re

_NAMES = r"password|passwd|pwd|\w*secret\w*|\w*token|sig|signature|(?:api|access|account)_?key(?:_?id)?"
#: What to look for, and what to leave of it.
_RULES = tuple(
    (re.compile(pattern, re.IGNORECASE), kept)
    for pattern, kept in (
        # A query, plain or percent-encoded as in /vsicurl?url=...
        (r"(https?://[^\s?&\"']+)\?[^\s\"'<]*", r"\1"),
        (r"%3F[^\s&\"'<]*", ""),
        (r"://[^/@\s]+@", "://"),
        (r"\b(georaster|oci):[^@\s]*@", r"\1:***@"),
        (rf"<({_NAMES}|userpwd)>[^<]*<", r"<\1>***<"),
        (rf"\b({_NAMES})\s*=\s*('[^']*'|\"[^\"]*\"|[^\s&,;]+)", r"\1=***"),
        (r"\b(user)\s*=\s*('[^']*'|\"[^\"]*\"|[^\s&,;/]+)", r"\1=***"),
    )
)


def without_secrets(text: str) -> str:
    """Return the name of a source, or a sentence that holds one, without what must stay private.

    Examples
    --------
    >>> without_secrets("/vsicurl/https://host/a.tif?sig=abc")
    '/vsicurl/https://host/a.tif'
    """
    for pattern, kept in _RULES:
        text = pattern.sub(kept, text)
    return text
