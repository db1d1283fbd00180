"""Settings of the engine, and the Fargate profiles, as a page of QGIS's options."""

from __future__ import annotations

from dataclasses import replace

from qgis.gui import QgsCollapsibleGroupBox, QgsFileWidget, QgsOptionsPageWidget
from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ..core.errors import ShepherdError
from .profiles.list_widget import ProfilesWidget
from .settings import IN_QGIS, SEPARATE_PROCESS, Settings


def _tr(text: str) -> str:
    return QCoreApplication.translate("ShepherdSegmentation", text)


class OptionsPage(QgsOptionsPageWidget):
    """What holds for all runs; nothing is kept before OK or Apply."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._engine_box())
        profiles = QgsCollapsibleGroupBox(_tr("Profiles for AWS Fargate"))
        QVBoxLayout(profiles).addWidget(self._profiles_widget())
        layout.addWidget(profiles, 1)
        self.show_settings(Settings.load())

    def _engine_box(self) -> QWidget:
        box = QgsCollapsibleGroupBox(_tr("Engine"))
        form = QFormLayout(box)
        for label, field in (
            (_tr("&Cores"), self._workers_field()),
            (_tr("&Memory"), self._memory_field()),
            (_tr("Engine &runs"), self._place_field()),
        ):
            form.addRow(label, field)
        self.place_note = QLabel()
        self.place_note.setWordWrap(True)
        form.addRow("", self.place_note)
        form.addRow(_tr("Com&piled kernels"), self._cache_field())
        note = QLabel(_tr("A change of this folder takes effect when QGIS is started again."))
        note.setWordWrap(True)
        form.addRow("", note)
        return box

    def _workers_field(self) -> QSpinBox:
        self.workers = QSpinBox()
        self.workers.setRange(0, 1024)
        self.workers.setSpecialValueText(_tr("All"))
        self.workers.setToolTip(_tr("For runs that do not name a number of cores themselves."))
        return self.workers

    def _memory_field(self) -> QDoubleSpinBox:
        self.memory = QDoubleSpinBox()
        self.memory.setRange(0, 100_000)
        self.memory.setDecimals(1)
        self.memory.setSuffix(_tr(" GB"))
        self.memory.setSpecialValueText(_tr("What is free"))
        self.memory.setToolTip(_tr("A run that would need more is refused before it starts."))
        return self.memory

    def _place_field(self) -> QComboBox:
        self.place = QComboBox()
        self.place.addItem(_tr("In QGIS itself"), IN_QGIS)
        self.place.addItem(_tr("In a separate Python process"), SEPARATE_PROCESS)
        self.place.setToolTip(
            _tr("A separate process takes about two seconds longer to start; if it crashes, QGIS goes on.")
        )
        self.place.currentIndexChanged.connect(lambda index: self._explain_place())
        return self.place

    def _explain_place(self) -> None:
        if self.place.currentData() == IN_QGIS:
            self.place_note.setText(_tr("The quickest way. Change it if QGIS closes when a run starts."))
            return
        from ..core.engine_process.interpreter import find_interpreter

        try:
            text = _tr("Python: {path}").format(path=find_interpreter())
        except ShepherdError as error:
            text = str(error)
        self.place_note.setText(text)

    def _cache_field(self) -> QgsFileWidget:
        self.cache = QgsFileWidget()
        self.cache.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self.cache.setDialogTitle(_tr("Folder for compiled kernels"))
        self.cache.lineEdit().setPlaceholderText(_tr("Automatic"))
        self.cache.setToolTip(
            _tr("Where the engine, compiled for this computer, is kept between sessions (about 10 MB).")
        )
        return self.cache

    def _profiles_widget(self) -> ProfilesWidget:
        self.profiles = ProfilesWidget()
        return self.profiles

    def show_settings(self, settings: Settings) -> None:
        """Put settings into the fields."""
        self.workers.setValue(settings.workers)
        self.memory.setValue(settings.memory_limit)
        self.place.setCurrentIndex(self.place.findData(settings.engine_place))
        self.cache.setFilePath(settings.kernel_cache)
        self._explain_place()

    def shown_settings(self) -> Settings:
        """Return the settings that the fields show."""
        return replace(
            Settings.load(),
            workers=self.workers.value(),
            memory_limit=round(self.memory.value(), 1),
            kernel_cache=self.cache.filePath().strip(),
            engine_place=self.place.currentData(),
        )

    def apply(self) -> None:
        """Keep everything; QGIS calls this for OK and Apply."""
        self.shown_settings().save()
        self.profiles.apply()
