"""Whether an OpenID Connect token was signed by a provider's key, and says what it must.

What the token's header says is believed in nothing but which of the provider's own keys to try: the algorithm must be
one of three kinds that only a private key can make, so there is no `none` and no shared secret to confuse a public key
with, and a header that brings a key, or says where to fetch one, is refused. Signatures are checked by joserfc.

Sources: RFC 7519, RFC 8725 (JWT best practices), OpenID Connect Core 1.0, section 3.1.3.7.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec
from joserfc import jws
from joserfc.errors import ExpiredTokenError, JoseError, SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jwt import JWTClaimsRegistry

from usina.core.errors import Kind, SignatureError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Key = RSAKey | ECKey | OKPKey

MOST_BYTES: Final = 16_384
_LIFE_SECONDS: Final = 86_400  # longest from issue to end
_LEEWAY_SECONDS: Final = 60  # of the provider's clock; an end is an end
_SUBJECT_CHARACTERS: Final = 255
_RSA_BITS: Final = 2_048
# Algorithm -> type of key and, where it has one, curve.
ALGORITHMS: Final[Mapping[str, tuple[str, str]]] = {
    "RS256": ("RSA", ""),
    "ES256": ("EC", "P-256"),
    "EdDSA": ("OKP", "Ed25519"),
    "Ed25519": ("OKP", "Ed25519"),
}
_HEADERS: Final = frozenset({"alg", "kid", "typ", "cty"})
_decode = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True, slots=True)
class Unproved:
    """What a token says of itself: enough to know which provider's key to try, and nothing more."""

    issuer: str
    algorithm: str
    key_id: str  # empty: it names none
    kind: str  # "JWT", "at+jwt" for an access token, empty where it says none


@dataclass(frozen=True, slots=True)
class Claims:
    """What a provider vouched for."""

    issuer: str
    subject: str
    audience: str  # the one of ours that it is for
    expires_at: float
    others: Mapping[str, Any]


def invalid(why: str) -> SignatureError:
    """Not a token that this site takes. `why` never quotes the token."""
    message = f"The identity token is not valid: {why}."
    return SignatureError(message, code="InvalidIdentityToken", kind=Kind.TOKEN_INVALID)


def look_at(token: str) -> Unproved:
    """Read a token's header and issuer without believing either. Raises: SignatureError."""
    parts = token.split(".")
    if len(token) > MOST_BYTES or len(parts) != 3:  # noqa: PLR2004 - header, payload, signature
        raise invalid("it is not a signed JSON Web Token")
    header, payload = _part(parts[0]), _part(parts[1])
    algorithm, key_id = header.get("alg"), header.get("kid", "")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise invalid(f"its algorithm is none of {', '.join(ALGORITHMS)}")
    if not header.keys() <= _HEADERS:
        raise invalid("its header brings a key, or asks for something that is not understood here")
    issuer = payload.get("iss")
    kind = header.get("typ", "")
    if not isinstance(key_id, str) or not isinstance(issuer, str) or not isinstance(kind, str):
        raise invalid("its header or issuer has the wrong type")
    return Unproved(issuer, algorithm, key_id, kind.lower().removeprefix("application/"))


def claimed(token: str) -> str:
    """Under which name a token's failures are counted: a digest of whom it says it is about, true or not.

    One with a broken token then waits alone, and the others behind his address do not.
    """
    try:
        subject = _part(token.split(".")[1]).get("sub") if len(token) <= MOST_BYTES else None
    except (SignatureError, IndexError):
        subject = None
    return hashlib.sha256(str(subject).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _part(text: str) -> dict[str, Any]:
    try:
        return _decode(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise invalid("it is not a signed JSON Web Token") from None


def read_keys(documents: Sequence[Any]) -> list[tuple[str, str, Key]]:
    """(key id, its only algorithm or "", key) of a provider's published keys; those that cannot sign are left out."""
    found: list[tuple[str, str, Key]] = []
    for document in documents:
        if not isinstance(document, dict) or document.get("use", "sig") != "sig":
            continue
        made = _read_key(document)
        key_id, algorithm = document.get("kid", ""), document.get("alg", "")
        if made is not None and isinstance(key_id, str) and isinstance(algorithm, str):
            found.append((key_id, algorithm, made))
    return found


def _read_key(document: dict[str, Any]) -> Key | None:
    """The key, public part only; None where it is of no kind that is taken here."""
    kind = (document.get("kty"), document.get("crv", ""))
    try:
        if kind == ("RSA", ""):
            texts = _texts(document, "kty", "n", "e")
            return RSAKey.import_key(texts) if len(texts["n"]) * 6 >= _RSA_BITS else None
        if kind == ("EC", "P-256"):
            return ECKey.import_key(_texts(document, "kty", "crv", "x", "y"))
        if kind == ("OKP", "Ed25519"):
            return OKPKey.import_key(_texts(document, "kty", "crv", "x"))
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return None


def _texts(document: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The public members alone. Raises: TypeError, KeyError."""
    found = {name: document[name] for name in names}
    if not all(isinstance(value, str) for value in found.values()):
        raise TypeError("a member of a key is no text")
    return found


def verify(
    token: str,
    keys: Sequence[tuple[str, str, Key]],
    *,
    issuer: str,
    audiences: Sequence[str],
    now: float,
) -> Claims:
    """What the provider vouched for.

    Raises: SignatureError (InvalidIdentityToken, or ExpiredTokenException where its time is over).
    """
    seen = look_at(token)
    key = _chosen(seen, keys)
    if key is None:
        raise invalid("its provider publishes no such key")
    try:
        with warnings.catch_warnings():
            # RFC 9864 would have EdDSA say its curve; here the key's curve is fixed, and providers still write EdDSA.
            warnings.simplefilter("ignore", SecurityWarning)
            payload = jws.deserialize_compact(token.encode(), key, algorithms=[seen.algorithm]).payload
        claims = _decode(payload or b"")
    except (JoseError, ValueError, TypeError, msgspec.DecodeError):
        raise invalid("its signature does not fit") from None
    return _checked(claims, issuer, audiences, now)


def _chosen(seen: Unproved, keys: Sequence[tuple[str, str, Key]]) -> Key | None:
    """The provider's key that a token names; where it names none, the only one that fits."""
    kind = ALGORITHMS[seen.algorithm]
    fitting = [
        key
        for key_id, algorithm, key in keys
        if (not seen.key_id or key_id == seen.key_id)
        and algorithm in {"", seen.algorithm}
        and (key.key_type, "" if isinstance(key, RSAKey) else key.curve_name) == kind
    ]
    return fitting[0] if len(fitting) == 1 else None


def _checked(claims: dict[str, Any], issuer: str, audiences: Sequence[str], now: float) -> Claims:
    registry = JWTClaimsRegistry(
        int(now),
        _LEEWAY_SECONDS,
        iss={"essential": True, "value": issuer},
        sub={"essential": True},
        aud={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        registry.validate(claims)
    except ExpiredTokenError:
        raise expired() from None
    except JoseError as error:
        raise invalid(f"what it says of {getattr(error, 'claim', None) or 'itself'} does not hold") from None
    if now >= claims["exp"]:
        raise expired()
    if claims["exp"] - claims["iat"] > _LIFE_SECONDS:
        raise invalid("it lives for more than a day")
    subject: str = claims["sub"]
    if not 0 < len(subject) <= _SUBJECT_CHARACTERS or not subject.isprintable():
        raise invalid("its subject is empty, too long, or has characters that cannot be shown")
    return Claims(issuer, subject, _audience(claims, audiences), float(claims["exp"]), claims)


def _audience(claims: Mapping[str, Any], audiences: Sequence[str]) -> str:
    """The one of our audiences that a token is for; one for several parties must say that it was made for us."""
    named = claims["aud"]
    named = [named] if isinstance(named, str) else named
    ours = [each for each in named if each in audiences]
    party = claims.get("azp", ours[0] if ours else "")
    if not ours or (len(named) > 1 and "azp" not in claims) or party not in audiences:
        raise invalid("it was not made for this site (aud, azp)")
    return str(ours[0])


def expired() -> SignatureError:
    """Its time is over. Not a guess: nothing is counted."""
    return SignatureError("The identity token has expired.", code="ExpiredTokenException", kind=Kind.TOKEN_EXPIRED)
