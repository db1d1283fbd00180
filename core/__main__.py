"""``python -m shepherd_segmentation.core``: the engine from a terminal."""

from __future__ import annotations

import sys

from .command_line import main

sys.exit(main())
