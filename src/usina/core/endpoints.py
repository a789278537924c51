"""Endpoints as handlers see them, how they stand in their rows, and the words of an invocation.

A row of kind `endpoint` holds `tags`, `created` (epoch seconds), `desired` (the handlers') and `observed` (the control
loop's, begun by the handler that writes):

    desired.fleet          what should serve: a fleet, see below
    desired.delete         whether it should be gone
    desired.deployment     DeploymentConfig of the last update, if any
    observed.status        EndpointStatus, in SageMaker's words
    observed.failure       FailureReason
    observed.modified      epoch seconds
    observed.fleet         the fleet that serves; null before the first
    observed.refused       generation of a fleet that could not serve: not tried again
    observed.counts        {variant: servers that answer}

A fleet is what CreateEndpoint found when it was called, so that configurations and models may be deleted meanwhile:
`config` (name), `generation` (grows with every update), `revision` (grows when weights and counts change), `variants`
(`name`, `model`, `containers`, `role`, `isolated`, `instance`, `count`, `weight`, `serverless`, `startup_seconds`,
`volume_gb`), `capture` (DataCaptureConfig) and `asynchronous` (AsyncInferenceConfig).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

ENDPOINT: Final = "endpoint"
ENDPOINT_CONFIG: Final = "endpoint-config"
ASYNC_INFERENCE: Final = "async-inference"
LANGUAGE_IMAGE: Final = "usina/llm"  # a container that is no process: a model of the catalogue on its engine
LANGUAGE_MODEL: Final = ("USINA_MODEL_ID", "HF_MODEL_ID")  # variables that name it
LOG_GROUPS: Final = "/aws/sagemaker/Endpoints/"  # before an endpoint's name
METRICS: Final = "AWS/SageMaker"
ANSWER_BYTES: Final = 6_291_456  # what InvokeEndpoint may be sent and may answer


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
    variant: str = ""  # that answered


@dataclass(frozen=True, slots=True)
class Streamed:
    """An answer that comes in pieces; closing the iterator lets the model know that nobody reads on."""

    content_type: str
    attributes: str
    pieces: AsyncIterator[bytes]
    variant: str = ""


class Endpoints(Protocol):
    """The part of the factory that serves models. Rows say what; this says what can be, and is told of changes.

    Invoking raises: ValidationError (no such endpoint or variant), ApiError with code ModelError (the model's own
    error), ModelNotReadyException or ServiceUnavailable (nothing can answer now), ThrottledError.
    """

    def unable(self) -> str:
        """Why this machine serves no models at all; empty where it does."""
        ...

    def refusal(self, variants: Sequence[Mapping[str, Any]]) -> str:
        """Why these variants (a fleet's) can never all run here; empty where they can, now or once others are done."""
        ...

    def changed(self, account: str, name: str) -> None:
        """An endpoint's row was written: make it so."""
        ...

    async def invoke(self, account: str, name: str, ask: Ask, variant: str = "") -> Answer:
        """One whole answer, of that variant or of the one whose turn it is."""
        ...

    async def stream(self, account: str, name: str, ask: Ask, variant: str = "") -> Streamed:
        """One answer as it comes; reading it raises ApiError where it breaks."""
        ...

    def submitted(self, account: str, endpoint: str, name: str) -> None:
        """A row of kind `async-inference` was written: answer it in its turn."""
        ...


def begun(now: float) -> dict[str, Any]:
    """What is observed of an endpoint at its creation."""
    return {"status": "Creating", "failure": "", "modified": now, "fleet": None, "refused": 0, "counts": {}}
