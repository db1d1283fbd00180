"""Help pages: written in Markdown, shown by Processing as HTML."""

from __future__ import annotations

import html
import re
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "resources" / "help"

_ITEM = re.compile(r"^([-*]|\d+\.)\s+", re.MULTILINE)
_INLINE = (
    (re.compile(r"`([^`]+)`"), r"<code>\1</code>"),
    (re.compile(r"\*\*([^*]+)\*\*"), r"<b>\1</b>"),
    (re.compile(r"\*([^*]+)\*"), r"<i>\1</i>"),
    (re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)"), r'<a href="\2">\1</a>'),
)


def help_page(name: str) -> str:
    """Return an algorithm's help as HTML, or nothing when there is no page."""
    page = FOLDER / f"{name}.md"
    return to_html(page.read_text(encoding="utf-8")) if page.is_file() else ""


def to_html(markdown: str) -> str:
    """Convert headings, paragraphs, lists, tables, emphasis, code and links.

    Qt's own converter is no help here: it fixes fonts and sizes, which then ignore the theme of the
    dialog. The result is a single line, because the dialog makes a paragraph of every line.
    """
    blocks = re.split(r"\n\s*\n", markdown.strip())
    return "".join(_block(block.strip("\n")) for block in blocks if block.strip())


def _block(block: str) -> str:
    heading = re.match(r"(#{1,6})\s+(.*)", block)
    if heading:
        title, _, rest = block.partition("\n")
        return f"<h3>{_inline(title.lstrip('# '))}</h3>" + (_block(rest) if rest.strip() else "")
    if block.startswith("|"):
        return _table(block)
    if _ITEM.match(block):
        # Not <ul>: the dialog gives lists another colour than paragraphs, and indents them by a third.
        markers, items = _ITEM.findall(block), _ITEM.split(block)[2::2]
        lines = (f"{'•' if mark in '-*' else mark} {_inline(item)}" for mark, item in zip(markers, items))
        return "".join(f"<p>{line}</p>" for line in lines)
    return f"<p>{_inline(block)}</p>"


def _table(block: str) -> str:
    """Convert rows of cells between bars; the second row only draws the line below the first."""
    head, _, *rows = ([cell.strip() for cell in line.strip("| ").split("|")] for line in block.splitlines())
    cells = "".join(f'<th align="left">{_inline(cell)}</th>' for cell in head)
    lines = [f"<tr>{cells}</tr>"]
    for row in rows:
        cells = "".join(f"<td>{_inline(cell)}</td>" for cell in row)
        lines.append(f"<tr>{cells}</tr>")
    return f'<table cellpadding="3">{"".join(lines)}</table>'


def _inline(text: str) -> str:
    text = html.escape(" ".join(text.split()), quote=False)
    for pattern, replacement in _INLINE:
        text = pattern.sub(replacement, text)
    return text
