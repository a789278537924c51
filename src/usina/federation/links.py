"""The `CloudModels` port: models outside as rows, their credentials sealed.

A seal is bound to where the credentials go (address, protocol, region, authority): a row that somebody else changed to
lead elsewhere does not open them. The catalogue sees a model of runtime `cloud`; it knows nothing of credentials.
"""

from __future__ import annotations

import base64
import binascii
import ssl
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import msgspec

from usina.core.cloud import CLOUD, CloudModel, CloudSource
from usina.core.errors import ConflictError, NotFoundError, UnavailableError, ValidationError
from usina.core.ports import Row
from usina.engine.rows import MODEL, SITE_ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.clock import Clock
    from usina.core.ports import Catalogue, Json, Records
    from usina.sovereignty.keyring_seal import Seal

LINK: Final = "cloud-model"
_MOST_ROWS: Final = 10_000
_HTTPS_PORT: Final = 443
_PEM_CHARACTERS: Final = 200_000
_SECRETS: Final = ("secret", "session_token")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a model answers."""

    host: str
    port: int
    prefix: str  # of every path, without its last slash

    def __str__(self) -> str:
        """As policy and ledger name it: HOST, with its port where that is not 443."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _HTTPS_PORT else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Link:
    """A model outside with all that is needed to ask it."""

    source: CloudSource = field(repr=False)
    place: Place
    trust: ssl.SSLContext = field(repr=False)


class SiteCloudModels:
    """Models outside, over the site's rows."""

    def __init__(self, records: Records, catalogue: Catalogue, seal: Seal, clock: Clock) -> None:
        self._records = records
        self._catalogue = catalogue
        self._seal = seal
        self._clock = clock

    async def put(self, source: CloudSource) -> CloudModel:
        """Add or change one."""
        place_of(source.address)
        trust_of(source.authority_pem)
        row = await self._records.get(LINK, SITE_ACCOUNT, source.model_id)
        card = await self._records.get(MODEL, SITE_ACCOUNT, source.model_id)
        if card is not None and card.body.get("runtime") != CLOUD:
            raise ConflictError(f"{source.model_id} is a model of this site: choose another id.")
        if source.model_id in self._catalogue.aliases():
            raise ConflictError(f"{source.model_id} is an alias of this site: choose another id, or delete the alias.")
        if not source.secret:
            source = self._kept(source, row)
        _check(source)
        created = row.body["created_at"] if row else self._clock.now()
        sealed = {name: self._sealed(source, getattr(source, name)) for name in _SECRETS}
        body = {"source": asdict(source) | sealed, "created_at": created}
        await self._records.put(Row(LINK, SITE_ACCOUNT, source.model_id, body, row.version if row else 0))
        described = _card(source, created)
        await self._records.put(Row(MODEL, SITE_ACCOUNT, source.model_id, described, card.version if card else 0))
        await self._catalogue.reload()
        return CloudModel(_shown(source), created)

    async def models(self) -> Sequence[CloudModel]:
        """All of them, in order of id."""
        rows = await self._records.list(LINK, SITE_ACCOUNT, most=_MOST_ROWS)
        return [CloudModel(_shown(CloudSource(**row.body["source"])), row.body["created_at"]) for row in rows]

    async def remove(self, model_id: str) -> None:
        """Forget it; its card first, so that nobody finds a model without credentials."""
        card = await self._records.get(MODEL, SITE_ACCOUNT, model_id)
        if card is not None and card.body.get("runtime") == CLOUD:
            await self._records.delete(MODEL, SITE_ACCOUNT, model_id)
            await self._catalogue.reload()
        if not await self._records.delete(LINK, SITE_ACCOUNT, model_id):
            raise NotFoundError(f"The site has no model {model_id} in a cloud. ListCloudModels shows those it has.")

    async def link(self, model_id: str) -> Link:
        """All that is needed to ask it. Raises: UnavailableError where the credentials do not open."""
        row = await self._records.get(LINK, SITE_ACCOUNT, model_id)
        if row is None:
            raise UnavailableError("The link to this model is gone. The site's administrator must add it again.")
        source = self._opened(CloudSource(**row.body["source"]))
        return Link(source, place_of(source.address), trust_of(source.authority_pem))

    def _kept(self, source: CloudSource, row: Row | None) -> CloudSource:
        """With the credentials that the model has, which stay where they belong. Raises: ValidationError."""
        old = CloudSource(**row.body["source"]) if row else None
        if old is None or _bound_to(old) != _bound_to(source) or old.access_key_id != source.access_key_id:
            raise ValidationError("Credentials are missing: they are kept only for the same address and key.")
        known = self._opened(old)
        return replace(source, secret=known.secret, session_token=known.session_token)

    def _sealed(self, source: CloudSource, secret: str) -> str:
        return base64.b64encode(self._seal.close(secret.encode(), _bound_to(source))).decode() if secret else ""

    def _opened(self, source: CloudSource) -> CloudSource:
        found: dict[str, Any] = {}
        for name in _SECRETS:
            sealed = getattr(source, name)
            try:
                opened = self._seal.open(base64.b64decode(sealed, validate=True), _bound_to(source)) if sealed else b""
            except binascii.Error:
                opened = None
            if opened is None:
                raise UnavailableError(
                    "The credentials of this model cannot be opened: they belong to another address or site. The "
                    "site's administrator must add the model again."
                )
            found[name] = opened.decode()
        return replace(source, **found)


def place_of(address: str) -> Place:
    """The parts of an address. Raises: ValidationError where it is not https://HOST[:PORT][/PREFIX]."""
    try:
        parts = urlsplit(address)
        port = parts.port or _HTTPS_PORT
    except ValueError:
        parts, port = urlsplit(""), 0
    host = parts.hostname or ""
    extra = parts.username or parts.password or parts.query or parts.fragment
    plain = all("!" < character <= "~" for character in address)
    if parts.scheme != "https" or not host or extra or not plain:
        raise ValidationError("The address of a model in a cloud must be https://HOST[:PORT][/PREFIX], over TLS.")
    return Place(host, port, parts.path.rstrip("/"))


@lru_cache(64)  # to read the machine's authorities takes longer than to ask policy and ledger
def trust_of(authority_pem: str) -> ssl.SSLContext:
    """Whose certificates are believed: one authority alone, or whom this machine trusts. Raises: ValidationError."""
    if len(authority_pem) > _PEM_CHARACTERS:
        raise ValidationError("The authority's certificate is too large.")
    try:
        context = ssl.create_default_context(cadata=authority_pem or None)
    except ssl.SSLError as error:
        raise ValidationError("The authority's certificate is not a certificate in PEM form.") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _check(source: CloudSource) -> None:
    """Raises: ValidationError."""
    if source.access_key_id and source.protocol != "bedrock":
        raise ValidationError("Access keys are for protocol bedrock; an OpenAI-compatible endpoint takes an API key.")
    if source.protocol == "bedrock" and source.access_key_id and not source.region:
        raise ValidationError("The region that requests are signed for is missing.")
    words = (source.secret, source.session_token, source.access_key_id)
    if not all("!" <= letter <= "~" for word in words for letter in word):
        raise ValidationError("A credential holds a character that cannot be in one.")


def _bound_to(source: CloudSource) -> bytes:
    where = [source.model_id, source.protocol, source.address, source.region, source.authority_pem]
    return msgspec.json.encode(["cloud", *where])


def _shown(source: CloudSource) -> CloudSource:
    return replace(source, secret="", session_token="")


def _card(source: CloudSource, created_at: float) -> Json:
    """The row of the model for the catalogue."""
    body: dict[str, Any] = {
        "name": source.upstream_model,
        "provider": source.model_id.partition(".")[0],
        "task": source.task,
        "runtime": CLOUD,
        "source": source.address,
        "state": "READY",
        "context_tokens": source.context_tokens,
        "max_output_tokens": source.max_output_tokens,
        "created_at": created_at,
        "options": {"upstream_model": source.upstream_model},
    }
    return body
