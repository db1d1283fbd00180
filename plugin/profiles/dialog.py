"""The dialog that edits a profile; what is wrong stands beside its field."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsApplication
from qgis.gui import QgsScrollArea
from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from ...core.aws.field_problems import missing_of, problems_of
from ...core.aws.profile import FargateProfile
from .fields import Field
from .forms import PAGES, SOURCES, defaults, page_fields
from .notice import Notice
from .stack_filling import StackFilling
from .store import Profiles, check_name


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
        self.fields: dict[str, Field] = {}
        self.errors: dict[str, QLabel] = {}
        self.labels: dict[str, str] = {}
        self._tab_of: dict[str, int] = {}
        self.tabs, self.notice = QTabWidget(), Notice()
        self._add_stack_button()
        for title, page in PAGES:
            self._add_page(_tr(title), page_fields(page))
        self._arrange()
        self._fill({**defaults(), **values})
        self.fields["source"].widget.currentIndexChanged.connect(lambda index: self._follow_source())
        self._follow_source()
        self.fields["name"].widget.setFocus()

    def _add_stack_button(self) -> None:
        self.stack_button = QPushButton(_tr("Fill from a stac&k…"))
        self.stack_button.setObjectName("stack")
        self.stack_button.setToolTip(_tr("Takes fields from the outputs of an AWS CloudFormation stack."))
        # Enter belongs to OK.
        self.stack_button.setAutoDefault(False)
        self._filling = StackFilling(self)
        self.stack_button.clicked.connect(lambda checked=False: self._filling.start())

    def _arrange(self) -> None:
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.tabs)
        layout.addWidget(self.notice)
        layout.addWidget(self.buttons)
        self.resize(640, 480)

    def _add_page(self, title: str, rows: list) -> None:
        page, scroll = QWidget(), QgsScrollArea()
        form = QFormLayout(page)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setHorizontalSpacing(12)
        for key, label, tip, field in rows:
            self.fields[key], self._tab_of[key] = field, self.tabs.count()
            self._add_row(form, key, label, tip)
            if key == SOURCES[-1]:
                self._add_button_row(form)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(page)
        for widget in (page, scroll.viewport()):
            widget.setAutoFillBackground(False)
        self.tabs.addTab(scroll, title)

    def _add_row(self, form: QFormLayout, key: str, label: str, tip: str) -> None:
        widget = self.fields[key].widget
        widget.setToolTip(tip)
        widget.setObjectName(key)
        self.labels[key] = (label or widget.text()).replace("&", "")
        error = self.errors[key] = QLabel()
        error.setWordWrap(True)
        error.setStyleSheet("color: #c0392b")
        error.hide()
        beside = QWidget()
        column = QVBoxLayout(beside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addWidget(widget)
        column.addWidget(error)
        name = QLabel(label)
        name.setBuddy(widget)
        name.setToolTip(tip)
        form.addRow(name, beside)

    def _add_button_row(self, form: QFormLayout) -> None:
        across = QHBoxLayout()
        across.addWidget(self.stack_button)
        across.addStretch(1)
        form.addRow("", across)

    def _fill(self, values: dict[str, Any]) -> None:
        source = next((key for key in SOURCES[1:] if values.get(key)), "")
        self.fields["source"].widget.setCurrentIndex(SOURCES.index(source))
        for key in self.fields:
            if key != "source":
                self.put(key, values[key])

    def put(self, key: str, value: Any) -> None:
        """Show a value; one that no such field can have, from a damaged profile, is left out."""
        try:
            self.fields[key].put(value)
        except (TypeError, ValueError, AttributeError):
            self.fields[key].put(defaults()[key])

    def source(self) -> str:
        """Return the entry of a profile that names the credentials; empty for AWS's default chain."""
        return SOURCES[self.fields["source"].widget.currentIndex()]

    def _follow_source(self) -> None:
        for key in SOURCES[1:]:
            self.fields[key].widget.setEnabled(key == self.source())

    def values(self) -> dict[str, Any]:
        """Return what the fields hold, as `FargateProfile.from_dict` takes it."""
        values = {key: field.get() for key, field in self.fields.items() if key != "source"}
        for key in SOURCES[1:]:
            if key != self.source():
                values[key] = ""
        return values

    def problems(self) -> dict[str, str]:
        """Return what is wrong, by field."""
        values, source = self.values(), self.source()
        found = {**problems_of(values), **dict.fromkeys(missing_of(values), _tr("This is needed."))}
        wrong = check_name(values["name"], self._taken, self._own)
        if wrong:
            found["name"] = wrong
        if source and not values[source]:
            found[source] = _tr("Choose one, or another way to the credentials.")
        return found

    def show_problems(self, found: dict[str, str]) -> None:
        """Show problems beside their fields and mark their pages."""
        for key, label in self.errors.items():
            label.setText(found.get(key, ""))
            label.setVisible(key in found)
        wrong = {self._tab_of[key] for key in found}
        for tab in range(self.tabs.count()):
            icon = QgsApplication.getThemeIcon("/mIconWarning.svg") if tab in wrong else QIcon()
            self.tabs.setTabIcon(tab, icon)

    def go_to(self, key: str) -> None:
        """Show a field, and put the cursor into it."""
        widget = self.fields[key].widget
        self.tabs.setCurrentIndex(self._tab_of[key])
        self.tabs.currentWidget().ensureWidgetVisible(widget)
        widget.setFocus()

    def accept(self) -> None:
        """Close, unless something is wrong: then show it, and go to the first such field."""
        found = self.problems()
        self.show_problems(found)
        if found:
            self.go_to(next(key for key in self.fields if key in found))
            return
        self.profile = FargateProfile.from_dict(self.values())
        super().accept()
