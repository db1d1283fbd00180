"""Take the documentation's pictures of the plugin in QGIS, on a screen of its own (Xvfb).

A real QGIS with a profile of its own does what the tutorial says (`docs_session.py`). Its pictures
are made small and put into docs/images. Look at them before they are committed.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "images"
SCREEN = "1280x900x24"
LIMIT = 300
#: Forms have few colours; maps look the same with so many.
COLOURS = 160
WIDEST = 1120
#: Two parts of maps, beside each other, for the first page.
RESULT, HALVES, GAP = "tutorial-result", ("result-outlines", "result-map"), 8


def take_pictures(folder: Path) -> None:
    """Run the session in QGIS; it leaves PNG files in the folder."""
    sys.path.insert(0, str(ROOT))
    from tests.qgis.profile import environment

    command = ["xvfb-run", "--auto-servernum", f"--server-args=-screen 0 {SCREEN}"]
    command += ["qgis", "--nologo", "--noversioncheck", "--code", str(ROOT / "scripts" / "docs_session.py")]
    surroundings = {
        **environment(folder / "profile", "xcb"),
        "SHEPHERD_SESSION": str(folder),
        "LANG": "C.UTF-8",
    }
    process = subprocess.Popen(command, env=surroundings, start_new_session=True)
    try:
        process.wait(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    report = json.loads((folder / "report.json").read_text())
    for problem in report["problems"]:
        print(problem, file=sys.stderr)
    if not report["done"]:
        raise SystemExit(f"QGIS ended in {report['step']}.")


def put_together(folder: Path) -> None:
    """Make one picture of two."""
    parts = [Image.open(folder / f"{name}.png").convert("RGB") for name in HALVES]
    width = sum(part.width for part in parts) + GAP
    sheet = Image.new("RGB", (width, parts[0].height), "white")
    sheet.paste(parts[0], (0, 0))
    sheet.paste(parts[1], (parts[0].width + GAP, 0))
    for name in HALVES:
        (folder / f"{name}.png").unlink()
    sheet.save(folder / f"{RESULT}.png")


def shrink(source: Path, target: Path) -> None:
    """Write a picture with fewer colours, and not wider than a page."""
    picture = Image.open(source).convert("RGB")
    if picture.width > WIDEST:
        height = round(picture.height * WIDEST / picture.width)
        picture = picture.resize((WIDEST, height), Image.Resampling.LANCZOS)
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
    print(f"{target.name}: {picture.width} x {picture.height}, {target.stat().st_size / 1000:.0f} kB")


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=FOLDER)
    target = parser.parse_args().folder
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        take_pictures(folder)
        put_together(folder)
        for picture in sorted(folder.glob("*.png")):
            shrink(picture, target / picture.name)


if __name__ == "__main__":
    main()
