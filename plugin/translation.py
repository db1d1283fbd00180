"""Translations of the plugin's texts."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QCoreApplication, QTranslator

FOLDER = Path(__file__).parent.parent / "resources" / "i18n"


def translation_file(locale: str, folder: Path = FOLDER) -> Path | None:
    """Return the translation for a locale such as `pt_BR`, or for its language, if there is one."""
    language = locale.replace("-", "_")
    for name in (language, language.split("_")[0]):
        path = folder / f"shepherd_{name}.qm"
        if name and path.is_file():
            return path
    return None


def install_translation(folder: Path = FOLDER) -> QTranslator | None:
    """Show the plugin's texts in the language of QGIS; return what must be kept until it is removed."""
    path = translation_file(QgsApplication.locale(), folder)
    translator = QTranslator()
    if path is None or not translator.load(str(path)):
        return None
    QCoreApplication.installTranslator(translator)
    return translator


def remove_translation(translator: QTranslator | None) -> None:
    """Undo `install_translation`."""
    if translator is not None:
        QCoreApplication.removeTranslator(translator)
