"""The examples in the documentation, taken out of its pages so that tests can run them."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def section(page: str, title: str) -> str:
    """Return what stands below a heading of the second level, up to the next one."""
    text = (DOCS / page).read_text(encoding="utf-8")
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))[title]


def blocks(text: str, language: str) -> list[str]:
    """Return the examples in a language, in order."""
    return [code for kind, code in _BLOCK.findall(text) if kind == language]
