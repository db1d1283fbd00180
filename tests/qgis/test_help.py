"""Help pages: from Markdown to what the dialog shows."""

from __future__ import annotations

import pytest

from shepherd_segmentation.plugin.helptext import help_page, to_html

MORE = ("segmentstatistics", "segmentstopolygons", "clipsegments", "segmentstatisticspolygons")


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("Two\nlines.\n\nNext.", "<p>Two lines.</p><p>Next.</p>"),
        ("## Title\n\nText.", "<h3>Title</h3><p>Text.</p>"),
        ("## Title\nText.", "<h3>Title</h3><p>Text.</p>"),
        ("- one\n  more\n- two", "<p>• one more</p><p>• two</p>"),
        (
            "| a | `b` |\n|---|---|\n| 1 | 2 |",
            '<table cellpadding="3"><tr><th align="left">a</th><th align="left"><code>b</code></th></tr>'
            "<tr><td>1</td><td>2</td></tr></table>",
        ),
        ("1. one\n2. two", "<p>1. one</p><p>2. two</p>"),
        ("**b** *i* `a<b`", "<p><b>b</b> <i>i</i> <code>a&lt;b</code></p>"),
        ("[here](https://example.org/a)", '<p><a href="https://example.org/a">here</a></p>'),
    ],
)
def test_markdown(markdown, html):
    assert to_html(markdown) == html


def test_an_algorithm_without_a_page_has_no_help():
    assert help_page("nothing") == ""


@pytest.mark.parametrize("name", ["segment", "segmenttiled", *MORE])
def test_pages_leave_no_markdown_behind(name):
    page = help_page(name)
    assert "](" not in page and "**" not in page and "\n" not in page
