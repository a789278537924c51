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
    """What the ledger keeps of a request: who, what, to which things, and the digest of the body, never the body."""
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
        request_sha256=hashlib.sha256(caller.payload).hexdigest(),
        request_bytes=len(caller.payload),
        policy_ids=policy_ids,
    )
