"""Rows of jobs of one kind: what a handler wants of them, and what their control loop observes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from usina.core.errors import ConflictError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from usina.core.ports import Json, Records, Row

_ATTEMPTS = 20
_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Order:
    """One job as its row says."""

    account: str
    id: str
    body: Json

    @property
    def request(self) -> Json:
        """The arguments of the operation that created it."""
        return dict(self.body["request"])

    @property
    def observed(self) -> Json:
        """What is known of it."""
        return dict(self.body["observed"])

    @property
    def created(self) -> float:
        """Epoch seconds."""
        return float(self.body["created"])

    @property
    def wanted(self) -> bool:
        """Whether it should run on."""
        return bool(self.body["desired"] == "run")


class OrderRows:
    """The jobs of one kind, of all accounts."""

    def __init__(self, records: Records, kind: str, over: frozenset[str]) -> None:
        self._records = records
        self._kind = kind
        self._over = over

    def is_over(self, order: Order) -> bool:
        """Whether nothing more happens to it."""
        return order.observed["status"] in self._over

    async def unfinished(self) -> list[Order]:
        """All that are not over, the oldest first."""
        orders = [_order(row) for row in await self._records.list(self._kind, most=_MOST)]
        return sorted((order for order in orders if not self.is_over(order)), key=lambda order: order.created)

    async def find(self, account: str, order_id: str) -> Order | None:
        """The job, as it is now."""
        row = await self._records.get(self._kind, account, order_id)
        return None if row is None else _order(row)

    async def observe(self, order: Order, edit: Callable[[Json], Json]) -> Order:
        """Write what is observed over the newest row; what handlers wrote meanwhile stays.

        Raises: UnavailableError where the row is gone or is changed again and again.
        """
        for _ in range(_ATTEMPTS):
            row = await self._records.get(self._kind, order.account, order.id)
            if row is None:
                break
            try:
                body = {**row.body, "observed": edit(row.body["observed"])}
                return _order(await self._records.put(replace(row, body=body)))
            except ConflictError:
                continue
        raise UnavailableError("the state of the job could not be written")


def _order(row: Row) -> Order:
    return Order(row.account, row.name, row.body)
