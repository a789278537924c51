"""Object lock: versions that cannot be removed before a date, or while they are held.

Compliance is not shortened by anybody, the site's administrators included; governance by whom policy lets pass it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.clock import utc
from usina.core.errors import AccessDeniedError, CallerError, ConflictError, NotFoundError, ValidationError
from usina.core.operation import Access, operation
from usina.services.s3.naming import the_bucket, touches_bucket, touches_object
from usina.services.s3.settings import changed, without
from usina.services.s3.versions import COMPLIANCE, ENABLED, amended, the_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.objects import Entry
    from usina.core.operation import Call
    from usina.core.ports import Json, Ports

_MODES = {"GOVERNANCE", COMPLIANCE}
_MOST_YEARS = 100
_YEAR_DAYS = 365


def _malformed() -> ValidationError:
    return ValidationError(
        "The XML you provided was not well-formed or did not validate against our published schema",
        code="MalformedXML",
    )


@operation("s3", "PutObjectLockConfiguration", access=Access.WRITE, touches=touches_bucket)
async def put_object_lock_configuration(call: Call[Any], ports: Ports) -> Json:
    """Turn object lock on, with or without a retention that new versions get by themselves."""
    given = call.arguments.get("ObjectLockConfiguration", {})
    if given.get("ObjectLockEnabled") != ENABLED:
        raise _malformed()
    await changed(call, ports, "lock", _default(given.get("Rule")), _check_versions)
    return {}


def _default(rule: Any) -> Json:
    if rule is None:
        return {}
    retention = rule.get("DefaultRetention", {})
    periods = {name.lower(): retention[name] for name in ("Days", "Years") if retention.get(name) is not None}
    if retention.get("Mode") not in _MODES or len(periods) != 1:
        raise _malformed()
    days = periods["days"] if "days" in periods else periods["years"] * _YEAR_DAYS
    if not 0 < days <= _MOST_YEARS * _YEAR_DAYS:
        raise ValidationError(f"Default retention period must be a positive integer, at most {_MOST_YEARS} years.")
    return {"mode": retention["Mode"], **periods}


def _check_versions(settings: Mapping[str, Any]) -> None:
    if settings.get("versioning") != ENABLED:
        raise ConflictError(
            "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration", code="InvalidBucketState"
        )


@operation("s3", "GetObjectLockConfiguration", access=Access.READ, touches=touches_bucket)
async def get_object_lock_configuration(call: Call[Any], ports: Ports) -> Json:
    """Whether object lock is on, and what new versions get."""
    lock = the_bucket(call, ports).settings.get("lock")
    if lock is None:
        raise NotFoundError(
            "Object Lock configuration does not exist for this bucket", code="ObjectLockConfigurationNotFoundError"
        )
    configuration: Json = {"ObjectLockEnabled": ENABLED}
    if lock:
        period = {name.capitalize(): lock[name] for name in ("days", "years") if name in lock}
        configuration["Rule"] = {"DefaultRetention": {"Mode": lock["mode"], **period}}
    return {"ObjectLockConfiguration": configuration}


def _check_on(call: Call[Any], ports: Ports) -> None:
    if "lock" not in the_bucket(call, ports).settings:
        raise CallerError("Bucket is missing Object Lock Configuration", code="InvalidRequest")


@operation("s3", "PutObjectRetention", access=Access.WRITE, touches=touches_object)
async def put_object_retention(call: Call[Any], ports: Ports) -> Json:
    """Keep a version until a date; a date that stands is only moved on, but for governance that is passed by name."""
    _check_on(call, ports)
    asked, now = call.arguments, ports.clock.now()
    given = asked.get("Retention") or {}
    mode, until = given.get("Mode"), given.get("RetainUntilDate")
    if (mode is None) != (until is None) or (mode is not None and mode not in _MODES):
        raise _malformed()
    if until is not None and until.timestamp() <= now:
        raise ValidationError("The retain until date must be in the future!")
    fresh = None if until is None else {"mode": mode, "until": until.timestamp()}
    bypass = bool(asked.get("BypassGovernanceRetention"))

    def change(entry: Entry) -> Mapping[str, Any]:
        stands = entry.facts.get("lock")
        if stands is not None and stands["until"] > now and not _may_replace(stands, fresh, bypass=bypass):
            raise AccessDeniedError("Access Denied because object protected by object lock.")
        return without(entry.facts, "lock") | ({} if fresh is None else {"lock": fresh})

    await amended(call, ports, change)
    return {}


def _may_replace(stands: Mapping[str, Any], fresh: Mapping[str, Any] | None, *, bypass: bool) -> bool:
    """Whether a lock that is in force may become another one."""
    longer = fresh is not None and fresh["until"] >= stands["until"]
    if stands["mode"] == COMPLIANCE:
        return longer and fresh is not None and fresh["mode"] == COMPLIANCE
    return bypass or longer


@operation("s3", "GetObjectRetention", access=Access.READ, touches=touches_object)
async def get_object_retention(call: Call[Any], ports: Ports) -> Json:
    """Until when a version is kept."""
    _check_on(call, ports)
    lock = (await the_object(call, ports)).facts.get("lock")
    if lock is None:
        raise _no_lock()
    return {"Retention": {"Mode": lock["mode"], "RetainUntilDate": utc(lock["until"])}}


def _no_lock() -> NotFoundError:
    return NotFoundError(
        "The specified object does not have a ObjectLock configuration", code="NoSuchObjectLockConfiguration"
    )


@operation("s3", "PutObjectLegalHold", access=Access.WRITE, touches=touches_object)
async def put_object_legal_hold(call: Call[Any], ports: Ports) -> Json:
    """Hold a version, whatever its date, or let it go."""
    _check_on(call, ports)
    status = (call.arguments.get("LegalHold") or {}).get("Status")
    if status not in {"ON", "OFF"}:
        raise _malformed()
    await amended(call, ports, lambda entry: {**entry.facts, "hold": status})
    return {}


@operation("s3", "GetObjectLegalHold", access=Access.READ, touches=touches_object)
async def get_object_legal_hold(call: Call[Any], ports: Ports) -> Json:
    """Whether a version is held."""
    _check_on(call, ports)
    hold = (await the_object(call, ports)).facts.get("hold")
    if hold is None:
        raise _no_lock()
    return {"LegalHold": {"Status": hold}}
