"""Rotation: new material for a key, by itself after some days, or at once. What was encrypted is not written anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from usina.core.clock import utc
from usina.core.errors import CallerError, ValidationError
from usina.core.kms import DISABLED
from usina.core.operation import Access, operation
from usina.services.kms.naming import (
    change,
    check_not_pending,
    check_of_customer,
    check_symmetric,
    the_key,
    touches_key,
)

if TYPE_CHECKING:
    from usina.core.kms import KmsKey
    from usina.core.operation import Call
    from usina.core.ports import Json, Ports
    from usina.shapes import kms_types as t

_DAYS: Final = 365
_LEAST_DAYS, _MOST_DAYS = 90, 2_560
_DAY_SECONDS: Final = 86_400
_MOST_MATERIALS: Final = 1_000


def _rotatable(call: Call[Any], ports: Ports) -> KmsKey:
    key = the_key(call.arguments["KeyId"], call, ports)
    check_of_customer(key)
    check_symmetric(key)
    check_not_pending(key)
    if key.state == DISABLED:
        raise CallerError(f"{key.arn} is disabled. Enable it with EnableKey.", code="DisabledException")
    return key


@operation("kms", "EnableKeyRotation", access=Access.WRITE, touches=touches_key)
async def enable_key_rotation(call: Call[t.EnableKeyRotationRequest], ports: Ports) -> dict[str, Any]:
    """Give a key new material every so many days."""
    key, days = _rotatable(call, ports), call.arguments.get("RotationPeriodInDays", _DAYS)
    if not _LEAST_DAYS <= days <= _MOST_DAYS:
        raise ValidationError(f"RotationPeriodInDays must be from {_LEAST_DAYS} to {_MOST_DAYS}.")
    await change(key, call, ports, lambda body: {**body, "rotation_days": days})
    return {}


@operation("kms", "DisableKeyRotation", access=Access.WRITE, touches=touches_key)
async def disable_key_rotation(call: Call[t.DisableKeyRotationRequest], ports: Ports) -> dict[str, Any]:
    """Rotate a key no more by itself."""
    await change(_rotatable(call, ports), call, ports, lambda body: {**body, "rotation_days": 0})
    return {}


@operation("kms", "GetKeyRotationStatus", access=Access.READ, touches=touches_key)
async def get_key_rotation_status(
    call: Call[t.GetKeyRotationStatusRequest], ports: Ports
) -> t.GetKeyRotationStatusResponse:
    """Whether a key is rotated by itself, and when next."""
    key = the_key(call.arguments["KeyId"], call, ports)
    check_symmetric(key)
    days = key.body["rotation_days"]
    answer: t.GetKeyRotationStatusResponse = {"KeyId": key.arn, "KeyRotationEnabled": bool(days)}
    if days:
        answer["RotationPeriodInDays"] = days
        answer["NextRotationDate"] = utc(key.body["rotated_at"] + days * _DAY_SECONDS)
    return answer


@operation("kms", "RotateKeyOnDemand", access=Access.WRITE, touches=touches_key)
async def rotate_key_on_demand(call: Call[t.RotateKeyOnDemandRequest], ports: Ports) -> t.RotateKeyOnDemandResponse:
    """Give a key new material now; the answer comes when it is in force."""
    key, now = _rotatable(call, ports), ports.clock.now()

    def edit(body: Json) -> Json:
        number = len(body["materials"])
        if number >= _MOST_MATERIALS:
            raise CallerError(
                f"A key can be rotated {_MOST_MATERIALS - 1} times: make another.", code="LimitExceededException"
            )
        fresh = ports.kms.new_material(key.account, key.id, number, body["spec"])
        return {**body, "materials": [*body["materials"], fresh], "rotated_at": now}

    await change(key, call, ports, edit)
    return {"KeyId": key.arn}
