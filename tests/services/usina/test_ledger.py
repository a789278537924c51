from __future__ import annotations

import pytest

from usina.core.errors import NotFoundError
from usina.core.operation import Access
from usina.services import operations
from usina.services.usina.ledger import get_ledger_head, get_ledger_proof, list_ledger_records
from usina.testing.world import FakeLedgerView, call_of, world

RECORDS = [{"seq": number, "request_id": f"r{number}"} for number in range(1, 31)]  # a ledger counts from 1


async def test_the_last_ten_records_come_where_nothing_is_said() -> None:
    ports = world(ledger=FakeLedgerView(list(RECORDS)))
    records = (await list_ledger_records(call_of({}), ports))["records"]
    assert records == RECORDS[-10:]


async def test_records_come_after_a_number_and_no_more_than_asked() -> None:
    ports = world(ledger=FakeLedgerView(list(RECORDS)))
    records = (await list_ledger_records(call_of({"after": 4, "maxResults": 2}), ports))["records"]
    assert [record["seq"] for record in records] == [5, 6]


async def test_a_proof_is_given_by_request_id() -> None:
    ports = world(ledger=FakeLedgerView(list(RECORDS)))
    assert (await get_ledger_proof(call_of({"recordId": "r7"}), ports))["proof"]["record"] == RECORDS[6]
    with pytest.raises(NotFoundError):
        await get_ledger_proof(call_of({"recordId": "none"}), ports)


async def test_the_head_is_given() -> None:
    assert (await get_ledger_head(call_of({}), world()))["head"]["size"] == 0


def test_the_ledger_is_for_those_who_may_audit() -> None:
    for name in ("ListLedgerRecords", "GetLedgerProof", "GetLedgerHead"):
        operation = operations()["usina", name]
        assert operation.access is Access.AUDIT
        assert [resource.type for resource in operation.touches(call_of({}), world())] == ["Ledger"]
