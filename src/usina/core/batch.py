"""Batch inference as handlers and its control loop see it, and how a job stands in its row.

A row of kind `invocation-job` holds `request` (the arguments of CreateModelInvocationJob), `tags`, `created` (epoch
seconds), `desired` (`run` or `stop`: the handlers') and `observed` (the control loop's, begun by the handler):

    status, message        as GetModelInvocationJob answers them
    modified, ended        epoch seconds; `ended` is null before
    files                  [[key, version, size in bytes, records], ...]: the input as it was when it was validated
    counts                 {total, success, error, input_tokens, output_tokens}; total is null before validation
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

if TYPE_CHECKING:
    from usina.core.operation import Principal

INVOCATION_JOB: Final = "invocation-job"
LEAST_RECORDS: Final = 1  # Bedrock asks for 100; a machine of one's own has no reason to
MOST_RECORDS: Final = 100_000  # of one job
MOST_FILES: Final = 1_000
MOST_FILE_BYTES: Final = 1_073_741_824
MOST_JOB_BYTES: Final = 5_368_709_120
Operation = Literal["InvokeModel", "Converse"]


@dataclass(frozen=True, slots=True)
class Answered:
    """How one record's request ended, as a client would have seen it."""

    status: int  # HTTP
    body: bytes  # JSON: the model's answer
    code: str = ""  # of an error
    message: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    final: bool = False  # not to be asked again: it left the site and may have been billed


class Invoke(Protocol):
    """Asks a model for a role, on the way that every request goes; it waits while others need the engine."""

    async def __call__(self, principal: Principal, operation: Operation, model_id: str, body: bytes) -> Answered:
        """Every refusal is an answer. Raises: nothing but bugs."""
        ...


class Batches(Protocol):
    """The part of the factory that runs batch jobs. Rows say what; this is told that they changed."""

    def changed(self, account: str, job_id: str) -> None:
        """A job's row was written: make it so."""
        ...


def begun(now: float) -> dict[str, Any]:
    """What is observed of a job at its creation."""
    return {
        "status": "Submitted",
        "message": "",
        "modified": now,
        "ended": None,
        "files": [],
        "counts": {"total": None, "success": 0, "error": 0, "input_tokens": 0, "output_tokens": 0},
    }
