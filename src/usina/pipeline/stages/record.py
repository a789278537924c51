"""Permitted -> Recorded: the intent is durable in the ledger before anything happens."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from usina.pipeline.proofs import Recorded
from usina.sovereignty.ledger import Intent

if TYPE_CHECKING:
    from usina.pipeline.proofs import Authenticated, Permitted
    from usina.sovereignty.ledger import Ledger


async def record(permitted: Permitted, ledger: Ledger) -> Recorded:
    """Append the intent and wait until it is on disk.

    Raises:
        UnavailableError: the ledger cannot write (disk full, failed); then nothing happens.
    """
    intent = intent_of(
        permitted.parsed.caller,
        resources=tuple(resource.id for resource in permitted.resources),
        policy_ids=permitted.policy_ids,
    )
    return Recorded(permitted, await ledger.open(intent))


def intent_of(caller: Authenticated, resources: tuple[str, ...] = (), policy_ids: tuple[str, ...] = ()) -> Intent:
    """What the ledger keeps of a request: who, what, to which things, and the digest of the body, never the body.

    Of a body that is still to come it keeps what the request states of it: empty and 0 where it states nothing.
    """
    stream = caller.stream
    if stream is None:
        request_sha256, request_bytes = hashlib.sha256(caller.payload).hexdigest(), len(caller.payload)
    else:
        request_sha256, request_bytes = stream.sha256, stream.size_bytes or 0
    received, principal = caller.received, caller.principal
    return Intent(
        request_id=received.request_id,
        time=received.received_at,
        account=principal.account,
        principal=principal.arn,
        key_id=principal.key_id,
        peer=received.peer,
        service=caller.target.service,
        operation=caller.target.operation,
        resources=resources,
        request_sha256=request_sha256,
        request_bytes=request_bytes,
        policy_ids=policy_ids,
    )
