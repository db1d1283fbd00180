"""Trying out parameters on a part of an image: a new try takes the place of the one before."""

from __future__ import annotations

import shutil

import pytest

EXTENT = "360630,361130,5350640,5351240 [EPSG:32633]"
TRY = {"EXTENT": EXTENT, "OUTPUT": "TEMPORARY_OUTPUT"}


@pytest.fixture
def project(qgis_app):
    from qgis.core import QgsProject

    # Not one of our own: pytest keeps it for longer than QGIS 3.44 bears.
    yield QgsProject.instance()
    QgsProject.instance().clear()


def form_feedback():
    """A feedback that says it is that of a form; QGIS keeps the class to itself (see test_desktop)."""
    from qgis.core import QgsProcessingFeedback

    return type("QgsProcessingAlgorithmDialogFeedback", (QgsProcessingFeedback,), {})(False)


class Runs:
    """Runs the algorithm and loads what it makes, as the toolbox does."""

    def __init__(self, registry, project, image):
        self.registry, self.project, self.image = registry, project, image
        self.log = ""

    def start(self, algorithm="segment", name=None, feedback=None, **parameters):
        """Run; return what loads the results."""
        from qgis.core import QgsProcessingContext, QgsProcessingOutputLayerDefinition

        context, feedback = QgsProcessingContext(), feedback or form_feedback()
        context.setProject(self.project)
        for key in ("OUTPUT", "POLYGONS"):
            if key in parameters:
                output = QgsProcessingOutputLayerDefinition(parameters[key], self.project)
                output.destinationName = name or ""
                parameters[key] = output
        values = {"INPUT": self.image, **parameters}
        found = self.registry.algorithmById(f"shepherd:{algorithm}")
        results, successful = found.run(values, context, feedback)
        assert successful, feedback.textLog()
        return lambda: self._load(results, context, feedback)

    def _load(self, results, context, feedback):
        from qgis.core import QgsProcessingUtils

        loaded = {}
        for key in ("OUTPUT", "POLYGONS"):
            if key not in results or not context.willLoadLayerOnCompletion(results[key]):
                continue
            details = context.layerToLoadOnCompletionDetails(results[key])
            found = QgsProcessingUtils.mapLayerFromString(results[key], context)
            layer = context.takeResultLayer(found.id())
            details.setOutputLayerName(layer)
            self.project.addMapLayer(layer)
            if details.postProcessor():
                details.postProcessor().postProcessLayer(layer, context, feedback)
            loaded[key] = layer
        self.log = feedback.textLog()
        return loaded

    def __call__(self, *arguments, **parameters):
        return self.start(*arguments, **parameters)()

    def on_the_map(self):
        return {layer.id() for layer in self.project.mapLayers().values()}


@pytest.fixture
def runs(registry, project, image):
    return Runs(registry, project, image)


def test_a_second_try_replaces_the_first(runs):
    first = runs(**TRY, POLYGONS="TEMPORARY_OUTPUT")
    assert "makes room" not in runs.log
    old = {layer.id() for layer in first.values()}
    second = runs(**TRY, MIN_SEGMENT_SIZE=20, POLYGONS="TEMPORARY_OUTPUT")
    assert runs.on_the_map() == {layer.id() for layer in second.values()}
    assert not old & runs.on_the_map()
    assert "“Segments ≥ 50 px, 60 clusters”, an earlier try" in runs.log
    assert second["OUTPUT"].name() == "Segments ≥ 20 px, 60 clusters"
    assert second["OUTPUT"].renderer().type() == "hillshade"


def rename(layer, folder):
    layer.setName("I like this one")


def change_the_style(layer, folder):
    from qgis.core import QgsSingleBandGrayRenderer

    layer.setRenderer(QgsSingleBandGrayRenderer(layer.dataProvider(), 1))
    layer.emitStyleChanged()


def make_permanent(layer, folder):
    path = str(folder / "mine.tif")
    shutil.copy(layer.source(), path)
    layer.setDataSource(path, layer.name(), "gdal", layer.dataProvider().ProviderOptions())


@pytest.mark.parametrize("change", [rename, change_the_style, make_permanent])
def test_what_somebody_made_their_own_stays(runs, tmp_path, change):
    layer = runs(**TRY)["OUTPUT"]
    change(layer, tmp_path)
    second = runs(**TRY)["OUTPUT"]
    assert runs.on_the_map() == {layer.id(), second.id()}


@pytest.mark.parametrize("is_saved", [False, True])
def test_edited_polygons_stay(runs, is_saved):
    polygons = {**TRY, "POLYGONS": "TEMPORARY_OUTPUT"}
    layer = runs(**polygons)["POLYGONS"]
    layer.startEditing()
    layer.deleteFeature(next(layer.getFeatures()).id())
    if is_saved:
        assert layer.commitChanges()
    runs(**polygons)
    assert layer.id() in runs.on_the_map()
    assert len(runs.on_the_map()) == 3


def test_other_runs_stay(runs, tmp_path, image):
    from osgeo import gdal

    other = str(tmp_path / "other.tif")
    gdal.Translate(other, image)
    layers = [
        runs(EXTENT=EXTENT, OUTPUT=str(tmp_path / "named.tif")),
        runs(OUTPUT="TEMPORARY_OUTPUT"),
        runs("segmenttiled", OUTPUT="TEMPORARY_OUTPUT"),
        runs(**TRY, INPUT=other),
        runs(name="The output of a model", **TRY),
        runs(**TRY),
    ]
    assert runs.on_the_map() == {layer["OUTPUT"].id() for layer in layers}


def test_runs_beside_each_other_stay(runs):
    load = [runs.start(**TRY, SEED=seed) for seed in range(2)]
    layers = [loads()["OUTPUT"] for loads in load]
    assert runs.on_the_map() == {layer.id() for layer in layers}


def test_rows_of_a_batch_and_scripts_stay(runs):
    from qgis.core import QgsProcessingFeedback, QgsProcessingMultiStepFeedback

    script = QgsProcessingFeedback(False)
    layers = [
        runs(**TRY, feedback=feedback)["OUTPUT"]
        for feedback in (script, script, *[QgsProcessingMultiStepFeedback(2, script)] * 2)
    ]
    assert runs.on_the_map() == {layer.id() for layer in layers}


def test_a_layer_that_is_gone_does_no_harm(runs):
    layer = runs(**TRY)["OUTPUT"]
    runs.project.removeMapLayer(layer.id())
    second = runs(**TRY)["OUTPUT"]
    assert runs.on_the_map() == {second.id()}
