"""The first run of a kind compiles its kernels outside of QGIS; the others load them."""

from __future__ import annotations

import gc
import json

import numpy as np
import pytest
from osgeo import gdal

from shepherd_segmentation.core import SegmentationSpec, StatisticsSpec


@pytest.fixture
def compiled(qgis_app):
    """The module; what is known of compiled kernels is put back afterwards."""
    from shepherd_segmentation.algorithms import compiled

    path = compiled._path()
    before = path.read_bytes() if path.exists() else None
    path.unlink(missing_ok=True)
    yield compiled
    path.unlink(missing_ok=True)
    if before is not None:
        path.write_bytes(before)


@pytest.fixture
def elsewhere(monkeypatch):
    """Note the calls that go to a process of their own; they go there all the same."""
    from shepherd_segmentation.algorithms import engine

    calls, call = [], engine._call_elsewhere

    def noted(name, progress, arguments):
        calls.append(name)
        return call(name, progress, arguments)

    monkeypatch.setattr(engine, "_call_elsewhere", noted)
    return calls


def test_the_first_run_is_in_a_process_of_its_own(compiled, elsewhere, run, image, tmp_path):
    paths = [str(tmp_path / f"{number}.tif") for number in range(3)]
    results = [run("segment", INPUT=image, OUTPUT=path) for path in paths[:2]]
    assert elsewhere == ["segment_with_products"]
    assert results[0]["SEGMENT_COUNT"] == results[1]["SEGMENT_COUNT"]
    labels = [gdal.Open(path).ReadAsArray() for path in paths[:2]]
    assert np.array_equal(*labels)
    run("segment", INPUT=image, SMOOTHING=0.5, OUTPUT=paths[2])
    assert len(elsewhere) == 2


def test_a_failed_run_compiles_again(compiled, elsewhere, run, image, tmp_path):
    from qgis.core import QgsProcessingException

    missing = str(tmp_path / "image.tif")
    gdal.Translate(missing, image, creationOptions=["COMPRESS=NONE"])
    with open(missing, "r+b") as file:
        file.truncate(4000)
    for _ in range(2):
        with pytest.raises(QgsProcessingException):
            run("segment", INPUT=missing, OUTPUT=str(tmp_path / "segments.tif"))
    assert len(elsewhere) == 2


def test_without_a_python_it_is_done_here(compiled, elsewhere, run, image, tmp_path, monkeypatch):
    from shepherd_segmentation.algorithms import engine

    monkeypatch.setattr(engine, "_can_be_elsewhere", lambda arguments: False)
    assert run("segment", INPUT=image, OUTPUT=str(tmp_path / "a.tif"))["SEGMENT_COUNT"] > 0
    assert elsewhere == []


def test_files_that_only_this_process_has_are_used_here(compiled, elsewhere, run, image):
    from qgis.core import QgsRasterLayer

    source, output = "/vsimem/first.tif", "/vsimem/first_labels.tif"
    gdal.Translate(source, image)
    try:
        count = run("segment", INPUT=QgsRasterLayer(source, "in memory"), OUTPUT=output)["SEGMENT_COUNT"]
        assert elsewhere == []
        assert gdal.Open(output).ReadAsArray().max() == count
    finally:
        gdal.Unlink(source)
        gdal.Unlink(output)


def test_what_decides_on_the_kernels(compiled, image):
    spec = SegmentationSpec()
    kind = compiled.kind_of_run("segment_raster", {"input": image, "spec": spec, "mask": None})
    assert "UInt16" in kind
    same = {"input": image, "spec": SegmentationSpec(clusters=9, seed=4), "mask": ""}
    assert compiled.kind_of_run("segment_raster", same) == kind
    others = (
        {"input": image, "spec": SegmentationSpec(smoothing=1.0)},
        {"input": image, "spec": spec, "mask": "mask.tif"},
        {"input": "nothing.tif", "spec": spec},
        {"input": image, "spec": StatisticsSpec(statistics=("median",))},
    )
    assert kind not in [compiled.kind_of_run("segment_raster", other) for other in others]


def test_a_changed_engine_is_compiled_again(compiled):
    compiled.remember("a kind")
    assert compiled.is_compiled("a kind") and not compiled.is_compiled("another")
    compiled.remember("another")
    assert compiled.is_compiled("a kind") and compiled.is_compiled("another")
    content = json.loads(compiled._path().read_text())
    compiled._path().write_text(json.dumps({**content, "engine": "older"}))
    assert not compiled.is_compiled("a kind")
    compiled._path().write_text("[")
    assert not compiled.is_compiled("a kind")


def test_the_collector_rests_once(compiled, monkeypatch):
    monkeypatch.setattr(compiled.CollectorPause, "_is_over", False)
    first = compiled.CollectorPause()
    second = compiled.CollectorPause()
    assert not gc.isenabled()
    second.end()
    assert not gc.isenabled()
    first.end()
    first.end()
    assert gc.isenabled()
    compiled.CollectorPause()
    assert gc.isenabled()
