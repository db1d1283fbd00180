"""The fields of a profile: their labels, tips and widgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from qgis.gui import QgsAuthConfigSelect
from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QSizePolicy,
    QSpinBox,
    QWidget,
)


def _tr(text: str) -> str:
    return QCoreApplication.translate("ShepherdSegmentation", text)


@dataclass(frozen=True)
class Field:
    """A widget with the way to its value and back."""

    widget: QWidget
    get: Callable[[], Any]
    put: Callable[[Any], None]


def text_field(hint: str = "") -> Field:
    """Return a field for a line of text."""
    edit = QLineEdit()
    edit.setPlaceholderText(hint)
    return Field(edit, lambda: edit.text().strip(), lambda value: edit.setText(str(value or "")))


def list_field(hint: str) -> Field:
    """Return a field for ids, with commas in between."""
    edit = QLineEdit()
    edit.setPlaceholderText(hint)

    def put(value: Any) -> None:
        edit.setText(value if isinstance(value, str) else ", ".join(map(str, value or ())))

    return Field(edit, lambda: edit.text().replace(",", " ").split(), put)


def tags_field() -> Field:
    """Return a field for name=value pairs, with commas in between."""
    edit = QLineEdit()
    edit.setPlaceholderText("project=mapping, owner=me")

    def get() -> dict[str, str]:
        parts = (part.partition("=") for part in edit.text().split(",") if part.strip())
        return {name.strip(): value.strip() for name, _, value in parts}

    def put(value: Any) -> None:
        edit.setText(", ".join(f"{name}={text}" for name, text in (value or {}).items()))

    return Field(edit, get, put)


def choice_field(values: tuple[str, ...], editable: bool = False, words: Callable = str) -> Field:
    """Return a field for one of several values."""
    box = QComboBox()
    box.addItems(values)
    box.setEditable(editable)

    def put(value: Any) -> None:
        text = words(value)
        if box.findText(text) < 0:
            box.addItem(text)
        box.setCurrentIndex(box.findText(text))

    return Field(box, lambda: box.currentText().strip(), put)


def flag_field(label: str) -> Field:
    """Return a field for yes or no."""
    box = QCheckBox(label)
    return Field(box, box.isChecked, lambda value: box.setChecked(bool(value)))


def whole_field(low: int, high: int, nothing: str = "", suffix: str = "") -> Field:
    """Return a field for a whole number; `nothing` is what 0 means."""
    box = QSpinBox()
    box.setRange(low, high)
    box.setSpecialValueText(nothing)
    box.setSuffix(suffix)
    return Field(box, box.value, lambda value: box.setValue(int(value)))


def real_field(high: float, suffix: str = "", prefix: str = "") -> Field:
    """Return a field for a number."""
    box = QDoubleSpinBox()
    box.setRange(0, high)
    box.setSuffix(suffix)
    box.setPrefix(prefix)
    return Field(box, box.value, lambda value: box.setValue(float(value)))


def auth_field() -> Field:
    """Return a field for an entry of QGIS's authentication database."""
    select = QgsAuthConfigSelect()
    # It would take all the height that is left.
    select.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return Field(select, select.configId, lambda value: select.setConfigId(str(value or "")))


def cpu_in_words(units: Any) -> str:
    """Return CPU units as vCPUs; a text as it is."""
    return f"{units / 1024:g} vCPU" if isinstance(units, int) else str(units)


def memory_in_words(size: Any) -> str:
    """Return MiB as GB; a text as it is."""
    return f"{size / 1024:g} GB" if isinstance(size, int) else str(size)
