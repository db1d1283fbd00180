"""Build the documentation as a site, once for every state of its sources.

The site is kept in `.cache/docs`, named after a digest of what it is made of, so that `make package` builds
it only after something has changed. With --copy it is copied to a folder of its own, such as `site`.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache" / "docs"
#: What the pages are written from; `docs/reference` is written from the algorithms.
SOURCES = (
    "docs/**/*",
    "resources/help/*.md",
    "resources/models/*",
    "metadata.txt",
    "algorithms/*.py",
    "core/**/spec.py",
    "plugin/provider.py",
    "plugin/profiles/store.py",
    "scripts/docs_reference.py",
    "scripts/build_docs.py",
)
TOOLS = ("sphinx", "furo", "myst-parser")
#: What Sphinx leaves beside the pages that no browser asks for.
_UNWANTED = ("*.map", "objects.inv", ".*", "debug.css", "_sources")


def source_files(root: Path = ROOT) -> Iterator[Path]:
    """Yield the files that the site is made of, in order."""
    found = {path for pattern in SOURCES for path in root.glob(pattern)}
    for path in sorted(found):
        if path.is_file() and (root / "docs" / "reference") not in path.parents:
            yield path


def digest(root: Path = ROOT) -> str:
    """Return a name for the state of the sources and the tools."""
    content = hashlib.sha256(" ".join(metadata.version(tool) for tool in TOOLS).encode())
    for path in source_files(root):
        content.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return content.hexdigest()[:16]


def site(root: Path = ROOT) -> Path:
    """Return the folder with the site of the present sources; build it if it is missing."""
    target = CACHE / digest(root)
    if not target.is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            built = build(Path(folder), root)
            # Somebody else may have been quicker.
            if not target.is_dir():
                os.rename(built, target)
        _forget_others(target)
    return target


def build(folder: Path, root: Path = ROOT) -> Path:
    """Build the site in a folder for temporary files."""
    # In a copy: two runs at once, such as tests beside `make package`, would write the same pages.
    copy = folder / "shepherd"
    for path in source_files(root):
        place = copy / path.relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    docs, target = copy / "docs", folder / "site"
    reference = [
        sys.executable,
        str(root / "scripts" / "docs_reference.py"),
        "--folder",
        str(docs / "reference"),
    ]
    _run([str(root / "scripts" / "with-qgis.sh"), *reference])
    _run([sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", str(docs), str(target)])
    for pattern in _UNWANTED:
        for path in list(target.rglob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    return target


def _run(command: list[str]) -> None:
    """Run a command; what it says is shown only if it fails."""
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SystemExit(f"{result.stdout}{result.stderr}\n{command[0]} ended with code {result.returncode}.")


def _forget_others(current: Path) -> None:
    others = sorted(
        (path for path in CACHE.iterdir() if path != current), key=lambda path: path.stat().st_mtime
    )
    # Another run may be at work on the youngest ones.
    for path in others[:-3]:
        shutil.rmtree(path, ignore_errors=True)


def main() -> None:
    """Build the site, and copy it to where the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--copy", type=Path, help="folder that is replaced by the site")
    target = parser.parse_args().copy
    found = site()
    if target:
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(found, target)
        print((target / "index.html").resolve())


if __name__ == "__main__":
    main()
