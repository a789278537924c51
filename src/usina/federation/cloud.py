"""The gate of the cloud link: judge, redact, count, record, and only then send.

What may leave is judged here, at the moment of leaving, whoever let the request in. Whatever goes wrong on the way to
the first byte is a refusal. The ledger has the act before anything left: the digest and size of the very bytes that
leave, their labels and destination, and under which policies; and afterwards how it ended. A factory that is killed
while it waits finds the act open and marks it broken. A request leaves once: nothing here asks twice.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from usina.core.cloud import SEND_TO_CLOUD, Amounts
from usina.core.errors import AccessDeniedError, ApiError, UnavailableError
from usina.core.ids import new_request_id
from usina.core.operation import Resource
from usina.federation.asking import CloudEngines
from usina.federation.departure import NO_RETRY, Departure
from usina.federation.dialects.bedrock import Bedrock
from usina.federation.dialects.openai import OpenAI
from usina.federation.exchange import LostError, NotSentError, Outgoing, exchange
from usina.federation.signing import AccessKey, signed
from usina.sovereignty.ledger import Intent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.clock import Clock
    from usina.core.cloud import OnBehalf, Redactor
    from usina.core.egress import Egress
    from usina.core.limits import Limits
    from usina.core.operation import Operation, Principal
    from usina.core.ports import Json, ModelCard, Ports, Task
    from usina.federation.budgets import SiteBudgets
    from usina.federation.dialects import Dialect, Wording
    from usina.federation.exchange import Answer
    from usina.federation.links import Link, SiteCloudModels
    from usina.sovereignty.ledger import Opened, Outcome
    from usina.sovereignty.policy import Decision

_DIALECTS: Final[Mapping[str, Dialect]] = {"bedrock": Bedrock(), "openai": OpenAI()}
_OK: Final = 200
_BYTES_PER_TOKEN: Final = 3  # a guess that is rather too many tokens; settled by what the other side counted


class Judge(Protocol):
    """The site's policies; those of accounts have no say in what leaves."""

    def decide(
        self,
        principal: Principal,
        operation: Operation,
        resources: Sequence[Resource],
        context: Mapping[str, str | bool | int],
    ) -> Decision:
        """Judge one act."""
        ...


class Records(Protocol):
    """The part of the ledger that is written here."""

    async def open(self, intent: Intent) -> Opened:
        """Durable when it returns. Raises: UnavailableError."""
        ...

    async def close(self, opened: Opened, outcome: Outcome) -> None:
        """How it ended; never raises."""
        ...

    async def refuse(self, intent: Intent, error: str) -> None:
        """Refused before anything happened. Raises: UnavailableError."""
        ...


@dataclass(frozen=True, slots=True)
class CloudParts:
    """What the gate is made of."""

    links: SiteCloudModels
    budgets: SiteBudgets
    redactor: Redactor
    judge: Judge
    ledger: Records
    egress: Egress
    clock: Clock
    limits: Limits


class CloudGate:
    """The `CloudDoor` port."""

    def __init__(self, parts: CloudParts) -> None:
        self._parts = parts

    def ports(self, ports: Ports, behalf: OnBehalf) -> Ports:
        """The ports of one request."""
        return replace(ports, engines=CloudEngines(ports.engines, self, behalf))

    async def depart(self, behalf: OnBehalf, card: ModelCard, task: Task, body: Json, *, stream: bool) -> Departure:
        """Send a request out, once; what comes back is to be closed by its reader.

        Raises: AccessDeniedError, LimitExceededError, ValidationError, UnavailableError before anything left;
        ThrottledError, EngineError, EngineTimeoutError and what the endpoint says of the request afterwards.
        """
        parts = self._parts
        link = await parts.links.link(card.id)
        intent = self._intent(behalf, card, link)
        decision, redacting = await self._judged(behalf, card, link, intent, body)
        intent = msgspec.structs.replace(intent, policy_ids=decision.policy_ids)
        if redacting:
            redacted = await asyncio.to_thread(parts.redactor.redact, body)
            body = redacted.body
            intent = msgspec.structs.replace(intent, redacted=dict(redacted.found))
        dialect = _DIALECTS[link.source.protocol]
        wording = dialect.words(card.id, link.source, task, body, stream=stream)
        digest = hashlib.sha256(wording.body).hexdigest()
        intent = msgspec.structs.replace(intent, request_sha256=digest, request_bytes=len(wording.body))
        tokens = len(wording.body) // _BYTES_PER_TOKEN + (body.get("max_tokens") or 0)
        amounts = Amounts(requests=1, bytes=len(wording.body), tokens=tokens)
        try:
            reservation = await parts.budgets.reserve(behalf.principal, amounts)
        except ApiError as error:
            behalf.meter.headers = NO_RETRY  # nothing was billed, and a day is long
            await parts.ledger.refuse(intent, error.code or error.error_kind.value)
            raise
        try:
            opened = await parts.ledger.open(intent)
        except BaseException:
            await parts.budgets.release(reservation)
            raise
        departure = Departure(parts.ledger, parts.budgets, opened, reservation, wording, parts.clock, behalf.meter)
        return await self._send(departure, link, wording, decision)

    async def _send(self, departure: Departure, link: Link, wording: Wording, decision: Decision) -> Departure:
        under, record = ",".join(decision.policy_ids), departure.record_id
        try:
            outgoing = self._outgoing(link, wording)
            answer = await exchange(self._parts.egress, outgoing, self._parts.limits, under=under, record=record)
            departure.answer = answer
            await _accepted(answer, _DIALECTS[link.source.protocol])
        except NotSentError as error:
            await departure.nothing_left()
            raise UnavailableError(f"The cloud's endpoint was not asked: {error}.") from error
        except LostError as error:
            raise await departure.lost(error) from error
        except ApiError as error:
            await departure.refused(error)
            raise
        except BaseException as error:
            await departure.end("broken", type(error).__name__)
            raise
        return departure

    async def _judged(
        self, behalf: OnBehalf, card: ModelCard, link: Link, intent: Intent, body: Json
    ) -> tuple[Decision, bool]:
        """The decision that lets it out, and whether only without personal data. Raises: AccessDeniedError."""
        decision: Decision | None = None
        for redacted in (False, True):
            resource = Resource(
                "CloudModel",
                card.id,
                attributes={
                    "destination": str(link.place),
                    "protocol": link.source.protocol,
                    "upstream": link.source.upstream_model,
                    "labels": behalf.labels,
                    "redacted": redacted,
                },
            )
            decision = self._parts.judge.decide(behalf.principal, SEND_TO_CLOUD, (resource,), behalf.context)
            if decision.allowed:
                return decision, redacted
        encoded = await asyncio.to_thread(msgspec.json.encode, body)
        digest = hashlib.sha256(encoded).hexdigest()
        refused = msgspec.structs.replace(
            intent,
            policy_ids=decision.policy_ids if decision else (),
            request_sha256=digest,
            request_bytes=len(encoded),
        )
        await self._parts.ledger.refuse(refused, AccessDeniedError.kind.value)
        raise AccessDeniedError(
            f"User: {behalf.principal.arn} is not authorized to perform: {SEND_TO_CLOUD.id} on model {card.id}, which "
            "answers from outside this site: no policy of this site lets this request leave"
        )

    def _intent(self, behalf: OnBehalf, card: ModelCard, link: Link) -> Intent:
        principal = behalf.principal
        return Intent(
            request_id=new_request_id(),
            time=self._parts.clock.now(),
            account=principal.account,
            principal=principal.arn,
            key_id=principal.key_id,
            peer=behalf.peer,
            service=SEND_TO_CLOUD.service,
            operation=SEND_TO_CLOUD.name,
            resources=(card.id,),
            cause=behalf.record,
            destination=str(link.place),
            labels=behalf.labels,
        )

    def _outgoing(self, link: Link, wording: Wording) -> Outgoing:
        source, place = link.source, link.place
        path = place.prefix + wording.path
        headers = {"host": str(place), "content-type": "application/json", "accept": wording.accept}
        if source.access_key_id:
            key = AccessKey(source.access_key_id, source.secret, source.session_token)
            service = _DIALECTS[source.protocol].service
            headers = signed(
                path, headers, wording.body, key, region=source.region, service=service, now=self._parts.clock.now()
            )
        else:
            headers["authorization"] = f"Bearer {source.secret}"
        return Outgoing(place, path, headers, wording.body, link.trust)


async def _accepted(answer: Answer, dialect: Dialect) -> None:
    """Whether the endpoint answers the request. Raises: what it says instead; LostError."""
    if answer.status != _OK:
        raise dialect.refusal(answer.status, answer.headers, await answer.refusal())
