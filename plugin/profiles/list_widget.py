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
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ...core.errors import ShepherdError
from . import store
from .background import BackgroundCall
from .notice import GOOD, INFO, PROBLEM, Notice
from .probe import probe

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
        self._is_testing = False
        self.list = QListWidget()
        self.list.itemDoubleClicked.connect(lambda item: self.edit())
        self.list.currentRowChanged.connect(lambda row: self._enable())
        self.list.setMinimumHeight(70)
        self.list.setObjectName("profiles")
        self.message = Notice()
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
        for name in names:
            self._show(name)
        if names:
            self.list.setCurrentRow(names.index(current) if current in names else 0)
        if not names:
            self.say(_tr("A profile says where and how jobs run on AWS. Local runs need none."))
        self._enable()

    def _show(self, name: str) -> None:
        """Add a profile to the list, marked if it is one that a run would refuse."""
        item = QListWidgetItem(name, self.list)
        try:
            profile = store.find_profile(name, self.profiles)
        except (ShepherdError, TypeError) as error:
            item.setIcon(QgsApplication.getThemeIcon("/mIconWarning.svg"))
            item.setToolTip(str(error))
        else:
            item.setToolTip(f"{profile.region}, {profile.bucket}")

    def _enable(self) -> None:
        for name in ("edit", "duplicate", "remove", "export"):
            self.buttons[name].setEnabled(bool(self.current))
        self.buttons["test"].setEnabled(bool(self.current) and not self._is_testing)

    @property
    def current(self) -> str:
        """The name of the chosen profile."""
        item = self.list.currentItem()
        return item.text() if item else ""

    def say(self, text: str, kind: str = INFO) -> None:
        """Show a sentence below the list."""
        self.message.say(text, kind)

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
        dialog.deleteLater()

    def _take(self, profile: FargateProfile) -> None:
        self.profiles[profile.name] = profile.to_dict()
        self.say("")
        self.refresh(profile.name)

    def remove(self) -> None:
        """Forget the chosen profile; Cancel of the options brings it back."""
        name, row = self.current, self.list.currentRow()
        if not name:
            return
        self.profiles.pop(name)
        self.refresh()
        self.list.setCurrentRow(min(row, self.list.count() - 1))
        self.say(_tr("“{name}” was removed. Cancel brings it back.").format(name=name))

    def test(self) -> None:
        """Look for all that would make a job with the chosen profile fail; nothing is created."""
        from .credentials import keys_of

        name = self.current
        try:
            profile = store.find_profile(name, self.profiles)
            keys = keys_of([profile.auth_config])
        except ShepherdError as error:
            self.say(str(error), PROBLEM)
            return
        self.say(_tr("Testing “{name}”…").format(name=name))
        self._is_testing = True
        self._enable()
        BackgroundCall(lambda: probe(profile, keys), self._tell_outcome).start()

    def _tell_outcome(self, text: str | None, problem: str) -> None:
        self._is_testing = False
        self.say(text or problem, PROBLEM if problem else GOOD)
        self._enable()

    def import_file(self, path: str = "") -> None:
        """Add the profiles of a file; one whose name is taken gets another name."""
        path = path or QFileDialog.getOpenFileName(self, _tr("Import profiles"), "", _JSON)[0]
        if not path:
            return
        try:
            found = store.import_profiles(path)
        except ShepherdError as error:
            self.say(str(error), PROBLEM)
            return
        names = [self._add(profile) for profile in found]
        if not names:
            self.say(_tr("There is no profile in {path}.").format(path=path), PROBLEM)
            return
        self.refresh(names[0])
        self.say(_tr("Imported: {names}.").format(names=", ".join(f"“{name}”" for name in names)), GOOD)

    def _add(self, profile: FargateProfile) -> str:
        name = store.free_name(profile.name, self.profiles)
        self.profiles[name] = {**profile.to_dict(), "name": name}
        return name

    def export_file(self, path: str = "") -> None:
        """Write the chosen profile to a file."""
        name = self.current
        path = path or self._place_for(f"{name}.json")
        if not path:
            return
        try:
            store.export_profiles({name: self.profiles[name]}, path)
        except ShepherdError as error:
            self.say(str(error), PROBLEM)
            return
        self.say(_tr("“{name}” was written to {path}.").format(name=name, path=path), GOOD)

    def _place_for(self, name: str) -> str:
        dialog = QFileDialog(self, _tr("Export profile"), name, _JSON)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        # Not appended to the answer: the dialog has to ask before a file is replaced.
        dialog.setDefaultSuffix("json")
        is_chosen = dialog.exec() == QDialog.DialogCode.Accepted
        return dialog.selectedFiles()[0] if is_chosen else ""

    def apply(self) -> None:
        """Keep the profiles."""
        store.store_profiles(self.profiles)
