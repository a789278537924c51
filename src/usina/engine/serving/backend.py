"""What answers at one place of a fleet: a process in the sandbox (`server.py`), or a language model (`language.py`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from usina.core.errors import UsinaError

if TYPE_CHECKING:
    from usina.core.endpoints import Answer, Ask, Streamed


class BackendError(UsinaError):
    """It cannot serve; the message says why, in words for the model's owner."""


class Backend(Protocol):
    """One that answers."""

    def is_there(self) -> bool:
        """Whether it runs already, left by the factory before this one."""
        ...

    async def start(self) -> None:
        """Start it, or take up what runs. Raises: BackendError, ApiError."""
        ...

    async def ready(self, seconds: float) -> None:
        """Wait until it answers. Raises: BackendError."""
        ...

    async def wait_ended(self) -> None:
        """Wait until it has ended by itself."""
        ...

    @property
    def load(self) -> float:
        """How busy it is; 0 where nothing is asked of it."""
        ...

    async def invoke(self, ask: Ask, seconds: float, most_bytes: int) -> Answer:
        """One whole answer. Raises: ServerGoneError, ServerSlowError, ServerFaultError, ApiError."""
        ...

    async def stream(self, ask: Ask, seconds: float) -> Streamed | Answer:
        """An answer as it comes. Raises: as `invoke`."""
        ...

    async def stop(self, *, keep: bool = False) -> None:
        """End it; with `keep` what was brought stays, for the next start."""
        ...

    def let_go(self) -> None:
        """Leave it running, for the next factory."""
        ...
