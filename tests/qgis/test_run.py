"""The algorithms through `processing.run`, with the layers that people have."""

from __future__ import annotations

import json
import os
import zipfile

import numpy as np
import pytest
from osgeo import gdal

from tests.core.data import golden_case, scene_path

UTM = "EPSG:32633"
HALF = (360630, 5350140, 361630, 5351740)  # left half of the image, in its CRS


def read(path):
    return gdal.Open(str(path)).ReadAsArray()


@pytest.fixture
def output(tmp_path):
    return str(tmp_path / "segments.tif")


@pytest.fixture(scope="session")
def plain(plugin, image, tmp_path_factory):
    """Labels with the default parameters."""
    from qgis import processing

    path = str(tmp_path_factory.mktemp("plain") / "plain.tif")
    processing.run("shepherd:segment", {"INPUT": image, "OUTPUT": path})
    return read(path)


def test_segment(run, image, output):
    from qgis.core import QgsRasterLayer

    results = run("segment", INPUT=image, OUTPUT=output)
    labels, layer = read(output), QgsRasterLayer(output)
    assert set(results) == {"OUTPUT", "SEGMENT_COUNT", "MAX_SPECTRAL_DIFFERENCE"}
    assert results["OUTPUT"] == output
    assert np.unique(labels).tolist() == list(range(1, results["SEGMENT_COUNT"] + 1))
    assert results["MAX_SPECTRAL_DIFFERENCE"] > 0
    assert layer.crs().authid() == UTM
    assert layer.extent() == QgsRasterLayer(image).extent()
    assert layer.dataProvider().sourceNoDataValue(1) == 0
    assert "Elimination" in run.log


def test_segmenttiled_gives_the_same(run, image, output, plain):
    run("segmenttiled", INPUT=image, OUTPUT=output, TILE_SIZE=64, WORKERS=2)
    assert np.array_equal(read(output), plain)


@pytest.mark.parametrize("algorithm", ["segment", "segmenttiled"])
def test_a_temporary_output(run, image, plain, algorithm):
    results = run(algorithm, INPUT=image, OUTPUT="TEMPORARY_OUTPUT")
    assert np.array_equal(read(results["OUTPUT"]), plain)


def test_all_parameters_arrive(run, image, output):
    run(
        "segment",
        INPUT=image,
        BANDS=[4, 2],
        CLUSTERS=30,
        MIN_SEGMENT_SIZE=20,
        CONNECTIVITY="8",
        MAX_SPECTRAL_DIFFERENCE=500,
        SPECTRAL_DISTANCE_PERCENTILE=25,
        BAND_SCALING="standardise",
        SMOOTHING=0.5,
        NODATA=7,
        SAMPLE_SIZE=10_000,
        SEED=3,
        OUTPUT=output,
    )
    assert json.loads(gdal.Open(output).GetMetadata()["SHEPHERD_PARAMETERS"]) == {
        "bands": [4, 2],
        "clusters": 30,
        "min_segment_size": 20,
        "connectivity": 8,
        "max_spectral_difference": 500,
        "spectral_distance_percentile": 25,
        "band_scaling": "standardise",
        "smoothing": 0.5,
        "nodata": 7,
        "sample_size": 10_000,
        "seed": 3,
    }


@pytest.mark.parametrize(
    ("values", "meant"),
    [
        (("8", 8, 1, "1"), {"CONNECTIVITY": "8"}),
        (("4", 4, 0, "0", None, ""), {"CONNECTIVITY": "4"}),
        (("standardise", 1, "1"), {"BAND_SCALING": "standardise"}),
        (("none", 0, "0", None), {"BAND_SCALING": "none"}),
    ],
)
def test_choices_may_be_names_or_positions(registry, image, values, meant):
    from qgis.core import QgsProcessingContext

    algorithm, context = registry.algorithmById("shepherd:segment").create(), QgsProcessingContext()
    (name, text), *_ = meant.items()
    for value in values:
        parameters = {"INPUT": image, name: value, "OUTPUT": "TEMPORARY_OUTPUT"}
        assert algorithm.checkParameterValues(parameters, context) == (True, "")
        assert str(getattr(algorithm.spec(parameters, context), name.lower())) == text


def test_a_position_gives_the_same_as_a_name(run, image, tmp_path):
    paths = [str(tmp_path / f"{kind}.tif") for kind in ("text", "number", "position")]
    for path, value in zip(paths, ("8", 8, 1)):
        run("segment", INPUT=image, CONNECTIVITY=value, OUTPUT=path)
    assert np.array_equal(read(paths[0]), read(paths[1]))
    assert np.array_equal(read(paths[0]), read(paths[2]))


def test_no_limit(run, image, output, plain):
    limited = plain.max()
    results = run("segment", INPUT=image, MAX_SPECTRAL_DIFFERENCE=float("inf"), OUTPUT=output)
    assert results["SEGMENT_COUNT"] <= limited
    assert np.bincount(read(output).ravel())[1:].min() >= 50


def test_creation_options(run, image, output):
    run("segment", INPUT=image, CREATION_OPTIONS="COMPRESS=LZW|TILED=NO", OUTPUT=output)
    dataset = gdal.Open(output)
    assert dataset.GetMetadataItem("COMPRESSION", "IMAGE_STRUCTURE") == "LZW"
    assert dataset.GetRasterBand(1).GetBlockSize()[0] == dataset.RasterXSize


def test_creation_options_with_spaces(registry):
    from qgis.core import QgsProcessingContext

    algorithm = registry.algorithmById("shepherd:segment").create()
    context = QgsProcessingContext()
    for text in ("A=1|B=2", "A=1 B=2", " A=1 | B=2 |"):
        assert algorithm.creation_options({"CREATION_OPTIONS": text}, context) == ["A=1", "B=2"]
    assert algorithm.creation_options({"CREATION_OPTIONS": ""}, context) is None


def test_an_extent_is_a_part_of_the_grid(run, image, output):
    run("segment", INPUT=image, EXTENT="360630,361630,5350140,5351740 [EPSG:32633]", OUTPUT=output)
    dataset = gdal.Open(output)
    whole = gdal.Open(image).GetGeoTransform()
    part = dataset.GetGeoTransform()
    assert (dataset.RasterXSize, dataset.RasterYSize) == (100, 160)
    assert part == whole


def test_an_extent_in_another_crs(run, image, output):
    from qgis.core import QgsCoordinateReferenceSystem as Crs
    from qgis.core import QgsCoordinateTransform, QgsProject, QgsRectangle, QgsReferencedRectangle

    to_degrees = QgsCoordinateTransform(Crs(UTM), Crs("EPSG:4326"), QgsProject.instance())
    degrees = to_degrees.transformBoundingBox(QgsRectangle(*HALF))
    run("segment", INPUT=image, EXTENT=QgsReferencedRectangle(degrees, Crs("EPSG:4326")), OUTPUT=output)
    dataset = gdal.Open(output)
    assert 100 <= dataset.RasterXSize < 110
    assert dataset.RasterYSize == 160


def test_an_extent_of_an_image_without_georeference(run, image, tmp_path):
    source, output = str(tmp_path / "plain.tif"), str(tmp_path / "part.tif")
    values = read(image)
    dataset = gdal.GetDriverByName("GTiff").Create(source, 200, 160, 4, gdal.GDT_UInt16)
    dataset.WriteArray(values)
    del dataset
    # QGIS shows such an image below the x axis: these are its first 40 rows.
    run("segment", INPUT=source, EXTENT="0,200,-40,0", OUTPUT=output)
    assert read(output).shape == (40, 200)
    other = str(tmp_path / "other.tif")
    gdal.Translate(other, image, srcWin=[0, 0, 200, 40])
    run("segment", INPUT=source, EXTENT="0,200,-160,-140", OUTPUT=other)
    assert read(other).shape == (20, 200)


@pytest.mark.parametrize("name", ["l7_olinda_6band.tif", "naip_nd_2017_4band.tif"])
def test_other_scenes(run, output, name):
    results = run("segmenttiled", INPUT=str(scene_path(name)), TILE_SIZE=256, OUTPUT=output)
    assert results["SEGMENT_COUNT"] == read(output).max() > 10


def test_a_file_in_an_archive(run, image, tmp_path, plain):
    from qgis.core import QgsRasterLayer

    packed = tmp_path / "image.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(image, "inn.tif")
    layer = QgsRasterLayer(f"/vsizip/{packed}/inn.tif")
    results = run("segment", INPUT=layer, OUTPUT=str(tmp_path / "segments.tif"))
    assert np.array_equal(read(results["OUTPUT"]), plain)


def test_a_table_of_a_geopackage(run, image, tmp_path):
    from qgis.core import QgsRasterLayer

    package = str(tmp_path / "image.gpkg")
    options = {"format": "GPKG", "creationOptions": ["RASTER_TABLE=inn", "TILE_FORMAT=PNG"]}
    gdal.Translate(package, image, bandList=[1, 2, 3], outputType=gdal.GDT_Byte, **options)
    layer = QgsRasterLayer(f"GPKG:{package}:inn")
    results = run("segment", INPUT=layer, MIN_SEGMENT_SIZE=5, OUTPUT=str(tmp_path / "segments.tif"))
    assert results["SEGMENT_COUNT"] > 10


def test_golden_labels_need_the_golden_centres(run, output):
    """The clusters are fitted anew here, so that only the size of the result can be compared."""
    case = golden_case("inn_k60_min50")
    results = run("segment", INPUT=str(scene_path("s2_inn_demo_4band.tif")), OUTPUT=output)
    assert results["SEGMENT_COUNT"] == pytest.approx(int(case.labels.max()), rel=0.1)


def test_a_workspace_is_resumed(run, image, output, tmp_path, plain):
    workspace = str(tmp_path / "work")
    for _ in range(2):
        os.path.exists(output) and os.remove(output)
        run("segmenttiled", INPUT=image, TILE_SIZE=64, WORKSPACE=workspace, OUTPUT=output)
        assert np.array_equal(read(output), plain)
    assert os.listdir(workspace)


def test_nothing_else_is_left(run, image, output, temporary_files):
    run("segmenttiled", INPUT=image, TILE_SIZE=64, OUTPUT=output)
    assert temporary_files() == set()
    assert os.listdir(os.path.dirname(output)) == ["segments.tif"]
