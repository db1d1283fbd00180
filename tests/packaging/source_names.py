"""What the plugin uses of Qt and QGIS, found in its source; and what a Qt binding has.

Run as a program (`source_names.py PyQt6`) it prints the latter as JSON: two bindings cannot be loaded into
one process.
"""

from __future__ import annotations

import ast
import enum
import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
#: The code that runs in QGIS; the engine knows neither QGIS nor Qt.
FILES = [ROOT / "__init__.py", *(ROOT / "plugin").rglob("*.py"), *(ROOT / "algorithms").rglob("*.py")]
MODULES = ("QtCore", "QtGui", "QtWidgets", "QtNetwork", "QtXml", "sip")


class Use(NamedTuple):
    """A name in the source: of `QtCore` for instance `Qt.ItemDataRole.UserRole`; "" is the module itself."""

    module: str
    name: str
    place: str


def uses(path: Path, package: str) -> Iterator[Use]:
    """Yield what a file imports from a package, `qgis.PyQt`, and every dotted name that begins with it."""
    tree = ast.parse(path.read_text())
    imported = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith(f"{package}."):
            module = node.module[len(package) + 1 :]
            for alias in node.names:
                use = Use(module or alias.name, alias.name if module else "", f"{path.name}:{node.lineno}")
                imported[alias.asname or alias.name] = use
                yield use
    for names, line in dotted_names(tree):
        if names[0] in imported:
            module, name, _ = imported[names[0]]
            yield Use(module, ".".join(filter(None, (name, *names[1:]))), f"{path.name}:{line}")


def other_attributes(path: Path) -> Iterator[tuple[str, str]]:
    """Yield every attribute, and its place, of something that is not imported: of `box` in `box.Ok`."""
    tree = ast.parse(path.read_text())
    nodes = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    imported = {alias.asname or alias.name.split(".")[0] for node in nodes for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and root(node) not in imported:
            yield node.attr, f"{path.name}:{node.lineno}"


def root(node: ast.AST) -> str:
    """Return `a` of `a.b.c`; nothing of `a().b`."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def dotted_names(tree: ast.AST) -> Iterator[tuple[list[str], int]]:
    """Yield names like `a.b.c` at full length, as a list, and their lines."""
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and id(node) not in inner:
            names = []
            while isinstance(node, ast.Attribute):
                names.insert(0, node.attr)
                line, node = node.lineno, node.value
            if isinstance(node, ast.Name):
                yield [node.id, *names], line


def binding(package: str) -> dict[str, list[str]]:
    """Return the dotted names that a Qt binding has, by module."""
    found: dict[str, set[str]] = {}
    for name in MODULES:
        found[name] = set()
        for key, value in vars(importlib.import_module(f"{package}.{name}")).items():
            _collect(key, value, found[name])
    return {name: sorted(values) for name, values in found.items()}


def _collect(name: str, value: object, names: set[str]) -> None:
    names.add(name)
    if isinstance(value, enum.EnumMeta):
        names.update(f"{name}.{key}" for key in value.__members__)
    # Enums of PyQt5 are integers, whose methods are not Qt's.
    elif isinstance(value, type) and not issubclass(value, int):
        for key in dir(value):
            _collect(f"{name}.{key}", None if key.startswith("__") else getattr(value, key, None), names)


if __name__ == "__main__":
    json.dump(binding(sys.argv[1]), sys.stdout)
