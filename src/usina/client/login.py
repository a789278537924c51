"""A person's session in a client kit: kept in a file for its owner alone, renewed from the identity provider.

`login.json` in the kit holds the session and the provider's refresh token. AWS programs get the session by the
profile's `credential_process`; the commands of `usina` read it themselves.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from usina.client.errors import KitError, RefusedError, SignInError
from usina.client.kit import write_secret
from usina.client.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from usina.client.connection import Connection
    from usina.client.provider import Tokens

FILE: Final = "login.json"
RENEW_SECONDS: Final = 300  # before its end a session is renewed
_PROVIDER_GONE: Final = "Run `usina login` to sign in again."


@dataclass(frozen=True, slots=True)
class Login:
    """A sign-in, as it is kept."""

    issuer: str
    client_id: str
    scope: str
    authorities: str  # path of a PEM file; empty: the machine's own
    role: str
    account: str
    name: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expires_at: float
    refresh_token: str = field(repr=False, default="")

    def provider(self) -> Provider:
        """Where it came from."""
        return Provider(self.issuer, self.client_id, self.scope, Path(self.authorities) if self.authorities else None)


def read_login(folder: Path) -> Login | None:
    """The sign-in of a kit; None where there is none. Raises: KitError."""
    try:
        return Login(**json.loads((folder / FILE).read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise KitError(f"{folder / FILE} cannot be read ({type(error).__name__}). Run `usina login` again.") from None


def forget(folder: Path) -> bool:
    """Take the sign-in out of a kit; False where there was none."""
    try:
        (folder / FILE).unlink()
    except FileNotFoundError:
        return False
    return True


def sign_in(connection: Connection, login: Login, tokens: Tokens) -> Login:
    """A session for an ID token, kept in the kit. Raises: RefusedError, UnreachableError."""
    got: dict[str, Any] = connection.call(
        "usina",
        "sign_in",
        idToken=tokens.id_token,
        role=login.role or None,
        account=login.account or None,
    )
    ends: datetime = got["expiresAt"]
    signed_in = replace(
        login,
        role=got["role"],
        account=got["account"],
        name=got["name"],
        access_key_id=got["accessKeyId"],
        secret_access_key=got["secretAccessKey"],
        session_token=got["sessionToken"],
        expires_at=ends.timestamp(),
        refresh_token=tokens.refresh_token,
    )
    write_secret(connection.kit.folder / FILE, json.dumps(asdict(signed_in)) + "\n")
    return signed_in


def current(connection: Connection, now: float) -> Login:
    """The kit's session, renewed where it ends soon.

    Raises:
        SignInError: nobody is signed in, or the identity provider or the site knows the person no more.
    """
    folder = connection.kit.folder
    found = read_login(folder)
    if found is not None and found.expires_at - now > RENEW_SECONDS:
        return found
    with _alone(folder):
        found = read_login(folder)  # another program may have renewed it meanwhile
        if found is None:
            raise SignInError(f"Nobody is signed in with the kit in {folder}. Run `usina login`.")
        if found.expires_at - now > RENEW_SECONDS:
            return found
        if not found.refresh_token:
            forget(folder)
            raise SignInError(f"Your session has ended. {_PROVIDER_GONE}")
        try:
            return sign_in(connection, found, found.provider().renewed(found.refresh_token))
        except (SignInError, RefusedError):
            if found.expires_at <= now:
                forget(folder)
            raise


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One program renews at a time: providers take a refresh token once."""
    handle = os.open(folder / f"{FILE}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def where_to_sign_in(connection: Connection) -> dict[str, str]:
    """What the factory says of its identity provider. Raises: SignInError."""
    status, words = connection.page("/.well-known/usina-sign-in")
    try:
        told = json.loads(words) if status == 200 else {}  # noqa: PLR2004 - HTTP
        issuer, client_id, scope = (str(told[name]) for name in ("issuer", "client_id", "scope"))
    except (ValueError, KeyError, TypeError):
        raise SignInError(
            "Nobody signs in at this factory: its operator names an identity provider in site.toml, [people]."
        ) from None
    if urlsplit(issuer).scheme != "https":
        raise SignInError("The factory's identity provider has no https address; tell its operator.")
    return {"issuer": issuer, "client_id": client_id, "scope": scope}
