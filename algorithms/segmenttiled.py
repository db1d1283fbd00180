"""Segment a raster of any size in tiles, with the same result as in one go."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFile,
    QgsProcessingParameterString,
    QgsRasterLayer,
)

from ..core.errors import ParameterError
from ..plugin.profiles.store import LOCAL
from . import checks
from .compute import CloudCompute, LocalCompute, form_widget, resolve_compute
from .segmentation import SegmentationAlgorithm


class SegmentTiled(SegmentationAlgorithm):
    """Many tiles on all cores; tiles change nothing in the result."""

    TILE_SIZE = "TILE_SIZE"
    WORKERS = "WORKERS"
    MAX_CONCURRENT_READS = "MAX_CONCURRENT_READS"
    WORKSPACE = "WORKSPACE"
    COMPUTE = "COMPUTE"
    LEAVE_JOB = "LEAVE_JOB"

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802
        self.add_main_parameters()
        self.add_spectral_parameters()
        self.add_pixel_parameters()
        self.add_sampling_parameters()
        self.add_place_parameters()
        self.add_tile_parameters()
        self.add_workspace_parameters()
        self.add_outputs()

    def add_place_parameters(self) -> None:
        """Declare where the work is done; what the parameters below it mean depends on that."""
        compute = QgsProcessingParameterString(
            self.COMPUTE, self.tr("Where tiles are worked on"), defaultValue=LOCAL
        )
        compute.setMetadata(form_widget("ComputeWidgetWrapper"))
        self.add(
            compute,
            self.tr(
                "This computer (“local” in scripts), or AWS with a Fargate profile, by its name. They are "
                "made in Settings > Options > Shepherd Segmentation."
            ),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterBoolean(
                self.LEAVE_JOB,
                self.tr("Leave the job on AWS once its input is sent, and collect it later"),
                defaultValue=False,
            ),
            self.tr(
                "The run ends early and without a result, and QGIS can be closed. “Collect a job from AWS” "
                "fetches the segments when they are there. Only with a Fargate profile."
            ),
            advanced=True,
        )

    def add_tile_parameters(self) -> None:
        """Declare how the work is divided."""
        self.add(
            self.whole_number(self.TILE_SIZE, self.tr("Tile size [pixels] (0: automatic)"), 0, 0, 65536),
            self.tr("Side of a tile. It affects memory and speed, never the result."),
            advanced=True,
        )
        self.add(
            self.whole_number(self.WORKERS, self.tr("Cores to use (0: all)"), 0, 0, 1024),
            self.tr(
                "Number of tiles worked on at the same time. With a Fargate profile: the number of workers "
                "on AWS; 0 takes the profile's."
            ),
            advanced=True,
        )
        self.add(
            self.whole_number(
                self.MAX_CONCURRENT_READS,
                self.tr("Tiles to read at the same time (0: automatic)"),
                0,
                0,
                1024,
            ),
            self.tr("More help with slow sources such as a web server, fewer with a hard disk."),
            advanced=True,
        )

    def add_workspace_parameters(self) -> None:
        """Declare where intermediate results are kept."""
        self.add(
            QgsProcessingParameterFile(
                self.WORKSPACE,
                self.tr("Workspace folder, to resume an interrupted run"),
                behavior=QgsProcessingParameterFile.Behavior.Folder,
                optional=True,
            ),
            self.tr(
                "Finished tiles are kept here. The same run started again with the same folder goes on "
                "where it stopped. Empty: a temporary folder, removed at the end. A run on AWS goes on "
                "from what it has there, and needs none."
            ),
            advanced=True,
        )

    def name(self) -> str:
        return "segmenttiled"

    def displayName(self) -> str:  # noqa: N802
        return self.tr("Segment a raster of any size (tiled)")

    def shortDescription(self) -> str:  # noqa: N802
        return self.tr("Groups similar neighbouring pixels into segments, in tiles on all cores.")

    def tags(self) -> list[str]:
        return self.tr("obia,object,k-means,clustering,image,large,parallel,tiles").split(",")

    def check(self, parameters: dict[str, Any], layer: QgsRasterLayer, context: QgsProcessingContext) -> None:
        super().check(parameters, layer, context)
        checks.check_workspace(self.parameterAsFile(parameters, self.WORKSPACE, context))
        compute = self._compute(parameters, context)
        if self.parameterAsBoolean(parameters, self.LEAVE_JOB, context):
            self._check_leaving(parameters, compute.is_local)
        if not compute.is_local and self.parameterAsFile(parameters, self.WORKSPACE, context):
            cure = (
                "leave it empty with a Fargate profile: a run on AWS keeps its own, and goes on from there."
            )
            folder = self.parameterAsFile(parameters, self.WORKSPACE, context)
            raise ParameterError("workspace", folder, cure)

    def _check_leaving(self, parameters: dict[str, Any], is_local: bool) -> None:
        """Refuse to leave a run alone that needs this computer to the end."""
        if is_local:
            raise ParameterError("leave_job", True, "choose a Fargate profile, or leave this off.")
        for name in (self.POLYGONS, self.STATISTICS_TABLE):
            if parameters.get(name):
                cure = f"“{self.label(name)}” is made on this computer: skip it, or leave this off."
                raise ParameterError("leave_job", True, cure)

    def prepareAlgorithm(  # noqa: N802
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> bool:
        with self.errors_for_processing():
            self._where = self._compute(parameters, context).prepared()
        return super().prepareAlgorithm(parameters, context, feedback)

    def engine_arguments(
        self, parameters: dict[str, Any], layer: QgsRasterLayer, context: QgsProcessingContext
    ) -> dict[str, Any]:
        return {
            "tile_size": self.exact_number(parameters, self.TILE_SIZE, context),
            "workspace": self.parameterAsFile(parameters, self.WORKSPACE, context) or None,
            **self._where.arguments(),
        }

    def _compute(
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> LocalCompute | CloudCompute:
        compute = resolve_compute(
            self.parameterAsString(parameters, self.COMPUTE, context),
            self.exact_number(parameters, self.WORKERS, context),
            self.exact_number(parameters, self.MAX_CONCURRENT_READS, context),
        )
        leave = self.parameterAsBoolean(parameters, self.LEAVE_JOB, context)
        return compute if compute.is_local else replace(compute, leave=leave)
