"""Fixtures of the tests that run on an emulated AWS from QGIS."""

from __future__ import annotations

import pytest

from tests.aws.cloud import PACE, Cloud
from tests.qgis.fargate import NAME, SECRET, SEGMENTATION, Office, labels_of


@pytest.fixture(scope="session")
def fargate(tmp_path_factory):
    """One AWS for all modules, and its profile."""
    cloud = Cloud(tmp_path_factory.mktemp("fargate"))
    try:
        yield cloud, cloud.furnish()
    finally:
        cloud.close()


@pytest.fixture
def office(fargate, plugin, monkeypatch, tmp_path):
    """The AWS without faults; its profile is in the settings, and this process uses it."""
    from qgis.core import QgsSettings

    from shepherd_segmentation.plugin.profiles import store

    found = Office.of(*fargate, tmp_path / "journal")
    for name, value in found.variables().items():
        monkeypatch.setenv(name, value)
    # Everything is looked at more often than in real life.
    monkeypatch.setattr("shepherd_segmentation.core.aws.client.Pace", lambda: PACE)
    store.store_profiles({NAME: found.profile})
    yield found
    QgsSettings().remove(store.GROUP)
    found.cloud.control("clear")


@pytest.fixture(scope="session")
def expected_file(plugin, image, tmp_path_factory):
    """The raster of a local run."""
    from qgis import processing

    path = str(tmp_path_factory.mktemp("here") / "here.tif")
    processing.run("shepherd:segmenttiled", {"INPUT": image, **SEGMENTATION, "OUTPUT": path})
    return path


@pytest.fixture(scope="session")
def expected(expected_file):
    """The labels of a local run."""
    return labels_of(expected_file)


@pytest.fixture
def keys(office, monkeypatch):
    """The profile's keys are in the authentication database, and nowhere else."""
    from qgis.core import QgsApplication, QgsAuthMethodConfig

    from shepherd_segmentation.plugin.profiles import store

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    manager = QgsApplication.authManager()
    assert manager.setMasterPassword("tests", True)
    config = QgsAuthMethodConfig("Basic")
    config.setName("AWS")
    config.setConfig("username", "AKIDCLIENT")
    config.setConfig("password", SECRET)
    assert manager.storeAuthenticationConfig(config)
    store.store_profiles({NAME: {**office.profile, "auth_config": config.id()}})
    yield
    manager.removeAuthenticationConfig(config.id())
