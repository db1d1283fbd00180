"""The list of profiles with its buttons, as the options page shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ...core.errors import ShepherdError
from . import store
from .probe import ProfileProbe

if TYPE_CHECKING:
    from ...core.aws.profile import FargateProfile

_JSON = "JSON (*.json)"


def _tr(text: str) -> str:
    return QCoreApplication.translate("ShepherdSegmentation", text)


class ProfilesWidget(QWidget):
    """Edits a copy of the profiles; `apply` keeps it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.profiles = store.stored_profiles()
        self._probe: ProfileProbe | None = None
        self.list = QListWidget()
        self.list.itemDoubleClicked.connect(lambda item: self.edit())
        self.list.currentRowChanged.connect(lambda row: self._enable())
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.hide()
        across, self._buttons = QHBoxLayout(), QVBoxLayout()
        across.setContentsMargins(0, 0, 0, 0)
        across.addWidget(self.list, 1)
        across.addLayout(self._buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(across)
        layout.addWidget(self.message)
        self._add_buttons()
        self.refresh()

    def _add_buttons(self) -> None:
        self.buttons: dict[str, QPushButton] = {}
        for name, text, icon, call in (
            ("add", _tr("&Add…"), "symbologyAdd.svg", self.add),
            ("edit", _tr("&Edit…"), "symbologyEdit.svg", self.edit),
            ("duplicate", _tr("&Duplicate…"), "mActionDuplicateLayer.svg", self.duplicate),
            ("remove", _tr("Remo&ve"), "symbologyRemove.svg", self.remove),
            ("test", _tr("&Test"), "mActionStart.svg", self.test),
            ("import", _tr("&Import…"), "mActionFileOpen.svg", self.import_file),
            ("export", _tr("E&xport…"), "mActionFileSaveAs.svg", self.export_file),
        ):
            self.buttons[name] = self._button(text, icon, call)
            self._buttons.addWidget(self.buttons[name])
        self._buttons.addStretch(1)

    def _button(self, text: str, icon: str, call: Callable[[], None]) -> QPushButton:
        button = QPushButton(QgsApplication.getThemeIcon(f"/{icon}"), text)
        # Enter belongs to the dialog's OK.
        button.setAutoDefault(False)
        button.clicked.connect(lambda checked=False: call())
        return button

    def refresh(self, current: str = "") -> None:
        """Show the profiles, and choose one of them."""
        names = sorted(self.profiles, key=str.casefold)
        self.list.clear()
        self.list.addItems(names)
        if names:
            self.list.setCurrentRow(names.index(current) if current in names else 0)
        if not names:
            self.say(_tr("A profile says where and how jobs run on AWS. Local runs need none."))
        self._enable()

    def _enable(self) -> None:
        for name in ("edit", "duplicate", "remove", "export"):
            self.buttons[name].setEnabled(bool(self.current))
        self.buttons["test"].setEnabled(bool(self.current) and self._probe is None)

    @property
    def current(self) -> str:
        """The name of the chosen profile."""
        item = self.list.currentItem()
        return item.text() if item else ""

    def say(self, text: str) -> None:
        """Show a sentence below the list."""
        self.message.setText(text)
        self.message.setVisible(bool(text))

    def add(self) -> None:
        """Make a new profile."""
        self._open_dialog({"name": store.free_name(_tr("Fargate"), self.profiles)}, "")

    def edit(self) -> None:
        """Change the chosen profile."""
        if self.current:
            self._open_dialog({**self.profiles[self.current], "name": self.current}, self.current)

    def duplicate(self) -> None:
        """Make a new profile that starts as a copy of the chosen one."""
        if self.current:
            name = store.free_name(self.current, self.profiles)
            self._open_dialog({**self.profiles[self.current], "name": name}, "")

    def _open_dialog(self, values: dict, own: str) -> None:
        from .dialog import ProfileDialog

        dialog = ProfileDialog(values, self.profiles, own, self)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self.profiles.pop(own, None)
            self._take(dialog.profile)

    def _take(self, profile: FargateProfile) -> None:
        self.profiles[profile.name] = profile.to_dict()
        self.say("")
        self.refresh(profile.name)

    def remove(self) -> None:
        """Forget the chosen profile; Cancel of the options brings it back."""
        self.profiles.pop(self.current, None)
        self.say("")
        self.refresh()

    def test(self) -> None:
        """Look for all that would make a job with the chosen profile fail; nothing is created."""
        from .credentials import keys_of

        name = self.current
        try:
            profile = store.find_profile(name, self.profiles)
            keys = keys_of([profile.auth_config])
        except ShepherdError as error:
            self.say(str(error))
            return
        self.say(_tr("Testing “{name}”…").format(name=name))
        self._probe = ProfileProbe(profile, keys)
        self._probe.finished.connect(self._tell_outcome)
        self._enable()
        self._probe.start()

    def _tell_outcome(self, text: str) -> None:
        self._probe = None
        self.say(text)
        self._enable()

    def import_file(self, path: str = "") -> None:
        """Add the profiles of a file; one whose name is taken gets another name."""
        path = path or QFileDialog.getOpenFileName(self, _tr("Import profiles"), "", _JSON)[0]
        if not path:
            return
        try:
            found = store.import_profiles(path)
        except ShepherdError as error:
            self.say(str(error))
            return
        for profile in found:
            name = store.free_name(profile.name, self.profiles)
            self.profiles[name] = {**profile.to_dict(), "name": name}
            self.refresh(name)
        self.say(_tr("Profiles imported: {count}.").format(count=len(found)))

    def export_file(self, path: str = "") -> None:
        """Write the chosen profile to a file."""
        name = self.current
        path = path or QFileDialog.getSaveFileName(self, _tr("Export profile"), f"{name}.json", _JSON)[0]
        if not path:
            return
        try:
            store.export_profiles({name: self.profiles[name]}, path)
        except ShepherdError as error:
            self.say(str(error))
            return
        self.say(_tr("“{name}” was written to {path}.").format(name=name, path=path))

    def apply(self) -> None:
        """Keep the profiles."""
        store.store_profiles(self.profiles)
