"""Running on AWS Fargate from this computer: start, watch, collect, cancel, and clean up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from ..errors import Cancelled, LeftRunning, WorkspaceError
from ..progress import Progress
from ..raster.mask import align_mask
from ..raster.output_folder import OutputFolder
from ..raster_segmentation import RasterJob
from ..segmentation import SegmentationResult
from ..spec import SegmentationSpec
from ..timings import timing_table
from . import submit as submission
from .checks import preflight
from .errors import AwsError, ConnectionLostError, CredentialsError, JobError
from .estimation import Estimate, check_limits, estimate, suitable_tile_size
from .feed import Feeder, put_extras
from .fetch import fetch
from .inputs import forget_cached, gdal_name, is_remote, refuse_link_local
from .job import UPLOADED, Pace, job_id_of
from .journal import DELETING, RUNNING, UPLOADING, JobLog, Journal
from .profile import FargateProfile
from .responsive import responsive
from .session import AwsSession, Credentials, GdalCredentials
from .submit import Creator, Job, attach
from .teardown import TASKS, Teardown
from .watch import Watch, refuse_gone


class Fargate:
    """Runs `segment_raster` on AWS Fargate: pass it as `compute`.

    Running again with the same input and parameters picks up a job that goes on without this
    computer, or that this computer left when it was switched off.

    Parameters
    ----------
    profile : FargateProfile
    journal : Journal, optional
    credentials : callable, optional
        Looks up entries of the QGIS authentication database.
    pace : Pace, optional
    leave : bool
        End with `LeftRunning` as soon as the job needs this computer no more; `collect_job` fetches
        its result later.

    Examples
    --------
    >>> segment_raster("in.tif", "out.tif", compute=Fargate(profile))  # doctest: +SKIP
    """

    def __init__(
        self,
        profile: FargateProfile,
        journal: Journal | None = None,
        credentials: Credentials | None = None,
        pace: Pace | None = None,
        leave: bool = False,
    ) -> None:
        self.profile, self.pace, self.leave = profile, pace or Pace(), leave
        self.session = AwsSession.of_profile(profile, credentials)
        self.journal = journal or Journal()
        self._given: list[GdalCredentials] = []

    def locate(self, source: str) -> str:
        """Return GDAL's name of a source, having given GDAL the profile's credentials for it."""
        name = gdal_name(source)
        forget_cached(name)
        if name.startswith("/vsicurl/"):
            refuse_link_local(name)
        if name.startswith("/vsis3/"):
            credentials = GdalCredentials(self.session, f"/vsis3/{name.split('/')[2]}/")
            credentials.refresh()
            self._given.append(credentials)
        return name

    def _forget(self) -> None:
        while self._given:
            self._given.pop().forget()

    def estimate(self, raster: RasterJob) -> Estimate:
        """Estimate what a run will need."""
        uploaded = not is_remote(raster.info.path)
        workers = self._workers(raster)
        return estimate(self.profile, *_dimensions(raster), raster.tile_size, workers, uploaded)

    def _with_tile_size(self, raster: RasterJob) -> RasterJob:
        """Choose the tile size for a run that leaves it open."""
        if raster.tile_size:
            return raster
        size = suitable_tile_size(self.profile, *_dimensions(raster), not is_remote(raster.info.path))
        return replace(raster, tile_size=size)

    def _workers(self, raster: RasterJob) -> int:
        return min(raster.workers or self.profile.workers, len(raster.grid))

    def job_id(self, raster: RasterJob) -> str:
        """Return the id of the job that does a run."""
        form = [raster.form.driver, list(raster.form.options)]
        return job_id_of({**raster.identity(), "format": form, "bucket": self.profile.bucket})

    def segment(self, job: RasterJob, progress: Progress) -> SegmentationResult:
        """Run a job to its end, and leave nothing behind; see `segment_raster`."""
        if job.workspace:
            raise JobError("workspace: leave this empty; a run on AWS keeps its own.")
        return responsive(lambda relay: self._segment(job, relay), progress)

    def _segment(self, job: RasterJob, progress: Progress) -> SegmentationResult:
        with ExitStack() as stack:
            stack.callback(self._forget)
            job = self._with_tile_size(job)
            folder = OutputFolder(job.output)
            stack.callback(folder.remove)
            log = stack.enter_context(self.journal.attend(self.job_id(job)))
            with self.cleaning_up(log, progress):
                running = self.submit(job, log, progress, folder.path / "work")
                progress.check()
                result = None if self.leave else self.finish(running, folder, progress)
            if result is None:
                raise _left_running(log.job.job_id)
            self.clean_up(log, progress)
        return result

    def finish(self, job: Job, folder: OutputFolder, progress: Progress) -> SegmentationResult:
        """Watch a job to its end and put its raster in its place."""
        Watch(job, progress).until_finished()
        try:
            result = fetch(job, folder.path, Path(folder.temporary).name, progress)
        except (AwsError, WorkspaceError):
            refuse_gone(job)
            raise
        progress.check()
        folder.publish()
        progress.fraction(1.0)
        progress.message(timing_table(result.timings, job.record.workers * job.record.threads))
        return result

    def submit(self, raster: RasterJob, log: JobLog, progress: Progress, scratch: Path) -> Job:
        """Start a job or pick it up, and send its input; then it goes on by itself."""
        job = self._pick_up(log, progress)
        mask = _aligned_mask(raster, scratch, progress) if job is None or needs_input(job) else None
        if job is None:
            job = self._create(raster, log, progress)
            put_extras(job, raster, mask, progress.check)
            submission.launch(job, progress)
        if needs_input(job):
            Feeder(job, raster, mask, progress, Watch(job, progress).tick).run()
        log.turn(RUNNING)
        return job

    def _pick_up(self, log: JobLog, progress: Progress) -> Job | None:
        """Return the job if it is already there; finish a teardown that was interrupted."""
        if log.entry is None:
            return None
        if log.entry.state != DELETING:
            progress.message(f"Picking up job {log.entry.job_id}, started earlier.")
            try:
                return attach(self.session, self.profile, log)
            except JobError as error:
                progress.message(str(error))
        self.clean_up(log, progress)
        if log.entry is not None:
            raise JobError(f"Job {log.job.job_id} could not be cleaned up yet: try again in a few minutes.")
        return None

    def _create(self, raster: RasterJob, log: JobLog, progress: Progress) -> Job:
        found, workers = self.estimate(raster), self._workers(raster)
        progress.message("Checking the Fargate profile.")
        preflight(self.profile, self.session, check_limits(self.profile, found, workers), progress.check)
        progress.message(found.text(self.profile, workers))
        job_id = self.job_id(raster)
        submission.refuse_running(self.session, self.profile, job_id)
        progress.check()
        entry = submission.new_entry(raster, self.profile, job_id, self.journal.client_id)
        record = submission.record_of(raster, self.profile, entry, found, workers, self.pace)
        log.start(replace(entry, deadline=record.deadline))
        creator = Creator(self.session, self.profile, log)
        return creator.create(record, found.coordinator or (0, 0, 0), progress.check)

    @contextmanager
    def cleaning_up(self, log: JobLog, progress: Progress, cancel_deletes: bool = True) -> Iterator[None]:
        """Take everything down after a cancel or a failure; a job that can go on is left alone."""
        try:
            yield
        except Cancelled:
            if not cancel_deletes:
                progress.message("The job goes on at AWS; collect it later.")
                raise
            if log.entry is not None:
                progress.message("Cancelled: stopping the tasks on AWS and deleting what the job made.")
                self.clean_up(log, progress)
            raise
        except (ConnectionLostError, CredentialsError) as error:
            future = _without_us(log)
            if future:
                raise type(error)(f"{error} {future}") from error
            self.clean_up(log, progress)
            raise
        except BaseException:
            if log.entry is not None:
                self.clean_up(log, progress)
            raise

    def clean_up(self, log: JobLog, progress: Progress) -> None:
        """Take everything down; what is left is told and tried again at the next start."""
        if log.entry is None:
            return
        problems = Teardown(self.session, log, self.pace.stop).run()
        for problem in problems:
            progress.warning(f"{problem} It is tried again at the next start.")


def _without_us(log: JobLog) -> str:
    """Return what becomes of a job that this computer has lost; nothing if it has no future."""
    if log.entry is None or log.entry.state == DELETING or not log.entry.names(TASKS):
        return ""
    if log.entry.state == UPLOADING:
        return (
            f"Job {log.entry.job_id} waits at AWS for the rest of its input: run again with the same "
            "parameters to go on, or delete it."
        )
    return (
        f"Job {log.entry.job_id} goes on at AWS: run again with the same parameters to pick it up, or "
        "collect it later."
    )


def _left_running(job_id: str) -> LeftRunning:
    return LeftRunning(
        f"Job {job_id} goes on at AWS without this computer: collect it later, or run again with the same "
        "parameters to wait for it."
    )


def needs_input(job: Job) -> bool:
    """Tell whether a job waits for pixels that only this computer has."""
    return job.record.source == UPLOADED and job.log.job.state == UPLOADING


def _aligned_mask(raster: RasterJob, folder: Path, progress: Progress) -> str | None:
    if not raster.mask:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    target = str(folder / "mask.tif")
    align_mask(raster.mask, raster.info, target, progress)
    return target


def _dimensions(raster: RasterJob) -> tuple[int, int, int, int, SegmentationSpec]:
    """Return what estimates depend on: rows, columns, bands, bytes of a value, and what is asked for."""
    extent, info = raster.extent, raster.info
    return extent.rows, extent.columns, len(info.bands), info.dtype.itemsize, raster.spec
