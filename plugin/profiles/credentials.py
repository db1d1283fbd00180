"""Fetches keys from the QGIS authentication database; only the main thread may do that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import QgsApplication, QgsAuthMethodConfig

from ...core.errors import ShepherdError

if TYPE_CHECKING:
    from ...core.aws.keys import Keys


def keys_of(auth_configs: list[str]) -> Keys | None:
    """Return the keys of authentication entries; None if none is asked for.

    Parameters
    ----------
    auth_configs : list of str
        Ids; empty ones are left out.

    Raises
    ------
    ShepherdError
        If an entry is missing, closed, or holds no keys.
    """
    wanted = {name for name in auth_configs if name}
    if not wanted:
        return None
    from ...core.aws.keys import Keys

    return Keys({name: _pair(name) for name in sorted(wanted)})


def _pair(name: str) -> tuple[str, str, str | None]:
    manager, config = QgsApplication.authManager(), QgsAuthMethodConfig()
    if name not in manager.configIds():
        raise ShepherdError(
            f"The QGIS authentication database has no entry “{name}”: choose another one in the Fargate "
            "profile."
        )
    found = manager.loadAuthenticationConfig(name, config, True)
    loaded = found[0] if isinstance(found, tuple) else found
    # The methods Basic and AWS S3 call them alike.
    key, secret = config.config("username"), config.config("password")
    if not loaded or not key or not secret:
        raise ShepherdError(
            f"The authentication entry “{name}” holds no AWS keys, or the database was not opened: enter the "
            "master password (qgis_process reads it from the file that the variable QGIS_AUTH_PASSWORD_FILE "
            "names), and use the method Basic with the access key id as user name and the secret access key "
            "as password."
        )
    return key, secret, config.config("token") or None
