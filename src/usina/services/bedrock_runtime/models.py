"""Which model a request names: what policy judges, and what may answer.

Unknown and forbidden names get the same answer in Bedrock's own words. An alias or an inference profile leads to a
model of another name; every answer then says which one it was (`trace`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.errors import EngineError, ValidationError
from usina.core.models import judged

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from usina.core.operation import Call, Resource
    from usina.core.ports import Json, Ports, Resolution


def touches(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    """The model behind `modelId`, and the inference profile or deployment it was reached through."""
    asked: str = call.arguments["modelId"]
    account = call.principal.account
    return judged(ports.catalogue.resolve(asked, account), asked, account)


def resolve(call: Call[Any], ports: Ports) -> Resolution:
    """What `modelId` led to; the meter knows from here on which model answers.

    Raises:
        ValidationError: the name means nothing to this account.
    """
    found = ports.catalogue.resolve(call.arguments["modelId"], call.principal.account)
    if found is None:
        raise ValidationError("The provided model identifier is invalid.")
    call.meter.model = found.card.id
    return found


def resolve_chat(call: Call[Any], ports: Ports) -> Resolution:
    """What `modelId` led to, where it must be a model that talks.

    Raises:
        ValidationError: unknown, or a model of another task.
    """
    found = resolve(call, ports)
    if found.card.task != "chat":
        raise ValidationError(
            "This action doesn't support the model that you provided. Try again with a supported text or chat model."
        )
    return found


def trace(found: Resolution, region: str) -> Json | None:
    """Converse's `trace` member that names the model which really answers; None where its own name was used."""
    if found.alias or found.profile_arn or found.deployment_arn:
        return {"promptRouter": {"invokedModelId": found.card.arn(region)}}
    return None


def output_limit(asked: int | None, found: Resolution) -> int | None:
    """How many tokens the engine may give, or None for as many as fit.

    A program written for another model does not know the limits of the one behind the alias: its bound is not lower
    than what the model can do, so it bounds nothing.

    Raises:
        ValidationError: more than the model can give, where the model was asked for by its own name.
    """
    limit = found.card.max_output_tokens or found.card.context_tokens
    if asked is None or asked <= limit or limit <= 0:
        return asked
    if found.alias:
        return None
    raise ValidationError(
        f"The maximum tokens you requested exceeds the model limit of {limit}. "
        f"Try again with a maximum tokens value that is lower than {limit}."
    )


async def first_of(batches: AsyncIterator[Sequence[Json]]) -> Sequence[Json]:
    """The first batch of a stream, awaited before the answer begins: what fails by then has a status of its own.

    Raises:
        EngineError: the stream ended before it began.
    """
    try:
        return await anext(batches)
    except StopAsyncIteration:
        raise EngineError("The model ended its answer before it began.") from None


async def close(batches: AsyncIterator[Any]) -> None:
    """Free the engine's slot of a stream now, not when the collector gets to it."""
    end = getattr(batches, "aclose", None)
    if end is not None:
        await end()
