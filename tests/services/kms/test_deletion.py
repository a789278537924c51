"""A deletion that has begun to be done cannot be cancelled."""

from __future__ import annotations

import pytest

from usina.core.errors import CallerError
from usina.core.kms import KEY, PENDING, SYMMETRIC, new_body, new_key_id
from usina.core.ports import Row
from usina.services.kms.keys import cancel_key_deletion
from usina.testing.world import ACCOUNT, call_of, world


async def test_a_key_whose_material_is_gone_is_not_said_to_be_kept() -> None:
    ports = world()
    key_id = new_key_id(bytes(16))
    body = new_body(SYMMETRIC, "ENCRYPT_DECRYPT", 0.0, "", materials=[], state=PENDING, deletion_at=1.0)
    await ports.records.put(Row(KEY, ACCOUNT, key_id, body))
    await ports.kms.reload(ACCOUNT)
    with pytest.raises(CallerError, match="its material is gone") as refused:
        await cancel_key_deletion(call_of({"KeyId": key_id}), ports)
    assert refused.value.code == "KMSInvalidStateException"
    row = await ports.records.get(KEY, ACCOUNT, key_id)
    assert row is not None
    assert row.body["state"] == PENDING
