"""Fargate profiles in QGIS: kept without secrets, chosen by name, and used on an emulated AWS."""

from __future__ import annotations

import json

import numpy as np
import pytest
from osgeo import gdal

pytest.importorskip("boto3")
pytest.importorskip("moto")

from tests.aws.cloud import Cloud  # noqa: E402

VALUES = {
    "name": "Büro",
    "region": "eu-central-1",
    "bucket": "office-jobs",
    "image": "image",
    "task_role_arn": "arn:aws:iam::123456789012:role/task",
    "execution_role_arn": "arn:aws:iam::123456789012:role/execution",
    "subnets": ["subnet-0a"],
    "security_groups": ["sg-0c"],
}


@pytest.fixture
def store(qgis_app):
    """The module; what a test stores is forgotten."""
    from qgis.core import QgsSettings

    from shepherd_segmentation.plugin.profiles import store

    yield store
    QgsSettings().remove(store.GROUP)


@pytest.fixture
def refusal(registry, image, tmp_path):
    """Return what is said before a run starts."""
    from qgis.core import QgsProcessingContext

    def call(name, **parameters):
        values = {"INPUT": image, "OUTPUT": str(tmp_path / "segments.tif"), **parameters}
        algorithm = registry.algorithmById(f"shepherd:{name}")
        return algorithm.checkParameterValues(values, QgsProcessingContext())[1]

    return call


def test_profiles_are_kept(store):
    assert store.stored_profiles() == {}
    store.store_profiles({"Büro": VALUES, "anders": {**VALUES, "name": "anders"}})
    assert list(store.stored_profiles()) == ["anders", "Büro"]
    assert store.find_profile("Büro").subnets == ("subnet-0a",)


def test_a_profile_never_holds_a_secret(store):
    from qgis.core import QgsSettings

    from shepherd_segmentation.core.errors import ShepherdError

    store.store_profiles({"Büro": store.import_profiles_from([VALUES])[0].to_dict()})
    stored = QgsSettings().value(f"{store.GROUP}/profiles")
    assert "secret" not in stored and "token" not in stored
    with pytest.raises(ShepherdError, match="must not hold secrets"):
        store.import_profiles_from([{**VALUES, "aws_secret_access_key": "x"}])


@pytest.mark.parametrize(
    ("name", "problem"),
    [("", "a name"), ("Local", "this computer"), ("büro", "Another"), ("Büro 2", ""), ("anders", "")],
)
def test_names(store, name, problem):
    found = store.check_name(name, {"Büro": VALUES, "anders": VALUES}, "anders")
    assert problem in found and bool(found) == bool(problem)
    assert store.free_name("Büro", {"Büro": VALUES}) == "Büro 2"
    assert store.free_name("Büro 2", {"Büro": VALUES, "Büro 2": VALUES}) == "Büro 3"
    assert store.free_name("Büro 2", {}) == "Büro 2"


def test_export_and_import(store, tmp_path):
    from shepherd_segmentation.core.errors import ShepherdError

    path = tmp_path / "profiles ä.json"
    store.export_profiles({"Büro": VALUES}, str(path))
    assert json.loads(path.read_text(encoding="utf-8")) == VALUES
    (found,) = store.import_profiles(str(path))
    assert found.name == "Büro"
    store.export_profiles({"a": VALUES, "b": VALUES}, str(path))
    assert len(store.import_profiles(str(path))) == 2
    for text, message in (("{", "export them again"), ("{}", "is missing"), ("[1]", "JSON object")):
        path.write_text(text)
        with pytest.raises(ShepherdError, match=message):
            store.import_profiles(str(path))
    with pytest.raises(ShepherdError, match="cannot be read"):
        store.import_profiles(str(tmp_path / "nowhere.json"))
    with pytest.raises(ShepherdError, match="cannot be written"):
        store.export_profiles({"a": VALUES}, str(tmp_path / "nowhere" / "a.json"))


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        ({}, {}),
        ({"cpu": "3 vCPU"}, {"cpu": "no such size"}),
        ({"cpu": "1 vCPU", "memory": "64 GB"}, {"memory": "does not offer this pair"}),
        ({"cpu": "1 vCPU", "memory": "8 GB"}, {}),
        ({"memory": "much"}, {"memory": "Write MiB or GB"}),
        ({"region": "Frankfurt", "bucket": "B"}, {"region": "such as", "bucket": "S3 bucket"}),
        ({"subnets": [], "image": ""}, {"subnets": "needed", "image": "needed"}),
        ({"subnets": ["net-1"]}, {"subnets": "one or more ids"}),
        ({"ephemeral_storage": 5}, {"ephemeral_storage": "21 to 200"}),
        ({"max_cost": 0.0}, {"max_cost": "above 0"}),
        ({"tags": {"aws:x": "1"}}, {"tags": "must not start with 'aws:'"}),
    ],
)
def test_every_field_is_judged_on_its_own(qgis_app, change, problems):
    from shepherd_segmentation.core.aws.field_problems import missing_of, problems_of

    values = {**VALUES, "cpu": "4 vCPU", "memory": "16 GB", **change}
    found = {**problems_of(values), **dict.fromkeys(missing_of(values), "This is needed.")}
    assert set(found) == set(problems), found
    assert all(words in found[key] for key, words in problems.items()), found


@pytest.fixture
def edited(store):
    """Make a profile dialog, press OK, and return the profile."""
    from qgis.PyQt import sip

    from shepherd_segmentation.plugin.profiles.dialog import ProfileDialog

    made = []

    def edit(*arguments, **change):
        made.append(ProfileDialog(*arguments))
        for key, value in change.items():
            made[-1].fields[key].put(value)
        made[-1].accept()
        return made[-1].profile

    yield edit
    # Not left to Python, which would do it after the application is gone.
    for window in made:
        sip.delete(window)


def test_the_dialog_gives_back_what_it_was_given(edited):
    from shepherd_segmentation.core.aws.profile import FargateProfile

    given = FargateProfile.from_dict(
        {
            **VALUES,
            "aws_profile": "work",
            "cpu": "2 vCPU",
            "memory": "5GB",
            "spot": True,
            "assign_public_ip": False,
            "tags": {"project": "a b", "owner": "me"},
            "ephemeral_storage": 40,
            "max_hours": 1.5,
        }
    )
    assert edited(given.to_dict(), {"Büro": given.to_dict()}, "Büro") == given


def test_a_damaged_profile_can_be_mended(store, edited):
    from qgis.PyQt import sip

    from shepherd_segmentation.plugin.profiles.list_widget import ProfilesWidget

    damaged = {**VALUES, "workers": "many", "tags": "none", "max_cost": None, "subnets": 3, "new": 1}
    store.store_profiles({"Büro": damaged, "anders": {**VALUES, "name": "anders"}})
    widget = ProfilesWidget()
    assert [widget.list.item(row).icon().isNull() for row in range(2)] == [True, False]
    assert "new: a Fargate profile has no such entry" in widget.list.item(1).toolTip()
    profile = edited(damaged, widget.profiles, "Büro", subnets=VALUES["subnets"])
    assert (profile.workers, profile.max_cost, profile.tags) == (10, 20.0, {})
    sip.delete(widget)


def test_an_export_that_fails_leaves_the_file_that_was_there(store, tmp_path):
    from shepherd_segmentation.core.errors import ShepherdError

    path = tmp_path / "profiles.json"
    path.mkdir()
    (path / "precious").touch()
    with pytest.raises(ShepherdError, match="cannot be written"):
        store.export_profiles({"a": VALUES}, str(path))
    assert [item.name for item in tmp_path.rglob("*")] == ["profiles.json", "precious"]


def test_a_profile_that_cannot_be_used_is_refused_before_the_run(store, refusal, tmp_path):
    assert "there is none yet" in refusal("segmenttiled", COMPUTE="Büro")
    store.store_profiles({"Büro": VALUES, "damaged": {**VALUES, "region": "moon"}})
    assert refusal("segmenttiled", COMPUTE="Büro") == ""
    assert "“Büro”" in refusal("segmenttiled", COMPUTE="office")
    assert "region = 'moon'" in refusal("segmenttiled", COMPUTE="damaged")
    assert "leave it empty" in refusal("segmenttiled", COMPUTE="Büro", WORKSPACE=str(tmp_path))
    assert "“Fargate profile” is office" in refusal("collectjob", PROFILE="office")
    assert "give collect, watch or delete" in refusal("collectjob", PROFILE="Büro", ACTION="eat")
    assert refusal("collectjob", PROFILE="Büro") == ""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    emulated = Cloud(tmp_path_factory.mktemp("cloud"))
    yield emulated
    emulated.close()


@pytest.fixture(scope="module")
def cloud_profile(cloud):
    return cloud.furnish()


@pytest.fixture
def profile(store, cloud, cloud_profile, monkeypatch, tmp_path):
    """A profile of the emulated AWS, whose keys are in the authentication database."""
    from qgis.core import QgsApplication, QgsAuthMethodConfig

    for name, value in cloud.environment().items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("SHEPHERD_JOURNAL", str(tmp_path / "journal"))
    manager = QgsApplication.authManager()
    manager.setMasterPassword("tests", True)
    config = QgsAuthMethodConfig("Basic")
    config.setName("AWS")
    config.setConfig("username", "AKIDCLIENT")
    config.setConfig("password", "client-secret")
    assert manager.storeAuthenticationConfig(config)
    config_id = config.id()
    store.store_profiles({"cloud": {**cloud_profile.to_dict(), "auth_config": config_id}})
    yield "cloud"
    manager.removeAuthenticationConfig(config_id)


def test_the_profile_is_tested(store, profile, cloud_profile):
    from shepherd_segmentation.core.aws import CredentialsError
    from shepherd_segmentation.plugin.profiles.credentials import keys_of
    from shepherd_segmentation.plugin.profiles.probe import probe

    found = store.find_profile(profile)
    assert "works" in probe(found, keys_of([found.auth_config]))
    with pytest.raises(CredentialsError, match="No AWS credentials were found"):
        probe(cloud_profile)


def test_a_run_on_aws_gives_the_same_labels(profile, cloud, run, image, tmp_path):
    here, there = str(tmp_path / "here.tif"), str(tmp_path / "there.tif")
    run("segmenttiled", INPUT=image, TILE_SIZE=100, OUTPUT=here)
    results = run("segmenttiled", INPUT=image, TILE_SIZE=100, COMPUTE=profile, WORKERS=1, OUTPUT=there)
    assert np.array_equal(*(gdal.Open(path).ReadAsArray() for path in (here, there)))
    assert results["SEGMENT_COUNT"] > 0
    assert "client-secret" not in run.log
    listing = run("collectjob", PROFILE=profile, LIST=str(tmp_path / "jobs.html"))
    assert listing["JOB_COUNT"] == 0 and "no jobs" in (tmp_path / "jobs.html").read_text()
    assert cloud.leftovers() == []


def test_keys_reach_a_separate_process_by_pipe(store, profile, run, cloud_profile):
    from shepherd_segmentation.core.aws import FargateCompute, Keys
    from shepherd_segmentation.core.engine_process.messages import dump, load
    from shepherd_segmentation.plugin.settings import SEPARATE_PROCESS, Settings

    compute = FargateCompute(cloud_profile, Keys({"a": ("id", "secret", None)}))
    assert "secret" not in repr(compute)
    passed = load(dump({"compute": compute}))["compute"]
    assert passed.profile == cloud_profile
    assert passed.keys("a") == ("id", "secret", None)
    Settings(engine_place=SEPARATE_PROCESS).save()
    assert run("collectjob", PROFILE=profile, LIST=None)["JOB_COUNT"] == 0


def test_a_job_that_is_not_there(profile, run):
    from qgis.core import QgsProcessingException

    for action in ("collect", "watch", "delete"):
        with pytest.raises(QgsProcessingException, match="There is no job 0123"):
            run("collectjob", PROFILE=profile, JOB="0123", ACTION=action, OUTPUT=None, LIST=None)
