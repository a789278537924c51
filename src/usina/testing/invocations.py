"""The port of invocation logging in memory: it keeps what it is offered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.invocations import Invocation


class ListedInvocations:
    """The `Invocations` port over a list; a test says which accounts want it."""

    def __init__(self) -> None:
        self.accounts: set[str] = set()
        self.offered: list[Invocation] = []
        self.reloads = 0
        self.why_refused = ""

    def wanted(self, account: str) -> bool:
        """Whether a test said so."""
        return account in self.accounts

    def offer(self, invocation: Invocation) -> None:
        """Keep it."""
        self.offered.append(invocation)

    def refusal(self, account: str, config: Mapping[str, Any]) -> str:  # noqa: ARG002 - as it is asked
        """What a test says."""
        return self.why_refused

    async def reload(self) -> None:
        """Count it."""
        self.reloads += 1
