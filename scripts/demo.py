"""Segment the sample image in QGIS, measure the segments, and draw them over it.

Runs the plugin's Processing algorithm in a real QGIS without a window, as `scripts/with-qgis.sh` sets it up.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from osgeo import gdal
from qgis.core import QgsApplication, QgsProcessingFeedback
from qgis.PyQt.QtGui import QImage

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "resources" / "sample" / "s2_inn_demo_4band.tif"
FILES = {"OUTPUT": "segments.tif", "POLYGONS": "polygons.gpkg", "STATISTICS_TABLE": "statistics.csv"}
#: Near infrared, red, green as red, green, blue: vegetation is red, water dark, built-up land grey.
PICTURE_BANDS = (4, 3, 2)
#: The darkest and the brightest percent would leave little contrast for the rest.
STRETCH_PERCENTILES = (1, 99)
#: At twice the size an outline is half an image pixel wide.
SCALE = 2
OUTLINE_COLOUR = (255, 255, 0)


class PrintedFeedback(QgsProcessingFeedback):
    """Prints what a dialog would show in its log."""

    def reportError(self, error: str, fatalError: bool = False) -> None:
        print(error, file=sys.stderr)

    def pushWarning(self, warning: str) -> None:
        print(f"Warning: {warning}")

    def pushInfo(self, info: str) -> None:
        print(info)


def start_qgis() -> QgsApplication:
    """Start QGIS with its Processing framework and the plugin's algorithms."""
    application = QgsApplication([], False)
    application.initQgis()
    # Processing is a plugin itself, in a folder that only the desktop has on its path.
    sys.path.append(str(Path(application.pkgDataPath()) / "python" / "plugins"))
    from processing.core.Processing import Processing

    from shepherd_segmentation.plugin.provider import ShepherdProvider

    Processing.initialize()
    # The registry owns the provider; the reference keeps the Python half of it alive.
    application.shepherd_provider = ShepherdProvider()
    application.processingRegistry().addProvider(application.shepherd_provider)
    return application


def segment(folder: Path) -> dict:
    """Run the algorithm with its defaults and return its results."""
    from qgis import processing

    outputs = {name: str(folder / file) for name, file in FILES.items()}
    parameters = {"INPUT": str(SAMPLE), **outputs}
    return processing.run("shepherd:segment", parameters, feedback=PrintedFeedback())


def stretched(bands: np.ndarray) -> np.ndarray:
    """Return (bands, rows, columns) as 8-bit (rows, columns, bands), each band stretched on its own."""
    low, high = np.percentile(bands, STRETCH_PERCENTILES, axis=(1, 2), keepdims=True)
    values = np.clip((bands - low) / np.maximum(high - low, 1) * 255, 0, 255)
    return np.moveaxis(values.astype(np.uint8), 0, -1)


def outlines(labels: np.ndarray) -> np.ndarray:
    """Mark the pixels that have another label to their right or below."""
    edges = np.zeros(labels.shape, bool)
    edges[:, :-1] |= labels[:, :-1] != labels[:, 1:]
    edges[:-1] |= labels[:-1] != labels[1:]
    return edges


def enlarged(pixels: np.ndarray) -> np.ndarray:
    """Repeat every pixel in both directions."""
    return pixels.repeat(SCALE, axis=0).repeat(SCALE, axis=1)


def draw(segments: Path, picture: Path) -> None:
    """Write the sample image with the outlines of the segments as a PNG file."""
    image = gdal.Open(str(SAMPLE))
    bands = np.stack([image.GetRasterBand(band).ReadAsArray() for band in PICTURE_BANDS])
    pixels = enlarged(stretched(bands))
    labels = gdal.Open(str(segments)).ReadAsArray()
    # Enlarged before comparing, so that an outline stays one picture pixel wide.
    pixels[outlines(enlarged(labels))] = OUTLINE_COLOUR
    height, width, _ = pixels.shape
    data = np.ascontiguousarray(pixels).tobytes()
    if not QImage(data, width, height, 3 * width, QImage.Format.Format_RGB888).save(str(picture)):
        raise OSError(f"{picture} could not be written.")


def main() -> None:
    """Run the demo."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output-dir", type=Path, default=ROOT / "demo")
    folder = parser.parse_args().output_dir.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    gdal.UseExceptions()

    application = start_qgis()
    start = time.monotonic()
    results = segment(folder)
    seconds = time.monotonic() - start
    draw(Path(results["OUTPUT"]), folder / "segments.png")
    report(results, folder, seconds)
    application.exitQgis()


def report(results: dict, folder: Path, seconds: float) -> None:
    """Say in words what was made and where it is."""
    image = gdal.Open(str(SAMPLE))
    print(
        f"\nThe sample image, {image.RasterXSize} x {image.RasterYSize} pixels of Sentinel-2, was cut into "
        f"{results['SEGMENT_COUNT']:,} segments, measured and drawn as polygons in {seconds:.1f} s.\n"
        f"  Look at the picture:                    {folder / 'segments.png'}\n"
        f"  Open the raster in QGIS:                {results['OUTPUT']}\n"
        f"  Open the polygons in QGIS:              {results['POLYGONS']}\n"
        f"  Read the statistics in a spreadsheet:   {results['STATISTICS_TABLE']}\n"
        "The image contains modified Copernicus Sentinel data 2021."
    )


if __name__ == "__main__":
    main()
