"""The minimum segment size in an algorithm's form, with the area that so many pixels cover."""

from __future__ import annotations

from typing import Any

from processing.gui.wrappers import DIALOG_MODELER, DIALOG_STANDARD, dialogTypes
from qgis.core import (
    QgsProcessingContext,
    QgsProcessingParameterDefinition,
    QgsProcessingUtils,
    QgsProject,
    QgsRasterLayer,
)
from qgis.gui import QgsAbstractProcessingParameterWidgetWrapper, QgsGui, QgsProcessingGui
from qgis.PyQt import sip
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QWidget

from .pixelarea import area_of_pixels

#: The parameter whose pixels are meant.
_IMAGE = "INPUT"
#: Widgets that forms show, each with a label inside it.
_shown: list[tuple[QWidget, QLabel]] = []


def _keep(widget: QWidget, label: QLabel) -> None:
    """Keep the Python object of a widget for as long as the widget exists.

    PyQt5 with sip up to 6.10 at least hands the result of `createWidget` to the form as a second Python
    object, and takes the first one for deleted. The widget still points to the first one though, and marks
    what it points to as deleted in the end: if that memory had been given to another object by then, this
    one would cease to work.
    """
    # Only of the label can be told whether it is still there.
    _shown[:] = [pair for pair in _shown if not sip.isdeleted(pair[1])]
    _shown.append((widget, label))


class SizeWidgetWrapper(QgsAbstractProcessingParameterWidgetWrapper):
    """QGIS's own box for a number, and beside it what that is in hectares or square metres.

    Batch mode and the model designer get QGIS's own widgets: there is no image yet, and a model may take
    the number from elsewhere.
    """

    def __new__(cls, parameter: QgsProcessingParameterDefinition, dialog: Any, row: int = 0, column: int = 0):
        kind = dialogTypes.get(type(dialog).__name__, DIALOG_STANDARD)
        if kind == DIALOG_STANDARD:
            return super().__new__(cls)
        registry = QgsGui.processingGuiRegistry()
        if kind == DIALOG_MODELER:
            arguments = (dialog.model, dialog.childId, parameter, dialog.context)
            wrapper = registry.createModelerParameterWidget(*arguments)
        else:
            wrapper = registry.createParameterWidgetWrapper(parameter, kind)
        wrapper.setDialog(dialog)
        return wrapper

    def __init__(
        self, parameter: QgsProcessingParameterDefinition, dialog: Any, row: int = 0, column: int = 0
    ) -> None:
        super().__init__(parameter, QgsProcessingGui.WidgetType.Standard)
        registry = QgsGui.processingGuiRegistry()
        self._number = registry.createParameterWidgetWrapper(parameter, QgsProcessingGui.WidgetType.Standard)
        self._image: QgsAbstractProcessingParameterWidgetWrapper | None = None
        self._label: QLabel | None = None
        self._context = QgsProcessingContext()
        self._context.setProject(QgsProject.instance())
        self.setDialog(dialog)

    def createWidget(self) -> QWidget:  # noqa: N802
        widget = QWidget()
        widget.setToolTip(self.parameterDefinition().toolTip())
        row = QHBoxLayout(widget)
        row.setContentsMargins(0, 0, 0, 0)
        box = self._number.createWrappedWidget(self._context)
        widget.setFocusProxy(box)
        row.addWidget(box, 1)
        self._label = QLabel()
        row.addWidget(self._label)
        _keep(widget, self._label)
        self._number.widgetValueHasChanged.connect(self._changed)
        return widget

    def setWidgetValue(self, value: Any, context: QgsProcessingContext) -> None:  # noqa: N802
        self._number.setParameterValue(value, context)
        self._tell()

    def widgetValue(self) -> Any:  # noqa: N802
        return self._number.parameterValue()

    def postInitialize(self, wrappers: list[QgsAbstractProcessingParameterWidgetWrapper]) -> None:  # noqa: N802
        for wrapper in wrappers:
            if wrapper.parameterDefinition().name() == _IMAGE:
                self._image = wrapper
                wrapper.widgetValueHasChanged.connect(self._tell)
        self._tell()

    def _changed(self) -> None:
        self.widgetValueHasChanged.emit(self)
        self._tell()

    def _tell(self) -> None:
        """Show the area; nothing as long as there is no image, or where it has no CRS."""
        if self._label is None or self._image is None:
            return
        layer = self._layer(self._image.parameterValue())
        text = area_of_pixels(layer, self.widgetValue()) if layer else ""
        self._label.setText(text)
        self._label.setVisible(bool(text))

    def _layer(self, value: Any) -> QgsRasterLayer | None:
        layer = value
        if isinstance(value, str) and value:
            hint = QgsProcessingUtils.LayerHint.Raster
            layer = QgsProcessingUtils.mapLayerFromString(value, self._context, True, hint)
        return layer if isinstance(layer, QgsRasterLayer) and layer.isValid() else None
