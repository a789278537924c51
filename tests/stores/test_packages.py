"""The snapshot of model packages that policy asks."""

from __future__ import annotations

from usina.core.packages import MODEL_PACKAGE, NO_FACTS, PackageFacts
from usina.core.ports import Row
from usina.stores.packages import RecordPackages
from usina.testing.records import MemoryRecords


async def test_facts_are_those_of_the_rows_once_they_were_read() -> None:
    records = MemoryRecords()
    kept = await records.put(Row(MODEL_PACKAGE, "1", "line/3", {"approval": "Approved"}))
    packages = RecordPackages(records)
    assert packages.facts("1", "line/3") == NO_FACTS
    await packages.load()
    assert packages.facts("1", "line/3") == PackageFacts("line", "Approved")
    assert packages.facts("2", "line/3") == NO_FACTS
    await records.put(Row(MODEL_PACKAGE, "1", "line/3", {"approval": "Rejected"}, kept.version))
    await packages.reload("1", "line/3")
    assert packages.facts("1", "line/3").approval == "Rejected"
    await records.delete(MODEL_PACKAGE, "1", "line/3")
    await packages.reload("1", "line/3")
    assert packages.facts("1", "line/3") == NO_FACTS
