"""The dialog that edits a profile; what is wrong stands beside its field."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from ...core.aws.profile import FargateProfile
from .forms import PAGES, defaults, page_fields
from .store import Profiles, check_name
from .validation import problems_of

#: Ways to the credentials: the entry of the profile that names them.
_SOURCES = ("", "aws_profile", "auth_config")


def _tr(text: str) -> str:
    return QCoreApplication.translate("ShepherdSegmentation", text)


class ProfileDialog(QDialog):
    """Edits one profile.

    Parameters
    ----------
    values : dict
        To start with; what is missing has its default.
    taken : dict
        All profiles.
    own : str
        The name that the profile has in `taken`; empty for a new one.
    """

    def __init__(
        self, values: dict[str, Any], taken: Profiles, own: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(_tr("Fargate Profile"))
        self._taken, self._own = taken, own
        self.profile: FargateProfile | None = None
        self.fields, self.errors, self._tab_of = {}, {}, {}
        self.tabs = QTabWidget()
        for title, page in PAGES:
            self._add_page(_tr(title), page_fields(page))
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.tabs)
        layout.addWidget(self.buttons)
        self.resize(620, 470)
        self._fill({**defaults(), **values})
        self.fields["source"].widget.currentIndexChanged.connect(lambda index: self._follow_source())
        self._follow_source()

    def _add_page(self, title: str, rows: list) -> None:
        page = QWidget()
        form = QFormLayout(page)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for key, label, tip, field in rows:
            self.fields[key], self._tab_of[key] = field, self.tabs.count()
            field.widget.setToolTip(tip)
            field.widget.setObjectName(key)
            error = self.errors[key] = QLabel()
            error.setWordWrap(True)
            error.setStyleSheet("color: #c0392b")
            error.hide()
            beside = QWidget()
            column = QVBoxLayout(beside)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(1)
            column.addWidget(field.widget)
            column.addWidget(error)
            name = QLabel(label)
            name.setBuddy(field.widget)
            name.setToolTip(tip)
            form.addRow(name, beside)
        self.tabs.addTab(page, title)

    def _fill(self, values: dict[str, Any]) -> None:
        source = next((key for key in _SOURCES[1:] if values.get(key)), "")
        self.fields["source"].widget.setCurrentIndex(_SOURCES.index(source))
        for key, field in self.fields.items():
            if key != "source":
                field.put(values[key])

    def _source(self) -> str:
        return _SOURCES[self.fields["source"].widget.currentIndex()]

    def _follow_source(self) -> None:
        for key in _SOURCES[1:]:
            self.fields[key].widget.setEnabled(key == self._source())

    def values(self) -> dict[str, Any]:
        """Return what the fields hold, as `FargateProfile.from_dict` takes it."""
        values = {key: field.get() for key, field in self.fields.items() if key != "source"}
        for key in _SOURCES[1:]:
            if key != self._source():
                values[key] = ""
        return values

    def problems(self) -> dict[str, str]:
        """Return what is wrong, by field."""
        values = self.values()
        found = problems_of(values)
        wrong = check_name(values["name"], self._taken, self._own)
        source = self._source()
        return {
            **found,
            **({"name": wrong} if wrong else {}),
            **({source: _tr("Choose one, or another way to the credentials.")} if self._is_missing() else {}),
        }

    def _is_missing(self) -> bool:
        source = self._source()
        return bool(source) and not self.values()[source]

    def accept(self) -> None:
        """Close, unless something is wrong: then show it, and go to the first such field."""
        found = self.problems()
        for key, label in self.errors.items():
            label.setText(found.get(key, ""))
            label.setVisible(key in found)
        wrong = {self._tab_of[key] for key in found}
        for tab in range(self.tabs.count()):
            icon = QgsApplication.getThemeIcon("/mIconWarning.svg") if tab in wrong else QIcon()
            self.tabs.setTabIcon(tab, icon)
        first = next((key for key in self.fields if key in found), None)
        if first is not None:
            self.tabs.setCurrentIndex(self._tab_of[first])
            self.fields[first].widget.setFocus()
            return
        self.profile = FargateProfile.from_dict(self.values())
        super().accept()
