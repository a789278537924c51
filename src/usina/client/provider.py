"""The identity provider, as a person's own machine speaks to it: authorization code with PKCE over the loopback
interface (RFC 8252, RFC 7636), device code (RFC 8628), refresh.

Everything that comes back is checked here against what was sent (state, issuer, nonce); whether the ID token is a true
one is the factory's to say, which checks its signature. No secret of the person passes through this program.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import http.server
import json
import ssl
import urllib.parse
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from usina.client.errors import SignInError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from usina.core.clock import Dice

_SECONDS: Final = 15.0
_MOST_BYTES: Final = 262_144
_DEVICE: Final = "urn:ietf:params:oauth:grant-type:device_code"
_DISCOVERY: Final = "/.well-known/openid-configuration"
_PAGE: Final = b"<!doctype html><title>Usina</title><p>Signed in. You may close this window.</p>"
_FAILED: Final = b"<!doctype html><title>Usina</title><p>Not signed in. The terminal says why.</p>"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the provider gave."""

    id_token: str = field(repr=False)
    refresh_token: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True)
class Device:
    """What a person does on another machine."""

    code: str = field(repr=False)
    user_code: str
    address: str
    interval_seconds: float
    lives_seconds: float


class Provider:
    """One provider, for one client id. Every method may raise SignInError."""

    def __init__(self, issuer: str, client_id: str, scope: str, authorities: Path | None) -> None:
        """`authorities`: a PEM file of authorities to trust beside the machine's own."""
        self._issuer = issuer
        self._client_id = client_id
        self._scope = scope
        self._context = ssl.create_default_context()
        if authorities is not None:
            self._context.load_verify_locations(str(authorities))
        self._known: Mapping[str, Any] = {}

    # --- by a browser on this machine

    def by_browser(self, show: Callable[[str], None], dice: Dice, wait_seconds: float) -> Tokens:
        """Tokens of a person who signs in with a browser here; `show` is given the address to open."""
        verifier, state, nonce = (_text(dice.token(32)) for _ in range(3))
        with _Return(state) as back:
            asked = {
                "response_type": "code",
                "client_id": self._client_id,
                "redirect_uri": back.address,
                "scope": self._scope,
                "state": state,
                "nonce": nonce,
                "prompt": "consent",
                "code_challenge": _text(hashlib.sha256(verifier.encode()).digest()),
                "code_challenge_method": "S256",
            }
            show(f"{self._endpoint('authorization_endpoint')}?{urllib.parse.urlencode(asked)}")
            came = back.wait(wait_seconds)
            if came.get("iss", self._issuer) != self._issuer:
                raise SignInError("The answer came from another identity provider. Try again.")
            if "code" not in came:
                raise SignInError(f"The identity provider did not sign you in: {_shown(came)}.")
            told = self._token(
                grant_type="authorization_code", code=came["code"], redirect_uri=back.address, code_verifier=verifier
            )
        return _checked(told, nonce)

    # --- by a browser elsewhere

    def device(self) -> Device:
        """Begin a sign-in on another machine."""
        status, told = self._post(
            self._endpoint("device_authorization_endpoint"), {"client_id": self._client_id, "scope": self._scope}
        )
        try:
            if status != http.client.OK:
                raise SignInError(f"The identity provider gives no device code: {_shown(told)}.")
            return Device(
                str(told["device_code"]),
                str(told["user_code"]),
                str(told.get("verification_uri_complete") or told["verification_uri"]),
                float(told.get("interval", 5)),
                float(told["expires_in"]),
            )
        except (KeyError, TypeError, ValueError):
            raise SignInError("The identity provider's device code cannot be read.") from None

    def by_device(self, device: Device, pause: Callable[[float], object]) -> Tokens:
        """Tokens of a person, once the code was entered elsewhere; asks until it was, or its time is over."""
        interval, left = device.interval_seconds, device.lives_seconds
        while left > 0:
            pause(interval)
            left -= interval
            asked = {"grant_type": _DEVICE, "device_code": device.code, "client_id": self._client_id}
            status, told = self._post(self._endpoint("token_endpoint"), asked)
            if status == http.client.OK:
                return _checked(told, None)
            if told.get("error") == "slow_down":
                interval += 5
            elif told.get("error") != "authorization_pending":
                raise SignInError(f"The identity provider did not sign you in: {_shown(told)}.")
        raise SignInError("Nobody entered the code in time. Run `usina login --device` again.")

    def renewed(self, refresh_token: str) -> Tokens:
        """Fresh tokens. Raises: SignInError where the provider knows the person, or the sign-in, no more."""
        told = self._token(grant_type="refresh_token", refresh_token=refresh_token, scope=self._scope)
        fresh = _checked(told, None)
        return Tokens(fresh.id_token, fresh.refresh_token or refresh_token)

    # --- how

    def _token(self, **asked: str) -> Mapping[str, Any]:
        status, told = self._post(self._endpoint("token_endpoint"), {**asked, "client_id": self._client_id})
        if status != http.client.OK:
            raise SignInError(f"The identity provider did not sign you in: {_shown(told)}. Run `usina login`.")
        return told

    def _endpoint(self, name: str) -> str:
        if not self._known:
            status, known = self._call("GET", self._issuer.rstrip("/") + _DISCOVERY, None)
            if status != http.client.OK or known.get("issuer") != self._issuer:
                raise SignInError(f"{self._issuer} does not say that it is this identity provider.")
            self._known = known
        found = self._known.get(name)
        if not isinstance(found, str) or not found.startswith("https://"):
            raise SignInError(f"The identity provider has no {name.replace('_', ' ')}; ask its administrators.")
        return found

    def _post(self, url: str, form: Mapping[str, str]) -> tuple[int, Mapping[str, Any]]:
        return self._call("POST", url, urllib.parse.urlencode(form))

    def _call(self, method: str, url: str, form: str | None) -> tuple[int, Mapping[str, Any]]:
        place = urllib.parse.urlsplit(url)
        connection = http.client.HTTPSConnection(
            place.hostname or "", place.port, timeout=_SECONDS, context=self._context
        )
        headers = {"Accept": "application/json"}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, f"{place.path or '/'}{'?' + place.query if place.query else ''}", form, headers)
            response = connection.getresponse()
            told = json.loads(response.read(_MOST_BYTES))
        except ssl.SSLCertVerificationError:
            raise SignInError(
                f"The certificate of {place.netloc} is not trusted here: name its authority with --authority FILE."
            ) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise SignInError(f"{place.netloc} gave no answer that can be read ({type(error).__name__}).") from None
        finally:
            connection.close()
        return response.status, told if isinstance(told, dict) else {}


class _Return:
    """Where the browser comes back to: one request, on a port of the loopback interface that was free."""

    def __init__(self, state: str) -> None:
        came: dict[str, str] = {}
        self._came = came

        class Handler(http.server.BaseHTTPRequestHandler):
            """Takes the answer that bears our state, and nothing else."""

            def do_GET(self) -> None:
                """One answer."""
                given = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
                good = given.pop("state", "") == state
                if good:
                    came.update(given)
                page = _PAGE if good and "code" in given else _FAILED
                self.send_response(http.client.OK if good else http.client.BAD_REQUEST)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, *_: object) -> None:
                """Say nothing: an address holds the code."""

        self._server = http.server.HTTPServer(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> str:
        """Address to come back to."""
        return f"http://127.0.0.1:{self._server.server_port}/"

    def wait(self, seconds: float) -> Mapping[str, str]:
        """What the browser brought. Raises: SignInError."""
        self._server.timeout = seconds
        self._server.timed_out = False  # type: ignore[attr-defined]  # set below
        self._server.handle_timeout = self._over  # type: ignore[method-assign]
        while not self._came:
            self._server.handle_request()
        return self._came

    def _over(self) -> None:
        raise SignInError("Nobody signed in in time. Run `usina login` again.")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.server_close()


def _text(some: bytes) -> str:
    return base64.urlsafe_b64encode(some).rstrip(b"=").decode()


def _checked(told: Mapping[str, Any], nonce: str | None) -> Tokens:
    """The tokens, if the ID token is of this sign-in. Raises: SignInError."""
    token, refresh = told.get("id_token"), told.get("refresh_token", "")
    if not isinstance(token, str) or not isinstance(refresh, str) or token.count(".") != 2:  # noqa: PLR2004 - a JWT's
        raise SignInError("The identity provider gave no ID token: its client for this site needs the scope openid.")
    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        claims = {}
    if nonce is not None and (not isinstance(claims, dict) or claims.get("nonce") != nonce):
        raise SignInError("The ID token is of another sign-in. Try again.")
    return Tokens(token, refresh)


def _shown(told: Mapping[str, Any]) -> str:
    """The provider's own words, short and plain; none of them is ever a token."""
    words = str(told.get("error_description") or told.get("error") or "it gave no reason")
    return "".join(each if each.isprintable() else " " for each in words[:200])
