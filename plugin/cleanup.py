"""Finishes what an interrupted QGIS has left at AWS."""

from __future__ import annotations

from qgis.core import QgsApplication, QgsTask
from qgis.PyQt.QtCore import QCoreApplication, QTimer

from ..core.errors import ShepherdError
from .dependencies import is_installed
from .messagelog import log_error, log_info
from .profiles.store import stored_profiles

#: Milliseconds after the start: QGIS has its own things to do first.
_DELAY = 5000


def clean_up_later() -> None:
    """Look for unfinished business once QGIS has started; whoever has no profile has none."""
    if stored_profiles() and is_installed("boto3"):
        QTimer.singleShot(_DELAY, _clean_up)


def _clean_up() -> None:
    from ..core.aws.journal import DELETING, Journal
    from .profiles.credentials import keys_of

    try:
        wanted = [e.profile.get("auth_config", "") for e in Journal().entries() if e.state == DELETING]
        if any(wanted) and not QgsApplication.authManager().masterPasswordIsSet():
            # Nobody should be asked for a password because QGIS was started.
            log_info("Jobs on AWS wait to be deleted: open the list of jobs.")
            return
        if wanted:
            QgsApplication.taskManager().addTask(_Deletion(keys_of(wanted)))
    except ShepherdError as error:
        log_error(str(error), error)


class _Deletion(QgsTask):
    def __init__(self, keys) -> None:
        text = QCoreApplication.translate("ShepherdSegmentation", "Deleting what jobs have left on AWS")
        super().__init__(text, QgsTask.Flag.CanCancel)
        self._keys = keys

    def run(self) -> bool:
        from ..algorithms.engine import call_engine
        from ..core.progress import Progress

        try:
            problems = call_engine("finish_teardowns", Progress(), credentials=self._keys)
        except ShepherdError as error:
            problems = [str(error)]
        for problem in problems:
            log_error(problem)
        return not problems
