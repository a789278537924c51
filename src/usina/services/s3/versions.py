"""Which version a write makes and which one a request means; what a version's lock allows."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from usina.core.clock import utc
from usina.core.errors import AccessDeniedError, CallerError, NotFoundError, ValidationError
from usina.core.objects import NULL_VERSION
from usina.services.s3.conditions import no_such_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from usina.core.objects import Bucket, Entry
    from usina.core.operation import Call
    from usina.core.ports import Ports

ENABLED = "Enabled"
COMPLIANCE = "COMPLIANCE"
_VERSION_BYTES = 24
_LONGEST_VERSION = 1_024
_DAY_SECONDS = 86_400
_YEAR_DAYS = 365


def new_version(bucket: Bucket, ports: Ports) -> str:
    """Name of the version that a write makes now."""
    if bucket.settings.get("versioning") != ENABLED:
        return NULL_VERSION
    return base64.urlsafe_b64encode(ports.dice.token(_VERSION_BYTES)).decode().replace("-", ".")


def version_answer(bucket: Bucket, version: str) -> dict[str, Any]:
    """The version as an answer to a write names it."""
    return {"VersionId": version} if "versioning" in bucket.settings else {}


def asked_version(text: str | None) -> str | None:
    """The version that a request names. Raises: ValidationError."""
    if text is None:
        return None
    if not 0 < len(text) <= _LONGEST_VERSION or "\0" in text:
        raise ValidationError("Invalid version id specified")
    return text


async def the_object(call: Call[Any], ports: Ports) -> Entry:
    """The object or version that a request names. Raises: NotFoundError; CallerError (MethodNotAllowed: a mark)."""
    asked = call.arguments
    return await known_object(asked["Bucket"], asked["Key"], asked.get("VersionId"), ports)


async def known_object(bucket: str, key: str, version_id: str | None, ports: Ports) -> Entry:
    """The object or version. Raises: see `the_object`."""
    version = asked_version(version_id)
    entry = await ports.objects.find(bucket, key, version)
    if entry is None:
        raise no_such_key(key) if version is None else no_such_version()
    if entry.marker:
        if version is None:
            raise no_such_key(key)
        raise CallerError("The specified method is not allowed against this resource.", code="MethodNotAllowed")
    return entry


async def amended(call: Call[Any], ports: Ports, change: Callable[[Entry], Mapping[str, Any]]) -> Entry:
    """Give the version that a request names other facts. Raises: see `the_object`, and what `change` raises."""
    asked = call.arguments
    await the_object(call, ports)
    entry = await ports.objects.amend(asked["Bucket"], asked["Key"], asked_version(asked.get("VersionId")), change)
    if entry is None:
        raise no_such_key(asked["Key"])
    return entry


def no_such_version() -> NotFoundError:
    """There is no such version."""
    return NotFoundError("The specified version does not exist.", code="NoSuchVersion")


def lock_facts(asked: Mapping[str, Any], bucket: Bucket, ports: Ports) -> dict[str, Any]:
    """The lock that a write puts on its version: what the request says, else the bucket's default.

    Raises: CallerError (InvalidRequest, InvalidArgument).
    """
    mode, until = asked.get("ObjectLockMode"), asked.get("ObjectLockRetainUntilDate")
    hold = asked.get("ObjectLockLegalHoldStatus")
    lock = bucket.settings.get("lock")
    if lock is None:
        if mode or until or hold:
            raise CallerError("Bucket is missing Object Lock Configuration", code="InvalidRequest")
        return {}
    facts: dict[str, Any] = {}
    now = ports.clock.now()
    if (mode is None) != (until is None):
        raise ValidationError("x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied")
    if until is not None:
        if until.timestamp() <= now:
            raise ValidationError("The retain until date must be in the future!")
        facts["lock"] = {"mode": mode, "until": until.timestamp()}
    elif lock:
        days = lock["days"] if "days" in lock else lock["years"] * _YEAR_DAYS
        facts["lock"] = {"mode": lock["mode"], "until": now + days * _DAY_SECONDS}
    if hold:
        facts["hold"] = hold
    return facts


def removal_guard(call: Call[Any], ports: Ports) -> Callable[[Entry], None]:
    """What a version's lock says to its removal, at the moment of it.

    Nobody removes what is under compliance or legal hold; governance gives way to who asks for it by name.
    """
    bypass, now = bool(call.arguments.get("BypassGovernanceRetention")), ports.clock.now()

    def guard(entry: Entry) -> None:
        if entry.facts.get("hold") == "ON":
            raise AccessDeniedError("Access Denied because object protected by object lock (legal hold).")
        lock = entry.facts.get("lock")
        if lock is None or lock["until"] <= now or (bypass and lock["mode"] != COMPLIANCE):
            return
        raise AccessDeniedError(
            f"Access Denied because object protected by object lock ({lock['mode'].lower()} until "
            f"{utc(lock['until']).isoformat(timespec='seconds')})."
        )

    return guard
