"""The last stage into a raster file, with what the run found out as metadata."""

from __future__ import annotations

import numpy as np

from .pipeline.outcome import Stitched
from .pipeline.prepare import Prepared
from .pipeline.run import Run
from .raster.extent import part_geotransform
from .raster.formats import OutputFormat
from .raster.output import LabelRaster
from .raster.provenance import centres_as_text
from .raster.source import RasterInfo


def outcome_metadata(prepared: Prepared, stitched: Stitched) -> dict[str, str]:
    """Return what the run found out."""
    return {
        "SHEPHERD_MAX_SPECTRAL_DIFFERENCE": repr(prepared.max_spectral_difference),
        "SHEPHERD_CENTRES": centres_as_text(prepared.centres),
        "SHEPHERD_SEGMENT_COUNT": str(stitched.counts.size),
    }


def outcome_warnings(prepared: Prepared, stitched: Stitched) -> list[str]:
    """Return what the user should look at."""
    warnings = []
    if not len(prepared.centres):
        warnings.append("All pixels are null: there is nothing to segment.")
    if stitched.clamped:
        warnings.append(
            f"{stitched.clamped} values lie far beyond the range of the sample; they were clamped "
            "in the mean spectra of their segments. Check the raster's nodata value."
        )
    return warnings


def write_labels(
    run: Run,
    stitched: Stitched,
    path: str,
    form: OutputFormat,
    info: RasterInfo,
    metadata: dict[str, str],
) -> None:
    """Run the last stage into a raster file."""
    raster = LabelRaster(
        path,
        form,
        run.extent.rows,
        run.extent.columns,
        part_geotransform(info.geotransform, run.extent),
        info.projection,
        metadata,
        run.pool.workers,
    )
    try:
        run.write(stitched, raster)
        with run.timings.measure("writing"):
            raster.finish(np.concatenate([[stitched.null_count], stitched.counts]))
    finally:
        raster.close()
