"""The parameters of the statistics of segments."""

from __future__ import annotations

from typing import ClassVar

from qgis.core import (
    QgsProcessing,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBand,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorDestination,
)

from ..core.statistics import spec
from .measuring import MeasuringAlgorithm


class StatisticsParameters(MeasuringAlgorithm):
    """Names and declarations; the names are fixed, since scripts and saved models use them."""

    INPUT = "INPUT"
    BANDS = "BANDS"
    ADDITIONAL = "ADDITIONAL"
    STATISTICS = "STATISTICS"
    PERCENTILES = "PERCENTILES"
    SHAPE = "SHAPE"
    NEIGHBOURS = "NEIGHBOURS"
    PREFIX = "PREFIX"
    RESAMPLING = "RESAMPLING"
    OUTPUT = "OUTPUT"
    MEAN_IMAGE = "MEAN_IMAGE"
    MEAN_IMAGE_TYPE = "MEAN_IMAGE_TYPE"
    WRITE_ATTRIBUTE_TABLE = "WRITE_ATTRIBUTE_TABLE"
    WORKERS = "WORKERS"
    MAX_CONCURRENT_READS = "MAX_CONCURRENT_READS"
    TILE_SIZE = "TILE_SIZE"
    COMPUTE = "COMPUTE"
    COLUMN_COUNT = "COLUMN_COUNT"

    FILES = (OUTPUT, MEAN_IMAGE)
    # Positions in these lists are saved in models: what is added comes last.
    CHOICES: ClassVar[dict[str, tuple[str, ...]]] = {
        STATISTICS: spec.STATISTICS,
        SHAPE: spec.SHAPES,
        NEIGHBOURS: spec.NEIGHBOURS,
        RESAMPLING: tuple(spec.RESAMPLING),
        MEAN_IMAGE_TYPE: ("float32", "input"),
    }
    ENGINE_NAMES: ClassVar[dict[str, str]] = {"rasters": INPUT}

    def add_rasters(self) -> None:
        """Declare what is measured."""
        self.add(
            QgsProcessingParameterRasterLayer(
                self.INPUT, self.tr("Raster to measure (empty: only shapes)"), optional=True
            ),
            self.tr(
                "The image whose values are summed up. It may lie on another grid than the segments. "
                "Without one, only shapes and neighbours are measured."
            ),
        )
        self.add(
            QgsProcessingParameterBand(
                self.BANDS,
                self.tr("Bands (none chosen: all)"),
                parentLayerParameterName=self.INPUT,
                optional=True,
                allowMultiple=True,
            ),
            self.tr("Bands of the raster to measure. None chosen: all except an alpha band."),
        )
        self.add(
            QgsProcessingParameterMultipleLayers(
                self.ADDITIONAL,
                self.tr("Further rasters (all their bands)"),
                QgsProcessing.SourceType.TypeRaster,
                optional=True,
            ),
            self.tr("Measured in the same pass; the names of their columns begin with that of the file."),
        )

    def add_values(self) -> None:
        """Declare which statistics of the values there are."""
        titles = (
            self.tr("Number of valid pixels"),
            self.tr("Mean"),
            self.tr("Standard deviation"),
            self.tr("Variance"),
            self.tr("Minimum"),
            self.tr("Maximum"),
            self.tr("Range"),
            self.tr("Sum"),
            self.tr("Median"),
            self.tr("Mode (most frequent value)"),
            self.tr("Minority (least frequent value)"),
            self.tr("Number of distinct values"),
        )
        default = spec.StatisticsSpec().statistics
        self.add(
            self.choices(self.STATISTICS, self.tr("Statistics of every band"), titles, default),
            self.tr("In scripts: names such as “mean” and “stddev”, or positions in this list."),
        )
        self.add(
            QgsProcessingParameterString(
                self.PERCENTILES, self.tr("Percentiles of every band (such as 5, 97.5)"), optional=True
            ),
            self.tr("Numbers from 0 to 100, separated by commas."),
        )

    def add_geometry(self) -> None:
        """Declare what follows from the segments alone."""
        shapes = (
            self.tr("Number of pixels"),
            self.tr("Area"),
            self.tr("Perimeter"),
            self.tr("Centroid x"),
            self.tr("Centroid y"),
            self.tr("Bounding box (four columns)"),
            self.tr("Compactness"),
            self.tr("Elongation"),
            self.tr("Orientation"),
            self.tr("Rectangularity"),
        )
        self.add(
            self.choices(self.SHAPE, self.tr("Shape"), shapes),
            self.tr("Lengths and areas are in units of the map. The formulas are in the help."),
        )
        neighbours = (
            self.tr("Number of neighbours"),
            self.tr("Mean difference to the neighbours, of every band"),
            self.tr("Share of the border with the most similar neighbour"),
        )
        self.add(
            self.choices(self.NEIGHBOURS, self.tr("Neighbours"), neighbours),
            self.tr("Neighbours are segments that share an edge of a pixel."),
            advanced=True,
        )

    def add_naming(self) -> None:
        """Declare how columns are called, and how rasters are laid over the segments."""
        self.add(
            QgsProcessingParameterString(
                self.PREFIX, self.tr("Prefix of the columns of the raster to measure"), optional=True
            ),
            self.tr("“s2” makes “s2_b1_mean” of “b1_mean”."),
            advanced=True,
        )
        self.add(
            self.choice(self.RESAMPLING, self.tr("Resampling of rasters on another grid")),
            self.tr("Such rasters are warped to the pixels of the segments as they are read."),
            advanced=True,
        )

    def add_outputs(self) -> None:
        """Declare the results."""
        self.add(
            QgsProcessingParameterVectorDestination(
                self.OUTPUT, self.tr("Statistics table"), QgsProcessing.SourceType.TypeVector
            ),
            self.tr("A table with one row per segment: GeoPackage, CSV, and others."),
        )
        self.add(
            QgsProcessingParameterRasterDestination(
                self.MEAN_IMAGE, self.tr("Mean image"), optional=True, createByDefault=False
            ),
            self.tr("The raster to measure, in which every segment is painted with its mean values."),
        )
        self.add(
            self.choice(self.MEAN_IMAGE_TYPE, self.tr("Data type of the mean image")),
            self.tr(
                "“input” is that of the raster to measure; means are rounded where that is whole numbers."
            ),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterBoolean(
                self.WRITE_ATTRIBUTE_TABLE,
                self.tr(
                    "Also add the columns to the attribute table of the segments (KEA and Erdas Imagine)"
                ),
                defaultValue=False,
            ),
            self.tr("Changes the raster of segments itself."),
            advanced=True,
        )
        self.add_segment_count()
        self.addOutput(QgsProcessingOutputNumber(self.COLUMN_COUNT, self.tr("Number of columns")))

    def add_work(self) -> None:
        """Declare how the work is divided."""
        self.add(
            self.whole_number(self.TILE_SIZE, self.tr("Tile size [pixels] (0: automatic)"), 0, 0, 65536),
            self.tr("Side of a tile. It affects memory and speed, never the result."),
            advanced=True,
        )
        self.add(
            self.whole_number(self.WORKERS, self.tr("Cores to use (0: all)"), 0, 0, 1024),
            self.tr("Number of tiles worked on at the same time."),
            advanced=True,
        )
        label = self.tr("Tiles to read at the same time (0: automatic)")
        self.add(
            self.whole_number(self.MAX_CONCURRENT_READS, label, 0, 0, 1024),
            self.tr("More help with slow sources such as a web server, fewer with a hard disk."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterString(
                self.COMPUTE, self.tr("Where tiles are worked on"), defaultValue="local"
            ),
            self.tr("“local” is this computer."),
            advanced=True,
        )
