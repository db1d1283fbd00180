"""The command line of the engine."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from typing import Any

from .aws.commands import add_commands, compute_of
from .errors import Cancelled, ShepherdError
from .progress import TerminalProgress
from .spec import SegmentationSpec
from .version import VERSION

#: What shells expect after an interrupted command.
_EXIT_CANCELLED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code, 0 only on success."""
    options = _parser().parse_args(_with_joined_extent(sys.argv[1:] if arguments is None else arguments))
    try:
        return options.run(options)
    except (Cancelled, KeyboardInterrupt):
        print("\nCancelled; nothing was written.", file=sys.stderr)
        return _EXIT_CANCELLED
    except ShepherdError as error:
        print(f"\nError: {error}", file=sys.stderr)
        return 1


def _with_joined_extent(arguments: Sequence[str]) -> list[str]:
    """Write ``--extent -1,0,1,2`` with ``=``: argparse takes a value that begins with minus for an option."""
    joined: list[str] = []
    for argument in arguments:
        if joined and joined[-1] == "--extent":
            joined[-1] = f"--extent={argument}"
        else:
            joined.append(argument)
    return joined


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m shepherd_segmentation.core",
        description="Cut satellite and aerial imagery into segments.",
    )
    parser.add_argument("--version", action="version", version=VERSION)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_segment(commands)
    _add_polygons(commands)
    _add_clip(commands)
    add_commands(commands)
    _add_engine(commands)
    return parser


def _add_segment(commands: Any) -> None:
    defaults = SegmentationSpec()
    parser = commands.add_parser("segment", help="segment a raster of any size")
    parser.set_defaults(run=_segment)
    parser.add_argument("input", metavar="IN", help="raster to segment")
    parser.add_argument("output", metavar="OUT", help="label raster to write (.tif, .kea, .img)")
    parser.add_argument("--bands", type=_numbers, metavar="1,2,3", help="default: all but alpha")
    parser.add_argument("--clusters", type=int, default=defaults.clusters)
    parser.add_argument("--min-segment-size", type=int, default=defaults.min_segment_size, metavar="PIXELS")
    parser.add_argument("--connectivity", type=int, default=defaults.connectivity, choices=(4, 8))
    parser.add_argument(
        "--max-spectral-difference", type=float, metavar="DISTANCE", help="'inf' for no limit"
    )
    parser.add_argument(
        "--spectral-distance-percentile",
        type=float,
        default=defaults.spectral_distance_percentile,
    )
    parser.add_argument("--band-scaling", default=defaults.band_scaling, choices=("none", "standardise"))
    parser.add_argument("--smoothing", type=float, default=defaults.smoothing, metavar="PIXELS")
    parser.add_argument("--sample-size", type=int, default=defaults.sample_size, metavar="PIXELS")
    parser.add_argument("--seed", type=int, default=defaults.seed)
    parser.add_argument("--nodata", type=float, help="instead of the bands' own")
    parser.add_argument("--mask", metavar="RASTER|POLYGONS")
    parser.add_argument("--extent", type=_extent, metavar="XMIN,YMIN,XMAX,YMAX")
    parser.add_argument("--tile-size", type=int, metavar="PIXELS", help="default: automatic")
    parser.add_argument("--workers", type=int, default=0, help="0: one per processor")
    parser.add_argument("--fargate", metavar="PROFILE", help="JSON file, or 'environment': run on AWS")
    parser.add_argument("--max-concurrent-reads", type=int, default=0, help="0: one per worker")
    parser.add_argument("--workspace", metavar="FOLDER", help="keep results to resume from")
    parser.add_argument("--creation-option", action="append", metavar="KEY=VALUE", default=[])


def _add_engine(commands: Any) -> None:
    parser = commands.add_parser("engine", help="serve one call of another process, over pipes")
    parser.set_defaults(run=_engine)


def _engine(_: argparse.Namespace) -> int:
    from .engine_process.child import main as serve

    return serve()


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def _extent(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split(","))


def _segment(options: argparse.Namespace) -> int:
    # Before the engine is loaded, which takes a while too.
    progress = _InterruptibleProgress()
    from .raster_segmentation import segment_raster

    names = SegmentationSpec.__dataclass_fields__
    spec = SegmentationSpec(**{name: getattr(options, name) for name in names})
    result = segment_raster(
        options.input,
        options.output,
        spec,
        tile_size=options.tile_size,
        workers=options.workers,
        max_concurrent_reads=options.max_concurrent_reads,
        mask=options.mask,
        extent=options.extent,
        workspace=options.workspace,
        creation_options=options.creation_option,
        progress=progress,
        compute=compute_of(options.fargate),
    )
    print(f"{result.segment_count} segments in {options.output}")
    return 0


def _add_polygons(commands: Any) -> None:
    parser = commands.add_parser("polygons", help="write segments as polygons")
    parser.set_defaults(run=_polygons)
    parser.add_argument("segments", metavar="LABELS", help="label raster")
    parser.add_argument("output", metavar="OUT", help="layer to write (.gpkg, .shp, .geojson, .fgb)")
    parser.add_argument("--statistics-table", metavar="TABLE", help="columns to add, by segment_id")
    parser.add_argument("--layer-name", metavar="NAME", help="default: the name of the file")
    parser.add_argument("--band", type=int, default=1)


def _polygons(options: argparse.Namespace) -> int:
    from .polygons.polygonize import polygonize_segments

    result = polygonize_segments(
        options.segments,
        options.output,
        statistics_table=options.statistics_table,
        layer_name=options.layer_name,
        band=options.band,
        progress=_InterruptibleProgress(),
    )
    print(f"{result.segment_count} polygons in {options.output}")
    return 0


def _add_clip(commands: Any) -> None:
    parser = commands.add_parser("clip", help="cut a label raster and number its segments from 1")
    parser.set_defaults(run=_clip)
    parser.add_argument("segments", metavar="LABELS", help="label raster")
    parser.add_argument("output", metavar="OUT", help="label raster to write (.tif, .kea, .img)")
    parser.add_argument("--extent", type=_extent, metavar="XMIN,YMIN,XMAX,YMAX")
    parser.add_argument("--mask", metavar="RASTER|POLYGONS")
    parser.add_argument("--statistics-table", metavar="TABLE", help="table of these segments")
    parser.add_argument("--output-table", metavar="TABLE", help="table to write, with the new ids")
    parser.add_argument("--band", type=int, default=1)
    parser.add_argument("--workers", type=int, default=0, help="0: one per processor")
    parser.add_argument("--creation-option", action="append", metavar="KEY=VALUE", default=[])


def _clip(options: argparse.Namespace) -> int:
    from .clipping.clip import clip_segments

    result = clip_segments(
        options.segments,
        options.output,
        extent=options.extent,
        mask=options.mask,
        statistics_table=options.statistics_table,
        output_table=options.output_table,
        band=options.band,
        workers=options.workers,
        creation_options=options.creation_option,
        progress=_InterruptibleProgress(),
    )
    print(f"{result.segment_count} segments in {options.output}")
    return 0


class _InterruptibleProgress(TerminalProgress):
    """Takes Ctrl-C and a request to terminate as cancel."""

    def __init__(self) -> None:
        super().__init__()
        self._cancelled = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._cancel)

    def _cancel(self, *_: object) -> None:
        self._cancelled = True

    def is_cancelled(self) -> bool:
        """Tell whether a signal came."""
        return self._cancelled
