"""Segments a raster, and measures and outlines the segments in the same run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from osgeo import gdal

from .errors import ParameterError
from .paths import same_file
from .polygons.polygonize import polygonize_segments
from .progress import Progress, ProgressSpan
from .raster.extent import extent_to_window
from .raster.gdal_calls import call, open_raster, run
from .raster.output_folder import OutputFolder
from .raster.provenance import raster_files
from .raster.source import describe_raster
from .raster_segmentation import segment_raster
from .segmentation import SegmentationResult
from .spec import SegmentationSpec
from .statistics.spec import SHAPES, StatisticsSpec
from .statistics.statistics import segment_statistics
from .statistics.table_file import TableFile
from .vector.formats import layer_format
from .vector.publish import publish

#: What is measured: of every segmented band, and of the shape.
MEASURED = StatisticsSpec(statistics=("mean", "stddev", "min", "max"), shape=SHAPES)
#: Shares of the progress bar, roughly as the time is spent.
_SEGMENTING, _MEASURING, _OUTLINING = 0.55, 0.15, 0.3


@dataclass(frozen=True)
class _Products:
    """Where the products are written first, each under its final name; None: not asked for."""

    raster: OutputFolder
    table: OutputFolder | None
    polygons: OutputFolder | None

    @property
    def scratch(self) -> Path:
        """A folder for what nobody sees."""
        path = self.raster.path / "products"
        path.mkdir(exist_ok=True)
        return path

    def publish(self) -> None:
        """Move everything to its place, the raster last: when it is there, all of it is."""
        for folder in (self.polygons, self.table):
            if folder:
                publish(folder)
        self.raster.publish()


def segment_with_products(
    input: str | os.PathLike,
    output: str | os.PathLike,
    spec: SegmentationSpec | None = None,
    *,
    polygons: str | os.PathLike | None = None,
    statistics_table: str | os.PathLike | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> SegmentationResult:
    """Segment a raster; write statistics and polygons of the segments in the same run.

    All outputs are put in their places at the end. A run that fails or is cancelled, in whatever
    stage, leaves none of them.

    Parameters
    ----------
    input, output, spec
        See `segment_raster`.
    polygons : path, optional
        Layer to write, with the statistics as columns; see `polygonize_segments`.
    statistics_table : path, optional
        Table to write, see `segment_statistics`: mean, standard deviation, minimum and maximum
        of the segmented bands, and the shape.
    progress : Progress, optional
    **options
        Of `segment_raster`.

    Returns
    -------
    SegmentationResult

    Raises
    ------
    ParameterError, RasterError, WorkspaceError, NotEnoughMemoryError, Cancelled
    """
    progress, spec = progress or Progress(), spec or SegmentationSpec()
    if not polygons and not statistics_table:
        return segment_raster(input, output, spec, progress=progress, **options)
    names = {"output": output, "polygons": polygons, "statistics_table": statistics_table}
    paths = {name: os.fspath(path) for name, path in names.items() if path}
    _check(paths, os.fspath(input), options.get("mask"))
    with ExitStack() as stack:
        folders = {}
        for name, path in paths.items():
            with _about(name):
                folders[name] = OutputFolder(path)
            stack.callback(folders[name].remove)
        products = _Products(folders["output"], folders.get("statistics_table"), folders.get("polygons"))
        result = _segment(os.fspath(input), spec, products, progress, options)
        progress.check()
        products.publish()
    progress.fraction(1.0)
    return result


def _check(paths: dict[str, str], image: str, mask: str | os.PathLike | None) -> None:
    """Refuse before the run what would fail after it."""
    taken = dict.fromkeys(raster_files(image), "input")
    if mask:
        taken[os.fspath(mask).partition("|")[0]] = "mask"
    for name, path in paths.items():
        for other, what in taken.items():
            if same_file(path, other):
                raise ParameterError(name, path, f"this is the {what}; choose another name.")
        taken[path] = f"file of another result ({name})"
        with _about(name):
            if name == "polygons":
                layer_format(path)
            elif name == "statistics_table":
                # It also refuses to replace a database that has other layers.
                TableFile(path).close()


@contextmanager
def _about(parameter: str) -> Iterator[None]:
    """Call the output of a part of the run by the name that it has in the whole."""
    try:
        yield
    except ParameterError as error:
        name = parameter if error.parameter == "output" else error.parameter
        raise ParameterError(name, error.value, error.cure) from error


def _segment(
    image: str, spec: SegmentationSpec, products: _Products, progress: Progress, options: dict[str, Any]
) -> SegmentationResult:
    segments = products.raster.temporary
    total = _SEGMENTING + _MEASURING + (_OUTLINING if products.polygons else 0)
    segmented, measured = _SEGMENTING / total, (_SEGMENTING + _MEASURING) / total
    result = segment_raster(image, segments, spec, progress=ProgressSpan(progress, 0, segmented), **options)
    table = products.table.temporary if products.table else str(products.scratch / "statistics.gpkg")
    segment_statistics(
        segments,
        _segmented_part(image, spec, options.get("extent"), products),
        table,
        MEASURED,
        bands=spec.bands,
        **_threads(options),
        progress=ProgressSpan(progress, segmented, measured),
    )
    if products.polygons:
        polygonize_segments(
            segments,
            products.polygons.temporary,
            statistics_table=table,
            progress=ProgressSpan(progress, measured, 1),
        )
    return result


def _threads(options: dict[str, Any]) -> dict[str, Any]:
    """Return what is said of the threads of this computer; elsewhere the numbers count machines."""
    names = () if options.get("compute") else ("workers", "max_concurrent_reads")
    return {name: options.get(name) for name in names}


def _segmented_part(
    image: str, spec: SegmentationSpec, extent: tuple[float, ...] | None, products: _Products
) -> str:
    """Return the raster as it was segmented: the pixels of the extent, and the nodata value given."""
    if extent is None and spec.nodata is None:
        return image
    options = {}
    if extent is not None:
        window = extent_to_window(extent, describe_raster(image, spec.bands, spec.nodata))
        options["srcWin"] = [window.column, window.row, window.columns, window.rows]
    if spec.nodata is not None:
        options["noData"] = spec.nodata
    path = str(products.scratch / "image.vrt")
    what = f"Cannot choose a part of {image}"
    run(what, call(what, gdal.Translate, path, open_raster(image), format="VRT", **options).FlushCache)
    return path
