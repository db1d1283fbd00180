"""The plugin's tab of the message log: details for whoever wants to know more than a sentence."""

from __future__ import annotations

import traceback

from qgis.core import Qgis, QgsMessageLog

from ..core.redaction import without_secrets

TAB = "Shepherd Segmentation"


def log_info(text: str) -> None:
    """Note something without raising anybody's attention."""
    QgsMessageLog.logMessage(text, TAB, Qgis.MessageLevel.Info, False)


def log_error(sentence: str, error: BaseException | None = None) -> None:
    """Note an error, with the way to it; the user has been told the sentence already."""
    if error is not None:
        details = traceback.format_exception(type(error), error, error.__traceback__)
        sentence = f"{sentence}\n\n{without_secrets(''.join(details))}"
    QgsMessageLog.logMessage(sentence, TAB, Qgis.MessageLevel.Critical, False)
