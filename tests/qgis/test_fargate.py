"""Runs on AWS Fargate in scripts and models: the same labels, and nothing left behind."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tests.qgis.fargate import NAME, SEGMENTATION, labels_of
from tests.qgis.test_task import Watched

pytest_plugins = ["tests.qgis.fargate_fixtures"]


def test_a_script(office, run, image, expected, tmp_path):
    office.delay(11, 2.5)
    output, table = str(tmp_path / "there.tif"), str(tmp_path / "there.csv")
    outputs = {"OUTPUT": output, "STATISTICS_TABLE": table}
    results = run("segmenttiled", INPUT=image, **SEGMENTATION, WORKERS=2, COMPUTE=NAME, **outputs)
    assert Path(table).read_text().count("\n") == expected.max() + 1
    assert np.array_equal(labels_of(output), expected)
    assert results["SEGMENT_COUNT"] == expected.max()
    assert office.left() == []
    said = run.log.replace("\u00a0", " ")
    for words in (
        r"12 tiles of 64 x 64 pixels on 2 workers of 1 vCPU and 4 GB \(.*? needed\)",
        r"and a coordinator of 1 vCPU and 2 GB",
        r"About \d+ min and .* US dollars",
        r"Starting a coordinator and 2 worker",
        r"Segmenting tiles: \d+ of 12 tiles done, \d+ running; [0-2] of 2 workers",
        r"Fetching the raster",
        r"Stage +Seconds +Share",
        r"Uploading +\d",
        r"365 segments",
    ):
        found = re.search(words, said)
        assert found, words
        # The next one comes later.
        said = said[found.end() :]


def test_an_image_in_the_bucket(office, run, image, expected, tmp_path):
    from qgis.core import QgsRasterLayer

    office.cloud.client("s3").upload_file(image, office.profile["bucket"], "data/inn.tif")
    layer = QgsRasterLayer(f"/vsis3/{office.profile['bucket']}/data/inn.tif", "in the bucket")
    output = str(tmp_path / "there.tif")
    run("segmenttiled", INPUT=layer, **SEGMENTATION, COMPUTE=NAME, OUTPUT=output)
    assert np.array_equal(labels_of(output), expected)
    assert "This computer sends" not in run.log
    assert office.left() == []


@pytest.fixture
def model(plugin):
    """A model whose first step has a plain name, and whose second one an input of the model."""
    from qgis.core import (
        QgsProcessingModelAlgorithm,
        QgsProcessingModelParameter,
        QgsProcessingParameterRasterLayer,
        QgsProcessingParameterString,
    )

    made = QgsProcessingModelAlgorithm("model", "tests")
    for parameter in (
        QgsProcessingParameterRasterLayer("image", "Image"),
        QgsProcessingParameterString("where", "Where", "local"),
    ):
        made.addModelParameter(parameter, QgsProcessingModelParameter(parameter.name()))
    made.addChildAlgorithm(step("plain", value=NAME))
    made.addChildAlgorithm(step("asked", parameter="where"))
    made.updateDestinationParameters()
    return made


def step(name, value=None, parameter=None):
    from qgis.core import QgsProcessingModelChildAlgorithm, QgsProcessingModelOutput
    from qgis.core import QgsProcessingModelChildParameterSource as Source

    child = QgsProcessingModelChildAlgorithm("shepherd:segmenttiled")
    child.setChildId(name)
    child.addParameterSources("INPUT", [Source.fromModelParameter("image")])
    for key, number in SEGMENTATION.items():
        child.addParameterSources(key, [Source.fromStaticValue(number)])
    source = Source.fromModelParameter(parameter) if parameter else Source.fromStaticValue(value)
    child.addParameterSources("COMPUTE", [source])
    output = QgsProcessingModelOutput(name, name)
    output.setChildId(name)
    output.setChildOutputName("OUTPUT")
    child.setModelOutputs({name: output})
    return child


@pytest.mark.usefixtures("keys")
def test_a_saved_model_in_the_background(office, model, image, expected, tmp_path):
    from qgis.core import QgsProcessingModelAlgorithm

    path = str(tmp_path / "model.model3")
    assert model.toFile(path)
    opened = QgsProcessingModelAlgorithm()
    assert opened.fromFile(path)
    outputs = [definition.name() for definition in opened.destinationParameterDefinitions()]
    paths = {name: str(tmp_path / f"{number}.tif") for number, name in enumerate(outputs)}
    # A model that is not stored anywhere is in no registry.
    registry = SimpleNamespace(algorithmById=lambda name: opened)
    watched = Watched(registry, "model", {"image": image, "where": NAME, **paths})
    watched.wait(seconds=170)
    assert watched.outcome[0], watched.feedback.textLog()
    assert len(paths) == 2
    for path in paths.values():
        assert np.array_equal(labels_of(path), expected)
    assert len(office.cloud.tasks("coordinator")) == 2
    assert office.left() == []


def test_a_job_is_left_running_and_collected(office, run, image, expected, tmp_path):
    output = tmp_path / "there.tif"
    results = run(
        "segmenttiled", INPUT=image, **SEGMENTATION, COMPUTE=NAME, LEAVE_JOB=True, OUTPUT=str(output)
    )
    assert results == {} and not output.exists()
    assert "goes on at AWS without this computer" in run.log
    (job,) = office.jobs()
    assert office.states() == ["running"]
    assert run("collectjob", PROFILE=NAME, JOB=job, LIST=None)["OUTPUT"] == str(output)
    assert np.array_equal(labels_of(output), expected)
    assert office.left() == []


@pytest.fixture
def refusal(run, image, tmp_path):
    """Return what is said instead of a run."""
    from qgis.core import QgsProcessingException

    def call(algorithm, **parameters):
        with pytest.raises(QgsProcessingException) as caught:
            run(algorithm, **{"INPUT": image, "OUTPUT": str(tmp_path / "there.tif"), **parameters})
        return str(caught.value)

    return call


def test_what_cannot_work_is_told_before_anything_runs(office, refusal, monkeypatch):
    unknown = refusal("segmenttiled", COMPUTE="Büro 2")
    assert "“Where tiles are worked on” is Büro 2: give “local” for this computer" in unknown
    assert f"“{NAME}”" in unknown and "Settings > Options" in unknown
    assert "choose one" in refusal("collectjob", PROFILE="Büro 2")
    assert "There is no job 0123 in the bucket" in refusal("collectjob", PROFILE=NAME, JOB="0123", LIST=None)
    assert "choose a Fargate profile" in refusal("segmenttiled", LEAVE_JOB=True)
    left = refusal("segmenttiled", COMPUTE=NAME, LEAVE_JOB=True, POLYGONS="TEMPORARY_OUTPUT")
    assert "“Polygons” is made on this computer" in left
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "boto3", None)
        for said in (refusal("segmenttiled", COMPUTE=NAME), refusal("collectjob", PROFILE=NAME)):
            assert "boto3 is missing" in said and "python3-boto3" in said
    assert office.left() == [] and office.cloud.tasks() == []
