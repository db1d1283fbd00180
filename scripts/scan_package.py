"""Scan a package for what makes plugins.qgis.org block it.

The site runs bandit with the rules that its administrators enabled, at every severity, and detect-secrets;
a version with any finding is blocked. See https://plugins.qgis.org/docs/security-scanning.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(package: str) -> int:
    """Print the findings in `package` and return an exit code."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(package) as archive:
            archive.extractall(folder)
        bandit = ["bandit", "-r", ".", "--configfile", str(ROOT / "pyproject.toml"), "--quiet"]
        insecure = _run(bandit, folder).returncode != 0
        found = _secrets(folder)
    for path, secrets in found.items():
        for secret in secrets:
            print(f"{path}:{secret['line_number']}: {secret['type']} (detect-secrets)")
    return int(insecure or bool(found))


def _secrets(folder: str) -> dict:
    # metadata.txt is left out by the site too.
    command = ["detect_secrets", "scan", "--all-files", "--exclude-files", r"metadata\.txt", "."]
    result = _run(command, folder, stdout=subprocess.PIPE)
    # It exits with 0 whatever it finds.
    result.check_returncode()
    return json.loads(result.stdout)["results"]


def _run(command: list[str], folder: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", *command], cwd=folder, check=False, **options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
