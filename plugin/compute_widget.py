"""What the algorithms' forms offer to choose from: Fargate profiles, and jobs on AWS."""

from __future__ import annotations

import time
from pathlib import PurePath
from typing import Any

from processing.gui.wrappers import WidgetWrapper
from qgis.core import (
    QgsProcessingModelChildParameterSource,
    QgsProcessingOutputString,
    QgsProcessingParameterString,
)
from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtWidgets import QComboBox

from ..core.aws.journal import Journal
from ..core.errors import ShepherdError
from .profiles.store import LOCAL, stored_profiles


def _tr(text: str) -> str:
    return QCoreApplication.translate("ShepherdSegmentation", text)


class NameWidgetWrapper(WidgetWrapper):
    """A choice of names; what is handed over is plain text.

    The model designer offers the strings of the model besides.
    """

    def createWidget(self) -> QComboBox:  # noqa: N802
        box = QComboBox()
        for text, value in (*self.own_choices(), *self._model_choices()):
            box.addItem(text, value)
        return box

    def own_choices(self) -> list[tuple[str, str]]:
        """Return texts and names."""
        raise NotImplementedError

    def unknown(self, name: str) -> str:
        """Return the text for a name that is not among the choices."""
        return name

    def _model_choices(self) -> list[tuple[str, QgsProcessingModelChildParameterSource]]:
        # Only the form of the model designer has these.
        if not hasattr(self.dialog, "getAvailableValuesOfType"):
            return []
        found = self.dialog.getAvailableValuesOfType(QgsProcessingParameterString, QgsProcessingOutputString)
        text = _tr("Model input “{name}”")
        return [(text.format(name=self.dialog.resolveValueDescription(item)), item) for item in found]

    def setValue(self, value: Any) -> None:  # noqa: N802
        value = value or ""
        values = [self.widget.itemData(number) for number in range(self.widget.count())]
        if value not in values:
            # A name that is not known here, such as a model's from another computer, is not lost.
            self.widget.addItem(self._described(value), value)
            values.append(value)
        self.widget.setCurrentIndex(values.index(value))

    def _described(self, value: Any) -> str:
        if isinstance(value, QgsProcessingModelChildParameterSource):
            return value.expression() or value.parameterName() or value.outputName()
        return self.unknown(value) if value else ""

    def value(self) -> Any:
        return self.widget.currentData() or ""


class ProfileWidgetWrapper(NameWidgetWrapper):
    """A choice of the profiles."""

    def own_choices(self) -> list[tuple[str, str]]:
        return [(name, name) for name in stored_profiles()]

    def unknown(self, name: str) -> str:
        return _tr("{name} (there is no such profile here)").format(name=name)


class ComputeWidgetWrapper(ProfileWidgetWrapper):
    """A choice of this computer and the profiles."""

    def own_choices(self) -> list[tuple[str, str]]:
        text = _tr("AWS Fargate: {profile}")
        profiles = [(text.format(profile=name), name) for name, _ in super().own_choices()]
        return [(_tr("This computer"), LOCAL), *profiles]


class JobWidgetWrapper(NameWidgetWrapper):
    """A choice of the jobs that this computer has started; any other id can be entered."""

    def createWidget(self) -> QComboBox:  # noqa: N802
        box = super().createWidget()
        box.setEditable(True)
        box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        # What is listed is long; it must not make the form wider.
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        return box

    def own_choices(self) -> list[tuple[str, str]]:
        try:
            entries = Journal().entries()
        except ShepherdError:
            # The algorithm tells it when it runs.
            entries = []
        return [("", ""), *((_described_job(entry), entry.job_id) for entry in entries)]

    def value(self) -> Any:
        text = self.widget.currentText()
        place = self.widget.findText(text)
        return text.strip() if place < 0 else self.widget.itemData(place)


def _described_job(entry: Any) -> str:
    day = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.created))
    name = entry.profile.get("name", "")
    return f"{entry.job_id}: {PurePath(entry.input).name}, {day}, {name}"
