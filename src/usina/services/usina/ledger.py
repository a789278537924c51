"""The ledger, read only: its records, its signed head, and proofs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.operation import Access, Resource, operation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.operation import Call
    from usina.core.ports import Ports
    from usina.shapes import usina_types as t

_LAST = -10  # records, where the caller does not say from where
_MOST = 100


def _ledger(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    del call
    return (Resource("Ledger", ports.site.name),)


@operation("usina", "ListLedgerRecords", access=Access.AUDIT, touches=_ledger)
async def list_ledger_records(call: Call[t.ListLedgerRecordsRequest], ports: Ports) -> t.ListLedgerRecordsResponse:
    """Read the ledger, oldest record first."""
    after = call.arguments.get("after", _LAST)
    return {"records": list(await ports.ledger.tail(after=after, most=call.arguments.get("maxResults", _MOST)))}


@operation("usina", "GetLedgerProof", access=Access.AUDIT, touches=_ledger)
async def get_ledger_proof(call: Call[t.GetLedgerProofRequest], ports: Ports) -> t.GetLedgerProofResponse:
    """Prove that a record is in the ledger, under its newest signed tree head."""
    return {"proof": await ports.ledger.prove(call.arguments["recordId"])}


@operation("usina", "GetLedgerHead", access=Access.AUDIT, touches=_ledger)
async def get_ledger_head(call: Call[t.GetLedgerHeadRequest], ports: Ports) -> t.GetLedgerHeadResponse:
    """Give the newest signed tree head of the ledger."""
    del call
    return {"head": await ports.ledger.head()}
