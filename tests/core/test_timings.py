"""What the table of timings advises."""

from __future__ import annotations

import pytest

from shepherd_segmentation.core.timings import STAGES, timing_table


@pytest.mark.parametrize(
    ("longest", "advice"),
    [
        ("compiling", "compiling the engine; later runs on this computer are spared that."),
        ("reading", "more concurrent reads may help"),
        ("segmenting", "all cores are at work on them."),
        ("elimination", "more workers would gain little."),
    ],
)
def test_the_advice_is_about_what_took_longest(longest, advice):
    timings = {**dict.fromkeys(STAGES, 0.1), longest: 9.0, "total": 10.0}
    assert advice in timing_table(timings, workers=2, cores=2)
