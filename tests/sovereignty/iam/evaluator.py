"""IAM's rules, straight from its user guide and with nothing of ours: the oracle that the translation is held against.

It reads the JSON itself and decides one request: allow, deny (explicit), or none.
"""

from __future__ import annotations

import ipaddress
import json
import re
from datetime import UTC, datetime
from typing import Any

Request = dict[str, Any]  # action, names, keys {lower-case name: text}, callers


def decide(document: str, request: Request) -> str:
    statements = json.loads(document)["Statement"]
    effects = {
        statement["Effect"]
        for statement in (statements if isinstance(statements, list) else [statements])
        if matches(statement, request)
    }
    return "deny" if "Deny" in effects else "allow" if "Allow" in effects else "none"


def many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def glob(pattern: str, text: str, *, case: bool = True) -> bool:
    expression = "".join(".*" if each == "*" else re.escape(each) for each in pattern)
    return re.fullmatch(expression, text, re.DOTALL | (0 if case else re.IGNORECASE | re.ASCII)) is not None


def matches(statement: dict[str, Any], request: Request) -> bool:
    named = any(
        glob("*" if pattern == "*:*" else pattern, request["action"], case=False)
        for pattern in many(statement.get("Action", statement.get("NotAction")))
    )
    if named == ("NotAction" in statement):
        return False
    if "Resource" in statement or "NotResource" in statement:
        patterns = many(statement.get("Resource", statement.get("NotResource")))
        touched = any(glob(pattern, name) for pattern in patterns for name in request["names"])
        if touched == ("NotResource" in statement):
            return False
    if "Principal" in statement and not principal_matches(statement["Principal"], request["callers"]):
        return False
    return all(
        condition(operator, request["keys"].get(key.lower()), [as_text(value) for value in many(values)])
        for operator, block in statement.get("Condition", {}).items()
        for key, values in block.items()
    )


def principal_matches(principal: Any, callers: set[str]) -> bool:
    if principal == "*":
        return "*" in callers
    for kind, values in principal.items():
        for value in many(values):
            if kind == "Service" and f"service:{value}" in callers:
                return True
            root = re.fullmatch(r"(?:arn:aws:iam::)?(\d{12})(?::root)?", value)
            if kind == "AWS" and (f"account:{root[1]}" if root else value) in callers:
                return True
    return False


def as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def condition(operator: str, actual: str | None, wanted: list[str]) -> bool:
    if operator == "Null":
        return any((actual is None) == (value.lower() == "true") for value in wanted)
    kind, _, bare = operator.rpartition(":")
    if_exists = bare.endswith("IfExists")
    bare = bare.removesuffix("IfExists")
    negated = "Not" in bare
    if actual is None:
        if kind == "ForAnyValue":
            return False
        return kind == "ForAllValues" or if_exists or negated
    some = any(compare(bare.replace("Not", "", 1), actual, value) for value in wanted)
    return some != negated


def compare(operator: str, actual: str, wanted: str) -> bool:
    if operator == "StringEquals":
        return actual == wanted
    if operator == "StringEqualsIgnoreCase":
        return actual.lower() == wanted.lower()
    if operator == "StringLike":
        return glob(wanted, actual)
    if operator in {"ArnEquals", "ArnLike"}:
        ours, theirs = wanted.split(":", 5), actual.split(":", 5)
        return len(theirs) == 6 and all(glob(one, other) for one, other in zip(ours, theirs, strict=True))
    if operator == "Bool":
        return actual.lower() == wanted.lower()
    if operator == "IpAddress":
        address, network = ipaddress.ip_address(actual), ipaddress.ip_network(wanted, strict=False)
        return address.version == network.version and address in network
    sign = operator.removeprefix("Numeric").removeprefix("Date")
    left, right = number(actual), number(wanted)
    return {
        "Equals": left == right,
        "LessThan": left < right,
        "LessThanEquals": left <= right,
        "GreaterThan": left > right,
        "GreaterThanEquals": left >= right,
    }[sign]


def number(text: str) -> float:
    if re.fullmatch(r"-?\d+", text):
        return float(text)
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
