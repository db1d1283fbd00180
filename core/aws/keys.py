"""Keys that a caller has looked up, in a form that can be passed to another process by pipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .errors import CredentialsError


@dataclass(frozen=True)
class Keys:
    """The keys of authentication entries; called with an entry's id, it returns them.

    Parameters
    ----------
    entries : mapping of str to (str, str, str or None)
        Access key id, secret access key and session token by id. They stay out of texts and logs.
    """

    entries: Mapping[str, Sequence[str | None]] = field(repr=False)

    def __call__(self, auth_config: str) -> tuple[str, str, str | None]:
        """Return the keys of an entry."""
        try:
            key, secret, token = self.entries[auth_config]
        except KeyError:
            raise CredentialsError(
                f"The keys of the authentication entry '{auth_config}' are not there."
            ) from None
        return str(key), str(secret), token
