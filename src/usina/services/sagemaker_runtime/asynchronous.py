"""InvokeEndpointAsync: accepted means that it is answered, whatever happens to the factory meanwhile."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from uuid import UUID

from usina.core.endpoints import ASYNC_INFERENCE, ENDPOINT
from usina.core.errors import ValidationError
from usina.core.operation import Access, operation
from usina.core.ports import Row
from usina.services.sagemaker_runtime.asking import ask_of, touches

if TYPE_CHECKING:
    from usina.core.operation import Call
    from usina.core.ports import Json, Ports
    from usina.shapes import sagemaker_runtime_types as t

_TTL_SECONDS = 21_600
_SECONDS = 900


@operation("sagemaker-runtime", "InvokeEndpointAsync", access=Access.USE, touches=touches)
async def invoke_endpoint_async(call: Call[t.InvokeEndpointAsyncInput], ports: Ports) -> t.InvokeEndpointAsyncOutput:
    """Queue a request whose input lies in S3, and whose output or failure will."""
    asked: Any = call.arguments
    name, account = asked["EndpointName"], call.principal.account
    ask = ask_of(asked)
    address = asked.get("InputLocation") or ""
    if bool(address) == bool(ask.body):
        raise ValidationError("Exactly one of InputLocation and Body must be given.")
    if address and not address.startswith("s3://"):
        raise ValidationError(f"InputLocation must be of the form s3://BUCKET/KEY, not {address}.")
    output = await _config(name, account, ports)
    identity = str(UUID(bytes=ports.dice.token(16), version=4))
    folder = f"{asked['S3OutputPathExtension'].strip('/')}/" if asked.get("S3OutputPathExtension") else ""
    file = asked.get("Filename") or f"{identity}.out"
    kept = f"{output['S3OutputPath'].rstrip('/')}/{folder}{file}"
    failed = output.get("S3FailurePath") or ""
    failure = f"{failed.rstrip('/')}/{folder}{identity}-error.out" if failed else ""
    now = ports.clock.now()
    body: Json = {
        "endpoint": name,
        "input": address,
        "body": base64.b64encode(ask.body).decode(),
        "content_type": ask.content_type,
        "accept": ask.accept,
        "attributes": ask.attributes,
        "inference_id": ask.inference_id or identity,
        "output": kept,
        "failure": failure,
        "created": now,
        "expires": now + (asked.get("RequestTTLSeconds") or _TTL_SECONDS),
        "seconds": asked.get("InvocationTimeoutSeconds") or _SECONDS,
    }
    await ports.records.put(Row(ASYNC_INFERENCE, account, identity, body))
    ports.endpoints.submitted(account, name, identity)
    result: t.InvokeEndpointAsyncOutput = {"InferenceId": body["inference_id"], "OutputLocation": kept}
    if failure:
        result["FailureLocation"] = failure
    return result


async def _config(name: str, account: str, ports: Ports) -> Json:
    row = await ports.records.get(ENDPOINT, account, name)
    fleet = row.body["observed"]["fleet"] if row is not None and not row.body["desired"]["delete"] else None
    if fleet is None:
        raise ValidationError(f"Endpoint {name} of account {account} not found.")
    if not fleet["asynchronous"]:
        raise ValidationError(
            f"Endpoint {name} of account {account} has no AsyncInferenceConfig: use InvokeEndpoint, or give it one."
        )
    output: Json = fleet["asynchronous"]["OutputConfig"]
    return output
