"""Who sent a request: the one place where signatures, keys and sessions meet.

The order is law: what the request states (no I/O), the key it names, the signature, then what only the key's holder
may learn (expired, body altered, replayed). A stranger learns from a refusal only what AWS tells strangers.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple, Protocol

from usina.core.errors import Kind, SignatureError, ValidationError
from usina.core.ports import Row
from usina.sovereignty.attempts import Attempts
from usina.sovereignty.keyring_hot import Shelf, unknown_key
from usina.sovereignty.keyring_names import BEARER_PREFIX, bearer_key_id, is_account
from usina.sovereignty.oidc.tokens import claimed
from usina.sovereignty.signature import bedrock_token, v2, v4
from usina.sovereignty.signature.canonical import header_map
from usina.sovereignty.signature.claim import ALGORITHM, header_claim, incomplete, query_claim, unsupported
from usina.sovereignty.signature.payload import checked_payload, signed_hash
from usina.sovereignty.signature.replay import SeenSignatures
from usina.sovereignty.signature.scope import check_service
from usina.sovereignty.signature.streaming import checked_stream

if TYPE_CHECKING:
    from usina.core.clock import Clock, Dice
    from usina.core.limits import Limits
    from usina.core.operation import BodyStream, Principal, Received
    from usina.core.ports import NewKey, Records
    from usina.sovereignty.key_uses import KeyUses
    from usina.sovereignty.keyring import SiteKeyring
    from usina.sovereignty.keyring_hot import HotKey
    from usina.sovereignty.oidc.web_identity import WebIdentities
    from usina.sovereignty.people.signing_in import SigningIn
    from usina.sovereignty.signature.claim import Claim

_HOT_TOKENS = 10_000
_FIRST = "first-keys"
_ADMINISTRATOR = "administrator"


class Proof(NamedTuple):
    """What was proved of a request."""

    principal: Principal
    payload: bytes  # the body after its own framing (aws-chunked) was checked and taken off
    method: str  # sigv4-header, sigv4-query, sigv2-header, sigv2-query, bearer
    service: str = ""  # signing name of the service that the signature is for; empty: a bearer token names none
    stream: BodyStream | None = None  # a body that comes: what reads it checks it


class KeySource(Protocol):
    """Where open keys come from: the site's keyring."""

    def kept(self, key_id: str) -> HotKey | None:
        """The key, if it is open in memory: no I/O."""
        ...

    async def find(self, key_id: str) -> HotKey | None:
        """The active access or bearer key of that id; None where there is none."""
        ...

    async def find_session(self, key_id: str, token: str) -> HotKey | None:
        """The session that a token holds; None where the token is not ours or not of that key id."""
        ...


class Authenticator:
    """Proves who sent a request, by header or query signature or bearer token."""

    def __init__(
        self,
        keyring: KeySource,
        clock: Clock,
        limits: Limits,
        *,
        attempts: Attempts | None = None,
        uses: KeyUses | None = None,
        web: WebIdentities | None = None,
        people: SigningIn | None = None,
    ) -> None:
        self._web = web
        self._people = people
        self._keyring = keyring
        self.attempts = attempts or Attempts(limits, clock)
        self._uses = uses
        self._clock = clock
        self._skew_seconds = limits.clock_skew_seconds
        self._presigned_seconds = limits.presigned_seconds
        self._seen = SeenSignatures(limits.clock_skew_seconds, limits.header_read_seconds + limits.body_read_seconds)
        self._tokens: Shelf[tuple[Claim | None, HotKey]] = Shelf(_HOT_TOKENS)  # by SHA-256 of the token

    @staticmethod
    def is_signed(received: Received) -> bool:
        """Whether a request brings a proof of its own, good or not."""
        query = received.raw_query
        return received.header("authorization") is not None or "X-Amz-" in query or "AWSAccessKeyId=" in query

    async def web_identity(self, role_arn: str, token: str, peer: str) -> Principal:
        """Who a token of a provider says asks for a role. Raises: SignatureError, UnavailableError."""
        if self._web is None:
            raise SignatureError("This site knows no identity providers.", kind=Kind.TOKEN_INVALID)
        with self.attempts.attempt(f"{role_arn[:256]} {claimed(token)}", peer, self._clock.now()):
            return await self._web.prove(role_arn, token, peer)

    async def person(self, token: str, role: str, account: str, peer: str) -> Principal:
        """The person whom an ID token proves, asking to act as that role. Raises: ApiError."""
        if self._people is None:
            raise SignatureError("Nobody signs in at this site.", kind=Kind.TOKEN_INVALID)
        with self.attempts.attempt(f"person {claimed(token)}", peer, self._clock.now()):
            return await self._people.prove(token, role, account)

    async def authenticate(self, received: Received, service: str | None = None) -> Proof:
        """Prove who sent this. `service`: where the request goes (botocore's name), so that a signature made for
        another service is refused; without it, only signatures that cover the whole request are taken.

        Raises: SignatureError with the kind that says why.
        """
        proof = await self._proof(received, service)
        if self._uses is not None and not proof.principal.session:
            used_for = proof.service or service or ""
            self._uses.note(proof.principal.key_id, used_for, self._clock.now())
        return proof

    async def _proof(self, received: Received, service: str | None) -> Proof:
        headers = header_map(received.headers)
        authorization = headers.get("authorization", "")
        query = received.raw_query
        if authorization:
            if "X-Amz-Signature=" in query or "AWSAccessKeyId=" in query:
                raise incomplete("Only one auth mechanism allowed: the Authorization header or the query parameters.")
            if authorization.startswith(ALGORITHM + " "):
                return await self._header(received, headers, service)
            scheme = authorization.partition(" ")[0]
            if scheme.lower() == "bearer":
                who = await self._bearer(authorization[len(scheme) :].strip(), received.peer)
                return Proof(who, received.body, "bearer", "", received.stream)
            if scheme == "AWS":
                return await self._old(received, headers, v2.header_claim(headers), service)
            raise unsupported(scheme[:64])
        if "X-Amz-Algorithm=" in query or "X-Amz-Signature=" in query:
            return await self._query(received, headers, service)
        if "AWSAccessKeyId=" in query and "Signature=" in query:
            return await self._old(received, headers, v2.query_claim(query), service)
        raise SignatureError("Missing Authentication Token", kind=Kind.SIGNATURE_MISSING)

    async def _header(self, received: Received, headers: dict[str, str], service: str | None) -> Proof:
        claim = header_claim(headers)
        key, payload, stream = await self._signed(received, headers, claim, service)
        attempt = headers.get("amz-sdk-invocation-id", "")
        if attempt:
            attempt += headers.get("amz-sdk-request", "")
        if self._seen.is_replay(received.method, claim, attempt, self._clock.now()):
            raise SignatureError("This request was received before: sign it anew to send it again.")
        return Proof(key.principal, payload, "sigv4-header", claim.service, stream)

    async def _query(self, received: Received, headers: dict[str, str], service: str | None) -> Proof:
        claim = query_claim(received.raw_query)
        key, payload, stream = await self._signed(received, headers, claim, service)
        return Proof(key.principal, payload, "sigv4-query", claim.service, stream)

    async def _signed(
        self, received: Received, headers: dict[str, str], claim: Claim, service: str | None
    ) -> tuple[HotKey, bytes, BodyStream | None]:
        """The key that made a version 4 signature, and the payload, or the stream it will come by."""
        if service is not None:
            check_service(claim.service, service)
        v4.check_signed_headers(claim, headers)
        payload_hash = signed_hash(received.body, claim, headers, to_s3=service == "s3")
        now = self._clock.now()
        v4.check_time(claim, now, self._skew_seconds, self._presigned_seconds)
        with self.attempts.attempt(claim.key_id, received.peer, now):
            key = await self._key(claim.key_id, claim.token)
            signing_key = key.signing_key(claim.scope)
            fresh = signing_key is None
            if signing_key is None:
                signing_key = v4.signing_key(key.secret, claim.scope)
            if not v4.matches(signing_key, claim, received, headers, payload_hash):
                raise v4.mismatch()
        if fresh:
            key.keep_signing_key(claim.scope, signing_key)
        key.check(now)
        if received.stream is not None:
            return key, b"", checked_stream(received.stream, claim, signing_key, headers)
        return key, checked_payload(received.body, claim, signing_key, headers), None

    async def _old(self, received: Received, headers: dict[str, str], claim: v2.OldClaim, service: str | None) -> Proof:
        if service != "s3":
            raise unsupported("Signature Version 2")
        now = self._clock.now()
        v2.check_time(claim, headers, now, self._skew_seconds)
        with self.attempts.attempt(claim.key_id, received.peer, now):
            key = await self._key(claim.key_id, claim.token)
            if not v2.matches(key.secret, claim, received, headers):
                raise v4.mismatch()
        key.check(now)
        method = "sigv2-query" if claim.presigned else "sigv2-header"
        return Proof(key.principal, received.body, method, "s3", received.stream)

    async def _key(self, key_id: str, token: str | None) -> HotKey:
        """The key that a claim names. Raises: SignatureError (KEY_UNKNOWN, TOKEN_INVALID)."""
        keyring = self._keyring
        if token is None:
            key = keyring.kept(key_id) or await keyring.find(key_id)
            if key is None or not key.signs:
                raise unknown_key()
            return key
        session = await keyring.find_session(key_id, token)
        if session is None:
            raise SignatureError("The security token included in the request is invalid", kind=Kind.TOKEN_INVALID)
        return session

    async def _bearer(self, token: str, peer: str) -> Principal:
        now = self._clock.now()
        digest = sha256(token.encode("utf-8", "surrogatepass")).digest()
        shelf_name = digest.hex()
        kept = self._tokens.get(shelf_name)
        if kept is not None:
            claim, key = kept
        else:
            claim, key = await self._fresh_token(token, digest, now, peer)
            self._tokens.put(shelf_name, (claim, key))
        key.check(now)
        if claim is not None:
            bedrock_token.check_life(claim, now, self._skew_seconds)
        return key.principal

    async def _fresh_token(self, token: str, digest: bytes, now: float, peer: str) -> tuple[Claim | None, HotKey]:
        """The key behind a token that was not seen before (the claim: of a short-term token)."""
        if token.startswith(bedrock_token.PREFIX):
            claim, query = bedrock_token.read_token(token)
            with self.attempts.attempt(claim.key_id, peer, now):
                key = await self._key(claim.key_id, claim.token)
                bedrock_token.check_token(claim, query, key.secret, now, self._skew_seconds)
            return claim, key
        key_id = bearer_key_id(token) if token.startswith(BEARER_PREFIX) else None
        with self.attempts.attempt(key_id or "", peer, now):
            found = None if key_id is None else await self._keyring.find(key_id)
            if found is None or not hmac.compare_digest(found.secret, digest):
                raise bedrock_token.invalid()
        return None, found


@dataclass(frozen=True, slots=True)
class FirstKeys:
    """What the first start made. The app writes the keys where only the operator can read them, then confirms."""

    account: str
    access: NewKey
    bearer: NewKey
    _records: Records

    async def delivered(self) -> None:
        """The keys are written: from now on `bootstrap` makes none. Without it the next start makes new ones."""
        row = await self._records.get(_FIRST, "", _FIRST)
        if row is not None:
            await self._records.put(replace(row, body={**row.body, "delivered": True}))


async def bootstrap(records: Records, keyring: SiteKeyring, dice: Dice, account: str = "") -> FirstKeys | None:
    """At the first start: the first account (`account`, or one by chance) with an administrator's keys. Else None.

    A start that made keys and died before they were delivered is repeated: its keys end, and others are made.
    Raises: ValidationError where `account` is not 12 digits.
    """
    row = await records.get(_FIRST, "", _FIRST)
    if row is not None and row.body.get("delivered"):
        return None
    if row is not None:
        account = row.body["account"]
        for card in await keyring.list(account):
            if card.active and card.user == _ADMINISTRATOR:
                await keyring.revoke(card.id)
    else:
        account = account or f"{int.from_bytes(dice.token(8)) % 900_000_000_000 + 100_000_000_000}"
        if not is_account(account):
            raise ValidationError("An account id has 12 digits.")
        await records.put(Row(_FIRST, "", _FIRST, {"account": account, "delivered": False}))
    access = await keyring.create("access", account, _ADMINISTRATOR, (_ADMINISTRATOR,), None)
    bearer = await keyring.create("bearer", account, _ADMINISTRATOR, (_ADMINISTRATOR,), None)
    return FirstKeys(account, access, bearer, records)
