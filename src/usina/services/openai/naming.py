"""From the `model` of a request to what policy judges and what answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from usina.core.errors import NotFoundError, ValidationError
from usina.core.operation import Resource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.operation import Call
    from usina.core.ports import ModelCard, Ports, Resolution

_WORK = {"chat": "answers chats", "embedding": "makes embeddings"}


def touch_model(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    """The model that would answer, and the inference profile it was reached through, if any."""
    asked: str = call.arguments["model"]
    account = call.principal.account
    found = ports.catalogue.resolve(asked, account)
    if found is None:
        return (Resource("Model", asked, attributes=_attributes(None)),)
    if found.card.account:
        return (Resource("ImportedModel", found.card.id, found.card.account),)
    model = Resource("Model", found.card.id, attributes=_attributes(found))
    if found.profile_arn:
        return (model, Resource("InferenceProfile", found.profile_arn, account))
    return (model,)


def _attributes(found: Resolution | None) -> dict[str, str | bool | int | tuple[str, ...]]:
    if found is None:
        return {"provider": "", "task": "", "runtime": "", "alias": "", "known": False}
    card = found.card
    return {
        "provider": card.provider,
        "task": card.task,
        "runtime": card.runtime,
        "alias": found.alias,
        "known": True,
    }


def find_model(call: Call[Any], ports: Ports) -> Resolution:
    """What the name of the request leads to.

    Raises:
        NotFoundError: nothing of that name for this account.
    """
    asked: str = call.arguments["model"]
    found = ports.catalogue.resolve(asked, call.principal.account)
    if found is None:
        raise NotFoundError(
            f"The model `{asked}` does not exist or you do not have access to it.",
            code="model_not_found",
            members={"param": "model"},
        )
    return found


def answering_model(call: Call[Any], ports: Ports, task: Literal["chat", "embedding"]) -> ModelCard:
    """The model that answers; the meter learns its name.

    Raises:
        NotFoundError: there is none of that name.
        ValidationError: it is there and does other work.
    """
    card = find_model(call, ports).card
    if card.task != task:
        raise ValidationError(
            f"The model `{call.arguments['model']}` {_WORK[card.task]}; this request needs one that {_WORK[task]}.",
            code="unsupported_model",
            members={"param": "model"},
        )
    call.meter.model = card.id
    return card
