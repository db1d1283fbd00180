"""List, collect, watch and delete jobs that run on AWS Fargate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterString,
)

from ..core.errors import Cancelled, ParameterError
from ..core.progress import ProgressSpan
from ..plugin.feedback import FeedbackProgress
from ..plugin.styling import SegmentStyler, style_when_loaded
from . import checks, jobspage
from .base import ShepherdAlgorithm
from .compute import form_widget, usable_profile
from .engine import call_engine

if TYPE_CHECKING:
    from ..core.aws.profile import FargateProfile

#: What can be done with a job.
COLLECT, WATCH, DELETE = "collect", "watch", "delete"
#: What is done when no job is named.
LIST_JOBS = ""


class CollectJob(ShepherdAlgorithm):
    """Picks up what went on at AWS while QGIS was closed."""

    PROFILE = "PROFILE"
    JOB = "JOB"
    ACTION = "ACTION"
    OUTPUT = "OUTPUT"
    LIST = "LIST"
    JOB_COUNT = "JOB_COUNT"
    SEGMENT_COUNT = "SEGMENT_COUNT"

    CHOICES: ClassVar[dict[str, tuple[str, ...]]] = {ACTION: (COLLECT, WATCH, DELETE)}

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802
        profile = QgsProcessingParameterString(self.PROFILE, self.tr("Fargate profile"))
        profile.setMetadata(form_widget("ProfileWidgetWrapper"))
        self.add(profile, self.tr("The profile that the jobs were started with."))
        job = QgsProcessingParameterString(self.JOB, self.tr("Job (empty: list all jobs)"), optional=True)
        job.setMetadata(form_widget("JobWidgetWrapper"))
        self.add(
            job,
            self.tr(
                "The id of a job, as the list shows it. The form offers those that this computer has started."
            ),
        )
        self.add(
            self.choice(self.ACTION, self.tr("What to do with it")),
            self.tr(
                "“collect” waits for the end, fetches the raster and cleans up; “watch” only waits and "
                "leaves the raster at AWS; “delete” stops the job and deletes all that it made."
            ),
        )
        self.add(
            QgsProcessingParameterRasterDestination(
                self.OUTPUT, self.tr("Segments"), None, optional=True, createByDefault=False
            ),
            self.tr("Where to put a collected raster. Skipped: the file that the job was started for."),
        )
        self.add(
            QgsProcessingParameterFileDestination(
                self.LIST,
                self.tr("List of jobs"),
                self.tr("HTML files (*.html)"),
                None,
                optional=True,
                createByDefault=True,
            ),
            self.tr("A page with all jobs and their states, when none is named."),
        )
        self.addOutput(QgsProcessingOutputNumber(self.JOB_COUNT, self.tr("Number of jobs")))
        self.addOutput(QgsProcessingOutputNumber(self.SEGMENT_COUNT, self.tr("Number of segments")))

    def name(self) -> str:
        return "collectjob"

    def displayName(self) -> str:  # noqa: N802
        return self.tr("Collect a job from AWS")

    def shortDescription(self) -> str:  # noqa: N802
        return self.tr("Lists, collects, watches or deletes jobs that run on AWS Fargate.")

    def tags(self) -> list[str]:
        return self.tr("aws,fargate,cloud,jobs,resume,offload").split(",")

    def group(self) -> str:
        return self.tr("AWS")

    def groupId(self) -> str:  # noqa: N802
        return "aws"

    def checkParameterValues(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> tuple[bool, str]:
        try:
            self._profile(parameters, context)
            self.chosen(parameters, self.ACTION, context)
            checks.check_output("output", parameters.get(self.OUTPUT), {})
        except ParameterError as error:
            return False, self.explain(error)
        return super().checkParameterValues(self.as_processing_likes(parameters), context)

    def _profile(self, parameters: dict[str, Any], context: QgsProcessingContext) -> FargateProfile:
        name = self.parameterAsString(parameters, self.PROFILE, context).strip()
        return usable_profile("profile", name, self.tr("choose one"))

    def prepareAlgorithm(  # noqa: N802
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> bool:
        from ..plugin.profiles.credentials import keys_of

        with self.errors_for_processing():
            profile = self._profile(parameters, context)
            self._access = {"profile": profile, "credentials": keys_of([profile.auth_config])}
        return super().prepareAlgorithm(parameters, context, feedback)

    def processAlgorithm(  # noqa: N802
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> dict[str, Any]:
        job = self.parameterAsString(parameters, self.JOB, context).strip()
        action = self.chosen_one(parameters, self.ACTION, context) if job else LIST_JOBS
        progress = FeedbackProgress(feedback)
        try:
            with self.errors_for_processing():
                if action == COLLECT:
                    return self._collect(job, parameters, context, progress)
                if action == WATCH:
                    return self._watch(job, progress)
                if action == DELETE:
                    return self._delete(job, progress)
                return self._list(parameters, context, progress)
        except Cancelled:
            goes_on = self.tr("Stopped watching. The job goes on at AWS.")
            feedback.pushInfo(goes_on if action in (COLLECT, WATCH) else self.tr("Cancelled."))
            return {}

    def _watch(self, job: str, progress: FeedbackProgress) -> dict[str, Any]:
        call_engine("watch_job", progress, job_id=job, **self._access)
        progress.message(self.tr("The raster is complete; collect it when you like."))
        return {}

    def _delete(self, job: str, progress: FeedbackProgress) -> dict[str, Any]:
        problems = call_engine("delete_job", progress, job_id=job, **self._access)
        for problem in problems:
            progress.warning(self.tr("{problem} It is tried again when QGIS starts.").format(problem=problem))
        if not problems:
            progress.message(self.tr("Job {job} is deleted; nothing of it is left at AWS.").format(job=job))
        return {}

    def _collect(
        self,
        job: str,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        progress: FeedbackProgress,
    ) -> dict[str, Any]:
        output = self.parameterAsOutputLayer(parameters, self.OUTPUT, context)
        if not output:
            states = call_engine("list_jobs", ProgressSpan(progress, 0.0, 0.0), **self._access)
            output = next((state.output for state in states if state.job_id == job), "")
        result = call_engine("collect_job", progress, job_id=job, output=output or None, **self._access)
        styler = SegmentStyler(result.segment_count, result.null_count)
        title = self.label(self.OUTPUT)
        style_when_loaded(context, output, styler, title, Path(output).stem or title)
        text = self.tr("{count} segments. The raster is in {path}.")
        progress.message(text.format(count=result.segment_count, path=output))
        return {self.OUTPUT: output, self.SEGMENT_COUNT: result.segment_count}

    def _list(
        self, parameters: dict[str, Any], context: QgsProcessingContext, progress: FeedbackProgress
    ) -> dict[str, Any]:
        states = call_engine("list_jobs", progress, **self._access)
        for state in states:
            progress.message(jobspage.line_of(state))
        if not states:
            progress.message(self.tr("The profile has no jobs."))
        results: dict[str, Any] = {self.JOB_COUNT: len(states)}
        page = self.parameterAsFileOutput(parameters, self.LIST, context)
        if page:
            name = self._access["profile"].name
            Path(page).write_text(jobspage.page_of(name, states), encoding="utf-8")
            results[self.LIST] = page
        return results
