"""Draw what parameters do on real scenes: variants side by side, with outlines, for the documentation.

Needs neither a screen nor QGIS; the scenes come with the repository.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from osgeo import gdal
from PIL import Image, ImageDraw, ImageFont

from shepherd_segmentation.core import SegmentationResult, SegmentationSpec, segment_array, segment_raster

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "images"
INN = ROOT / "resources" / "sample" / "s2_inn_demo_4band.tif"
NAIP = ROOT / "tests" / "data" / "imagery" / "naip_nd_2017_4band.tif"

STRETCH_PERCENTILES = (2, 98)
OUTLINE = (255, 230, 0)
CAPTION_HEIGHT, GAP, TEXT_SIZE = 40, 8, 15
#: Enough for imagery; a quarter of the size of full colours.
COLOURS = 128


@dataclass(frozen=True)
class Scene:
    """A part of an image.

    Parameters
    ----------
    path : Path
    bands : tuple of int
        Drawn as red, green and blue; counted from 1.
    column, row, size : int
        The square that is drawn, in pixels.
    zoom : int
        Picture pixels per image pixel.
    """

    path: Path
    bands: tuple[int, int, int]
    column: int
    row: int
    size: int
    zoom: int


FIELDS = Scene(INN, (4, 3, 2), 130, 25, 110, 3)
TOWN = Scene(INN, (4, 3, 2), 275, 65, 110, 3)
RIVER = Scene(INN, (4, 3, 2), 30, 250, 110, 3)
AERIAL = Scene(NAIP, (1, 2, 3), 150, 60, 110, 3)

#: Name of the picture: the scene, and captions with what is changed.
PICTURES: dict[str, tuple[Scene, list[tuple[str, dict]]]] = {
    "effect-clusters": (
        FIELDS,
        [(f"Number of clusters {n}", {"clusters": n}) for n in (10, 60, 200)],
    ),
    "effect-minimum-size": (
        FIELDS,
        [(f"Minimum segment size {n} pixels", {"min_segment_size": n}) for n in (10, 50, 200)],
    ),
    "effect-smoothing": (
        AERIAL,
        [(f"Smoothing {n:g}", {"smoothing": n}) for n in (0.0, 0.5, 2.0)],
    ),
    "effect-spectral-difference": (
        TOWN,
        [
            ("Percentile 5", {"spectral_distance_percentile": 5}),
            ("Percentile 50", {"spectral_distance_percentile": 50}),
            ("No limit", {"max_spectral_difference": float("inf")}),
        ],
    ),
    "effect-connectivity": (
        RIVER,
        [(f"Connectivity {n}", {"connectivity": n}) for n in (4, 8)],
    ),
}


def stretched(bands: np.ndarray) -> np.ndarray:
    """Return (bands, rows, columns) as 8-bit (rows, columns, bands), each band stretched on its own."""
    low, high = np.percentile(bands, STRETCH_PERCENTILES, axis=(1, 2), keepdims=True)
    values = np.clip((bands - low) / np.maximum(high - low, 1) * 255, 0, 255)
    return np.moveaxis(values.astype(np.uint8), 0, -1)


def outlined(scene: Scene, image: np.ndarray, labels: np.ndarray | None) -> Image.Image:
    """Draw the scene's square, and the outlines of the segments unless there are none."""
    part = np.s_[scene.row : scene.row + scene.size, scene.column : scene.column + scene.size]
    colours = stretched(image[[band - 1 for band in scene.bands]].astype(float))[part]
    pixels = colours.repeat(scene.zoom, axis=0).repeat(scene.zoom, axis=1)
    if labels is not None:
        large = labels[part].repeat(scene.zoom, axis=0).repeat(scene.zoom, axis=1)
        edges = np.zeros(large.shape, bool)
        edges[:, :-1] |= large[:, :-1] != large[:, 1:]
        edges[:-1] |= large[:-1] != large[1:]
        pixels[edges] = OUTLINE
    return Image.fromarray(pixels)


def side_by_side(pictures: list[tuple[str, str, Image.Image]]) -> Image.Image:
    """Put pictures beside each other, each with two lines of text below."""
    width, height = pictures[0][2].size
    sheet = Image.new("RGB", (len(pictures) * (width + GAP) - GAP, height + CAPTION_HEIGHT), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(TEXT_SIZE)
    for number, (caption, detail, picture) in enumerate(pictures):
        left = number * (width + GAP)
        sheet.paste(picture, (left, 0))
        draw.text((left, height + 3), caption, "black", font)
        draw.text((left, height + 21), detail, "#555555", font)
    return sheet


def segment(image: np.ndarray, changes: dict) -> SegmentationResult:
    """Segment the whole image with the defaults but for the changes."""
    return segment_array(image, replace(SegmentationSpec(), **changes))


def draw(name: str) -> Image.Image:
    """Draw a picture of `PICTURES`."""
    scene, variants = PICTURES[name]
    image = gdal.Open(str(scene.path)).ReadAsArray()
    pictures = []
    for caption, changes in variants:
        result = segment(image, changes)
        pictures.append((caption, f"{result.segment_count} segments", outlined(scene, image, result.labels)))
    if len(variants) < 3:
        pictures.insert(0, ("The image", "", outlined(scene, image, None)))
    return side_by_side(pictures)


def save(picture: Image.Image, path: Path, colours: int = COLOURS) -> None:
    """Write a small PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    few = picture.convert("RGB").quantize(colours, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


def edge_of_preview() -> Image.Image:
    """Draw the same square from a run on an extent and from the full run; mark what differs."""
    scene = FIELDS
    dataset = gdal.Open(str(scene.path))
    image = dataset.ReadAsArray()
    left, width, _, top, _, height = dataset.GetGeoTransform()
    column, row = scene.column + scene.size, scene.row + scene.size
    extent = (
        left + scene.column * width,
        top + row * height,
        left + column * width,
        top + scene.row * height,
    )
    part = np.s_[scene.row : row, scene.column : column]
    full, preview = labels_of(scene.path), np.zeros(image.shape[1:], np.uint32)
    preview[part] = labels_of(scene.path, extent=extent)
    other = differs(preview[part], full[part])
    pictures = [outlined(scene, image, preview), outlined(scene, image, full)]
    shade = np.asarray(pictures[0].convert("L").convert("RGB")).copy()
    where = other.repeat(scene.zoom, axis=0).repeat(scene.zoom, axis=1)
    shade[where] = (shade[where] * 0.5 + np.array([255, 0, 80]) * 0.5).astype(np.uint8)
    pictures.append(Image.fromarray(shade))
    captions = [
        ("Run on this extent only", f"{scene.size} x {scene.size} pixels"),
        ("Run on the whole image", "cut to the same extent"),
        ("Red: segments that are not the same", f"{other.mean():.0%} of the pixels"),
    ]
    return side_by_side([(*caption, picture) for caption, picture in zip(captions, pictures)])


def labels_of(path: Path, **options: object) -> np.ndarray:
    """Segment a file and return the labels."""
    with tempfile.TemporaryDirectory() as folder:
        output = str(Path(folder) / "labels.tif")
        segment_raster(path, output, **options)
        return gdal.Open(output).ReadAsArray()


def differs(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Mark the pixels whose segment is not the same set of pixels in both (of what both show)."""
    pairs = np.stack([first.ravel(), second.ravel()])
    _, inverse, counts = np.unique(pairs, axis=1, return_inverse=True, return_counts=True)
    inverse = inverse.ravel()
    sizes = [np.bincount(row)[row] for row in pairs]
    same = (counts[inverse] == sizes[0]) & (counts[inverse] == sizes[1])
    return ~same.reshape(first.shape)


def main() -> None:
    """Draw all pictures, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=[*PICTURES, "preview-edge"])
    parser.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args()
    gdal.UseExceptions()
    for name in options.names:
        picture = edge_of_preview() if name == "preview-edge" else draw(name)
        path = options.folder / f"{name}.png"
        save(picture, path)
        print(f"{path.name}: {picture.width} x {picture.height}, {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
