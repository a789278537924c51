"""Requests for models outside the site: their handlers get engines that act on behalf of this one request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from usina.core.cloud import CLOUD, OnBehalf
from usina.pipeline.stages.authorise import circumstances

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.cloud import CloudDoor
    from usina.core.ports import Ports
    from usina.pipeline.proofs import Recorded

UNLABELLED: Final = "unlabelled"
_MEMBER: Final = "usina:labels"  # of a request's metadata
_METADATA: Final = ("requestMetadata", "metadata")  # Bedrock's name for it, and OpenAI's
_LABEL = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_MOST: Final = 16


def ports_of(recorded: Recorded, ports: Ports, cloud: CloudDoor | None) -> Ports:
    """The ports of a request: all the same, unless a model that it touches answers from outside.

    What leaves needs a `Recorded`: nothing is sent but for a caller who was proved, permitted and recorded.
    """
    leaves = any(resource.attributes.get("runtime") == CLOUD for resource in recorded.permitted.resources)
    if cloud is None or not leaves:
        return ports
    parsed = recorded.permitted.parsed
    behalf = OnBehalf(
        principal=parsed.call.principal,
        request_id=parsed.call.request_id,
        record=recorded.opened.seq,
        peer=parsed.caller.received.peer,
        context=circumstances(parsed.caller),
        labels=stated_labels(parsed.call.arguments),
        meter=parsed.call.meter,
    )
    return cloud.ports(ports, behalf)


def stated_labels(arguments: Mapping[str, Any]) -> tuple[str, ...]:
    """The labels that a request states of its data in its metadata, in order; `unlabelled` where it states none that
    can be read: a policy that lets a label out does not let out what has none.
    """
    for name in _METADATA:
        given = arguments.get(name)
        if isinstance(given, str):  # InvokeModel takes it as a header
            given = _decoded(given)
        text = given.get(_MEMBER) if isinstance(given, dict) else None
        words = text.replace(",", " ").split() if isinstance(text, str) else []
        if words and len(words) <= _MOST and all(map(_LABEL.fullmatch, words)):
            return tuple(sorted(set(words)))
        if text is not None:
            break
    return (UNLABELLED,)


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None
