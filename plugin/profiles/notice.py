"""A few sentences below a form, which never make a window too high for the screen."""

from __future__ import annotations

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtGui import QResizeEvent
from qgis.PyQt.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QWidget

#: What a sentence is about, and the icon that says so.
INFO, GOOD, PROBLEM = "mIconInfo.svg", "mIconSuccess.svg", "mIconWarning.svg"
#: Heights in pixels.
_LINE, _HIGHEST = 18, 130


class _Text(QScrollArea):
    """Wants the height of its text, up to a limit, and does with a line or two."""

    def __init__(self) -> None:
        super().__init__()
        self.label = QLabel()
        self.label.setWordWrap(True)
        # What is said may come from AWS.
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setWidget(self.label)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for widget in (self.viewport(), self.label):
            widget.setAutoFillBackground(False)
        self._wanted = _LINE

    def fit(self, width: int) -> None:
        """Take the height that the text needs in a width."""
        wanted = max(self.label.heightForWidth(max(width, 100)) + 2, _LINE)
        self._wanted = min(wanted, _HIGHEST)
        self.setMinimumHeight(min(wanted, 2 * _LINE))
        self.setMaximumHeight(self._wanted)
        self.updateGeometry()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(200, self._wanted)


class Notice(QWidget):
    """A text with an icon; it can be copied, and scrolls when it is long. Without text it is hidden."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon, self._text = QLabel(), _Text()
        self._icon.setAlignment(Qt.AlignmentFlag.AlignTop)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addWidget(self._icon)
        layout.addWidget(self._text, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.hide()

    def say(self, text: str, kind: str = INFO) -> None:
        """Show sentences; none hides the notice."""
        self._icon.setPixmap(QgsApplication.getThemeIcon(f"/{kind}").pixmap(QSize(16, 16)))
        self._text.label.setText(text)
        self._text.verticalScrollBar().setValue(0)
        self.setVisible(bool(text))
        self._fit()

    def text(self) -> str:
        """Return what is shown."""
        return self._text.label.text()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        # Not the text's own width, which follows later than this one.
        self._text.fit(self.width() - 16 - self.layout().spacing())
