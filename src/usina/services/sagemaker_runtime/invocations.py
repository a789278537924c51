"""InvokeEndpoint and InvokeEndpointWithResponseStream: the model's own answer, whole or as it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.operation import Access, operation
from usina.services.sagemaker_runtime.asking import ask_of, touches

if TYPE_CHECKING:
    from usina.core.endpoints import Streamed
    from usina.core.operation import Call, EventBatches
    from usina.core.ports import Ports
    from usina.shapes import sagemaker_runtime_types as t


@operation("sagemaker-runtime", "InvokeEndpoint", access=Access.USE, touches=touches)
async def invoke_endpoint(call: Call[t.InvokeEndpointInput], ports: Ports) -> t.InvokeEndpointOutput:
    """Ask the model behind an endpoint; its error, whatever it is, comes as ModelError with its own words."""
    asked = call.arguments
    answer = await ports.endpoints.invoke(
        call.principal.account, asked["EndpointName"], ask_of(asked), asked.get("TargetVariant") or ""
    )
    result: t.InvokeEndpointOutput = {"Body": answer.body, "InvokedProductionVariant": answer.variant}
    if answer.content_type:
        result["ContentType"] = answer.content_type
    if answer.attributes:
        result["CustomAttributes"] = answer.attributes
    return result


@operation("sagemaker-runtime", "InvokeEndpointWithResponseStream", access=Access.USE, touches=touches)
async def invoke_endpoint_with_response_stream(
    call: Call[t.InvokeEndpointWithResponseStreamInput], ports: Ports
) -> t.InvokeEndpointWithResponseStreamOutput:
    """Ask the model behind an endpoint and pass on what it answers piece by piece."""
    asked = call.arguments
    streamed = await ports.endpoints.stream(
        call.principal.account, asked["EndpointName"], ask_of(asked), asked.get("TargetVariant") or ""
    )
    events: Any = _events(streamed)
    result: t.InvokeEndpointWithResponseStreamOutput = {"Body": events, "InvokedProductionVariant": streamed.variant}
    if streamed.content_type:
        result["ContentType"] = streamed.content_type
    if streamed.attributes:
        result["CustomAttributes"] = streamed.attributes
    return result


async def _events(streamed: Streamed) -> EventBatches:
    try:
        async for piece in streamed.pieces:
            yield [{"PayloadPart": {"Bytes": piece}}]
    finally:
        close = getattr(streamed.pieces, "aclose", None)
        if close is not None:
            await close()
