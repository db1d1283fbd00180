"""Fills the profile dialog from a stack, and says what was filled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtWidgets import QDialog

from ...core.errors import ShepherdError
from .credentials import keys_of
from .notice import GOOD, PROBLEM
from .stack_dialog import StackDialog

if TYPE_CHECKING:
    from ...core.aws.stack import StackFields
    from .dialog import ProfileDialog


def _tr(text: str) -> str:
    return QCoreApplication.translate("ShepherdSegmentation", text)


class StackFilling:
    """Asks for a stack where a profile dialog's region and credentials lead to.

    Parameters
    ----------
    dialog : ProfileDialog
    """

    def __init__(self, dialog: ProfileDialog) -> None:
        self._dialog = dialog

    def start(self) -> None:
        """Ask for a stack, and fill the fields that it gives."""
        dialog = self._dialog
        found = {key: text for key, text in dialog.problems().items() if key in ("region", dialog.source())}
        dialog.show_problems(found)
        if found:
            dialog.go_to(next(key for key in dialog.fields if key in found))
            return
        values = dialog.values()
        try:
            keys = keys_of([values["auth_config"]])
        except ShepherdError as error:
            dialog.notice.say(str(error), PROBLEM)
            return
        pair = keys(values["auth_config"]) if keys else None
        stacks = StackDialog(values["region"], values["aws_profile"], pair, dialog)
        if stacks.exec() == QDialog.DialogCode.Accepted:
            self.fill(stacks.found)
        stacks.deleteLater()

    def fill(self, found: StackFields) -> None:
        """Put what a stack gives into the fields; the others stay as they are."""
        dialog = self._dialog
        for key, value in found.values.items():
            dialog.put(key, value)
        shown = {key for key, label in dialog.errors.items() if label.text()}
        dialog.show_problems({key: text for key, text in dialog.problems().items() if key in shown})
        is_enough = not found.refused and not self._empty(found)
        dialog.notice.say("\n".join(self._sentences(found)), GOOD if is_enough else PROBLEM)

    def _empty(self, found: StackFields) -> list[str]:
        values = self._dialog.values()
        return [key for key in found.missing if not values[key]]

    def _sentences(self, found: StackFields) -> list[str]:
        empty = self._empty(found)
        kept = [key for key in found.missing if key not in empty]
        parts = [
            (_tr("Filled from “{stack}”: {fields}."), list(found.values)),
            (_tr("Still needed, the stack does not give it: {fields}."), empty),
            (
                _tr("Left as it was, the stack does not give it: {fields}."),
                kept,
            ),
        ]
        said = [text.format(stack=found.stack, fields=self._names(keys)) for text, keys in parts if keys]
        for key, problem in found.refused.items():
            text = _tr("Not taken from the stack: {field}. {problem}")
            said.append(text.format(field=self._names([key]), problem=problem))
        return said

    def _names(self, keys: list[str]) -> str:
        """Return the labels of fields, in the order of the form."""
        labels = self._dialog.labels
        return ", ".join(labels[key] for key in labels if key in keys)
