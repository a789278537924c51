"""Requests that the factory makes for a role it was handed (batch jobs): the way of every request but its proof.

Each is parsed, judged as that role, recorded and closed like a client's, so a job can do nothing that its role could
not, and the ledger knows every record of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from usina.core.batch import Answered
from usina.core.cloud import ASK_AGAIN, DO_NOT
from usina.core.ids import new_request_id
from usina.core.operation import Received
from usina.wire import Target

if TYPE_CHECKING:
    from usina.core.batch import Operation
    from usina.core.operation import Principal
    from usina.pipeline.run import Pipeline
    from usina.wire import Reply

_HEADERS = (("content-type", "application/json"),)
_GOOD = 200
_decode = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True, slots=True)
class OurRequests:
    """The `Invoke` port over a pipeline, whose engines give way to others."""

    pipeline: Pipeline

    async def __call__(self, principal: Principal, operation: Operation, model_id: str, body: bytes) -> Answered:
        """Ask a model for a role."""
        target = Target("bedrock-runtime", operation, "rest-json", {"modelId": model_id})
        now = self.pipeline.ports.clock.now()
        received = Received(
            "POST", "/", "", _HEADERS, body, secure=True, peer="", request_id=new_request_id(), received_at=now
        )
        return _answered(await self.pipeline.answer_ours(received, target, principal), operation)


def _answered(reply: Reply, operation: Operation) -> Answered:
    if not isinstance(reply.body, bytes):
        raise TypeError("these operations answer with a whole body")
    headers = {name.lower(): value for name, value in reply.headers}
    if reply.status != _GOOD:
        told = _decode(reply.body)
        message = told.get("message") or told.get("Message") or ""
        final = headers.get(ASK_AGAIN) == DO_NOT
        return Answered(reply.status, b"", headers.get("x-amzn-errortype", ""), str(message), final=final)
    if operation == "Converse":
        usage = _decode(reply.body)["usage"]
        given = int(usage["outputTokens"])
        return Answered(reply.status, reply.body, "", "", int(usage["totalTokens"]) - given, given)
    asked, given = (int(headers.get(f"x-amzn-bedrock-{kind}-token-count", 0)) for kind in ("input", "output"))
    return Answered(reply.status, reply.body, "", "", asked, given)
