"""What people are told when statistics, polygons or clipping cannot work."""

from __future__ import annotations

import os

import pytest

HALF = "360630,361630,5350140,5351740 [EPSG:32633]"


@pytest.mark.parametrize(
    ("algorithm", "parameters", "message"),
    [
        ("segmentstatistics", {"STATISTICS": ["average"]}, "“Statistics of every band” is average: give"),
        ("segmentstatistics", {"STATISTICS": []}, "“Statistics of every band” is empty: choose at least"),
        ("segmentstatistics", {"PERCENTILES": "5;x"}, "“Percentiles of every band” is 5;x: give numbers"),
        ("segmentstatistics", {"PERCENTILES": "101"}, "“Percentiles of every band” is 101.0: give numbers"),
        ("segmentstatistics", {"SHAPE": [77]}, "“Shape” is 77: give pixels, area"),
        ("segmentstatistics", {"INPUT": None}, "“Raster to measure” is empty: choose a raster, or"),
        ("segmentstatistics", {"BANDS": [9]}, "“Bands” is 9: the raster has only bands 1 to 4."),
        ("segmentstatistics", {"RESAMPLING": "sharp"}, "“Resampling of rasters on another grid” is sharp"),
        ("segmentstatistics", {"WORKERS": -1}, "“Cores to use” is -1: "),
        ("segmentstatistics", {"TILE_SIZE": 2.5}, "“Tile size” is 2.5: "),
        ("segmentstatistics", {"COMPUTE": "moon"}, "“Where tiles are worked on” is moon: only “local”"),
        ("segmentstatistics", {"OUTPUT": "a.docx"}, "“Statistics table” is a.docx: give a name that ends"),
        ("segmentstopolygons", {"OUTPUT": "a.csv"}, "“Polygons” is a.csv: give a name that ends in .gpkg"),
        ("segmentstopolygons", {"OUTPUT": "/nowhere/a.gpkg"}, "“Polygons” is /nowhere/a.gpkg: the folder"),
        ("segmentstopolygons", {"STATISTICS": "/nowhere/t.csv"}, "/nowhere/t.csv"),
        ("clipsegments", {}, "“Extent” is empty: give an extent, a mask, or both."),
        ("clipsegments", {"EXTENT": "0,9,0,9"}, "it lies outside of the raster"),
        ("clipsegments", {"MASK": "/nowhere/m.gpkg"}, "“Mask” is /nowhere/m.gpkg: it cannot be opened"),
        ("segment", {"STATISTICS_TABLE": "a.docx"}, "“Statistics table” is a.docx: give a name that ends"),
        ("segment", {"POLYGONS": "/nowhere/p.gpkg"}, "“Polygons” is /nowhere/p.gpkg: the folder does not"),
    ],
)
def test_refused_before_the_run(
    registry, image, segments, algorithm, parameters, message, tmp_path, monkeypatch
):
    from qgis.core import QgsProcessingContext

    monkeypatch.chdir(tmp_path)

    given = {"OUTPUT": "TEMPORARY_OUTPUT", "SEGMENTS": segments}
    if algorithm != "segmentstopolygons":
        given["INPUT"] = image
    if "OUTPUT" in parameters and not parameters["OUTPUT"].startswith("/"):
        parameters = {"OUTPUT": parameters["OUTPUT"]}
    checked = registry.algorithmById(f"shepherd:{algorithm}").checkParameterValues(
        {**given, **parameters}, QgsProcessingContext()
    )
    assert not checked[0] and message in checked[1]


def test_outputs_that_are_inputs(registry, image, segments):
    from qgis.core import QgsProcessingContext

    for algorithm in ("segmentstatistics", "segmentstopolygons", "clipsegments"):
        parameters = {"SEGMENTS": segments, "INPUT": [image], "EXTENT": HALF, "OUTPUT": segments}
        _, message = registry.algorithmById(f"shepherd:{algorithm}").checkParameterValues(
            parameters, QgsProcessingContext()
        )
        assert "that is the raster of segments; choose another file." in message


def test_a_table_without_ids(run, segments, tmp_path):
    from qgis.core import QgsProcessingException

    path = tmp_path / "t.csv"
    path.write_text("name,size\nx,1\n")
    with pytest.raises(QgsProcessingException, match="“Statistics table to join” is .*segment_id"):
        run("segmentstopolygons", SEGMENTS=segments, STATISTICS=str(path), OUTPUT=str(tmp_path / "p.gpkg"))
    assert os.listdir(tmp_path) == ["t.csv"]


def test_an_attribute_table_that_no_format_keeps(run, image, segments, tmp_path):
    from qgis.core import QgsProcessingException

    with pytest.raises(QgsProcessingException, match="“Also add the columns .*” is True: .*GTiff"):
        run(
            "segmentstatistics",
            SEGMENTS=segments,
            INPUT=image,
            WRITE_ATTRIBUTE_TABLE=True,
            OUTPUT=str(tmp_path / "t.gpkg"),
        )
    assert os.listdir(tmp_path) == []
