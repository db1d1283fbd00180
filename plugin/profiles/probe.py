"""Tests a profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.PyQt.QtCore import QCoreApplication

if TYPE_CHECKING:
    from ...core.aws.keys import Keys
    from ...core.aws.profile import FargateProfile


def probe(profile: FargateProfile, keys: Keys | None = None) -> str:
    """Ask AWS for all that a job would need, and return a sentence; nothing is created there.

    Parameters
    ----------
    profile : FargateProfile
    keys : Keys, optional
        Of its authentication entry.

    Raises
    ------
    ShepherdError
        Naming everything that is missing.
    """
    from ...core.aws.checks import preflight
    from ...core.aws.session import AwsSession

    preflight(profile, AwsSession.of_profile(profile, keys))
    text = "“{name}” works: AWS answers, and everything that a job needs is there."
    return QCoreApplication.translate("ShepherdSegmentation", text).format(name=profile.name)
