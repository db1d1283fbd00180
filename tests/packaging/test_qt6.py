"""The plugin's code fits Qt 6, on which QGIS 4 is built, although no QGIS on Qt 6 runs here."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec

import pytest

from tests.packaging import source_names
from tests.packaging.source_names import FILES


def binding(package):
    # Without a display, and in a process of its own: PyQt5 and PyQt6 cannot be loaded together.
    command = [sys.executable, source_names.__file__, package]
    listing = subprocess.run(command, check=True, capture_output=True, text=True)
    return {module: set(names) for module, names in json.loads(listing.stdout).items()}


@pytest.fixture(scope="module")
def qt6():
    return binding("PyQt6")


def missing(path, qt6):
    uses = source_names.uses(path, "qgis.PyQt")
    return [use for use in uses if use.name and use.name not in qt6[use.module]]


def gone(path, removed):
    return [place for place in source_names.other_attributes(path) if place[0] in removed]


@pytest.fixture(scope="module")
def removed(qt6):
    """Attributes that objects of the plugin's classes have in Qt 5 and none has in Qt 6, such as `exec_`."""
    if find_spec("PyQt5") is None:
        pytest.skip("PyQt5 tells what Qt 6 has no more")
    uses = [use for path in FILES for use in source_names.uses(path, "qgis.PyQt")]
    classes = {(use.module, use.name.split(".")[0]) for use in uses if use.name} | {("QtWidgets", "QWidget")}
    all_classes = {(module, name) for module, names in qt6.items() for name in names}
    return attributes(binding("PyQt5"), classes) - attributes(qt6, all_classes)


def attributes(names, classes):
    """Return what can follow a dot behind an object of the classes; an object has no enumerators in Qt 6."""
    split = [(module, *name.split(".", 1)) for module in names for name in names[module] if "." in name]
    return {rest for module, name, rest in split if (module, name) in classes and "." not in rest}


def test_every_name_of_qt_is_in_qt_6(qt6):
    assert [use for path in FILES for use in missing(path, qt6)] == []


def test_no_attribute_is_used_that_qt_6_has_lost(removed):
    assert [place for path in FILES for place in gone(path, removed)] == []


def test_the_search_finds_qt_at_all():
    found = {use.name for path in FILES for use in source_names.uses(path, "qgis.PyQt")}
    assert {"QCoreApplication.translate", "QMessageBox.Icon.Information"} <= found


@pytest.mark.parametrize(
    "code",
    [
        "from qgis.PyQt.QtCore import Qt\nQt.UserRole",
        "from qgis.PyQt.QtCore import QVariant\nQVariant.Int",
        "from qgis.PyQt.QtCore import QRegExp",
        "from qgis.PyQt import QtWidgets\nQtWidgets.QMessageBox.Ok",
    ],
)
def test_names_of_qt_5_are_found(qt6, tmp_path, code):
    (tmp_path / "code.py").write_text(code)
    assert len(missing(tmp_path / "code.py", qt6)) == 1


@pytest.mark.parametrize("code", ["dialog.exec_()", "box.addButton(box.Ok)", "QMenu(parent).exec_()"])
def test_attributes_of_qt_5_are_found(removed, tmp_path, code):
    (tmp_path / "code.py").write_text(code)
    assert len(gone(tmp_path / "code.py", removed)) == 1
