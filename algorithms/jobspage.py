"""The list of jobs at AWS, for people: as lines of the log and as a page."""

from __future__ import annotations

import html
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from qgis.PyQt.QtCore import QCoreApplication

if TYPE_CHECKING:
    from ..core.aws.jobs import JobState

_STYLE = (
    "body { font-family: sans-serif; margin: 1em } table { border-collapse: collapse } "
    "th, td { text-align: left; vertical-align: top; padding: 0.3em 0.8em; border-bottom: 1px solid #ccc } "
    "th { background: #eee } code { white-space: nowrap } small { color: #666 } .failed { color: #a00 }"
)


def _tr(text: str) -> str:
    return QCoreApplication.translate("ShepherdSegmentation", text)


def _next_step(state: JobState) -> str:
    """Return what can be done with a job."""
    return {
        "uploading": _tr("still being sent; if that has stopped, start the segmentation again"),
        "waiting": _tr("watch or collect it to go on"),
        "stopped": _tr("watch or collect it to go on"),
        "finished": _tr("ready to be collected"),
        "failed": _tr("delete it"),
        "deleting": _tr("delete it again if that lasts"),
    }.get(state.state, "")


def _day(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def line_of(state: JobState) -> str:
    """Return a job as a line of the log."""
    step = _next_step(state)
    told = f"{state.state} ({step})" if step else state.state
    parts = [
        told,
        f"{state.fraction:.0%}",
        _tr("started {when}").format(when=_day(state.created)),
        state.input,
    ]
    line = f"{state.job_id}: {', '.join(parts)}"
    return f"{line}. {state.error}" if state.error else line


def page_of(profile: str, states: Sequence[JobState]) -> str:
    """Return the page of a profile's jobs.

    Parameters
    ----------
    profile : str
        Its name.
    states : sequence of JobState
    """
    title = html.escape(_tr("Jobs of the Fargate profile “{name}”").format(name=profile))
    body = _table(states) if states else f"<p>{html.escape(_tr('The profile has no jobs.'))}</p>"
    head = f"<meta charset='utf-8'><title>{title}</title><style>{_STYLE}</style>"
    return f"<!DOCTYPE html><html><head>{head}</head><body><h3>{title}</h3>{body}</body></html>"


def _table(states: Sequence[JobState]) -> str:
    titles = (_tr("Job"), _tr("State"), _tr("Done"), _tr("Started"), _tr("Input and output"))
    head = "".join(f"<th>{html.escape(title)}</th>" for title in titles)
    rows = "".join(f"<tr>{_cells(state)}</tr>" for state in states)
    return f"<table><tr>{head}</tr>{rows}</table>"


def _cells(state: JobState) -> str:
    here = _tr("on this computer") if state.own else _tr("on another computer")
    cells = (
        f"<code>{html.escape(state.job_id)}</code>",
        _lines(
            f"<b class='{html.escape(state.state)}'>{html.escape(state.state)}</b>",
            _next_step(state),
            state.error,
        ),
        f"{state.fraction:.0%}",
        _lines(_day(state.created), here),
        _lines(html.escape(state.input), f"→ {state.output}" if state.output else ""),
    )
    return "".join(f"<td>{cell}</td>" for cell in cells)


def _lines(first: str, *smaller: str) -> str:
    """Return lines one below the other; the first one is markup already."""
    return "<br>".join([first, *(f"<small>{html.escape(text)}</small>" for text in smaller if text)])
