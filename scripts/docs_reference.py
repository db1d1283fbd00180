"""Write the documentation's page of every algorithm: its help, pictures, and its parameters for scripts.

All of it comes from the algorithms themselves, as QGIS shows them. Needs QGIS (`scripts/with-qgis.sh`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsApplication,
    QgsProcessingAlgorithm,
    QgsProcessingDestinationParameter,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterNumber,
)

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "reference"
#: QGIS gives numbers without a limit one beyond this.
_LARGEST = 2**31 - 1
_TYPES = {
    "band": "band number",
    "boolean": "true or false",
    "crs": "coordinate reference system",
    "distance": "distance",
    "extent": "extent",
    "file": "file or folder",
    "layer": "layer",
    "multilayer": "list of layers",
    "raster": "raster layer",
    "rasterDestination": "raster to write",
    "sink": "layer or table to write",
    "source": "layer or table",
    "string": "text",
    "vector": "layer or table",
    "vectorDestination": "layer or table to write",
    "vectorOut": "layer or table to write",
    "fileDestination": "file to write",
    "folderDestination": "folder to write",
}


def algorithms() -> list[QgsProcessingAlgorithm]:
    """Return the plugin's algorithms as QGIS lists them."""
    from shepherd_segmentation.plugin.provider import ShepherdProvider

    registry = QgsApplication.processingRegistry()
    if registry.providerById(ShepherdProvider.ID) is None:
        algorithms.provider = ShepherdProvider()  # the registry keeps the C++ half alive only
        registry.addProvider(algorithms.provider)
    found = registry.providerById(ShepherdProvider.ID).algorithms()
    return sorted(found, key=lambda algorithm: (_place(algorithm), algorithm.displayName()))


def _place(algorithm: QgsProcessingAlgorithm) -> tuple[int, str]:
    """Segmentation comes first; AWS last."""
    return {"segmentation": 0, "aws": 2}.get(algorithm.groupId(), 1), algorithm.groupId()


def page(algorithm: QgsProcessingAlgorithm, root: Path = ROOT) -> str:
    """Return an algorithm's page as Markdown."""
    name = algorithm.name()
    parts = [f"# {algorithm.displayName()}", f"`{algorithm.id()}`"]
    if (root / "resources" / "help" / f"{name}.md").is_file():
        parts.append(_include(f"../../resources/help/{name}.md"))
    if (root / "docs" / "effects" / f"{name}.md").is_file():
        parts.append(_include(f"../effects/{name}.md"))
    parts += ["## Parameters in scripts and models", parameter_table(algorithm)]
    parts += ["## Outputs in scripts and models", output_table(algorithm)]
    return "\n\n".join(parts) + "\n"


def _include(path: str) -> str:
    return f"```{{include}} {path}\n```"


def parameter_table(algorithm: QgsProcessingAlgorithm) -> str:
    """Return the parameters with their ids; advanced ones are marked."""
    rows = []
    for parameter in algorithm.parameterDefinitions():
        if parameter.flags() & QgsProcessingParameterDefinition.Flag.FlagHidden:
            continue
        advanced = parameter.flags() & QgsProcessingParameterDefinition.Flag.FlagAdvanced
        label = parameter.description() + (" *(advanced)*" if advanced else "")
        rows.append((f"`{parameter.name()}`", label, kind(parameter), default(parameter), parameter.help()))
    return _table(("Id", "Label", "Value", "Default", "What it does"), rows)


def output_table(algorithm: QgsProcessingAlgorithm) -> str:
    """Return the outputs with their ids."""
    words = {
        "outputFile": "path of a file",
        "outputHtml": "path of a page",
        "outputNumber": "number",
        "outputRaster": "path of a raster",
        "outputVector": "path of a layer or table",
    }
    rows = [
        (f"`{output.name()}`", output.description(), words.get(output.type(), output.type()))
        for output in algorithm.outputDefinitions()
    ]
    return _table(("Id", "Label", "Value"), rows)


def kind(parameter: QgsProcessingParameterDefinition) -> str:
    """Say in words what values a parameter takes."""
    if parameter.type() == "enum":
        return _choice(parameter)
    if parameter.type() in ("number", "distance"):
        return _number(parameter)
    if parameter.type() == "band" and parameter.allowMultiple():
        return "list of band numbers"
    return _TYPES.get(parameter.type(), parameter.type())


def _choice(parameter: Any) -> str:
    names = choice_names(parameter)
    words = ", ".join(f"`{name}`" for name in names)
    return f"any of {words}" if parameter.allowMultiple() else f"one of {words}"


def choice_names(parameter: Any) -> list[str]:
    """Return what scripts write: the algorithm's own names where there are some, else positions."""
    own = getattr(parameter.algorithm(), "CHOICES", {}).get(parameter.name())
    return list(own or parameter.options())


def _number(parameter: QgsProcessingParameterNumber) -> str:
    whole = parameter.dataType() == QgsProcessingParameterNumber.Type.Integer
    text = "whole number" if whole else "number"
    low, high = parameter.minimum(), parameter.maximum()
    bounds = []
    if low > -_LARGEST:
        bounds.append(f"from {low:.6g}")
    if high < _LARGEST:
        bounds.append(f"to {high:.6g}")
    return " ".join([text, *bounds])


def default(parameter: QgsProcessingParameterDefinition) -> str:
    """Say what holds when a script leaves a parameter out."""
    value = parameter.defaultValue()
    is_optional = parameter.flags() & QgsProcessingParameterDefinition.Flag.FlagOptional
    if isinstance(parameter, QgsProcessingDestinationParameter):
        return "not written" if is_optional else "must be given"
    if parameter.type() == "enum" and value is not None:
        values = value if isinstance(value, (list, tuple)) else [value]
        names = choice_names(parameter)
        words = [names[item] if isinstance(item, int) else str(item) for item in values]
        return ", ".join(f"`{word}`" for word in words) or "none"
    if value is None or value in ("", []):
        return "empty" if is_optional else "must be given"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"`{value}`"


def _table(titles: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [titles, ("---",) * len(titles), *rows]
    return "\n".join("| " + " | ".join(_cell(text) for text in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")


def index(found: list[QgsProcessingAlgorithm]) -> str:
    """Return the page that lists the algorithms."""
    lines = [
        "# Algorithms",
        "",
        "What each one does, which parameter for what, and ids for scripts.",
        "",
    ]
    for algorithm in found:
        about = algorithm.shortDescription() or first_sentence(algorithm.name())
        lines.append(f"- [{algorithm.displayName()}]({algorithm.name()}.md){': ' if about else ''}{about}")
    names = "\n".join(algorithm.name() for algorithm in found)
    return "\n".join(lines) + f"\n\n```{{toctree}}\n:hidden:\n\n{names}\n```\n"


def first_sentence(name: str, root: Path = ROOT) -> str:
    """Return the first sentence of an algorithm's help."""
    path = root / "resources" / "help" / f"{name}.md"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return text.split("\n")[0].split(". ")[0].rstrip(".") + "." if text else ""


def pages(found: list[QgsProcessingAlgorithm]) -> Iterator[tuple[str, str]]:
    """Yield the files' names and contents."""
    yield "index.md", index(found)
    for algorithm in found:
        yield f"{algorithm.name()}.md", page(algorithm)


def write(folder: Path, found: list[QgsProcessingAlgorithm]) -> None:
    """Write all pages; leave none behind of an algorithm that is gone."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.md"):
        old.unlink()
    for name, text in pages(found):
        (folder / name).write_text(text, encoding="utf-8")


def main() -> None:
    """Write the pages for Sphinx."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=FOLDER)
    folder = parser.parse_args().folder
    application = QgsApplication([], False)
    application.initQgis()
    sys.path.append(str(Path(application.pkgDataPath()) / "python" / "plugins"))
    found = algorithms()
    write(folder, found)
    print(f"{len(found)} algorithms in {folder}")
    application.exitQgis()


if __name__ == "__main__":
    main()
