"""Statistics, polygons and clipping as background tasks, in a model, and from a terminal."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import numpy as np
import pytest
from osgeo import gdal

from tests.qgis.profile import environment
from tests.qgis.test_task import Watched

PROGRAM = shutil.which("qgis_process.bin") or shutil.which("qgis_process")
HALF = "360630,361630,5350140,5351740 [EPSG:32633]"
SHIPPED = "shepherd:segmentstatisticspolygons"


@pytest.fixture(scope="module")
def large_segments(segments, tmp_path_factory):
    """Segments 40 times as long and wide: enough pixels to interrupt, on a busy computer, too."""
    path = str(tmp_path_factory.mktemp("large") / "segments.tif")
    options = ["TILED=YES", "COMPRESS=DEFLATE", "NUM_THREADS=2"]
    gdal.Translate(path, segments, widthPct=4000, heightPct=4000, creationOptions=options)
    return path


@pytest.mark.parametrize("percent", [62, 85])
def test_cancel_while_measuring_and_drawing(registry, image, tmp_path, temporary_files, percent):
    scene = str(tmp_path / "scene.tif")
    gdal.Translate(scene, image, widthPct=800, heightPct=800, resampleAlg="bilinear")
    folder = tmp_path / "out"
    folder.mkdir()
    outputs = {"OUTPUT": "s.tif", "POLYGONS": "p.gpkg", "STATISTICS_TABLE": "t.csv"}
    parameters = {name: str(folder / path) for name, path in outputs.items()}
    watched = Watched(registry, "segment", {"INPUT": scene, "MIN_SEGMENT_SIZE": 3, **parameters})
    watched.wait(until=lambda: watched.progress and watched.progress[-1] >= percent)
    assert watched.outcome is None, watched.feedback.textLog()
    watched.task.cancel()
    assert watched.wait() < 2
    assert watched.outcome[0] is False and "Cancelled" in watched.feedback.textLog()
    assert watched.progress == sorted(watched.progress)
    assert os.listdir(folder) == [] and temporary_files() == set()


@pytest.mark.parametrize(
    ("algorithm", "percent"),
    [("segmentstatistics", 0), ("segmentstatistics", 30), ("segmentstopolygons", 2), ("clipsegments", 5)],
)
def test_cancel(registry, image, large_segments, tmp_path, temporary_files, algorithm, percent):
    output = str(tmp_path / ("o.tif" if algorithm == "clipsegments" else "o.gpkg"))
    parameters = {"SEGMENTS": large_segments, "INPUT": image, "SHAPE": [1, 2], "OUTPUT": output}
    if algorithm == "segmentstopolygons":
        parameters = {"SEGMENTS": large_segments, "OUTPUT": output}
    if algorithm == "clipsegments":
        parameters = {"SEGMENTS": large_segments, "EXTENT": HALF, "OUTPUT": output}
    watched = Watched(registry, algorithm, parameters)
    watched.wait(until=lambda: watched.progress and watched.progress[-1] >= percent)
    assert watched.outcome is None, watched.feedback.textLog()
    watched.task.cancel()
    assert watched.wait() < 2
    assert watched.outcome[0] is False and "Cancelled" in watched.feedback.textLog()
    assert os.listdir(tmp_path) == [] and temporary_files() == set()


def test_the_shipped_model(registry, run, image):
    from qgis import processing
    from qgis.core import QgsVectorLayer

    model = registry.algorithmById(SHIPPED)
    assert model.displayName() == "Image to polygons with statistics" and model.canExecute()[0]
    outputs = {item.name(): "TEMPORARY_OUTPUT" for item in model.destinationParameterDefinitions()}
    assert len(outputs) == 3
    results = processing.run(SHIPPED, {"image": image, "bands": [2, 4], "size": 30, **outputs})
    steps = results["CHILD_RESULTS"]
    count = steps["segment"]["SEGMENT_COUNT"]
    assert (
        count == steps["segmentstatistics"]["SEGMENT_COUNT"] == steps["segmentstopolygons"]["SEGMENT_COUNT"]
    )
    layer = QgsVectorLayer(steps["segmentstopolygons"]["OUTPUT"], "p", "ogr")
    names = [field.name() for field in layer.fields()]
    assert layer.featureCount() == count
    assert {"segment_id", "area", "b2_mean", "b4_p95", "elongation"} <= set(names)
    alone = run("segment", INPUT=image, BANDS=[2, 4], MIN_SEGMENT_SIZE=30, OUTPUT="TEMPORARY_OUTPUT")
    labels = gdal.Open(steps["segment"]["OUTPUT"]).ReadAsArray()
    assert np.array_equal(labels, gdal.Open(alone["OUTPUT"]).ReadAsArray())


def test_the_shipped_model_is_what_its_script_builds(registry):
    from qgis.core import QgsProcessingModelAlgorithm

    from scripts import build_model

    shipped = QgsProcessingModelAlgorithm()
    assert shipped.fromFile(str(build_model.MODEL))
    built = build_model.build()
    assert sorted(built.childAlgorithms()) == sorted(shipped.childAlgorithms())
    for name, child in built.childAlgorithms().items():
        other = shipped.childAlgorithm(name)
        assert child.algorithmId() == other.algorithmId()
        assert set(child.parameterSources()) == set(other.parameterSources())


@pytest.fixture(scope="module")
def qgis_process(tmp_path_factory):
    surroundings = environment(tmp_path_factory.mktemp("qgis_process"), "offscreen")

    def call(*arguments):
        command = [PROGRAM, "--json", "run", *arguments]
        result = subprocess.run(command, env=surroundings, capture_output=True, text=True, timeout=100)
        assert result.returncode == 0, result.stdout + result.stderr
        return json.loads(result.stdout)["results"]

    return call


@pytest.mark.skipif(PROGRAM is None, reason="qgis_process is not installed")
def test_from_a_terminal(qgis_process, image, segments, tmp_path):
    table, polygons = f"{tmp_path}/t.csv", f"{tmp_path}/p.gpkg"
    values = ["STATISTICS=mean,max", "SHAPE=area", "PERCENTILES=5,95", f"INPUT={image}", f"OUTPUT={table}"]
    found = qgis_process("shepherd:segmentstatistics", "--", f"SEGMENTS={segments}", *values)
    count = int(gdal.Open(segments).ReadAsArray().max())
    assert found["SEGMENT_COUNT"] == count and found["COLUMN_COUNT"] == 2 + 4 * 4
    with open(table) as stream:
        assert stream.readline().startswith("segment_id,area,b1_mean,b1_max,b1_p5,b1_p95,b2_mean")
    values = [f"STATISTICS={table}", f"OUTPUT={polygons}"]
    assert qgis_process("shepherd:segmentstopolygons", "--", f"SEGMENTS={segments}", *values)
    values = [f"EXTENT={HALF}", f"STATISTICS_TABLE={table}", f"OUTPUT={tmp_path}/c.tif"]
    values.append(f"OUTPUT_TABLE={tmp_path}/c.gpkg")
    clipped = qgis_process("shepherd:clipsegments", "--", f"SEGMENTS={segments}", *values)
    assert 0 < clipped["SEGMENT_COUNT"] < count
    assert sorted(os.listdir(tmp_path)) == ["c.gpkg", "c.tif", "p.gpkg", "t.csv"]
