"""What can go wrong between this computer and AWS; every text names the cure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import ShepherdError


class AwsError(ShepherdError):
    """AWS, the way there, or a job on it failed."""


class ProfileError(AwsError):
    """A profile has a value that cannot work."""


class CredentialsError(AwsError):
    """There are no credentials, or AWS does not take them."""


class ConnectionLostError(AwsError):
    """AWS cannot be reached now; a job that runs there goes on."""


class PreflightError(AwsError):
    """The job cannot work, or would go beyond the profile's limits; nothing was created."""


class JobError(AwsError):
    """A job failed, or cannot be used."""


class QueueGoneError(AwsError):
    """The queue of a job does not exist any more."""


INSTALL_BOTO3 = (
    "Running on AWS Fargate needs the Python package boto3, which is not installed. Install it into "
    "the Python that QGIS uses: on Windows 'python -m pip install boto3' in the OSGeo4W shell, on "
    "Linux 'sudo apt install python3-boto3' or 'pip install --user boto3', on macOS "
    "'/Applications/QGIS.app/Contents/MacOS/bin/python3 -m pip install boto3'; then start QGIS again. "
    "Everything else works without it."
)
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
_REFUSED = {
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "AuthFailure",
    "InvalidToken",
}
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "403"}
_NO_QUEUE = {"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"}


def has_boto3() -> bool:
    """Tell whether boto3 is installed."""
    try:
        import boto3  # noqa: F401
    except ImportError:
        return False
    return True


def code_of(error: Exception) -> str:
    """Return the error code of an answer of AWS, or an empty text."""
    response = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


@contextmanager
def aws_errors(what: str) -> Iterator[None]:
    """Turn boto3's exceptions into sentences that start with `what`."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError, Boto3Error) as error:
        raise in_words(what, error) from error


def in_words(what: str, error: Exception) -> AwsError:
    """Return the exception of ours that says what boto3's means."""
    code = code_of(error)
    if code:
        return _of_answer(what, code, error)
    name = type(error).__name__
    if name in ("NoCredentialsError", "PartialCredentialsError"):
        return CredentialsError(
            f"{what}: no AWS credentials were found. Run 'aws configure' or 'aws sso login', or choose an "
            "AWS profile or an entry of the QGIS authentication database in the Fargate profile."
        )
    if name in ("ProfileNotFound",):
        return CredentialsError(
            f"{what}: {error}. Choose an AWS profile that 'aws configure list-profiles' lists."
        )
    if name in ("UnauthorizedSSOTokenError", "SSOTokenLoadError", "TokenRetrievalError"):
        return CredentialsError(f"{what}: the single sign-on has expired. Run 'aws sso login' and try again.")
    if "Connect" in name or "Timeout" in name or name in ("HTTPClientError", "ConnectionClosedError"):
        return ConnectionLostError(
            f"{what}: AWS cannot be reached ({error}). Check the network and the profile's region."
        )
    return AwsError(f"{what}: {error}")


def _of_answer(what: str, code: str, error: Exception) -> AwsError:
    message = str(error.response["Error"].get("Message", "")) or code  # type: ignore[attr-defined]
    if code in _EXPIRED:
        return CredentialsError(
            f"{what}: the AWS credentials have expired. Log in again ('aws sso login' or new keys) and "
            "repeat."
        )
    if code in _REFUSED:
        return CredentialsError(
            f"{what}: AWS does not accept these credentials ({message}). Check the key in the Fargate "
            "profile's AWS profile or authentication entry."
        )
    if code in _DENIED:
        action = getattr(error, "operation_name", "")
        return AwsError(
            f"{what}: permission for {action} is missing ({message}). Ask for it to be added to the "
            "identity's policy; the documentation lists what is needed."
        )
    if code in _NO_QUEUE:
        return QueueGoneError(f"{what}: the job's queue does not exist any more.")
    return AwsError(f"{what}: {message} ({code})")
