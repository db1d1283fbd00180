"""Settings, where the engine runs, and what is kept of a crash."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal


@pytest.fixture
def settings(qgis_app):
    """The module; what a test changes is forgotten."""
    from qgis.core import QgsSettings

    from shepherd_segmentation.algorithms.engine import prepare_environment
    from shepherd_segmentation.plugin import settings

    yield settings
    QgsSettings().remove(settings.GROUP)
    prepare_environment(settings.Settings())


def test_defaults_and_round_trip(settings):
    assert settings.Settings.load() == settings.Settings()
    wanted = settings.Settings(3, 1.5, "/a folder/ä", settings.SEPARATE_PROCESS)
    wanted.save()
    assert settings.Settings.load() == wanted


@pytest.mark.parametrize(
    "stored", ["", "[]", "{", '{"workers": -1}', '{"workers": "many"}', '{"engine_place": "moon"}']
)
def test_damaged_settings_are_the_defaults(settings, stored):
    from qgis.core import QgsSettings

    QgsSettings().setValue(f"{settings.GROUP}/settings", stored)
    assert settings.Settings.load() == settings.Settings()


def test_one_damaged_value_does_not_lose_the_others(settings):
    settings.write_json(f"{settings.GROUP}/settings", {"workers": -1, "memory_limit": 2.0})
    assert settings.Settings.load() == settings.Settings(memory_limit=2.0)


def test_the_memory_limit_refuses_a_run(settings, run, image, tmp_path):
    from qgis.core import QgsProcessingException

    settings.Settings(memory_limit=0.1).save()
    with pytest.raises(QgsProcessingException, match="only 102 MB may be used"):
        run("segment", INPUT=image, OUTPUT=str(tmp_path / "a.tif"))
    assert os.listdir(tmp_path) == []
    settings.Settings(memory_limit=0, workers=1).save()
    assert run("segment", INPUT=image, OUTPUT=str(tmp_path / "a.tif"))["SEGMENT_COUNT"] > 0


def test_workers_of_the_settings(settings):
    from shepherd_segmentation.algorithms.compute import resolve_compute

    settings.Settings(workers=3).save()
    assert resolve_compute("local", 0, 0).arguments()["workers"] == 3
    assert resolve_compute("local", 2, 0).arguments()["workers"] == 2
    settings.Settings().save()
    assert resolve_compute("local", 0, 0).arguments()["workers"] is None


def test_a_separate_process_gives_the_same(settings, run, image, tmp_path):
    here, there = str(tmp_path / "here.tif"), str(tmp_path / "there.tif")
    expected = run("segment", INPUT=image, OUTPUT=here)
    settings.Settings(engine_place=settings.SEPARATE_PROCESS).save()
    found = run("segment", INPUT=image, OUTPUT=there)
    assert found["SEGMENT_COUNT"] == expected["SEGMENT_COUNT"]
    assert np.array_equal(*(gdal.Open(path).ReadAsArray() for path in (here, there)))
    assert "Elimination" in run.log


def test_kernels_go_where_the_settings_say(settings, tmp_path):
    from shepherd_segmentation.algorithms.engine import prepare_environment
    from shepherd_segmentation.core.errors import ShepherdError

    folder = tmp_path / "compiled kernels ä"
    prepare_environment(settings.Settings(kernel_cache=str(folder)))
    assert os.environ["NUMBA_CACHE_DIR"] == str(folder) and folder.is_dir()
    prepare_environment(settings.Settings())
    assert "NUMBA_CACHE_DIR" not in os.environ
    (tmp_path / "file").touch()
    with pytest.raises(ShepherdError, match="choose another folder"):
        prepare_environment(settings.Settings(kernel_cache=str(tmp_path / "file")))


def test_the_marker_of_a_crash(qgis_app):
    """A process that ends inside leaves the marker; nobody takes it while it is held."""
    from shepherd_segmentation.plugin.crashmarker import take_crash

    script = """
import os, sys
from qgis.core import QgsApplication
application = QgsApplication([], False, sys.argv[1])
application.initQgis()
from shepherd_segmentation.plugin.crashmarker import crash_marked, take_crash
with crash_marked() as survived:
    print(take_crash(), flush=True)
    if sys.argv[2] == "survives":
        survived()
    else:
        os._exit(9)
"""
    folder = qgis_app.qgisSettingsDirPath()
    marker = Path(folder) / "shepherd-engine-starting"
    for end, crashed in (("survives", False), ("crashes", True)):
        command = [sys.executable, "-c", script, folder, end]
        result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert result.stdout.strip() == "False", result.stderr
        assert marker.exists() == crashed
        assert take_crash() == crashed
        assert not marker.exists()
    assert take_crash() is False


def test_unexpected_errors_are_logged_with_the_way_to_them(qgis_app, registry):
    from qgis.core import QgsProcessingException

    told = []
    log = qgis_app.messageLog()
    log.messageReceived[str, str, type_of_level()].connect(lambda *message: told.append(message))
    algorithm = registry.createAlgorithmById("shepherd:segment")
    with pytest.raises(QgsProcessingException, match="ZeroDivisionError.*message log"):  # noqa: SIM117
        with algorithm.errors_for_processing():
            1 / 0  # noqa: B018
    (text, tab, _) = next(message for message in told if message[1] == "Shepherd Segmentation")
    assert "Traceback" in text and "ZeroDivisionError" in text


def type_of_level():
    from qgis.core import Qgis

    return Qgis.MessageLevel
