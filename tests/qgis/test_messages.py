"""What people are told when something cannot work: the label, the value, and what to do."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pytest
from osgeo import gdal


@pytest.fixture
def refusal(registry, image, tmp_path):
    """Return what is said before a run starts, or nothing."""
    from qgis.core import QgsProcessingContext, QgsProject

    def call(algorithm="segmenttiled", **parameters):
        context = QgsProcessingContext()
        context.setProject(QgsProject.instance())
        values = {"INPUT": image, "OUTPUT": str(tmp_path / "segments.tif"), **parameters}
        ok, message = registry.algorithmById(f"shepherd:{algorithm}").checkParameterValues(values, context)
        assert ok == (not message)
        return message

    return call


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"CLUSTERS": 0}, "“Number of clusters” is 0: give a whole number from 1 to 4096."),
        ({"CLUSTERS": 5000}, "“Number of clusters” is 5000: give a whole number from 1 to 4096."),
        ({"CLUSTERS": 2.5}, "“Number of clusters” is 2.5: give a whole number from 1 to 4096."),
        ({"CLUSTERS": "many"}, "“Number of clusters” is many: give a number."),
        ({"MIN_SEGMENT_SIZE": 0}, "“Minimum segment size” is 0: "),
        ({"CONNECTIVITY": 6}, "“Connectivity” is 6: give 4 or 8."),
        ({"CONNECTIVITY": "6"}, "“Connectivity” is 6: give 4 or 8."),
        ({"BAND_SCALING": "log"}, "“Band scaling” is log: give none or standardise."),
        ({"MAX_SPECTRAL_DIFFERENCE": -1}, "“Maximum spectral difference” is -1: "),
        ({"MAX_SPECTRAL_DIFFERENCE": "big"}, "“Maximum spectral difference” is big: give a number."),
        ({"SPECTRAL_DISTANCE_PERCENTILE": 101}, "“Percentile for the automatic maximum” is 101: "),
        ({"SMOOTHING": 99}, "“Smoothing before clustering” is 99: give a number from 0 to 25."),
        ({"NODATA": "none"}, "“Nodata value” is none: give a number."),
        ({"SEED": -1}, "“Random seed” is -1: "),
        ({"BANDS": [1, 9]}, "“Bands” is 9: the raster has only bands 1 to 4."),
        ({"BANDS": [0]}, "“Bands” is 0: "),
        ({"BANDS": [2, 2]}, "“Bands” is 2, 2: name every band only once."),
        ({"WORKERS": -1}, "“Cores to use” is -1: give 0, or a whole number from 1 on."),
        ({"MAX_CONCURRENT_READS": -1}, "“Tiles to read at the same time” is -1: "),
        ({"COMPUTE": "moon"}, "“Where tiles are worked on” is moon: give “local” for this computer"),
        ({"OUTPUT": "/nowhere/segments.tif"}, "“Segments” is /nowhere/segments.tif: the folder does not"),
        ({"MASK": "/nowhere/mask.tif"}, "“Mask” is /nowhere/mask.tif: it cannot be opened"),
        ({"INPUT": "/nowhere/image.tif"}, "/nowhere/image.tif not found"),
    ],
)
def test_refused_before_the_run(refusal, parameters, message):
    assert message in refusal(**parameters)


def test_good_parameters_are_not_refused(refusal):
    assert refusal() == ""
    assert refusal(MAX_SPECTRAL_DIFFERENCE=float("inf"), CONNECTIVITY=8, BANDS=[1, 2], NODATA=None) == ""
    assert refusal(OUTPUT="TEMPORARY_OUTPUT", MASK=None, NODATA="", WORKSPACE="") == ""


def test_output_equals_input(refusal, image):
    assert "that is the input" in refusal(OUTPUT=image)
    detour = os.path.join(os.path.dirname(image), ".", os.path.basename(image))
    assert "that is the input" in refusal(OUTPUT=detour)


def test_a_chosen_output_object(refusal, image):
    from qgis.core import QgsProcessingOutputLayerDefinition

    assert "that is the input" in refusal(OUTPUT=QgsProcessingOutputLayerDefinition(image))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(refusal, tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    assert "cannot be written to" in refusal(OUTPUT=str(folder / "segments.tif"))


def test_a_mask_of_lines(refusal):
    from qgis.core import QgsVectorLayer

    lines = QgsVectorLayer("LineString?crs=EPSG:32633", "roads", "memory")
    assert refusal(MASK=lines)


def test_a_workspace_that_is_a_file(refusal, image):
    assert "that is a file; choose a folder" in refusal(WORKSPACE=image)


def test_an_extent_elsewhere(refusal):
    message = refusal("segment", EXTENT="0,10,0,10 [EPSG:32633]")
    assert message.startswith("“Extent” is 0.00,0.00 : 10.00,10.00: it lies outside of the raster")


def test_complex_numbers(refusal, tmp_path):
    path = str(tmp_path / "complex.tif")
    gdal.GetDriverByName("GTiff").Create(path, 5, 5, 2, gdal.GDT_CFloat32)
    assert "“Bands” is 1: it holds complex numbers" in refusal(INPUT=path)


def test_a_layer_that_gdal_cannot_read(refusal, qgis_app):
    from qgis.core import QgsRasterLayer

    url = "type=xyz&url=https://example.org/{z}/{x}/{y}.png&zmax=1&zmin=0"
    tiles = QgsRasterLayer(url, "Map tiles", "wms")
    assert tiles.isValid()
    assert "“Raster to segment” is Map tiles: this layer comes from the provider “wms”" in refusal(
        INPUT=tiles
    )


def test_a_truncated_file(run, image, tmp_path):
    from qgis.core import QgsProcessingException

    broken, output = str(tmp_path / "broken.tif"), tmp_path / "out" / "segments.tif"
    output.parent.mkdir()
    gdal.Translate(broken, image, creationOptions=["COMPRESS=NONE"])
    os.truncate(broken, os.path.getsize(broken) // 2)
    with pytest.raises(QgsProcessingException, match=r"broken\.tif"):
        run("segmenttiled", INPUT=broken, TILE_SIZE=64, OUTPUT=str(output))
    assert os.listdir(output.parent) == []


def test_a_workspace_of_another_run(run, image, tmp_path):
    from qgis.core import QgsProcessingException

    settings = {"INPUT": image, "WORKSPACE": str(tmp_path / "work"), "OUTPUT": str(tmp_path / "a.tif")}
    run("segmenttiled", **settings)
    with pytest.raises(QgsProcessingException, match="(?i)workspace"):
        run("segmenttiled", CLUSTERS=10, **settings)


def test_an_unknown_format(run, image, tmp_path):
    from qgis.core import QgsProcessingException

    with pytest.raises(QgsProcessingException, match="segments"):
        run("segment", INPUT=image, OUTPUT=str(tmp_path / "segments.docx"))
    assert os.listdir(tmp_path) == []


def test_no_valid_pixel(run, image, tmp_path):
    path, output = str(tmp_path / "empty.tif"), str(tmp_path / "segments.tif")
    shutil.copy(image, path)
    dataset = gdal.Open(path, gdal.GA_Update)
    dataset.WriteArray(np.zeros((4, 160, 200), np.uint16))
    dataset.GetRasterBand(1).SetNoDataValue(0)
    del dataset
    assert run("segment", INPUT=path, OUTPUT=output)["SEGMENT_COUNT"] == 0
    assert "nothing to segment" in run.log


@pytest.mark.parametrize("algorithm", ["segment", "segmenttiled"])
def test_segments_as_the_image(run, image, segments, tmp_path, algorithm):
    output = str(tmp_path / "segments.tif")
    run(algorithm, INPUT=segments, OUTPUT=output)
    assert "segments” is a result" in run.log
    assert "Choose the image itself as “Raster to segment”." in run.log
    run(algorithm, INPUT=image, OUTPUT=output)
    assert "is a result" not in run.log
