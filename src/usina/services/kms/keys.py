"""Keys: made, described, listed, taken out of use, and ended after a time in which that can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from usina.core.clock import utc
from usina.core.errors import CallerError, ValidationError
from usina.core.kms import DISABLED, ENABLED, KEY, PENDING, KmsKey, new_body, new_key_id
from usina.core.operation import Access, operation
from usina.core.ports import Row
from usina.services.kms.naming import (
    change,
    check_not_pending,
    check_of_customer,
    key_arn,
    refuse_unserved,
    the_key,
    touches_account,
    touches_every_key,
    touches_key,
)
from usina.services.kms.pages import page
from usina.services.kms.policies import check_policy
from usina.services.kms.specs import algorithms, checked
from usina.services.kms.tags import merged

if TYPE_CHECKING:
    from usina.core.operation import Call
    from usina.core.ports import Json, Ports
    from usina.shapes import kms_types as t

_PAGE: Final = 100
_DAY_SECONDS: Final = 86_400
_LEAST_DAYS, _MOST_DAYS = 7, 30


@operation("kms", "CreateKey", access=Access.WRITE, touches=touches_every_key)
async def create_key(call: Call[t.CreateKeyRequest], ports: Ports) -> t.CreateKeyResponse:
    """Make a key of the account; its material is made here and never leaves unsealed."""
    asked: Json = dict(call.arguments)
    spec, usage = checked(asked)
    if asked.get("Origin", "AWS_KMS") != "AWS_KMS" or asked.get("CustomKeyStoreId") or asked.get("XksKeyId"):
        raise CallerError(
            "This site makes key material itself: leave out Origin, CustomKeyStoreId and XksKeyId.",
            code="UnsupportedOperationException",
        )
    if asked.get("MultiRegion"):
        raise CallerError("This site is one region: leave out MultiRegion.", code="UnsupportedOperationException")
    account = call.principal.account
    policy = asked.get("Policy") or ""
    if policy:
        check_policy(policy, account, ports)
    key_id = new_key_id(ports.dice.token(16))
    body = new_body(
        spec,
        usage,
        ports.clock.now(),
        ports.kms.new_material(account, key_id, 0, spec),
        description=asked.get("Description", ""),
        policy=policy,
        tags=merged({}, asked.get("Tags", ())),
    )
    await ports.records.put(Row(KEY, account, key_id, body))
    await ports.kms.reload(account)
    return {"KeyMetadata": metadata(KmsKey(account, key_id, key_arn(key_id, account, ports), body))}


@operation("kms", "DescribeKey", access=Access.READ, touches=touches_key)
async def describe_key(call: Call[t.DescribeKeyRequest], ports: Ports) -> t.DescribeKeyResponse:
    """What a key is for and in which state; never its material."""
    refuse_unserved(call.arguments)
    return {"KeyMetadata": metadata(the_key(call.arguments["KeyId"], call, ports))}


def metadata(key: KmsKey) -> t.KeyMetadata:
    """A key as clients see it."""
    body = key.body
    described: Any = {
        "AWSAccountId": key.account,
        "KeyId": key.id,
        "Arn": key.arn,
        "CreationDate": utc(body["created"]),
        "Enabled": key.state == ENABLED,
        "Description": body["description"],
        "KeyUsage": body["usage"],
        "KeyState": key.state,
        "Origin": "AWS_KMS",
        "KeyManager": body["manager"],
        "CustomerMasterKeySpec": body["spec"],
        "KeySpec": body["spec"],
        "MultiRegion": False,
        **algorithms(body["spec"], body["usage"]),
    }
    if body["deletion_at"] is not None:
        described["DeletionDate"] = utc(body["deletion_at"])
    return described  # type: ignore[no-any-return] # a JSON document of this shape


@operation("kms", "ListKeys", access=Access.LIST, touches=touches_account)
async def list_keys(call: Call[t.ListKeysRequest], ports: Ports) -> t.ListKeysResponse:
    """The account's keys, in order of id."""
    asked = call.arguments
    found, more = page(ports.kms.keys(call.principal.account), lambda key: key.id, asked, _PAGE)
    answer: Any = {"Keys": [{"KeyId": key.id, "KeyArn": key.arn} for key in found], **more}
    return answer  # type: ignore[no-any-return] # a JSON document of this shape


@operation("kms", "UpdateKeyDescription", access=Access.WRITE, touches=touches_key)
async def update_key_description(call: Call[t.UpdateKeyDescriptionRequest], ports: Ports) -> dict[str, Any]:
    """Say something else of a key."""
    key = the_key(call.arguments["KeyId"], call, ports)
    check_of_customer(key)
    check_not_pending(key)
    await change(key, call, ports, lambda body: {**body, "description": call.arguments["Description"]})
    return {}


@operation("kms", "EnableKey", access=Access.WRITE, touches=touches_key)
async def enable_key(call: Call[t.EnableKeyRequest], ports: Ports) -> dict[str, Any]:
    """Put a key into use again."""
    await _switch(call, ports, ENABLED)
    return {}


@operation("kms", "DisableKey", access=Access.WRITE, touches=touches_key)
async def disable_key(call: Call[t.DisableKeyRequest], ports: Ports) -> dict[str, Any]:
    """Take a key out of use: what lies under it cannot be read from the next request on, until it is enabled."""
    await _switch(call, ports, DISABLED)
    return {}


async def _switch(call: Call[Any], ports: Ports, state: str) -> None:
    key = the_key(call.arguments["KeyId"], call, ports)
    check_of_customer(key)

    def edit(body: Json) -> Json:
        if body["state"] == PENDING:
            raise CallerError(f"{key.arn} is pending deletion.", code="KMSInvalidStateException")
        return {**body, "state": state}

    await change(key, call, ports, edit)


@operation("kms", "ScheduleKeyDeletion", access=Access.WRITE, touches=touches_key)
async def schedule_key_deletion(
    call: Call[t.ScheduleKeyDeletionRequest], ports: Ports
) -> t.ScheduleKeyDeletionResponse:
    """End a key after 7 to 30 days, for ever: what was encrypted by it cannot be read by anybody after that."""
    key = the_key(call.arguments["KeyId"], call, ports)
    check_of_customer(key)
    days = call.arguments.get("PendingWindowInDays", _MOST_DAYS)
    if not _LEAST_DAYS <= days <= _MOST_DAYS:
        raise ValidationError(f"PendingWindowInDays must be from {_LEAST_DAYS} to {_MOST_DAYS}.")
    at = ports.clock.now() + days * _DAY_SECONDS

    def edit(body: Json) -> Json:
        if body["state"] == PENDING:
            raise CallerError(f"{key.arn} is pending deletion.", code="KMSInvalidStateException")
        return {**body, "state": PENDING, "deletion_at": at, "window_days": days}

    await change(key, call, ports, edit)
    return {"KeyId": key.arn, "DeletionDate": utc(at), "KeyState": "PendingDeletion", "PendingWindowInDays": days}


@operation("kms", "CancelKeyDeletion", access=Access.WRITE, touches=touches_key)
async def cancel_key_deletion(call: Call[t.CancelKeyDeletionRequest], ports: Ports) -> t.CancelKeyDeletionResponse:
    """Keep a key that was to be deleted; it is disabled then, as it is with AWS."""
    key = the_key(call.arguments["KeyId"], call, ports)

    def edit(body: Json) -> Json:
        if body["state"] != PENDING:
            raise CallerError(f"{key.arn} is not pending deletion.", code="KMSInvalidStateException")
        if not body["materials"]:
            raise CallerError(f"{key.arn} is deleted: its material is gone.", code="KMSInvalidStateException")
        return {**body, "state": DISABLED, "deletion_at": None, "window_days": None}

    await change(key, call, ports, edit)
    return {"KeyId": key.arn}
