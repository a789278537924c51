"""Condition blocks as Cedar expressions, with IAM's rules for absent keys.

A positive operator on an absent key does not hold, a negated one (`...Not...`) does, `...IfExists` does, and `Null`
asks. All of our keys have one value, so `ForAllValues:` is `...IfExists` and `ForAnyValue:` asks that the key be there.
Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "... multivalued context keys".
"""

from __future__ import annotations

import ipaddress
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from usina.sovereignty.iam.circumstances import KEYS, NUMBERS, KeyType, arn_parts
from usina.sovereignty.iam.document import PolicyDocumentError, check_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from usina.sovereignty.iam.document import Condition

_number = re.compile(r"[+-]?[0-9]{1,18}").fullmatch
_ALL, _ANY, _IF_EXISTS = "ForAllValues:", "ForAnyValue:", "IfExists"


def quoted(text: str) -> str:
    """A Cedar string literal; in a `like` pattern, every `*` of the text is a wildcard."""
    out = [f"\\{each}" if each in '"\\' else each if " " <= each <= "~" else f"\\u{{{ord(each):x}}}" for each in text]
    return f'"{"".join(out)}"'


def _equals(key: str, value: str, _where: str) -> str:
    return f"context.s[{key}] == {quoted(value)}"


def _equals_any_case(key: str, value: str, _where: str) -> str:
    return f"context.l[{key}] == {quoted(value.lower())}"


def _like(key: str, value: str, where: str) -> str:
    check_pattern(value, where)
    return f"context.s[{key}] like {quoted(value)}"


def _arn_like(key: str, value: str, where: str) -> str:
    check_pattern(value, where)
    parts = arn_parts(value)
    if parts is None:
        raise PolicyDocumentError(f"{where}: {value[:128]} is no ARN of six parts.")
    each = " && ".join(f"context.arn[{key}].{name} like {quoted(part)}" for name, part in parts.items())
    return f"(context.arn has {key} && {each})"


def _truth(key: str, value: str, where: str) -> str:
    if value.lower() not in {"true", "false"}:
        raise PolicyDocumentError(f"{where}: {value[:64]} is not true or false.")
    return f"context.s[{key}] == {quoted(value.lower())}"


def _comparison(sign: str) -> Callable[[str, str, str], str]:
    def compare(key: str, value: str, where: str) -> str:
        if _number(value) is None:
            raise PolicyDocumentError(f"{where}: {value[:64]} is not a whole number.")
        return f"context.n[{key}] {sign} {int(value)}"

    return compare


def _moment(sign: str) -> Callable[[str, str, str], str]:
    def compare(key: str, value: str, where: str) -> str:
        return f"context.n[{key}] {sign} {epoch(value, where)}"

    return compare


def epoch(value: str, where: str) -> int:
    """Epoch seconds of a date or number as a policy writes it. Raises: PolicyDocumentError."""
    if _number(value) is not None:
        return int(value)
    try:
        moment = datetime.fromisoformat(value)
        aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return int(aware.timestamp())
    except (ValueError, OverflowError):
        raise PolicyDocumentError(f"{where}: {value[:64]} is not a date (2027-01-31T00:00:00Z).") from None


def _in_network(key: str, value: str, where: str) -> str:
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise PolicyDocumentError(f"{where}: {value[:64]} is not an IP address or network.") from None
    return f"(context.ip has {key} && context.ip[{key}].isInRange(ip({quoted(str(network))})))"


_TEXTS: Final = frozenset(KeyType)
_ARNS: Final = frozenset({KeyType.ARN, KeyType.STRING})

# Operator -> (whether it negates, which types of key it takes, one value compared).
_OPERATORS: Final[Mapping[str, tuple[bool, frozenset[KeyType], Callable[[str, str, str], str]]]] = {
    "StringEquals": (False, _TEXTS, _equals),
    "StringNotEquals": (True, _TEXTS, _equals),
    "StringEqualsIgnoreCase": (False, _TEXTS, _equals_any_case),
    "StringNotEqualsIgnoreCase": (True, _TEXTS, _equals_any_case),
    "StringLike": (False, _TEXTS, _like),
    "StringNotLike": (True, _TEXTS, _like),
    "ArnEquals": (False, _ARNS, _arn_like),
    "ArnLike": (False, _ARNS, _arn_like),
    "ArnNotEquals": (True, _ARNS, _arn_like),
    "ArnNotLike": (True, _ARNS, _arn_like),
    "NumericEquals": (False, NUMBERS, _comparison("==")),
    "NumericNotEquals": (True, NUMBERS, _comparison("==")),
    "NumericLessThan": (False, NUMBERS, _comparison("<")),
    "NumericLessThanEquals": (False, NUMBERS, _comparison("<=")),
    "NumericGreaterThan": (False, NUMBERS, _comparison(">")),
    "NumericGreaterThanEquals": (False, NUMBERS, _comparison(">=")),
    "DateEquals": (False, frozenset({KeyType.DATE}), _moment("==")),
    "DateNotEquals": (True, frozenset({KeyType.DATE}), _moment("==")),
    "DateLessThan": (False, frozenset({KeyType.DATE}), _moment("<")),
    "DateLessThanEquals": (False, frozenset({KeyType.DATE}), _moment("<=")),
    "DateGreaterThan": (False, frozenset({KeyType.DATE}), _moment(">")),
    "DateGreaterThanEquals": (False, frozenset({KeyType.DATE}), _moment(">=")),
    "Bool": (False, frozenset({KeyType.BOOL}), _truth),
    "IpAddress": (False, frozenset({KeyType.IP}), _in_network),
    "NotIpAddress": (True, frozenset({KeyType.IP}), _in_network),
}


def condition_text(condition: Condition, where: str, issuers: Collection[str] = ()) -> str:
    """The condition as a Cedar expression. `issuers`: providers whose claims the statement may ask for.

    Raises:
        PolicyDocumentError: the operator or key is not known here, or a value does not fit the operator.
    """
    name = condition.key.lower()
    key, at = quoted(name), f"{where}.Condition.{condition.operator[:64]}.{condition.key[:128]}"
    kind = KeyType.STRING if _is_claim(name, issuers) else KEYS.get(name)
    if kind is None:
        raise PolicyDocumentError(f"{at}: this condition key is not known here, so it could never hold.")
    present = f"(context.s has {key})"
    operator, for_all, for_any, if_exists = _modifiers(condition.operator)
    if operator == "Null":
        if for_all or for_any or if_exists:
            raise PolicyDocumentError(f"{at}: Null takes no modifier.")
        return f"({' || '.join(_null(value, present, at) for value in condition.values)})"
    if operator not in _OPERATORS or (for_any and if_exists):
        raise PolicyDocumentError(f"{at}: this condition operator is not supported.")
    negates, kinds, compare = _OPERATORS[operator]
    if kind not in kinds:
        raise PolicyDocumentError(f"{at}: this operator does not fit the key, whose values are of type {kind.value}.")
    some = " || ".join(compare(key, value, at) for value in condition.values)
    holds = f"!({some})" if negates else f"({some})"
    absent_holds = for_all or if_exists or (negates and not for_any)
    return f"(!{present} || {holds})" if absent_holds else f"({present} && {holds})"


def _is_claim(name: str, issuers: Collection[str]) -> bool:
    """Whether this is what a provider says of somebody, of a provider that the statement is about."""
    issuer, _, claim = name.rpartition(":")
    return claim in {"sub", "aud"} and issuer in issuers


def _null(value: str, present: str, where: str) -> str:
    if value.lower() not in {"true", "false"}:
        raise PolicyDocumentError(f"{where}: {value[:64]} is not true or false.")
    return f"!{present}" if value.lower() == "true" else present


def _modifiers(text: str) -> tuple[str, bool, bool, bool]:
    """An operator without its modifiers: (operator, ForAllValues, ForAnyValue, IfExists)."""
    for_all, for_any = text.startswith(_ALL), text.startswith(_ANY)
    bare = text.removeprefix(_ALL).removeprefix(_ANY)
    if_exists = bare.endswith(_IF_EXISTS)
    return bare.removesuffix(_IF_EXISTS), for_all, for_any, if_exists
