"""Calls of our own operations with one kit; what each client of them builds on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.client.connection import Connection

if TYPE_CHECKING:
    from usina.client.found import Kit


class Calls:
    """One factory, reached with one kit. Every call may raise `RefusedError` or `UnreachableError`."""

    def __init__(self, kit: Kit) -> None:
        self.kit = kit
        self._connection = Connection(kit)

    @property
    def request_id(self) -> str:
        """Id of the last request that was answered."""
        return self._connection.request_id

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        answer = self._connection.call("usina", operation, **parameters)
        answer.pop("ResponseMetadata")
        return answer

    def _all(self, operation: str, member: str, **parameters: Any) -> list[Any]:
        items: list[Any] = []
        token = None
        while True:
            answer = self._call(operation, nextToken=token, **parameters)
            items += answer[member]
            token = answer.get("nextToken")
            if token is None:
                return items
