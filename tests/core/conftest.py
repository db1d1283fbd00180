"""Settings of the engine's tests."""

from __future__ import annotations

import os

from hypothesis import settings

# The same examples every time: a check before a merge must not fail by chance. Set HYPOTHESIS_PROFILE=explore
# to look for new ones.
settings.register_profile("stable", derandomize=True, deadline=None, database=None)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "stable"))
