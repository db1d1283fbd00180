"""Fargate as a plain value, which can be passed to another process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ..progress import Progress
from .job import Pace
from .keys import Keys
from .profile import FargateProfile

if TYPE_CHECKING:
    from ..raster_segmentation import RasterJob
    from ..segmentation import SegmentationResult
    from .client import Fargate


@dataclass(frozen=True)
class FargateCompute:
    """Runs `segment_raster` on AWS Fargate: pass it as `compute`.

    Parameters
    ----------
    profile : FargateProfile
    keys : Keys, optional
        Of the authentication entry that the profile names.
    pace : Pace, optional
    leave : bool
        End with `LeftRunning` as soon as the job goes on by itself.
    """

    profile: FargateProfile
    keys: Keys | None = None
    pace: Pace | None = None
    leave: bool = False

    @cached_property
    def _fargate(self) -> Fargate:
        from .client import Fargate

        return Fargate(self.profile, credentials=self.keys, pace=self.pace, leave=self.leave)

    def locate(self, source: str) -> str:
        """Return GDAL's name of a source; see `Fargate`."""
        return self._fargate.locate(source)

    def segment(self, job: RasterJob, progress: Progress) -> SegmentationResult:
        """Run a job to its end; see `Fargate`."""
        return self._fargate.segment(job, progress)
