"""Tests a profile in the background."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from qgis.PyQt.QtCore import QCoreApplication, QObject, pyqtSignal

from ...core.errors import ShepherdError
from ..messagelog import log_error

if TYPE_CHECKING:
    from ...core.aws.keys import Keys
    from ...core.aws.profile import FargateProfile


class ProfileProbe(QObject):
    """Asks AWS what a job would need; creates nothing there.

    Parameters
    ----------
    profile : FargateProfile
    keys : Keys, optional
        Of its authentication entry.
    """

    #: What came of it, in words; sent to the thread that made this object.
    finished = pyqtSignal(str)

    def __init__(self, profile: FargateProfile, keys: Keys | None = None) -> None:
        super().__init__()
        self._profile, self._keys = profile, keys

    def start(self) -> None:
        """Start asking."""
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        text = self.outcome()
        try:
            self.finished.emit(text)
        except RuntimeError:
            return  # the options were closed meanwhile, and this object went with them

    def outcome(self) -> str:
        """Ask, and return what came of it."""
        from ...core.aws.checks import preflight
        from ...core.aws.session import AwsSession

        try:
            preflight(self._profile, AwsSession.of_profile(self._profile, self._keys))
        except ShepherdError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001  (nobody would hear of it from this thread)
            log_error("Testing a Fargate profile failed.", error)
            return f"The test failed: {type(error).__name__}. The message log has the details."
        text = "“{name}” works: AWS answers, and everything that a job needs is there."
        return QCoreApplication.translate("ShepherdSegmentation", text).format(name=self._profile.name)
