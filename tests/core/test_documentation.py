"""The examples for Python without QGIS, run as they stand in the documentation."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from shepherd_segmentation.core.aws.permissions import (
    CHECK_ACTIONS,
    CLIENT_ACTIONS,
    OPTIONAL_ACTIONS,
    TASK_ACTIONS,
)
from shepherd_segmentation.core.aws.profile import FargateProfile
from tests.core.data import scene_path
from tests.documentation import DOCS, blocks, section

PLAIN = section("console.md", "In Python without QGIS")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home folder with the folder and the image that the page asks for."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "segments").mkdir()
    shutil.copy(scene_path("s2_inn_demo_4band.tif"), folder / "segments" / "scene.tif")
    return folder


@pytest.fixture(scope="module")
def run(home):
    python = Path(sys.executable).parent
    surroundings = {**os.environ, "HOME": str(home), "PATH": f"{python}{os.pathsep}{os.environ['PATH']}"}
    # Compiled kernels stay where those of the other tests are.
    surroundings.setdefault("XDG_CACHE_HOME", os.path.expanduser("~/.cache"))

    def call(command):
        result = subprocess.run(
            command, cwd=home / "segments", env=surroundings, capture_output=True, text=True, timeout=150
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    return call


def test_the_python_examples(run, home):
    said = run([sys.executable, "-c", "\n".join(blocks(PLAIN, "python"))])
    assert "segments; limit" in said and "greenest segment" in said
    assert "missing.tif" in said.splitlines()[-1]
    for name in ("segments.tif", "clipped.tif", "polygons.gpkg", "statistics.gpkg"):
        assert (home / "segments" / name).stat().st_size > 0


def test_the_commands(run):
    (commands,) = blocks(PLAIN, "sh")
    said = run(["bash", "-e", "-c", commands])
    assert "polygons in polygons.gpkg" in said and "segments in clipped.tif" in said


def test_the_page_on_aws_names_all_permissions_and_all_entries_of_a_profile():
    text = (DOCS / "fargate.md").read_text(encoding="utf-8")
    groups = [*CLIENT_ACTIONS.values(), *TASK_ACTIONS.values(), CHECK_ACTIONS, OPTIONAL_ACTIONS]
    actions = [action for group in groups for action in group]
    entries = [entry.name for entry in fields(FargateProfile)]
    assert [word for word in (*actions, *entries) if f"`{word}`" not in text] == []


def test_pictures_exist_and_are_small():
    pages = "".join(page.read_text(encoding="utf-8") for page in DOCS.glob("**/*.md"))
    pictures = list((DOCS / "images").glob("*.png"))
    assert sum(picture.stat().st_size for picture in pictures) < 3e6
    assert [picture.name for picture in pictures if picture.name not in pages] == []
