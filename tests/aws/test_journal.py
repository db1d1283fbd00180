"""The journal remembers what was made until it is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from shepherd_segmentation.core.aws import JobError, Journal
from shepherd_segmentation.core.aws.journal import Entry

from .samples import PROFILE


def entry(job_id: str) -> Entry:
    return Entry(job_id, "c", PROFILE.to_dict(), f"p/{job_id}", "in.tif", "out.tif")


def test_the_journal_remembers_until_it_is_told_to_forget(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with journal.attend("s01") as log:
        assert log.entry is None
        log.start(entry("s01"))
        log.add("queue", "q")
        log.add("queue", "q")
        log.turn("running")
    (found,) = Journal(tmp_path).entries()
    assert (found.state, found.names("queue")) == ("running", ["q"])
    with journal.attend("s01") as log:
        assert log.job == found
        log.forget()
    assert journal.entries() == [] and not (tmp_path / "s01").exists()
    assert journal.client_id == Journal(tmp_path).client_id


def test_a_job_is_attended_to_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with (
        journal.attend("s01"),
        pytest.raises(JobError, match="attended to by another program"),
        journal.attend("s01"),
    ):
        pass


def test_a_damaged_journal_says_where_to_look(tmp_path: Path) -> None:
    (tmp_path / "s01").mkdir()
    (tmp_path / "s01" / "job.json").write_text("{}")
    with pytest.raises(JobError, match="tagged shepherd:job=s01"):
        Journal(tmp_path).entries()
