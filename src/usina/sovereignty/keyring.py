"""The keys of this site: made, sealed, found, revoked.

- A key is a row under its account. Secrets of access keys are sealed (`keyring_seal`); of bearer tokens only the
  SHA-256 is kept, sealed as well: they are 256 bits of chance, so nobody can try them out, and a slow hash with salt
  (made for passwords that people choose) would only cost each request milliseconds.
- A session has no row: its token is the sealed session, bound to its key id, and names the key it came from. It
  survives a restart, and ends with that key or at its time.
- Keys in use are kept open in memory. A revocation ends the kept key before `revoke` returns; a look-up that began
  before a revocation is repeated after it, so that it cannot bring the old key back.

Left out: users and roles as things of their own (the iam service has rows for them; `role` and `user` are names here,
and an account's own role comes with its id); the revocation of one session alone.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import msgspec

from usina.core.errors import ConflictError, NotFoundError, UnavailableError, ValidationError
from usina.core.iam import RoleFacts
from usina.core.ports import NewKey, Row, SessionCredentials
from usina.sovereignty.key_uses import KeyUses
from usina.sovereignty.keyring_hot import HotKey, Shelf
from usina.sovereignty.keyring_names import (
    ACCESS,
    BEARER,
    PERSON,
    SESSION,
    account_of,
    bearer_token,
    is_account,
    is_name,
    new_key_id,
)
from usina.sovereignty.keyring_rows import (
    ACCOUNT_KIND,
    KIND,
    KeyDocument,
    open_text,
    read_document,
    role_principal,
    seal_text,
    user_principal,
)
from usina.sovereignty.keyring_seal import purpose_seal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from usina.core.clock import Clock, Dice
    from usina.core.keys import KeyCard, KeyKind
    from usina.core.operation import Principal
    from usina.core.ports import Records
    from usina.sovereignty.keyring_seal import Seal

_PREFIXES: Final = {"access": ACCESS, "bearer": BEARER, "person": PERSON}
_HOT_KEYS = 10_000
_TRIES = 8
_TOKEN_BYTES = 4_096  # a session token of ours is about 300 characters
_PAGE = 1_000


class _Session(msgspec.Struct, array_like=True, frozen=True):
    """What a session token holds, sealed."""

    parent: str  # id of the long-term key; empty: a service of this site took the role
    secret: bytes
    expires_at: float
    role: str  # empty: the parent's own user (GetSessionToken)
    session_name: str
    role_id: str = ""  # of an account's own role


_decode_session = msgspec.msgpack.Decoder(_Session).decode


class SiteKeyring:
    """The `Keyring` port over rows, and what the authenticator looks keys up with."""

    def __init__(
        self, records: Records, site_key: bytes, clock: Clock, dice: Dice, *, uses: KeyUses | None = None
    ) -> None:
        self._records = records
        self.uses = uses or KeyUses(records)
        self._rows = purpose_seal(site_key, "key-rows", dice)
        self._tokens = purpose_seal(site_key, "session-tokens", dice)
        self._clock = clock
        self._dice = dice
        self._hot: Shelf[HotKey] = Shelf(_HOT_KEYS)
        self._alive: weakref.WeakValueDictionary[str, HotKey] = weakref.WeakValueDictionary()  # also held by sessions
        self._sessions: Shelf[tuple[bytes, HotKey]] = Shelf(_HOT_KEYS)
        self._revocations = 0

    # --- the port ---------------------------------------------------------------------------------------------------

    async def create(
        self,
        kind: KeyKind,
        account: str,
        user: str,
        roles: Sequence[str],
        lifetime_seconds: float | None,
    ) -> NewKey:
        """Make a key; the account is created with its first key. Raises: ValidationError."""
        _check_new_key(account, user, roles, lifetime_seconds)
        await self._ensure_account(account)
        now = self._clock.now()
        expires_at = None if lifetime_seconds is None else now + lifetime_seconds
        blank = KeyDocument(kind, user, tuple(roles), now, expires_at, active=True, sealed="")
        for _ in range(_TRIES):
            key_id = new_key_id(_PREFIXES[kind], account, self._dice)
            secret, kept = _new_secret(kind, key_id, account, self._dice)
            document = msgspec.structs.replace(
                blank, sealed=seal_text(self._rows, kept, blank.bound_to(account, key_id))
            )
            try:
                row = await self._records.put(Row(KIND, account, key_id, document.body()))
            except ConflictError:
                continue  # that id is taken
            return NewKey(document.card(row), secret)
        raise UnavailableError("No free key id was found.")

    async def list(self, account: str | None) -> Sequence[KeyCard]:
        """Keys of one account, or of all."""
        accounts = [account] if account is not None else await self.accounts()
        cards: list[KeyCard] = []
        for each in accounts:
            after, uses = "", await self.uses.of_account(each)
            while rows := await self._records.list(KIND, each, after=after, most=_PAGE):
                known = [document.card(row) for row in rows if (document := read_document(row))]
                cards += [replace(card, last_use=uses.get(card.id)) for card in known]
                after = rows[-1].name
        return cards

    async def revoke(self, key_id: str) -> KeyCard:
        """End a key at once, with every session that came from it. Raises: NotFoundError."""
        return await self._change(key_id, lambda found: msgspec.structs.replace(found, active=False, sealed=""))

    async def suspend(self, key_id: str, *, suspended: bool) -> KeyCard:
        """Put a key out of use at once, with its sessions, or into use again. Raises: NotFoundError."""

        def edit(found: KeyDocument) -> KeyDocument:
            if not found.sealed:
                raise NotFoundError(f"The key {key_id[:64]} was ended for good.")
            return msgspec.structs.replace(found, active=not suspended)

        return await self._change(key_id, edit)

    async def session(
        self, caller: Principal | None, role: str | RoleFacts | None, session_name: str, lifetime_seconds: float
    ) -> SessionCredentials:
        """Credentials of a role (AssumeRole), or of the caller itself (role None: GetSessionToken).

        Whether the caller may take the role is policy's matter, decided before.
        Raises: ValidationError, UnavailableError (the caller's own session is not in memory any more).
        """
        own = role if isinstance(role, RoleFacts) else None
        name = own.name if own else role
        account = own.account if own else caller.account if caller else ""
        if not account or not isinstance(name, str | None) or not is_name(name or "self") or not is_name(session_name):
            raise ValidationError("The role or session name has characters that are not allowed.")
        parent = None if caller is None else await self._root_of(caller)
        key_id = new_key_id(SESSION, account, self._dice)
        secret = base64.b64encode(self._dice.token(30))
        expires_at = float(int(self._clock.now() + lifetime_seconds))
        root = parent.key_id if parent else ""
        held = _Session(root, secret, expires_at, name or "", session_name, own.id if own else "")
        sealed = self._tokens.close(msgspec.msgpack.encode(held), _session_binding(key_id))
        principal = _session_principal(held, parent, key_id)
        return SessionCredentials(key_id, secret.decode(), base64.b64encode(sealed).decode(), expires_at, principal)

    # --- for the authenticator --------------------------------------------------------------------------------------

    def kept(self, key_id: str) -> HotKey | None:
        """The key, if it is open in memory: no I/O."""
        return self._hot.get(key_id)

    async def find(self, key_id: str) -> HotKey | None:
        """The active access or bearer key of that id; None where there is none."""
        if (hot := self._hot.get(key_id)) is not None:
            return hot
        account = account_of(key_id)
        if account is None:
            return None
        while True:
            before = self._revocations
            row = await self._records.get(KIND, account, key_id)
            if before == self._revocations:
                break
        # There is one HotKey a key, or a revocation would miss the other: somebody may have opened it meanwhile.
        hot = self._alive.get(key_id) or (None if row is None else self._open(row))
        if hot is not None:
            self._hot.put(key_id, hot)
            self._alive[key_id] = hot
        return hot

    async def find_session(self, key_id: str, token: str) -> HotKey | None:
        """The session that a token holds; None where the token is not ours or not of that key id."""
        presented = hashlib.sha256(token.encode()).digest()
        kept = self._sessions.get(key_id)
        if kept is not None and hmac.compare_digest(kept[0], presented) and not await self._is_back(kept[1].parent):
            return kept[1]
        held = _open_token(self._tokens, key_id, token)
        if held is None or not (held.parent or held.role_id):
            return None
        parent = await self.find(held.parent) if held.parent else None
        if held.parent and parent is None:
            return None
        hot = HotKey(key_id, held.secret, _session_principal(held, parent, key_id), held.expires_at, parent)
        self._sessions.put(key_id, (presented, hot))
        return hot

    async def _is_back(self, parent: HotKey | None) -> bool:
        """Whether a key that was suspended is in use again, so that its sessions are to be opened anew."""
        return parent is not None and parent.ended and await self.find(parent.key_id) is not None

    async def accounts(self) -> Sequence[str]:
        """All accounts of this site, in order."""
        names: list[str] = []
        while rows := await self._records.list(ACCOUNT_KIND, "", after=names[-1] if names else "", most=_PAGE):
            names += [row.name for row in rows]
        return names

    # --- inside -----------------------------------------------------------------------------------------------------

    def _open(self, row: Row) -> HotKey | None:
        document = read_document(row)
        if document is None or not document.active:
            return None
        secret = open_text(self._rows, document.sealed, document.bound_to(row.account, row.name))
        if secret is None:
            return None
        principal = user_principal(row.account, document.user, document.roles, row.name)
        return HotKey(row.name, secret, principal, document.expires_at, signs=document.kind == "access")

    async def _change(self, key_id: str, edit: Callable[[KeyDocument], KeyDocument]) -> KeyCard:
        """Store an edited key. One that is out of use afterwards is out of memory as well when this returns."""
        account = account_of(key_id)
        for _ in range(_TRIES):
            row = None if account is None else await self._records.get(KIND, account, key_id)
            document = None if row is None else read_document(row)
            if row is None or document is None:
                raise NotFoundError(f"There is no key {key_id[:64]}.")
            changed = edit(document)
            try:
                await self._records.put(replace(row, body=changed.body()))
            except ConflictError:
                continue
            if not changed.active:
                self._revocations += 1
                self._hot.drop(key_id)
                if (hot := self._alive.pop(key_id, None)) is not None:
                    hot.ended = True
            return changed.card(row)
        raise UnavailableError("The key is being changed by others; try again.")

    async def _root_of(self, caller: Principal) -> HotKey | None:
        """The long-term key behind a caller: sessions of sessions end with it too. None: there never was one."""
        if not caller.session:
            root = await self.find(caller.key_id)
        elif (kept := self._sessions.get(caller.key_id)) is not None:
            root = kept[1].parent
            if root is None:
                return None
        else:
            root = None
        if root is None or root.ended:
            raise UnavailableError("The key of this session could not be read; repeat the request.")
        return root

    async def _ensure_account(self, account: str) -> None:
        try:
            await self._records.put(Row(ACCOUNT_KIND, "", account, {"created_at": self._clock.now()}))
        except ConflictError:
            return


def _new_secret(kind: KeyKind, key_id: str, account: str, dice: Dice) -> tuple[str, bytes]:
    """A secret as it is shown once, and what is kept of it, sealed."""
    if kind == "access":
        secret = base64.b64encode(dice.token(30)).decode()  # 40 characters, as AWS's
        return secret, secret.encode()
    secret = bearer_token(key_id, account, dice.token(32))
    return secret, hashlib.sha256(secret.encode()).digest()


def _session_binding(key_id: str) -> bytes:
    return f"session\0{key_id}".encode()


def _open_token(tokens: Seal, key_id: str, token: str) -> _Session | None:
    if len(token) > _TOKEN_BYTES:
        return None
    try:
        sealed = base64.b64decode(token, validate=True)
    except (binascii.Error, ValueError):
        return None
    if base64.b64encode(sealed).decode() != token:  # base64 has spare bits at its end: one token has one form
        return None
    plain = tokens.open(sealed, _session_binding(key_id))
    return None if plain is None else _decode_session(plain)


def _session_principal(held: _Session, parent: HotKey | None, key_id: str) -> Principal:
    account = account_of(key_id) or ""
    if held.role or parent is None:
        return role_principal(account, held.role, held.session_name, key_id, held.role_id)
    return replace(parent.principal, key_id=key_id, session=True)


def _check_new_key(account: str, user: str, roles: Sequence[str], lifetime_seconds: float | None) -> None:
    if not is_account(account):
        raise ValidationError("An account id has 12 digits.")
    if not is_name(user):
        raise ValidationError("A user name has 1 to 64 letters, digits and characters of _+=,.@-")
    if isinstance(roles, str) or not roles or not all(is_name(role) for role in roles):
        raise ValidationError("A key has at least one role; a role's name has 1 to 64 letters, digits and _+=,.@-")
    if lifetime_seconds is not None and not 0 < lifetime_seconds < float("inf"):
        raise ValidationError("A key's lifetime is a number of seconds above 0.")
