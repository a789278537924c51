"""Rows of endpoints, read and changed by their control loop."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from usina.core.endpoints import ENDPOINT
from usina.core.errors import ConflictError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from usina.core.ports import Json, Records, Row

_ATTEMPTS = 20
_MOST = 1_000_000
Observed = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint as its row says."""

    account: str
    name: str
    body: Json

    @property
    def fleet(self) -> Json:
        """What should serve."""
        return dict(self.body["desired"]["fleet"])

    @property
    def unwanted(self) -> bool:
        """Whether it should be gone."""
        return bool(self.body["desired"]["delete"])

    @property
    def observed(self) -> Observed:
        """What is known of it."""
        return dict(self.body["observed"])


class EndpointRows:
    """The endpoints of all accounts."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def all(self) -> list[Endpoint]:
        """All of them."""
        return [_endpoint(row) for row in await self._records.list(ENDPOINT, most=_MOST)]

    async def find(self, account: str, name: str) -> Endpoint | None:
        """The endpoint, as it is now."""
        row = await self._records.get(ENDPOINT, account, name)
        return None if row is None else _endpoint(row)

    async def delete(self, endpoint: Endpoint) -> None:
        """Forget it."""
        await self._records.delete(ENDPOINT, endpoint.account, endpoint.name)

    async def observe(self, endpoint: Endpoint, edit: Callable[[Observed], Observed]) -> Endpoint:
        """Write what is observed over the newest row; what handlers wrote meanwhile stays.

        Raises: UnavailableError where the row is gone or is changed again and again.
        """
        for _ in range(_ATTEMPTS):
            row = await self._records.get(ENDPOINT, endpoint.account, endpoint.name)
            if row is None:
                break
            body = {**row.body, "observed": edit(dict(row.body["observed"]))}
            try:
                return _endpoint(await self._records.put(replace(row, body=body)))
            except ConflictError:
                continue
        raise UnavailableError("the state of the endpoint could not be written")


def _endpoint(row: Row) -> Endpoint:
    return Endpoint(row.account, row.name, row.body)
