"""The plugin uses what this QGIS has, in the form that Qt 6 keeps, and nothing that is deprecated."""

from __future__ import annotations

import enum
import importlib

import pytest

from tests.packaging.source_names import FILES, other_attributes, uses

MODULES = ("core", "gui", "analysis")


def resolve(module, name):
    """Return the values of `A`, `A.B` and `A.B.C`."""
    values = [importlib.import_module(f"qgis.{module}")]
    for part in name.split("."):
        values.append(getattr(values[-1], part))
    return values[1:]


def is_enum(value):
    return isinstance(value, type) and issubclass(value, (int, enum.Enum))


def unscoped(values):
    """Tell whether an enumerator is taken from something else than its enum."""
    kinds = [(holder, type(value)) for holder, value in zip(values, values[1:])]
    return any(is_enum(kind) and kind not in (int, bool) and not is_enum(holder) for holder, kind in kinds)


def is_deprecated(value):
    text = getattr(value, "__doc__", None) or ""
    if isinstance(value, type):
        # What follows is about single constructors.
        text = text.split(f"\n{value.__name__}(")[0]
    return ".. deprecated" in text


@pytest.fixture(scope="module")
def used(qgis_app):
    found = [use for path in FILES for use in uses(path, "qgis") if use.module in MODULES and use.name]
    return [(use, resolve(use.module, use.name)) for use in found]


def test_enumerators_are_taken_from_their_enums(used):
    from qgis.core import QgsTask

    assert unscoped([QgsTask, QgsTask.CanCancel])
    assert not unscoped([QgsTask, QgsTask.Flag, QgsTask.Flag.CanCancel])
    assert [use for use, values in used if unscoped(values)] == []


def test_nothing_is_deprecated_by_its_documentation(used):
    assert [use for use, values in used if any(map(is_deprecated, values))] == []


def test_no_method_is_deprecated_by_its_documentation(qgis_app):
    """What a method belongs to is not known here, so it counts if all methods of its name are deprecated."""
    states = {}
    for module in MODULES:
        for holder in vars(importlib.import_module(f"qgis.{module}")).values():
            # Methods come into being when they are asked for.
            for name in dir(holder) if isinstance(holder, type) else ():
                states.setdefault(name, set()).add(is_deprecated(getattr(holder, name, None)))
    deprecated = {name for name, found in states.items() if found == {True}}
    assert deprecated
    assert [place for path in FILES for place in other_attributes(path) if place[0] in deprecated] == []


def test_a_deprecated_call_in_the_plugin_is_an_error(qgis_app):
    from qgis.core import QgsVectorFileWriter, QgsVectorLayer

    module = {
        "__name__": "shepherd_segmentation.plugin.plugin",
        "write": QgsVectorFileWriter,
        "layer": QgsVectorLayer,
    }
    with pytest.raises(DeprecationWarning):
        exec("write.writeAsVectorFormat(layer(), str(), 'UTF-8')", module)
