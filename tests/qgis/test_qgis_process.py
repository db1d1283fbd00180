"""The algorithms from a terminal, with qgis_process."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time

import numpy as np
import pytest
from osgeo import gdal

from tests.qgis.profile import complaints, environment

# Debian's wrapper of that name passes an option first that old versions take for a command.
PROGRAM = shutil.which("qgis_process.bin") or shutil.which("qgis_process")
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="qgis_process is not installed")


@pytest.fixture(scope="module")
def surroundings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("qgis_process")
    yield environment(folder, "offscreen")
    assert not complaints(folder).exists(), complaints(folder).read_text()


@pytest.fixture
def qgis_process(surroundings):
    def call(*arguments):
        command = [PROGRAM, *arguments]
        return subprocess.run(command, env=surroundings, capture_output=True, text=True, timeout=100)

    return call


def test_the_algorithms_are_listed(qgis_process):
    result = qgis_process("list")
    assert "Shepherd Segmentation" in result.stdout
    assert "shepherd:segment\t" in result.stdout and "shepherd:segmenttiled\t" in result.stdout


def test_help(qgis_process):
    result = qgis_process("help", "shepherd:segmenttiled")
    assert result.returncode == 0
    assert "MIN_SEGMENT_SIZE" in result.stdout and "TILE_SIZE" in result.stdout


@pytest.mark.parametrize("algorithm", ["segment", "segmenttiled"])
def test_a_run(qgis_process, run, image, tmp_path, algorithm):
    output = tmp_path / "segments.tif"
    settings = [f"INPUT={image}", "CONNECTIVITY=8", "MAX_SPECTRAL_DIFFERENCE=900", f"OUTPUT={output}"]
    result = qgis_process("--json", "run", f"shepherd:{algorithm}", "--", *settings)
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)["results"]
    labels = gdal.Open(str(output)).ReadAsArray()
    assert found["SEGMENT_COUNT"] == labels.max()
    assert found["MAX_SPECTRAL_DIFFERENCE"] == 900
    same = run(
        "segment", INPUT=image, CONNECTIVITY="8", MAX_SPECTRAL_DIFFERENCE=900, OUTPUT="TEMPORARY_OUTPUT"
    )
    assert np.array_equal(gdal.Open(same["OUTPUT"]).ReadAsArray(), labels)


def test_a_mistake(qgis_process, image, tmp_path):
    settings = [f"INPUT={image}", "CLUSTERS=0", f"OUTPUT={tmp_path / 'segments.tif'}"]
    result = qgis_process("run", "shepherd:segment", "--", *settings)
    assert result.returncode != 0
    assert "“Number of clusters” is 0" in result.stdout + result.stderr
    assert os.listdir(tmp_path) == []


def test_an_interruption(surroundings, large_image, tmp_path):
    # Small tiles, so that there is something left to interrupt on a fast computer.
    settings = [f"INPUT={large_image}", "TILE_SIZE=64", f"OUTPUT={tmp_path / 'segments.tif'}"]
    command = [PROGRAM, "run", "shepherd:segmenttiled", "--", *settings]
    with subprocess.Popen(command, env=surroundings, stdout=subprocess.PIPE, text=True) as process:
        while not os.listdir(tmp_path):
            time.sleep(0.05)
            assert process.poll() is None
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        start = time.monotonic()
        said, _ = process.communicate(timeout=30)
    # Compiling the engine, which this may interrupt, takes much longer.
    assert time.monotonic() - start < 10
    assert "Cancelled" in said
    assert os.listdir(tmp_path) == []
