"""Collect the texts of the plugin for translators, and compile what they have translated.

Writes `resources/i18n/shepherd_en.ts` with all texts, and brings the files of other languages beside it up to
date: translations stay, new texts are marked as unfinished, texts that are gone are taken out. --language de
begins a language. With --release, every language but English is compiled into the .qm file that the plugin
loads (needs Qt's lrelease).
"""

from __future__ import annotations

import argparse
import ast
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "resources" / "i18n"
SOURCES = ("algorithms", "plugin")
#: Qt's own collectors take a method's class for the context; here all texts share one.
CONTEXT = "ShepherdSegmentation"
SOURCE_LANGUAGE = "en"
FUNCTIONS = {"tr", "_tr"}
LRELEASE = ("lrelease", "/usr/lib/qt5/bin/lrelease", "/usr/lib/qt6/bin/lrelease", "lrelease-qt5", "lrelease6")


class NotLiteral(Exception):
    """A text that is put together at run time cannot be translated."""


def parse(root: Path = ROOT) -> dict[str, ast.Module]:
    """Return the modules by their names."""
    paths = sorted(path for folder in SOURCES for path in (root / folder).rglob("*.py"))
    return {path.relative_to(root).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def texts_of(name: str, modules: dict[str, ast.Module]) -> Iterator[str]:
    """Yield the texts of a module, in order."""
    inside = {
        call
        for function in ast.walk(modules[name])
        if isinstance(function, ast.FunctionDef) and function.name in FUNCTIONS
        for call in ast.walk(function)
    }
    for node in ast.walk(modules[name]):
        if not isinstance(node, ast.Call) or node in inside:
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in FUNCTIONS:
            text = node.args[0]
        elif called == "translate" and len(node.args) > 1 and _words(node.args[0]) == [CONTEXT]:
            text = node.args[1]
        else:
            continue
        found = _words(text)
        if isinstance(text, ast.Name):
            found = list(_values(text.id, [modules[name], *modules.values()]))
        if not found:
            raise NotLiteral(f"{name}:{node.lineno}: write the text itself here, or the name of a constant.")
        yield from found


def _values(name: str, trees: list[ast.Module]) -> Iterator[str]:
    """Yield the texts that a name stands for: one that is assigned, or those that a loop runs over."""
    for node in ast.walk(trees[0]):
        if isinstance(node, (ast.For, ast.comprehension)):
            names = node.target.elts if isinstance(node.target, ast.Tuple) else [node.target]
            places = [place for place, item in enumerate(names) if getattr(item, "id", "") == name]
            for rows in _assigned(getattr(node.iter, "id", ""), trees) if places else ():
                for row in getattr(rows, "elts", ()):
                    yield from _words(row.elts[places[0]] if isinstance(row, ast.Tuple) else row)
    for value in _assigned(name, trees[:1]):
        yield from _words(value)


def _assigned(name: str, trees: list[ast.Module]) -> Iterator[ast.expr]:
    for tree in trees:
        for node in ast.walk(tree):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            if isinstance(node, (ast.Assign, ast.AnnAssign)) and getattr(targets[0], "id", "") == name:
                yield node.value


def _words(node: ast.expr) -> list[str]:
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def all_texts(root: Path = ROOT) -> dict[str, str]:
    """Return every text once, with the file that it was first found in."""
    modules = parse(root)
    found: dict[str, str] = {}
    for name in modules:
        for text in texts_of(name, modules):
            found.setdefault(text, name)
    return found


def translated(path: Path) -> dict[str, str]:
    """Return the finished translations of a file."""
    if not path.is_file():
        return {}
    found = {}
    for message in ElementTree.parse(path).iter("message"):
        translation = message.find("translation")
        if translation is not None and translation.get("type") is None and translation.text:
            found[message.findtext("source") or ""] = translation.text
    return found


def document(language: str, texts: dict[str, str], known: dict[str, str]) -> str:
    """Return a .ts file."""
    top = ElementTree.Element("TS", version="2.1", language=language, sourcelanguage=SOURCE_LANGUAGE)
    context = ElementTree.SubElement(top, "context")
    ElementTree.SubElement(context, "name").text = CONTEXT
    for text, file in sorted(texts.items(), key=lambda item: (item[1], item[0])):
        message = ElementTree.SubElement(context, "message")
        # Without lines, which would change with every edit.
        ElementTree.SubElement(message, "location", filename=f"../../{file}")
        ElementTree.SubElement(message, "source").text = text
        translation = ElementTree.SubElement(message, "translation")
        if text in known:
            translation.text = known[text]
        else:
            translation.set("type", "unfinished")
    ElementTree.indent(top, "  ")
    body = ElementTree.tostring(top, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{body}\n'


def update(folder: Path = FOLDER, root: Path = ROOT, language: str = SOURCE_LANGUAGE) -> list[Path]:
    """Write the file of every language and of a new one; return the paths of all but English."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = all_texts(root)
    english = folder / f"shepherd_{SOURCE_LANGUAGE}.ts"
    paths = sorted({english, folder / f"shepherd_{language}.ts", *folder.glob("shepherd_*.ts")})
    for path in paths:
        known = {text: text for text in texts} if path == english else translated(path)
        path.write_text(document(path.stem.partition("_")[2], texts, known), encoding="utf-8")
        done = sum(text in known for text in texts)
        print(f"{path.name}: {done} of {len(texts)} texts")
    return [path for path in paths if path != english]


def release(paths: list[Path]) -> None:
    """Compile translations."""
    program = next(filter(None, map(shutil.which, LRELEASE)), None)
    if program is None:
        raise SystemExit("Qt's lrelease is missing; on Debian and Ubuntu: apt install qttools5-dev-tools")
    for path in paths:
        subprocess.run([program, "-silent", str(path), "-qm", str(path.with_suffix(".qm"))], check=True)


def main() -> None:
    """Bring the files up to date."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--release", action="store_true", help="also compile them")
    parser.add_argument("--language", default=SOURCE_LANGUAGE, help="begin this one, such as de or pt_BR")
    options = parser.parse_args()
    paths = update(language=options.language)
    if options.release:
        release(paths)


if __name__ == "__main__":
    main()
