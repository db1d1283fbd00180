"""What a job is: all that workers and the coordinator need to know, as one small object."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from ..errors import ShepherdError
from ..grid import TileGrid, Window
from ..raster.formats import OutputFormat
from ..raster.source import RasterInfo
from ..spec import SegmentationSpec
from ..version import VERSION
from .errors import JobError

#: Objects of a job beside those of the stages.
JOB, STATUS, RESULT, SEGMENTED, SENT = "job", "status", "result", "segmented", "sent"
#: Put first when a job is taken down: whoever else looks after it must not start tasks again.
CLOSED = "closed"
UPLOADED, REMOTE = "uploaded", "remote"
_ID = re.compile(r"[a-z0-9-]{1,40}")
#: The most tiles of a job: their list must stay quick to read.
MAX_TILES = 1_000_000


@dataclass(frozen=True)
class Pace:
    """How often things are looked at and how long they are waited for, in seconds.

    Parameters
    ----------
    poll : float
        Between two looks at the job's state.
    supervise : float
        Between two looks at its tasks.
    wait : int
        A worker asks the queue for a tile this long (SQS allows 20).
    lease : int
        A tile whose worker is lost is given to another one after this.
    idle : float
        A worker without a tile, and a coordinator without news, ends after this.
    patience : float
        For a first task to be started.
    stop : float
        For tasks to stop.
    deliveries : int
        A tile that ended or failed this often is not tried again.
    reach : float
        A client that has lost AWS for longer gives up; the job goes on.
    """

    poll: float = 2.0
    supervise: float = 15.0
    wait: int = 20
    lease: int = 120
    idle: float = 600.0
    patience: float = 240.0
    stop: float = 170.0
    deliveries: int = 4
    reach: float = 120.0


@dataclass(frozen=True)
class JobRecord:
    """One job, as it is stored in its workspace.

    Parameters
    ----------
    job_id, client_id : str
    queue, dead_letters : str
        URLs of its queues.
    source : str
        `UPLOADED`: tiles come through the workspace; `REMOTE`: workers read the input.
    info : RasterInfo
    identity : list
        Name, size and time of the input's files.
    spec : SegmentationSpec
    extent : Window
    tile_size : int
    form : OutputFormat
    output_name : str
        File name of the result.
    metadata : dict of str to str
        Of the result, as far as it is known before the run.
    has_mask, has_centres : bool
    workers, threads, readers : int
        Tasks, tiles at a time in each, and reads of the input at a time in each.
    coordinator_threads : int
    created, deadline : float
        Seconds since 1970; everything ends by itself after the deadline.
    pace : Pace
    version : str
        Of the engine.
    """

    job_id: str
    client_id: str
    queue: str
    dead_letters: str
    source: str
    info: RasterInfo
    identity: list
    spec: SegmentationSpec
    extent: Window
    tile_size: int
    form: OutputFormat
    output_name: str
    metadata: dict[str, str]
    has_mask: bool
    has_centres: bool
    workers: int
    threads: int
    readers: int
    coordinator_threads: int
    created: float
    deadline: float
    pace: Pace = field(default_factory=Pace)
    version: str = VERSION

    @property
    def grid(self) -> TileGrid:
        """The tiles of the extent."""
        return TileGrid(self.extent.rows, self.extent.columns, self.tile_size)

    def to_dict(self) -> dict[str, Any]:
        """Return the record as values that JSON can hold."""
        return {**asdict(self), "spec": self.spec.to_dict()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> JobRecord:
        """Rebuild a record; refuse one that is damaged or of another engine version."""
        if isinstance(values, Mapping) and values.get("version") != VERSION:
            raise JobError(
                f"The job was made by version {values.get('version')} of the engine, this is {VERSION}: "
                "use a container image and a plugin of the same version."
            )
        try:
            parts = dict(values)
            parts["info"] = RasterInfo(**{k: _tuple(v) for k, v in parts["info"].items()})
            parts["spec"] = SegmentationSpec.from_dict(parts["spec"])
            parts["extent"] = Window(**parts["extent"])
            form = parts["form"]
            parts["form"] = OutputFormat(form["driver"], tuple(form["options"]))
            parts["pace"] = Pace(**parts["pace"])
            record = cls(**{item.name: parts[item.name] for item in fields(cls)})
            sound = record.is_sound()
        except (KeyError, TypeError, ValueError, AttributeError, ShepherdError):
            sound = False
        if not sound:
            raise JobError("The job's description is damaged: delete the job and start it again.")
        return record

    def is_sound(self) -> bool:
        """Tell whether numbers and names are possible, before anything relies on them."""
        info, extent = self.info, self.extent
        sizes = (info.rows, info.columns, extent.rows, extent.columns, self.tile_size, self.threads)
        counts = (self.workers, self.readers, self.coordinator_threads)
        if not all(isinstance(n, int) and 0 < n < 2**31 for n in (*sizes, *counts)):
            return False
        plain = "/" not in self.output_name and self.output_name not in ("", ".", "..")
        inside = Window(0, 0, info.rows, info.columns).contains(extent) and len(self.grid) <= MAX_TILES
        bands = 0 < len(info.bands) == len(info.types) == len(info.nodata)
        known = self.source in (UPLOADED, REMOTE) and bool(_ID.fullmatch(self.job_id))
        return plain and inside and bands and known


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def job_id_of(identity: Mapping[str, Any]) -> str:
    """Return the id of a job: the same input and parameters give the same id."""
    text = json.dumps(identity, sort_keys=True, default=str)
    return f"s{hashlib.sha256(text.encode()).hexdigest()[:19]}"
