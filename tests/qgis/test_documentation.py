"""The documentation: its examples run, its pages of the algorithms are complete, and the site builds."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys

import pytest

from tests.core.data import ROOT, scene_path
from tests.documentation import DOCS, blocks, section
from tests.qgis.profile import environment

PROGRAM = shutil.which("qgis_process.bin") or shutil.which("qgis_process")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder and the image that the page asks for, in a home folder of their own."""
    segments = tmp_path / "segments"
    segments.mkdir()
    shutil.copy(scene_path("s2_inn_demo_4band.tif"), segments / "scene.tif")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(segments)
    return segments


def test_the_examples_for_the_console(plugin, folder, capsys):
    code = "\n".join(blocks(section("console.md", "In the Python console of QGIS"), "python"))
    exec(compile(code, "console.md", "exec"), {})
    said = capsys.readouterr().out
    assert "segments\n" in said and "dense vegetation: " in said and "100 %" in said
    for name in ("smoothed.tif", "polygons.gpkg", "basics.gpkg", "measured.gpkg", "clipped.gpkg"):
        assert (folder / name).stat().st_size > 0
    assert (folder / "scene_segments.tif").stat().st_size > 0


@pytest.mark.skipif(PROGRAM is None, reason="qgis_process is not installed")
def test_the_commands(folder, tmp_path_factory):
    surroundings = environment(tmp_path_factory.mktemp("qgis_process"), "offscreen")
    # Debian's wrapper of that name passes an option first that old versions take for a command.
    wrapper = tmp_path_factory.mktemp("bin") / "qgis_process"
    wrapper.write_text(f'#!/bin/sh\nexec "{PROGRAM}" "$@"\n')
    wrapper.chmod(0o755)
    surroundings["PATH"] = f"{wrapper.parent}:{surroundings['PATH']}"
    commands = "\n".join(blocks(section("console.md", "In a terminal"), "sh"))
    result = subprocess.run(
        ["bash", "-e", "-c", commands], env=surroundings, capture_output=True, text=True, timeout=150
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "MIN_SEGMENT_SIZE" in result.stdout
    assert (folder / "statistics.csv").read_text().count("\n") > 1000
    assert "b1_median" in (folder / "medians.csv").read_text().splitlines()[0]
    assert "b1_mean" in (folder / "medians.csv").read_text().splitlines()[0]


@pytest.fixture(scope="module")
def reference(plugin, tmp_path_factory):
    """The pages of the algorithms, written as `make docs` writes them."""
    path = ROOT / "scripts" / "docs_reference.py"
    module = importlib.util.module_from_spec(importlib.util.spec_from_file_location(path.stem, path))
    module.__spec__.loader.exec_module(module)
    pages = tmp_path_factory.mktemp("reference")
    module.write(pages, module.algorithms())
    return pages


def test_every_algorithm_has_a_page_with_all_its_parameters(registry, reference):
    provider = registry.providerById("shepherd")
    names = {algorithm.name() for algorithm in provider.algorithms()}
    assert {page.stem for page in reference.glob("*.md")} == {*names, "index"}
    for algorithm in provider.algorithms():
        text = (reference / f"{algorithm.name()}.md").read_text()
        assert text.startswith(f"# {algorithm.displayName()}\n")
        for definition in (*algorithm.parameterDefinitions(), *algorithm.outputDefinitions()):
            assert f"| `{definition.name()}` | " in text
        assert f"{{include}} ../../resources/help/{algorithm.name()}.md" in text


def test_choices_are_written_as_scripts_write_them(reference):
    text = (reference / "segment.md").read_text()
    assert "one of `none`, `standardise` | `none`" in text
    assert "whole number from 1 to 4096 | `60`" in text


@pytest.mark.skipif(importlib.util.find_spec("sphinx") is None, reason="Sphinx is not installed")
def test_the_site_builds_without_a_warning_and_needs_no_other_server(reference, tmp_path):
    source = tmp_path / "shepherd" / "docs"
    shutil.copytree(DOCS, source, ignore=shutil.ignore_patterns("reference"))
    shutil.copytree(reference, source / "reference")
    shutil.copytree(ROOT / "resources" / "help", source.parent / "resources" / "help")
    shutil.copy(ROOT / "metadata.txt", source.parent)
    site = tmp_path / "site"
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-W",
        "--keep-going",
        "-b",
        "html",
        str(source),
        str(site),
    ]
    result = subprocess.run(command, capture_output=True, text=True, timeout=150)
    assert result.returncode == 0, result.stderr
    for page in site.glob("**/*.html"):
        text = page.read_text(encoding="utf-8")
        assert re.findall(r'<(?:script|img|iframe)[^>]+src="(?:https?:)?//[^"]*"', text) == [], page
        assert re.findall(r'<link[^>]+rel="stylesheet"[^>]+href="(?:https?:)?//[^"]*"', text) == [], page
    for sheet in site.glob("**/*.css"):
        assert re.search(r"@import|url\([\"']?(?:https?:)?//", sheet.read_text(encoding="utf-8")) is None, (
            sheet
        )
