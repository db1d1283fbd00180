"""What a worker and a coordinator share: the job they were started for, and when they end."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Callable

import numpy as np
from osgeo import gdal

from ..compiling import compile_kernels
from ..dtypes import LABEL
from ..pipeline.prepare import Prepared
from ..progress import Progress
from ..raster.gdal_calls import open_raster
from ..raster.provenance import input_identity
from ..raster.source import STRIP_ROWS, RasterSource, describe_raster
from .errors import JobError
from .inputs import refuse_link_local
from .job import JOB, REMOTE, JobRecord
from .packing import pack, unpack
from .s3_workspace import S3Workspace
from .session import AwsSession, GdalCredentials

LOG = logging.getLogger("shepherd")
#: Bytes of blocks that are kept at the least: tiles that lie side by side share some.
_LEAST_CACHE = 2**27


def start_log() -> None:
    """Write one line per event to the standard output, where ECS picks it up."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)


class Machine:
    """A job as a task on AWS sees it.

    Parameters
    ----------
    location : str
        ``s3://bucket/prefix`` of the job.

    Attributes
    ----------
    reason : str
        Why this process should end; empty while it should not.
    """

    def __init__(self, location: str) -> None:
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""
        self.session = AwsSession(region)
        self.workspace = S3Workspace.at(self.session, location)
        values = self.workspace.get_json(JOB)
        if values is None:
            raise JobError(f"There is no job at {location}.")
        self.job = JobRecord.from_dict(values)
        self.reason = ""
        self._warm = 0.0
        self._credentials = GdalCredentials(self.session, "/vsis3/")

    def listen(self, stop: Callable[[], None]) -> None:
        """Call `stop` when ECS or a person ends this process."""

        def ended(number: int, _: object) -> None:
            self.reason = self.reason or f"signal {signal.Signals(number).name}"
            stop()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, ended)

    @property
    def work(self) -> str:
        """How much processor time was used since the kernels were there, in words."""
        return f"{time.process_time() - self._warm:.2f} s of processor time"

    @property
    def expired(self) -> bool:
        """Whether the job's time is over."""
        return time.time() > self.job.deadline

    def warm_up(self) -> None:
        """Load, or compile, the kernels; raises `Cancelled` when this process should end."""
        compile_kernels(self.job.info.dtype, self.job.spec.smoothing > 0, _UntilReason(self))
        unpack(pack({"labels": np.ones((2, 2), LABEL)}), "labels")
        self._warm = time.process_time()

    def refresh_credentials(self) -> None:
        """Keep GDAL's credentials valid; only needed when it reads from the cloud."""
        if self.job.source == REMOTE:
            self._credentials.refresh()

    def open_source(self) -> RasterSource:
        """Open the input where it is, after a look whether it is still the same.

        Raises
        ------
        JobError
            If it has changed since the job was started.
        """
        job = self.job
        gdal.SetConfigOption("GDAL_VRT_ENABLE_PYTHON", "NO")
        # Fewer, larger requests than with GDAL's 16 KB; but what is read begins and ends somewhere in such
        # a part, and much larger ones would fetch a quarter in vain.
        gdal.SetConfigOption("CPL_VSIL_CURL_CHUNK_SIZE", "131072")
        self.refresh_credentials()
        if job.source == REMOTE:
            refuse_link_local(job.info.path)
            found = describe_raster(job.info.path, job.info.bands, job.spec.nodata)
            same = (found.rows, found.columns, found.types) == (
                job.info.rows,
                job.info.columns,
                job.info.types,
            )
            if not same or input_identity(job.info.path) != job.identity:
                raise JobError("The input has changed since the job was started: start it again.")
            gdal.SetCacheMax(min(gdal.GetCacheMax(), max(_LEAST_CACHE, _strips_bytes(job))))
        mask = f"/vsis3/{self.workspace.bucket}/{self.workspace.key('mask.tif')}" if job.has_mask else None
        return RasterSource(job.info, mask if job.source == REMOTE else None, job.readers)

    def prepared(self) -> Prepared:
        """Return what the first stage left."""
        return Prepared.from_arrays(self.workspace.get("prepared"), len(self.job.info.bands))


def centres_of(workspace: S3Workspace, job: JobRecord) -> np.ndarray | None:
    """Return the cluster centres that the user gave, if any."""
    return workspace.get("centres")["values"] if job.has_centres else None


def _strips_bytes(job: JobRecord) -> int:
    """Return the size of the blocks that all reads of a moment need, in every band.

    GDAL would keep a twentieth of all memory. What is read once only is not worth it: on a small
    machine that a task runs on, memory that is new to it costs more than its pixels.
    """
    dataset = open_raster(job.info.path)
    width, height = dataset.GetRasterBand(job.info.bands[0]).GetBlockSize()
    pixel = dataset.RasterCount * max(gdal.GetDataTypeSize(kind) for kind in job.info.types) // 8
    return job.readers * (STRIP_ROWS + 2 * height) * (job.tile_size + 2 * width) * pixel


class _UntilReason(Progress):
    """Cancels when a machine has a reason to end."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def is_cancelled(self) -> bool:
        """Tell whether there is a reason."""
        return bool(self._machine.reason)
