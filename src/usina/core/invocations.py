"""Invocation logging as the pipeline, its handlers and its loop see it: what was asked of a model and what it answered.

It is an account's own explicit wish: contents go where that account said, and nowhere else. A row of kind
`invocation-logging` holds `config`, the account's LoggingConfig.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

LOGGING: Final = "invocation-logging"
NAME: Final = "configuration"  # an account has one
STREAM: Final = "aws/bedrock/modelinvocations"  # in the account's log group
LARGE_BYTES: Final = 102_400  # a body over this is an object of its own, as on Bedrock


@dataclass(frozen=True, slots=True)
class Invocation:
    """One request to a model that has ended."""

    account: str
    arn: str  # of who asked
    request_id: str
    operation: str
    model_id: str  # as it was asked for
    at: float  # epoch seconds
    request: bytes  # its body
    answer: bytes | tuple[Any, ...]  # a body; of a stream its events; empty where it failed
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    error_code: str = ""
    embedding: bool = False


class Invocations(Protocol):
    """Who wants their invocations logged, and where they go. Reads are from memory: quick, no I/O."""

    def wanted(self, account: str) -> bool:
        """Whether this account wants it."""
        ...

    def offer(self, invocation: Invocation) -> None:
        """Take one. Never waits and never raises: what there is no room for is dropped, and counted."""
        ...

    def refusal(self, account: str, config: Mapping[str, Any]) -> str:
        """Why nothing could be delivered by such a configuration, as policies stand now; empty where it could."""
        ...

    async def reload(self) -> None:
        """Read the accounts' wishes again, after a handler wrote one."""
        ...


def base_of(account: str, region: str, prefix: str) -> str:
    """The key under which an account's invocations are written, as Bedrock has it."""
    return f"{prefix.strip('/')}/AWSLogs/{account}/BedrockModelInvocationLogs/{region}".lstrip("/")
