"""Lifecycle rules of a bucket: what expires by itself. The store's sweep keeps them (`usina.stores.objects.expiry`)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from usina.core.clock import utc
from usina.core.errors import NotFoundError, UnknownOperationError, ValidationError
from usina.core.operation import Access, operation
from usina.services.s3.naming import the_bucket, touches_bucket
from usina.services.s3.settings import changed

if TYPE_CHECKING:
    from usina.core.operation import Call
    from usina.core.ports import Json, Ports

_MOST_RULES = 1_000
_LONGEST_ID = 255
_DAY_SECONDS = 86_400
_ACTIONS = ("Expiration", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload")


@operation("s3", "PutBucketLifecycleConfiguration", access=Access.WRITE, touches=touches_bucket)
async def put_bucket_lifecycle_configuration(call: Call[Any], ports: Ports) -> Json:
    """Put these rules in the place of those that the bucket has."""
    given = call.arguments.get("LifecycleConfiguration", {}).get("Rules", [])
    if not 0 < len(given) <= _MOST_RULES:
        raise _malformed("a configuration has from 1 to 1000 rules")
    rules = [_rule(rule, number) for number, rule in enumerate(given, 1)]
    if len({rule["ID"] for rule in rules}) != len(rules):
        raise ValidationError("Rule ID must be unique. Found same ID for more than one rule")
    await changed(call, ports, "lifecycle", rules)
    return {}


def _rule(rule: Any, number: int) -> Json:
    """A rule as it is kept: dates as epoch seconds. Raises: UnknownOperationError, ValidationError."""
    if rule.get("Transitions") or rule.get("NoncurrentVersionTransitions") or rule.get("Transition"):
        raise UnknownOperationError("This site has one class of storage: leave out transitions.")
    if not any(rule.get(action) for action in _ACTIONS):
        raise _malformed("a rule needs an action")
    kept: Json = {"ID": rule.get("ID") or f"rule-{number}", "Status": rule["Status"]}
    if len(kept["ID"]) > _LONGEST_ID:
        raise ValidationError("ID length should not exceed allowed limit of 255")
    kept["Filter"] = rule.get("Filter", {"Prefix": rule.get("Prefix", "")})
    expiration = dict(rule.get("Expiration", {}))
    if isinstance(expiration.get("Date"), datetime):
        expiration["Date"] = expiration["Date"].timestamp()
        if expiration["Date"] % _DAY_SECONDS:
            raise ValidationError("'Date' must be at midnight GMT")
    if len(expiration) > 1:
        raise _malformed("an expiration has one of Days, Date and ExpiredObjectDeleteMarker")
    if expiration:
        kept["Expiration"] = expiration
    for action in _ACTIONS[1:]:
        if rule.get(action):
            kept[action] = dict(rule[action])
    numbers = (
        expiration.get("Days"),
        kept.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays"),
        kept.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation"),
    )
    if any(days is not None and days < 1 for days in numbers):
        raise ValidationError("'Days' for an action must be a positive integer")
    return kept


def _malformed(why: str) -> ValidationError:
    return ValidationError(
        f"The XML you provided was not well-formed or did not validate against our published schema: {why}",
        code="MalformedXML",
    )


@operation("s3", "GetBucketLifecycleConfiguration", access=Access.READ, touches=touches_bucket)
async def get_bucket_lifecycle_configuration(call: Call[Any], ports: Ports) -> Json:
    """The bucket's rules."""
    rules = the_bucket(call, ports).settings.get("lifecycle")
    if not rules:
        raise NotFoundError("The lifecycle configuration does not exist", code="NoSuchLifecycleConfiguration")
    return {"Rules": [_told(rule) for rule in rules]}


def _told(rule: Json) -> Json:
    expiration = rule.get("Expiration")
    if expiration is None or "Date" not in expiration:
        return rule
    return {**rule, "Expiration": {"Date": utc(expiration["Date"])}}


@operation("s3", "DeleteBucketLifecycle", access=Access.WRITE, touches=touches_bucket)
async def delete_bucket_lifecycle(call: Call[Any], ports: Ports) -> Json:
    """Take the rules away: nothing expires by itself any more."""
    await changed(call, ports, "lifecycle", None)
    return {}
