"""The plugin in folders with spaces and letters of all kinds, and in folders that cannot be written to."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from osgeo import gdal

from tests.qgis.profile import ROOT, environment

# Debian's wrapper of that name passes an option first that old versions take for a command.
PROGRAM = shutil.which("qgis_process.bin") or shutil.which("qgis_process")
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="qgis_process is not installed")
NOBODY = 65534


@pytest.fixture
def folder():
    """A folder that other users can enter, unlike those of pytest."""
    path = Path(tempfile.mkdtemp(prefix="Prüfung mit Lücken 分割 ", dir="/tmp"))
    path.chmod(0o755)
    yield path
    subprocess.run(["chmod", "-R", "u+w", path], check=True)
    shutil.rmtree(path)


@pytest.fixture
def surroundings(folder):
    """A profile in that folder, with a copy of the plugin."""
    variables = environment(folder, "offscreen")
    for link in folder.glob("**/shepherd_segmentation"):
        link.unlink()
        # With the compiled kernels, which are known by the time of their source.
        for name in ("algorithms", "core", "plugin", "resources"):
            shutil.copytree(ROOT / name, link / name)
        for name in ("__init__.py", "metadata.txt"):
            shutil.copy2(ROOT / name, link / name)
    return {**variables, "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder / "temporary")}


def qgis_process(surroundings, *arguments, **options):
    command = [PROGRAM, *arguments]
    return subprocess.run(
        command, env=surroundings, capture_output=True, text=True, timeout=100, check=False, **options
    )


def test_a_run_in_a_folder_with_a_difficult_name(folder, surroundings, image):
    source, output = folder / "Bild ä 1.tif", folder / "Segmente 分割.tif"
    shutil.copy(image, source)
    settings = [f"INPUT={source}", f"OUTPUT={output}"]
    result = qgis_process(surroundings, "--json", "run", "shepherd:segmenttiled", "--", *settings)
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)["results"]
    assert found["SEGMENT_COUNT"] == gdal.Open(str(output)).ReadAsArray().max()


def test_the_plugin_loads_where_nothing_can_be_written(folder, surroundings):
    # QGIS itself has to write into a new profile.
    qgis_process(surroundings, "list")
    (folder / "temporary").chmod(0o777)
    subprocess.run(["chmod", "-R", "a-w", folder / "profiles", folder / "data"], check=True)
    # To root everything can be written.
    options = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    result = qgis_process(surroundings, "help", "shepherd:segmenttiled", **options)
    assert "MIN_SEGMENT_SIZE" in result.stdout, result.stderr
    assert "Traceback" not in result.stderr
