"""From the `model` of a request to what policy judges and what answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from usina.core.errors import NotFoundError, ValidationError
from usina.core.models import judged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.operation import Call, Resource
    from usina.core.ports import ModelCard, Ports, Resolution

_WORK = {"chat": "answers chats", "embedding": "makes embeddings"}


def touch_model(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    """The model that would answer, and the inference profile or deployment it was reached through, if any."""
    asked: str = call.arguments["model"]
    account = call.principal.account
    return judged(ports.catalogue.resolve(asked, account), asked, account)


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
