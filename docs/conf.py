"""How Sphinx builds the documentation; `make docs` calls it."""

from __future__ import annotations

import re
from pathlib import Path

_METADATA = (Path(__file__).parent.parent / "metadata.txt").read_text(encoding="utf-8")

project = "Shepherd Segmentation"
author = "Shepherd Segmentation contributors"
copyright = author
version = release = re.search(r"^version=(.+)$", _METADATA, re.MULTILINE).group(1)

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["effects"]

# The theme brings all that it needs: a page makes no request to anybody else's server.
html_theme = "furo"
html_title = f"{project} {version}"
html_static_path = ["_static"]
html_css_files = ["wide.css"]
html_copy_source = False
html_show_sphinx = False
