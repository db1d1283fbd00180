"""Build the zip that QGIS installs and plugins.qgis.org takes."""

from __future__ import annotations

import argparse
import subprocess
import sys
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from build_docs import site  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
NAME = "shepherd_segmentation"
#: What the plugin needs at run time: a list of what goes in, so that new files elsewhere stay out.
CONTENT = (
    "__init__.py",
    "metadata.txt",
    "LICENSE",
    "CHANGELOG.md",
    "requirements.txt",
    "algorithms",
    "core",
    "plugin",
    "resources",
)
#: Where the help of the menu and of the forms looks for the site.
DOCUMENTATION = "resources/docs"
#: plugins.qgis.org refuses compiled Python and warns of executables and hidden files.
UNWANTED_SUFFIXES = {".pyc", ".pyo", ".so", ".dll", ".dylib", ".exe", ".nbi", ".nbc"}
#: One date for all members and no permissions of the checkout: the same files give the same zip.
DATE = (1980, 1, 1, 0, 0, 0)
PERMISSIONS = 0o644 << 16


def package_files(root: Path = ROOT) -> list[str]:
    """Return the paths, relative to `root`, of the files that belong in the package."""
    # Files that git ignores are out; new ones that nobody has added yet are in. The ownership check of git
    # would fail in a container that mounts somebody's checkout.
    command = ["git", "-c", f"safe.directory={root}", "ls-files", "-z", "-co", "--exclude-standard"]
    listing = subprocess.run([*command, "--", *CONTENT], cwd=root, check=True, capture_output=True)
    paths = {path for path in listing.stdout.decode().split("\0") if path}
    return sorted(path for path in paths if _belongs(root / path))


def _belongs(path: Path) -> bool:
    return path.is_file() and path.suffix not in UNWANTED_SUFFIXES and not path.name.startswith(".")


def members(root: Path = ROOT) -> dict[str, Path]:
    """Return the files of the package by their names in it: those of the checkout, and the built site."""
    found = {path: root / path for path in package_files(root)}
    built = site(root)
    for path in built.rglob("*"):
        if _belongs(path):
            found[f"{DOCUMENTATION}/{path.relative_to(built).as_posix()}"] = path
    return dict(sorted(found.items()))


def build(target: Path, root: Path = ROOT) -> Path:
    """Write the package to `target` and return its path."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, path in members(root).items():
            member = zipfile.ZipInfo(f"{NAME}/{name}", DATE)
            member.external_attr = PERMISSIONS
            member.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(member, path.read_bytes())
    return target


def main() -> None:
    """Build the package where the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", nargs="?", type=Path, default=ROOT / "dist" / f"{NAME}.zip")
    target = build(parser.parse_args().target)
    print(f"{target} ({target.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
