"""boto3 clients of a profile, and its credentials for GDAL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from .errors import INSTALL_BOTO3, AwsError, CredentialsError, aws_errors

#: Returns (access key id, secret access key, session token or None) of an authentication entry.
Credentials = Callable[[str], "tuple[str, str, str | None]"]

_OPTIONS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION")


class AwsSession:
    """Clients with retries, made once each; safe to use from several threads.

    Parameters
    ----------
    region : str
    aws_profile : str
        Name of an AWS profile; empty for the default chain.
    keys : tuple of str, optional
        Access key id, secret access key and session token, instead.

    Raises
    ------
    AwsError
        Without boto3; says how to install it.
    """

    def __init__(
        self, region: str, aws_profile: str = "", keys: tuple[str, str, str | None] | None = None
    ) -> None:
        try:
            import boto3
        except ImportError:
            raise AwsError(INSTALL_BOTO3) from None
        self.region = region
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}
        names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
        secret = dict(zip(names, keys)) if keys else {}
        with aws_errors("Cannot use the AWS credentials"):
            self._boto = boto3.Session(region_name=region, profile_name=aws_profile or None, **secret)

    @classmethod
    def of_profile(cls, profile: Any, credentials: Credentials | None = None) -> AwsSession:
        """Open a session with a profile's credentials.

        Parameters
        ----------
        profile : FargateProfile
        credentials : callable, optional
            Looks up the authentication entry that the profile names.
        """
        keys = None
        if profile.auth_config:
            if credentials is None:
                raise CredentialsError(
                    f"Fargate profile '{profile.name}' takes its credentials from the QGIS authentication "
                    "database, which is only open inside QGIS: run it there, or choose an AWS profile."
                )
            keys = credentials(profile.auth_config)
        return cls(profile.region, profile.aws_profile, keys)

    def client(self, service: str) -> Any:
        """Return the client of a service."""
        with self._lock:
            if service not in self._clients:
                with aws_errors(f"Cannot use {service}"):
                    self._clients[service] = self._boto.client(service, config=_config())
            return self._clients[service]

    @property
    def has_credentials(self) -> bool:
        """Whether there are credentials at all; AWS may still refuse them."""
        with aws_errors("Cannot get AWS credentials"):
            return self._boto.get_credentials() is not None

    def frozen_credentials(self) -> tuple[str, str, str]:
        """Return the current key id, secret and token; refreshed when they are about to expire."""
        with aws_errors("Cannot get AWS credentials"):
            found = self._boto.get_credentials()
            if found is None:
                raise CredentialsError(
                    "No AWS credentials were found: run 'aws configure' or 'aws sso login'."
                )
            frozen = found.get_frozen_credentials()
        return frozen.access_key, frozen.secret_key, frozen.token or ""


def _config() -> Any:
    from botocore.config import Config

    values = {
        "retries": {"mode": "standard", "max_attempts": 4},
        "connect_timeout": 5,
        "read_timeout": 60,
        "max_pool_connections": 32,
        "user_agent_extra": "shepherd-segmentation",
    }
    try:
        # Objects carry checksums of their own; newer versions would compute others besides.
        return Config(**values, request_checksum_calculation="when_required")
    except TypeError:
        return Config(**values)


class GdalCredentials:
    """Hands a session's credentials to GDAL for a bucket, and keeps them fresh.

    GDAL's own lookup does not know every source of credentials that boto3 knows, and versions
    before 3.7 do not know a Fargate task's role.

    Parameters
    ----------
    session : AwsSession
    prefix : str
        Start of the paths they are for: ``/vsis3/bucket``, or ``/vsis3/`` for all.
    """

    def __init__(self, session: AwsSession, prefix: str) -> None:
        self._session, self._prefix = session, prefix
        self._given: tuple[str, ...] = ()
        self._lock = threading.Lock()

    def refresh(self) -> None:
        """Give GDAL the current credentials; cheap when they have not changed."""
        current = (*self._session.frozen_credentials(), self._session.region)
        with self._lock:
            if current != self._given:
                self._set(current)
                self._given = current

    def forget(self) -> None:
        """Take the credentials away from GDAL."""
        with self._lock:
            self._set((None,) * len(_OPTIONS))
            self._given = ()

    def _set(self, values: tuple[str | None, ...]) -> None:
        from osgeo import gdal

        for name, value in zip(_OPTIONS, values):
            if hasattr(gdal, "SetPathSpecificOption"):
                gdal.SetPathSpecificOption(self._prefix, name, value or None)
            else:  # GDAL before 3.5
                gdal.SetConfigOption(name, value or None)
