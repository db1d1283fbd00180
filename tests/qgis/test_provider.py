"""What the plugin registers, and what stays fixed for scripts and saved models."""

from __future__ import annotations

import subprocess
import sys

import pytest

SHARED = [
    ("INPUT", "raster", None),
    ("BANDS", "band", None),
    ("CLUSTERS", "number", 60),
    ("MIN_SEGMENT_SIZE", "number", 50),
    ("CONNECTIVITY", "enum", "4"),
    ("MAX_SPECTRAL_DIFFERENCE", "number", None),
    ("SPECTRAL_DISTANCE_PERCENTILE", "number", 50),
    ("MASK", "layer", None),
    ("BAND_SCALING", "enum", "none"),
    ("SMOOTHING", "number", 0),
    ("NODATA", "number", None),
    ("SAMPLE_SIZE", "number", 200_000),
    ("SEED", "number", 0),
    ("CREATION_OPTIONS", "string", ""),
    ("OUTPUT", "rasterDestination", None),
    ("POLYGONS", "vectorDestination", None),
    ("STATISTICS_TABLE", "vectorDestination", None),
]
PARAMETERS = {
    "segment": [*SHARED, ("EXTENT", "extent", None)],
    "segmenttiled": [
        *SHARED,
        ("TILE_SIZE", "number", 0),
        ("WORKERS", "number", 0),
        ("MAX_CONCURRENT_READS", "number", 0),
        ("WORKSPACE", "file", None),
        ("COMPUTE", "string", "local"),
        ("LEAVE_JOB", "boolean", False),
    ],
    "segmentstatistics": [
        ("SEGMENTS", "raster", None),
        ("INPUT", "raster", None),
        ("BANDS", "band", None),
        ("ADDITIONAL", "multilayer", None),
        ("STATISTICS", "enum", [0, 1, 2, 4, 5]),
        ("PERCENTILES", "string", None),
        ("SHAPE", "enum", []),
        ("NEIGHBOURS", "enum", []),
        ("PREFIX", "string", None),
        ("RESAMPLING", "enum", "nearest"),
        ("OUTPUT", "vectorDestination", None),
        ("MEAN_IMAGE", "rasterDestination", None),
        ("MEAN_IMAGE_TYPE", "enum", "float32"),
        ("WRITE_ATTRIBUTE_TABLE", "boolean", False),
        ("TILE_SIZE", "number", 0),
        ("WORKERS", "number", 0),
        ("MAX_CONCURRENT_READS", "number", 0),
        ("COMPUTE", "string", "local"),
    ],
    "segmentstopolygons": [
        ("SEGMENTS", "raster", None),
        ("STATISTICS", "source", None),
        ("INPUT", "multilayer", None),
        ("OUTPUT", "vectorDestination", None),
    ],
    "clipsegments": [
        ("SEGMENTS", "raster", None),
        ("EXTENT", "extent", None),
        ("MASK", "layer", None),
        ("STATISTICS_TABLE", "source", None),
        ("OUTPUT", "rasterDestination", None),
        ("OUTPUT_TABLE", "vectorDestination", None),
    ],
    "collectjob": [
        ("PROFILE", "string", None),
        ("JOB", "string", None),
        ("ACTION", "enum", "collect"),
        ("OUTPUT", "rasterDestination", None),
        ("LIST", "fileDestination", None),
    ],
}
SEGMENTATION = {
    "OUTPUT": "outputRaster",
    "POLYGONS": "outputVector",
    "STATISTICS_TABLE": "outputVector",
    "SEGMENT_COUNT": "outputNumber",
    "MAX_SPECTRAL_DIFFERENCE": "outputNumber",
}
OUTPUTS = {
    "segment": SEGMENTATION,
    "segmenttiled": SEGMENTATION,
    "segmentstatistics": {
        "OUTPUT": "outputVector",
        "MEAN_IMAGE": "outputRaster",
        "SEGMENT_COUNT": "outputNumber",
        "COLUMN_COUNT": "outputNumber",
    },
    "segmentstopolygons": {
        "OUTPUT": "outputVector",
        "SEGMENT_COUNT": "outputNumber",
        "MULTIPART_COUNT": "outputNumber",
    },
    "clipsegments": {
        "OUTPUT": "outputRaster",
        "OUTPUT_TABLE": "outputVector",
        "SEGMENT_COUNT": "outputNumber",
    },
    "collectjob": {
        "OUTPUT": "outputRaster",
        "LIST": "outputHtml",
        "JOB_COUNT": "outputNumber",
        "SEGMENT_COUNT": "outputNumber",
    },
}
ADVANCED = {
    "CONNECTIVITY",
    "MAX_SPECTRAL_DIFFERENCE",
    "SPECTRAL_DISTANCE_PERCENTILE",
    "BAND_SCALING",
    "SMOOTHING",
    "NODATA",
    "SAMPLE_SIZE",
    "SEED",
    "CREATION_OPTIONS",
    "TILE_SIZE",
    "WORKERS",
    "MAX_CONCURRENT_READS",
    "WORKSPACE",
    "COMPUTE",
    "LEAVE_JOB",
    "NEIGHBOURS",
    "PREFIX",
    "RESAMPLING",
    "MEAN_IMAGE_TYPE",
    "WRITE_ATTRIBUTE_TABLE",
}
# Positions are saved in models and in the history: what is added comes last.
CHOICES = {
    "STATISTICS": "count mean stddev variance min max range sum median mode minority variety",
    "SHAPE": "pixels area perimeter centroid_x centroid_y bbox compactness elongation orientation "
    "rectangularity",
    "NEIGHBOURS": "count difference similar",
    "RESAMPLING": "nearest bilinear cubic cubicspline lanczos average mode",
    "MEAN_IMAGE_TYPE": "float32 input",
}


@pytest.fixture(params=sorted(PARAMETERS))
def algorithm(request, registry):
    return registry.algorithmById(f"shepherd:{request.param}")


def test_the_provider_is_listed(registry):
    provider = registry.providerById("shepherd")
    assert provider.name() == "Shepherd Segmentation"
    assert not provider.icon().isNull()
    assert {algorithm.name() for algorithm in provider.algorithms()} >= {
        *PARAMETERS,
        "segmentstatisticspolygons",
    }


def test_parameters_keep_their_names_types_and_defaults(algorithm):
    found = {item.name(): (item.type(), item.defaultValue()) for item in algorithm.parameterDefinitions()}
    expected = {name: (kind, default) for name, kind, default in PARAMETERS[algorithm.name()]}
    assert found == expected


def test_outputs_keep_their_names(algorithm):
    found = {output.name(): output.type() for output in algorithm.outputDefinitions()}
    assert found == OUTPUTS[algorithm.name()]


def test_choices_keep_their_positions(registry):
    algorithm = registry.algorithmById("shepherd:segmentstatistics")
    assert {name: " ".join(names) for name, names in algorithm.CHOICES.items()} == CHOICES
    for name, names in algorithm.CHOICES.items():
        assert len(algorithm.parameterDefinition(name).options()) == len(names)


def test_what_few_people_need_is_folded_away(algorithm):
    from qgis.core import QgsProcessingParameterDefinition

    flag = QgsProcessingParameterDefinition.Flag.FlagAdvanced
    hidden = {item.name() for item in algorithm.parameterDefinitions() if item.flags() & flag}
    # Where a segmentation runs is worth a look.
    names = {item.name() for item in algorithm.parameterDefinitions()} - {"COMPUTE"}
    # A mask is a rare wish for a segmentation, and one of two ways to clip.
    assert hidden - {"COMPUTE"} == ADVANCED & names | ({"MASK"} if "CLUSTERS" in names else set())


def test_everything_is_explained(algorithm):
    assert all(item.help() for item in algorithm.parameterDefinitions())
    assert not algorithm.icon().isNull()
    page = algorithm.shortHelpString()
    assert len(page) > 1000
    assert "processing.run(" in page
    # The dialog makes a paragraph of every line.
    assert "\n" not in page


def test_algorithms_run_in_the_background(algorithm):
    from qgis.core import QgsProcessingAlgorithm

    flags = algorithm.flags()
    assert not flags & QgsProcessingAlgorithm.Flag.FlagNoThreading
    assert flags & QgsProcessingAlgorithm.Flag.FlagCanCancel
    assert flags & QgsProcessingAlgorithm.Flag.FlagSupportsBatch


def test_a_copy_has_the_same_parameters(algorithm):
    copy = algorithm.create()
    names = [item.name() for item in algorithm.parameterDefinitions()]
    assert [item.name() for item in copy.parameterDefinitions()] == names


def test_the_plugin_can_be_loaded_again(registry, plugin):
    plugin.unload()
    assert registry.providerById("shepherd") is None
    plugin.unload()
    plugin.initGui()
    plugin.initGui()
    assert registry.algorithmById("shepherd:segment") is not None


def test_a_second_plugin_object_replaces_the_first(registry, plugin):
    from shepherd_segmentation import classFactory

    other = classFactory(None)
    other.initGui()
    plugin.unload()
    assert registry.providerById("shepherd") is other.provider
    other.unload()
    assert registry.providerById("shepherd") is None
    plugin.initProcessing()
    assert registry.algorithmById("shepherd:segment") is not None


def test_nothing_heavy_is_imported_at_the_start():
    script = """
import sys
from qgis.core import QgsApplication
application = QgsApplication([], False)
application.initQgis()
before = set(sys.modules)
from shepherd_segmentation import classFactory
plugin = classFactory(None)
plugin.initGui()
for algorithm in plugin.provider.algorithms():
    algorithm.shortHelpString(), algorithm.canExecute(), algorithm.create()
print(" ".join(sorted(set(sys.modules) - before)))
plugin.unload()
"""
    command = [sys.executable, "-c", script]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    imported = set(result.stdout.split())
    assert "shepherd_segmentation.core.spec" in imported
    assert not imported & {"numba", "llvmlite", "boto3", "botocore", "scipy", "numpy", "osgeo.gdal"}
    # The parts of the engine that do the work are packages.
    engine = {name for name in imported if name.startswith("shepherd_segmentation.core.")}
    assert all(name.count(".") == 2 or name.endswith(".spec") for name in engine)


def test_a_missing_package_is_named_with_a_cure(algorithm, monkeypatch):
    from shepherd_segmentation.algorithms import base

    monkeypatch.setattr(base, "is_installed", lambda package: False)
    possible, reason = algorithm.canExecute()
    assert not possible
    assert "numba" in reason and "install" in reason
    monkeypatch.undo()
    assert algorithm.canExecute() == (True, "")


@pytest.mark.parametrize(
    ("platform", "words"),
    [("win32", "OSGeo4W Shell"), ("darwin", "bin/python3"), ("linux", "apt install python3-numba")],
)
def test_the_cure_fits_the_system(platform, words):
    from shepherd_segmentation.plugin.dependencies import missing_package

    assert words in missing_package("numba", platform)
