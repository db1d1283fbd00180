"""Tries of parameters on a part of an image: a new one takes the place of the one before on the map."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from qgis.core import (
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsProcessingUtils,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QCoreApplication


@dataclass(frozen=True)
class Try:
    """A run that is meant as a try.

    Parameters
    ----------
    image : str
        Source of the image.
    started : float
        What was on the map then may be replaced; what runs beside this one is not.
    """

    image: str
    started: float = field(default_factory=time.monotonic)


def is_from_a_form(feedback: QgsProcessingFeedback) -> bool:
    """Tell whether a run was started by a form.

    Rows of a batch, models and scripts do not try out: all of their results are wanted.
    """
    return feedback.metaObject().className() == "QgsProcessingAlgorithmDialogFeedback"


@dataclass
class _Shown:
    """A layer of a try, as it was when it came onto the map."""

    layer: QgsMapLayer
    image: str
    output: str
    name: str
    source: str
    since: float
    is_touched: bool = False

    def touch(self) -> None:
        """Note that somebody has worked on it."""
        self.is_touched = True

    def may_go(self, project: QgsProject) -> bool:
        """Tell whether nobody has made it their own: renamed, saved, edited or styled it."""
        layer = self.layer
        if sip.isdeleted(layer) or project.mapLayer(layer.id()) is not layer:
            return False
        is_edited = isinstance(layer, QgsVectorLayer) and layer.isEditable()
        is_as_it_was = (layer.name(), layer.source()) == (self.name, self.source)
        return is_as_it_was and not is_edited and not self.is_touched


#: Of this session: a project that is opened again has layers of its own, which are left alone.
_shown: list[_Shown] = []


class TryStyler(QgsProcessingLayerPostProcessorInterface):
    """Styles a layer of a try, and takes the layer of an earlier try of the same image off the map.

    Parameters
    ----------
    trial : Try
    output : str
        Name of the algorithm's output.
    styler : QgsProcessingLayerPostProcessorInterface, optional
    """

    def __init__(
        self, trial: Try, output: str, styler: QgsProcessingLayerPostProcessorInterface | None
    ) -> None:
        super().__init__()
        self._try = trial
        self._output = output
        self._styler = styler

    def postProcessLayer(  # noqa: N802
        self, layer: QgsMapLayer, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        if self._styler is not None:
            self._styler.postProcessLayer(layer, context, feedback)
        if not layer.isValid() or not _is_temporary(layer):
            return
        project = context.project() or QgsProject.instance()
        earlier = [item for item in _shown if self._is_replaced(item) and item.may_go(project)]
        for item in earlier:
            feedback.pushInfo(_words(item.name))
            project.removeMapLayer(item.layer.id())
        _shown[:] = [item for item in _shown if not sip.isdeleted(item.layer) and item not in earlier]
        self._remember(layer)

    def _is_replaced(self, item: _Shown) -> bool:
        is_same = (item.image, item.output) == (self._try.image, self._output)
        return is_same and item.since < self._try.started

    def _remember(self, layer: QgsMapLayer) -> None:
        names = (self._try.image, self._output, layer.name(), layer.source())
        item = _Shown(layer, *names, time.monotonic())
        layer.styleChanged.connect(item.touch)
        if isinstance(layer, QgsVectorLayer):
            layer.editingStarted.connect(item.touch)
        _shown.append(item)


def _is_temporary(layer: QgsMapLayer) -> bool:
    path = Path(layer.source().partition("|")[0])
    return Path(QgsProcessingUtils.tempFolder()) in path.parents


def _words(name: str) -> str:
    text = QCoreApplication.translate(
        "ShepherdSegmentation",
        "“{name}”, an earlier try on a part of this image, makes room for this one. To keep a try, rename "
        "its layer, or save it to a file.",
    )
    return text.format(name=name)
