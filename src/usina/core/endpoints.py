"""Endpoints as handlers see them: what is asked of a model, what it answers, and the words for both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LOG_GROUPS: Final = "/aws/sagemaker/Endpoints/"  # before an endpoint's name
METRICS: Final = "AWS/SageMaker"


@dataclass(frozen=True, slots=True)
class Ask:
    """One invocation of a model. Bodies are the caller's own: never logged."""

    body: bytes
    content_type: str = ""
    accept: str = ""
    attributes: str = ""  # X-Amzn-SageMaker-Custom-Attributes
    inference_id: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model answered, whatever its status."""

    status: int
    body: bytes
    content_type: str = ""
    attributes: str = ""


@dataclass(frozen=True, slots=True)
class Streamed:
    """An answer that comes in pieces; closing the iterator lets the model know that nobody reads on."""

    content_type: str
    attributes: str
    pieces: AsyncIterator[bytes]
