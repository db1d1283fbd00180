"""Prints the figures as Markdown tables; ``--large`` adds those that take minutes."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from .figures import SCENE, table

#: Title, module and function of every group of figures.
GROUPS = {
    "whole": (
        "A whole segmentation (6.2 million pixels, 3 bands, 60 clusters, minimum 50)",
        "segmentation",
        "whole_run",
    ),
    "clustering": ("Clustering", "segmentation", "clustering"),
    "steps": ("The steps after clustering", "segmentation", "steps"),
    "start": ("Start-up", "start_up", "start_up"),
    "statistics": ("Statistics (4096 x 4096 mosaic, 3 bands)", "statistics", "statistics"),
    "polygons": ("Polygons (4096 x 4096 mosaic)", "polygons", "polygons"),
    "fargate": ("Fargate (emulated AWS, this computer's cores)", "fargate", "fargate"),
}
LARGE = {"scaling": ("Scaling", "scaling", "scaling")}


def main() -> int:
    """Run the groups that were asked for; fail when a figure falls short."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--large", action="store_true", help="also the 16384 x 16384 mosaic")
    parser.add_argument("--only", choices=[*GROUPS, *LARGE], action="append")
    options = parser.parse_args()
    if not SCENE.exists():
        print(f"The benchmark scene {SCENE.name} is not beside the checkout (../shared/imagery).")
        return 1
    groups = {**GROUPS, **(LARGE if options.large or options.only else {})}
    short = 0
    for name, (title, module, function) in groups.items():
        if options.only and name not in options.only:
            continue
        figures = getattr(import_module(f".{module}", __package__), function)()
        short += sum(figure.passed is False for figure in figures)
        print(table(title, figures), flush=True)
    print(f"{short} figure(s) fall short." if short else "All figures reach their targets.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
