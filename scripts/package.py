"""Build the zip that QGIS installs and plugins.qgis.org takes."""

from __future__ import annotations

import argparse
import subprocess
import zipfile
from pathlib import Path

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


def build(target: Path, root: Path = ROOT) -> Path:
    """Write the package to `target` and return its path."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for path in package_files(root):
            member = zipfile.ZipInfo(f"{NAME}/{path}", DATE)
            member.external_attr = PERMISSIONS
            member.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(member, (root / path).read_bytes())
    return target


def main() -> None:
    """Build the package where the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", nargs="?", type=Path, default=ROOT / "dist" / f"{NAME}.zip")
    target = build(parser.parse_args().target)
    print(f"{target} ({target.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
