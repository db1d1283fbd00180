"""The parameters that both segmentation algorithms have."""

from __future__ import annotations

from typing import ClassVar

from qgis.core import (
    Qgis,
    QgsProcessing,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBand,
    QgsProcessingParameterMapLayer,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorDestination,
)

from ..core.spec import MAX_CLUSTERS, MAX_SMOOTHING, SegmentationSpec
from .base import ShepherdAlgorithm

# The form for creation options was a Python class until QGIS 3.40 made it a type of its own.
_OPTIONS_FORM = (
    {"widget_type": "rasteroptions"}
    if Qgis.QGIS_VERSION_INT >= 34000
    else {"class": "processing.algs.gdal.ui.RasterOptionsWidget.RasterOptionsWidgetWrapper"}
)

# By name: it must not be loaded where there are no forms.
_SIZE_FORM = {"class": f"{__package__.rpartition('.')[0]}.plugin.size_widget.SizeWidgetWrapper"}


class SegmentationParameters(ShepherdAlgorithm):
    """Names and declarations; the names are fixed, since scripts and saved models use them."""

    INPUT = "INPUT"
    BANDS = "BANDS"
    CLUSTERS = "CLUSTERS"
    MIN_SEGMENT_SIZE = "MIN_SEGMENT_SIZE"
    CONNECTIVITY = "CONNECTIVITY"
    MAX_SPECTRAL_DIFFERENCE = "MAX_SPECTRAL_DIFFERENCE"
    SPECTRAL_DISTANCE_PERCENTILE = "SPECTRAL_DISTANCE_PERCENTILE"
    MASK = "MASK"
    BAND_SCALING = "BAND_SCALING"
    SMOOTHING = "SMOOTHING"
    NODATA = "NODATA"
    SAMPLE_SIZE = "SAMPLE_SIZE"
    SEED = "SEED"
    CREATION_OPTIONS = "CREATION_OPTIONS"
    OUTPUT = "OUTPUT"
    POLYGONS = "POLYGONS"
    STATISTICS_TABLE = "STATISTICS_TABLE"
    SEGMENT_COUNT = "SEGMENT_COUNT"

    CHOICES: ClassVar[dict[str, tuple[str, ...]]] = {
        "CONNECTIVITY": ("4", "8"),
        "BAND_SCALING": ("none", "standardise"),
    }

    def add_main_parameters(self) -> None:
        """Declare what everybody sets."""
        self.add(
            QgsProcessingParameterRasterLayer(self.INPUT, self.tr("Raster to segment")),
            self.tr("The image, with any number of bands."),
        )
        self.add(
            QgsProcessingParameterBand(
                self.BANDS,
                self.tr("Bands (none chosen: all)"),
                parentLayerParameterName=self.INPUT,
                optional=True,
                allowMultiple=True,
            ),
            self.tr("Bands that decide what is alike. None chosen: all except an alpha band."),
        )
        self.add(
            self.whole_number(
                self.CLUSTERS,
                self.tr("Number of clusters"),
                SegmentationSpec.clusters,
                1,
                MAX_CLUSTERS,
            ),
            self.tr("Spectral classes that pixels are sorted into first. More draw finer borders."),
        )
        size = self.whole_number(
            self.MIN_SEGMENT_SIZE,
            self.tr("Minimum segment size [pixels]"),
            SegmentationSpec.min_segment_size,
        )
        size.setMetadata({"widget_wrapper": _SIZE_FORM})
        self.add(
            size,
            self.tr("Minimum mapping unit: smaller segments join their most similar neighbour."),
        )

    def add_spectral_parameters(self) -> None:
        """Declare what decides how alike two things are."""
        self.add(
            self.number(
                self.MAX_SPECTRAL_DIFFERENCE,
                self.tr("Maximum spectral difference (empty: automatic)"),
                None,
                0,
            ),
            self.tr(
                "A small segment joins a neighbour only if their mean spectra are at most this far "
                "apart, in the units of the bands. A very large number means no limit."
            ),
            advanced=True,
        )
        self.add(
            self.number(
                self.SPECTRAL_DISTANCE_PERCENTILE,
                self.tr("Percentile for the automatic maximum [%]"),
                SegmentationSpec.spectral_distance_percentile,
                0,
                100,
                decimals=1,
            ),
            self.tr("Percentile of the distances between cluster centres. Lower keeps more small segments."),
            advanced=True,
        )
        self.add(
            self.choice(self.BAND_SCALING, self.tr("Band scaling")),
            self.tr(
                "“standardise” measures every band in units of its own standard deviation: for bands of "
                "different kinds, such as reflectance and elevation."
            ),
            advanced=True,
        )
        self.add(
            self.number(
                self.SMOOTHING,
                self.tr("Smoothing before clustering [pixels]"),
                SegmentationSpec.smoothing,
                0,
                MAX_SMOOTHING,
                decimals=2,
            ),
            self.tr("Standard deviation of a Gaussian filter; 0.5 to 1 calms noisy images, 0 is off."),
            advanced=True,
        )

    def add_pixel_parameters(self) -> None:
        """Declare which pixels take part, and which of them are neighbours."""
        self.add(
            self.choice(self.CONNECTIVITY, self.tr("Connectivity (4: along edges, 8: also at corners)")),
            self.tr("With 8, thin diagonal things such as roads stay in one piece."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterMapLayer(
                self.MASK,
                self.tr("Mask (raster above 0, or polygons)"),
                optional=True,
                types=[
                    QgsProcessing.SourceType.TypeRaster,
                    QgsProcessing.SourceType.TypeVectorPolygon,
                ],
            ),
            self.tr("Only pixels inside are segmented. Any grid and coordinate system will do."),
            advanced=True,
        )
        self.add(
            self.number(self.NODATA, self.tr("Nodata value (empty: as stored in the raster)"), None),
            self.tr("Pixels that have this value in any of the bands are left out."),
            advanced=True,
        )

    def add_sampling_parameters(self) -> None:
        """Declare what the clusters are fitted on."""
        self.add(
            self.whole_number(
                self.SAMPLE_SIZE,
                self.tr("Sample for clustering [pixels]"),
                SegmentationSpec.sample_size,
            ),
            self.tr("Pixels, from all over the raster, that the clusters are found on."),
            advanced=True,
        )
        self.add(
            self.whole_number(self.SEED, self.tr("Random seed"), SegmentationSpec.seed, 0),
            self.tr("The same seed gives the same result, always."),
            advanced=True,
        )

    def add_outputs(self) -> None:
        """Declare the results."""
        options = QgsProcessingParameterString(
            self.CREATION_OPTIONS, self.tr("Creation options"), defaultValue="", optional=True
        )
        options.setMetadata({"widget_wrapper": _OPTIONS_FORM})
        self.add(options, self.tr("Options of the output's format, in place of the usual."), advanced=True)
        self.add(
            QgsProcessingParameterRasterDestination(self.OUTPUT, self.tr("Segments")),
            self.tr("Raster of segment ids from 1 on; 0 where the image has no data."),
        )
        self.add(
            QgsProcessingParameterVectorDestination(
                self.POLYGONS,
                self.tr("Polygons"),
                QgsProcessing.SourceType.TypeVectorPolygon,
                optional=True,
                createByDefault=False,
            ),
            self.tr("A polygon for every segment, with its statistics as attributes."),
        )
        self.add(
            QgsProcessingParameterVectorDestination(
                self.STATISTICS_TABLE,
                self.tr("Statistics table"),
                QgsProcessing.SourceType.TypeVector,
                optional=True,
                createByDefault=False,
            ),
            self.tr(
                "Mean, standard deviation, minimum and maximum of the segmented bands, and the shape of "
                "every segment."
            ),
        )
        self.addOutput(QgsProcessingOutputNumber(self.SEGMENT_COUNT, self.tr("Number of segments")))
        self.addOutput(
            QgsProcessingOutputNumber(
                self.MAX_SPECTRAL_DIFFERENCE, self.tr("Maximum spectral difference used")
            )
        )

    def number(
        self,
        name: str,
        label: str,
        default: float | None,
        low: float | None = None,
        high: float | None = None,
        decimals: int = 6,
    ) -> QgsProcessingParameterNumber:
        """Describe a number; one without a default may stay empty."""
        real = QgsProcessingParameterNumber.Type.Double
        parameter = QgsProcessingParameterNumber(name, label, real, default, default is None)
        parameter.setMetadata({"widget_wrapper": {"decimals": decimals}})
        if low is not None:
            parameter.setMinimum(low)
        if high is not None:
            parameter.setMaximum(high)
        return parameter
