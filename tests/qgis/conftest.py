"""A QGIS without a window, and the small images that the tests segment in it."""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
from pathlib import Path

import pytest

from tests.core.data import scene_path

if importlib.util.find_spec("qgis") is None:
    collect_ignore_glob = ["*"]


@pytest.fixture(scope="session")
def qgis_app(tmp_path_factory):
    """QGIS with its Processing framework, started once: a second start in one process crashes."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    profile = tmp_path_factory.mktemp("profile")
    os.environ["QGIS_CUSTOM_CONFIG_PATH"] = str(profile)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(profile))
    # A folder for temporary files that nobody else uses, so that a test can tell what was left there.
    os.environ["TMPDIR"] = str(tmp_path_factory.mktemp("temporary"))
    tempfile.tempdir = None
    from qgis.core import QgsApplication

    application = QgsApplication([], True, str(profile))
    application.initQgis()
    # Processing is a plugin itself, in a folder that only the desktop has on its path.
    sys.path.append(str(Path(application.pkgDataPath()) / "python" / "plugins"))
    from processing.core.Processing import Processing

    Processing.initialize()
    # Not ended by exitQgis: pytest keeps the layers of failed tests, whose providers would be gone.
    return application


@pytest.fixture(scope="session")
def plugin(qgis_app):
    """The plugin, loaded as qgis_process loads it."""
    from shepherd_segmentation import classFactory

    loaded = classFactory(None)
    loaded.initProcessing()
    yield loaded
    loaded.unload()


@pytest.fixture
def registry(qgis_app, plugin):
    return qgis_app.processingRegistry()


@pytest.fixture
def run(plugin):
    """Run an algorithm as scripts do; the log is collected in `run.log`."""
    from qgis import processing
    from qgis.core import QgsProcessingContext, QgsProcessingFeedback, QgsProject

    def call(algorithm, **parameters):
        feedback = QgsProcessingFeedback(False)
        context = QgsProcessingContext()
        context.setProject(QgsProject.instance())
        try:
            return processing.run(f"shepherd:{algorithm}", parameters, context=context, feedback=feedback)
        finally:
            call.log = feedback.textLog()

    return call


@pytest.fixture(scope="session")
def image(tmp_path_factory):
    """A part of the Sentinel-2 scene: 4 bands, UTM zone 33, 10 m."""
    from osgeo import gdal

    path = tmp_path_factory.mktemp("image") / "inn.tif"
    gdal.Translate(str(path), str(scene_path("s2_inn_demo_4band.tif")), srcWin=[150, 60, 200, 160])
    return str(path)


@pytest.fixture(scope="session")
def segments(plugin, image, tmp_path_factory):
    """Segments of the image."""
    from qgis import processing

    path = str(tmp_path_factory.mktemp("segments") / "segments.tif")
    processing.run("shepherd:segment", {"INPUT": image, "MIN_SEGMENT_SIZE": 40, "OUTPUT": path})
    return path


@pytest.fixture(scope="session")
def large_image(tmp_path_factory):
    """The scene 8 times as large in both directions: enough work to interrupt.

    Not a VRT: QGIS stores statistics in it when it closes the layer, while the next run opens it.
    """
    from osgeo import gdal

    path = tmp_path_factory.mktemp("image") / "large.tif"
    options = ["TILED=YES", "COMPRESS=LZW", "NUM_THREADS=2"]
    scene = str(scene_path("s2_inn_demo_4band.tif"))
    gdal.Translate(str(path), scene, widthPct=800, heightPct=800, creationOptions=options)
    return str(path)


@pytest.fixture
def temporary_files(qgis_app):
    """Tell which temporary files have appeared since the test began."""
    from qgis.core import QgsProcessingUtils

    folders = {tempfile.gettempdir(), QgsProcessingUtils.tempFolder()}

    def listing():
        return {str(Path(folder) / name) for folder in folders for name in os.listdir(folder)}

    before = listing()
    return lambda: listing() - before
