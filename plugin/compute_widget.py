"""The list of Fargate profiles in an algorithm's form."""

from __future__ import annotations

from typing import Any

from processing.gui.wrappers import WidgetWrapper
from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtWidgets import QComboBox

from .profiles.store import LOCAL, stored_profiles


class ProfileWidgetWrapper(WidgetWrapper):
    """A choice of the profiles; what is handed over is a plain name."""

    def createWidget(self) -> QComboBox:  # noqa: N802
        box = QComboBox()
        for name in stored_profiles():
            box.addItem(name, name)
        return box

    def setValue(self, value: Any) -> None:  # noqa: N802
        # A name that is not known here, such as a model's from another computer, is not lost.
        text = str(value or "")
        if self.widget.findData(text) < 0:
            self.widget.addItem(text, text)
        self.widget.setCurrentIndex(self.widget.findData(text))

    def value(self) -> str:
        return self.widget.currentData() or ""


class ComputeWidgetWrapper(ProfileWidgetWrapper):
    """A choice of this computer and the profiles."""

    def createWidget(self) -> QComboBox:  # noqa: N802
        box = super().createWidget()
        text = QCoreApplication.translate("ShepherdSegmentation", "This computer")
        box.insertItem(0, text, LOCAL)
        box.setCurrentIndex(0)
        return box
