"""Asks for a CloudFormation stack, and reads its outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from qgis.PyQt.QtCore import QCoreApplication, Qt
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from .background import BackgroundCall
from .notice import INFO, PROBLEM, Notice

if TYPE_CHECKING:
    from ...core.aws.stack import StackFields


def _tr(text: str) -> str:
    return QCoreApplication.translate("ShepherdSegmentation", text)


class StackDialog(QDialog):
    """Offers the stacks of a region; `found` is what the chosen one gives.

    Parameters
    ----------
    region : str
    aws_profile, keys
        Credentials as `AwsSession` takes them.
    """

    def __init__(
        self,
        region: str,
        aws_profile: str = "",
        keys: tuple[str, str, str | None] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(_tr("Fill from a Stack"))
        self._place = (region, aws_profile, keys)
        self.found: StackFields | None = None
        self._is_reading = False
        self.stack, self.notice = self._stack_field(), Notice()
        self._add_buttons()
        self._arrange()
        self.resize(520, 200)
        self._enable()
        self._list()

    def _stack_field(self) -> QComboBox:
        box = QComboBox()
        box.setObjectName("stack")
        box.setEditable(True)
        box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        box.completer().setFilterMode(Qt.MatchFlag.MatchContains)
        box.setToolTip(_tr("Name or ARN of a stack."))
        box.lineEdit().setPlaceholderText(_tr("Name or ARN"))
        box.editTextChanged.connect(lambda text: self._enable())
        return box

    def _add_buttons(self) -> None:
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.ok.setText(_tr("&Fill"))
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)

    def _arrange(self) -> None:
        about = _tr(
            "The outputs of an AWS CloudFormation stack become fields of the profile. Choose a stack in "
            "{region}, or enter its name."
        )
        explanation = QLabel(about.format(region=self._place[0]))
        explanation.setWordWrap(True)
        form = QFormLayout()
        form.addRow(_tr("&Stack"), self.stack)
        layout = QVBoxLayout(self)
        layout.addWidget(explanation)
        layout.addLayout(form)
        layout.addWidget(self.notice)
        layout.addStretch(1)
        layout.addWidget(self.buttons)

    def _enable(self) -> None:
        self.ok.setEnabled(bool(self.stack.currentText().strip()) and not self._is_reading)
        self.stack.setEnabled(not self._is_reading)

    def _ask(self, call: Callable, told: Callable) -> None:
        BackgroundCall(call, told).start()

    def _list(self) -> None:
        from ...core.aws.stack import stacks_with_fields

        self.notice.say(_tr("Looking for stacks…"))
        self._ask(lambda: stacks_with_fields(*self._place), self._offer)

    def _offer(self, names: list[str] | None, problem: str) -> None:
        """Offer stacks; a name that was typed meanwhile stays."""
        typed = self.stack.currentText()
        self.stack.addItems(names or [])
        self.stack.setEditText(typed or (names or [""])[0])
        if self._is_reading:
            return
        if problem:
            self.notice.say(problem, PROBLEM)
        elif not names:
            none = _tr("No complete stack in {region} has outputs that a profile knows.")
            self.notice.say(none.format(region=self._place[0]), PROBLEM)
        else:
            self.notice.say("")

    def accept(self) -> None:
        """Read the stack; close when that has worked."""
        from ...core.aws.stack import fields_from_stack

        name = self.stack.currentText().strip()
        if not name or self._is_reading:
            return
        self._is_reading = True
        self.notice.say(_tr("Reading “{name}”…").format(name=name), INFO)
        self._enable()
        self._ask(lambda: fields_from_stack(name, *self._place), self._take)

    def _take(self, found: StackFields | None, problem: str) -> None:
        self._is_reading = False
        self._enable()
        if problem:
            self.notice.say(problem, PROBLEM)
            self.stack.setFocus()
            return
        self.found = found
        super().accept()
