"""The package holds what QGIS needs, and nothing that plugins.qgis.org refuses."""

import configparser
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOP = "shepherd_segmentation/"
DOCS = TOP + "resources/docs/"
#: Upload limit of plugins.qgis.org, with room to grow.
MAX_BYTES = 20_000_000
REQUIRED_METADATA = [
    "name",
    "qgisMinimumVersion",
    "qgisMaximumVersion",
    "description",
    "about",
    "version",
    "author",
    "email",
    "repository",
    "tracker",
    "homepage",
    "icon",
    "license",
    "category",
    "tags",
    "hasProcessingProvider",
]


@pytest.fixture(scope="module")
def package_path(tmp_path_factory):
    target = tmp_path_factory.mktemp("package") / "shepherd_segmentation.zip"
    subprocess.run([sys.executable, ROOT / "scripts" / "package.py", target], check=True)
    return target


@pytest.fixture(scope="module")
def package(package_path):
    with zipfile.ZipFile(package_path) as archive:
        yield archive


@pytest.fixture(scope="module")
def names(package):
    return package.namelist()


@pytest.fixture(scope="module")
def metadata(package):
    # As plugins.qgis.org and QGIS read it: case is kept, and a stray % is an error.
    parser = configparser.ConfigParser()
    parser.optionxform = str
    parser.read_string(package.read(TOP + "metadata.txt").decode("utf-8"))
    return dict(parser.items("general"))


def test_everything_is_in_one_folder(names):
    assert all(name.startswith(TOP) for name in names)


@pytest.mark.parametrize(
    "name",
    [
        "__init__.py",
        "metadata.txt",
        "LICENSE",
        "requirements.txt",
        "resources/icons/shepherd.svg",
        "resources/sample/s2_inn_demo_4band.tif",
        "resources/sample/ATTRIBUTION.md",
    ],
)
def test_needed_files_are_in(names, name):
    assert TOP + name in names


def test_all_code_and_resources_are_in(names):
    folders = ("algorithms", "core", "plugin")
    code = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    resources = [path for path in (ROOT / "resources").rglob("*") if path.is_file()]
    expected = {TOP + path.relative_to(ROOT).as_posix() for path in code + resources}
    # Sidecars that GDAL writes beside a raster that somebody looked at are not resources.
    assert {name for name in expected if not name.endswith(".aux.xml")} <= set(names)


def test_nothing_else_is_in(names):
    for name in names:
        parts = name.split("/")
        # The theme of the documentation has a folder of this name.
        unwanted = {"tests", "scripts", "dist", "demo", "__pycache__", "__MACOSX"}
        assert not unwanted & set(parts) or name.startswith(f"{DOCS}_static/scripts/"), name
        assert not any(part.startswith(".") for part in parts), name


def test_there_are_no_executables(package):
    binary = re.compile(r"\.(pyc|pyo|so|dll|dylib|exe|bat|cmd|ps1|sh|nbi|nbc|whl|jar)$")
    for member in package.infolist():
        assert not binary.search(member.filename), member.filename
        assert not (member.external_attr >> 16) & 0o111, member.filename


def test_it_is_small_enough(package_path):
    assert package_path.stat().st_size < MAX_BYTES


def test_license_is_the_whole_gpl_2(package):
    text = package.read(TOP + "LICENSE").decode("utf-8")
    assert "GNU GENERAL PUBLIC LICENSE" in text
    assert "Version 2, June 1991" in text
    assert "END OF TERMS AND CONDITIONS" in text


@pytest.mark.parametrize("field", REQUIRED_METADATA)
def test_metadata_is_complete(metadata, field):
    assert metadata[field].strip()


def test_metadata_values(metadata):
    assert metadata["qgisMinimumVersion"] == "3.22"
    assert metadata["qgisMaximumVersion"] == "4.99"
    assert metadata["hasProcessingProvider"] == "yes"
    assert metadata["category"] == "Raster"
    assert metadata["plugin_dependencies"] == "qpip"
    assert metadata["experimental"] == "False"
    assert re.fullmatch(r"\d+\.\d+\.\d+", metadata["version"])
    assert re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", metadata["email"])
    assert "/" not in metadata["author"]
    # Compatibility with Qt 6 follows from qgisMaximumVersion; the site dropped the flag.
    assert "supportsQt6" not in metadata


@pytest.mark.parametrize("field", ["repository", "tracker", "homepage"])
def test_metadata_links_are_addresses(metadata, field):
    assert re.fullmatch(r"https://\S+/\S+", metadata[field])


def test_icon_is_in_the_package(metadata, names):
    assert TOP + metadata["icon"] in names


def test_changelog_names_the_version(metadata, package):
    assert metadata["version"] in package.read(TOP + "CHANGELOG.md").decode("utf-8")


def test_same_files_give_the_same_zip(package_path, tmp_path):
    again = tmp_path / "again.zip"
    subprocess.run([sys.executable, ROOT / "scripts" / "package.py", again], check=True)
    assert again.read_bytes() == package_path.read_bytes()


def test_importing_the_package_loads_nothing_heavy():
    code = (
        "import sys, shepherd_segmentation as plugin\n"
        "heavy = {'qgis', 'numba', 'numpy', 'osgeo', 'boto3'} & set(sys.modules)\n"
        "assert callable(plugin.classFactory) and not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_install_links_the_checkout_and_spares_a_real_folder(tmp_path):
    def install():
        environment = {**os.environ, "QGIS_CUSTOM_CONFIG_PATH": str(tmp_path), "PROFILE": "work"}
        script = ROOT / "scripts" / "install.sh"
        return subprocess.run([script], env=environment, capture_output=True, text=True, check=False)

    plugin = tmp_path / "profiles" / "work" / "python" / "plugins" / "shepherd_segmentation"
    assert install().returncode == 0
    assert install().returncode == 0
    assert plugin.is_symlink()
    assert (plugin / "metadata.txt").samefile(ROOT / "metadata.txt")

    plugin.unlink()
    plugin.mkdir()
    (plugin / "precious.txt").touch()
    refused = install()
    assert refused.returncode != 0
    assert "left as it is" in refused.stderr
    assert (plugin / "precious.txt").exists()
