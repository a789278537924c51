"""The `Kms` port: every account's keys in memory, their material sealed by the site's key and opened at its first use.

One process keeps one vault; several front doors over one database would each have to reload.
"""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from usina.core.errors import CallerError, ConflictError, UnavailableError
from usina.core.ids import Arn
from usina.core.kms import ALIAS, DISABLED, ENABLED, KEY, SYMMETRIC, KmsAlias, KmsKey, new_body, new_key_id
from usina.core.ports import Row
from usina.sovereignty.kms.ciphertext import NONCE_BYTES, Parts, bound_to, join, take_apart
from usina.sovereignty.kms.material import new_secret

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.clock import Clock, Dice
    from usina.core.ports import Records, Site
    from usina.sovereignty.keyring_seal import Seal

_MOST_ROWS: Final = 1_000_000


class Vault:
    """All accounts' keys."""

    def __init__(self, records: Records, seal: Seal, clock: Clock, dice: Dice, site: Site) -> None:
        self._clock = clock
        self._records = records
        self._seal = seal
        self._dice = dice
        self._site = site
        self._keys: dict[str, dict[str, KmsKey]] = {}
        self._aliases: dict[str, dict[str, KmsAlias]] = {}
        self._secrets: dict[tuple[str, str, int], bytes] = {}  # (account, id, number of material)
        self._reading = asyncio.Lock()

    async def load(self) -> None:
        """Read every account."""
        accounts = {row.account for row in await self._records.list(KEY, most=_MOST_ROWS)}
        for account in sorted(accounts):
            await self.reload(account)

    async def reload(self, account: str) -> None:
        """Read one account again; what was opened of keys that are gone is forgotten."""
        async with self._reading:
            keys = [self._key(row) for row in await self._records.list(KEY, account, most=_MOST_ROWS)]
            aliases = [self._alias(row) for row in await self._records.list(ALIAS, account, most=_MOST_ROWS)]
            self._keys[account] = {key.id: key for key in keys}
            self._aliases[account] = {alias.name: alias for alias in aliases}
            for place in [each for each in self._secrets if each[0] == account]:
                held = self._keys[account].get(place[1])
                if held is None or not held.body["materials"]:
                    del self._secrets[place]

    def find(self, account: str, name: str) -> KmsKey | None:
        """The account's key by any of its names."""
        if name.startswith("arn:"):
            arn = Arn.parse(name)
            if arn is None or (arn.service, arn.region, arn.account) != ("kms", self._site.region, account):
                return None
            name = arn.resource.removeprefix("key/")
        if name.startswith("alias/"):
            alias = self._aliases.get(account, {}).get(name)
            if alias is None:
                return None
            name = alias.key
        return self._keys.get(account, {}).get(name)

    def keys(self, account: str) -> Sequence[KmsKey]:
        """The account's keys."""
        found = self._keys.get(account, {})
        return [found[key_id] for key_id in sorted(found)]

    def all_keys(self) -> Sequence[KmsKey]:
        """The keys of every account."""
        return [key for account in sorted(self._keys) for key in self.keys(account)]

    def aliases(self, account: str) -> Sequence[KmsAlias]:
        """The account's aliases."""
        found = self._aliases.get(account, {})
        return [found[name] for name in sorted(found)]

    def new_material(self, account: str, key_id: str, number: int, spec: str) -> str:
        """Fresh key material, sealed and bound to its place."""
        sealed = self._seal.close(new_secret(spec, self._dice), _place(account, key_id, number, spec))
        return base64.b64encode(sealed).decode()

    async def service_key(self, account: str, service: str) -> KmsKey:
        """The key that a service keeps for the account."""
        name = f"alias/aws/{service}"
        found = self.find(account, name)
        if found is not None:
            return found
        now, key_id = self._clock.now(), new_key_id(self._dice.token(16))
        material = self.new_material(account, key_id, 0, SYMMETRIC)
        body = new_body(SYMMETRIC, "ENCRYPT_DECRYPT", now, material, manager="AWS", description=f"For {service}")
        await self._records.put(Row(KEY, account, key_id, body))
        try:
            await self._records.put(Row(ALIAS, account, name, {"key": key_id, "created": now, "updated": now}))
        except ConflictError:  # another request was first: its key is the one
            await self._records.delete(KEY, account, key_id)
        await self.reload(account)
        found = self.find(account, name)
        if found is None:
            raise UnavailableError("The key of the service could not be made. Try again.")
        return found

    def secret(self, key: KmsKey, number: int) -> bytes:
        """Opened material. Raises: UnavailableError where the site's key did not seal it there, or it was altered."""
        place = (key.account, key.id, number)
        secret = self._secrets.get(place)
        if secret is None:
            sealed = base64.b64decode(key.body["materials"][number])
            secret = self._seal.open(sealed, _place(key.account, key.id, number, key.body["spec"]))
            if secret is None:
                raise UnavailableError(
                    "The material of the key cannot be opened with this site's key. Its operator must restore keys/."
                )
            self._secrets[place] = secret
        return secret

    def encrypt(self, key: KmsKey, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        """A ciphertext under the newest material."""
        check_usable(key, SYMMETRIC)
        number = len(key.body["materials"]) - 1
        nonce = self._dice.token(NONCE_BYTES)
        cipher = AESGCM(self.secret(key, number))
        sealed = cipher.encrypt(nonce, plaintext, bound_to(key.arn, number, context))
        return join(Parts(key.id, number, nonce, sealed))

    def decrypt(self, key: KmsKey, ciphertext: bytes, context: Mapping[str, str]) -> bytes:
        """The plaintext, by whichever material made it."""
        check_usable(key, SYMMETRIC)
        parts = take_apart(ciphertext)
        if parts is None or parts.key_id != key.id or parts.material >= len(key.body["materials"]):
            raise invalid_ciphertext()
        cipher = AESGCM(self.secret(key, parts.material))
        try:
            return cipher.decrypt(parts.nonce, parts.sealed, bound_to(key.arn, parts.material, context))
        except InvalidTag:
            raise invalid_ciphertext() from None

    @staticmethod
    def named_by(ciphertext: bytes) -> str:
        """Id of the key that a ciphertext names."""
        parts = take_apart(ciphertext)
        return "" if parts is None else parts.key_id

    def _key(self, row: Row) -> KmsKey:
        arn = Arn("kms", self._site.region, row.account, f"key/{row.name}")
        return KmsKey(row.account, row.name, str(arn), row.body)

    def _alias(self, row: Row) -> KmsAlias:
        body: Any = row.body
        arn = Arn("kms", self._site.region, row.account, row.name)
        return KmsAlias(row.account, row.name, str(arn), body["key"], body["created"], body["updated"])


def _place(account: str, key_id: str, number: int, spec: str) -> bytes:
    return f"kms:{account}:{key_id}:{number}:{spec}".encode()


def check_usable(key: KmsKey, *specs: str) -> None:
    """Raises: CallerError where the key is not enabled, or is of another kind."""
    if key.state != ENABLED:
        if key.state == DISABLED:
            raise CallerError(f"{key.arn} is disabled. Enable it with EnableKey.", code="DisabledException")
        raise CallerError(f"{key.arn} is pending deletion.", code="KMSInvalidStateException")
    if specs and key.body["spec"] not in specs:
        raise CallerError(
            f"{key.arn} has key spec {key.body['spec']}, which cannot be used for this operation.",
            code="InvalidKeyUsageException",
        )


def invalid_ciphertext() -> CallerError:
    """The same words whatever was wrong with it: altered, another key's, or another context."""
    return CallerError(
        "The ciphertext is not valid: it was altered, made by another key, or made with another encryption context.",
        code="InvalidCiphertextException",
    )
