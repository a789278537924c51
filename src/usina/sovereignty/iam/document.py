"""IAM policy documents read: JSON text to statements, or the reason why it is none that this site can hold to.

The grammar is that of the IAM User Guide, "Grammar of the IAM JSON policy language". What cannot be translated without
changing what it means is refused here or in `conditions`: `?` in patterns, policy variables, NotPrincipal, SAML
principals, condition keys that no request has here.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from usina.core.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DocumentKind = Literal["identity", "trust", "resource"]

_VERSIONS: Final = ("2012-10-17", "2008-10-17")
_ELEMENTS: Final[Mapping[str, frozenset[str]]] = {
    "identity": frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}),
    "trust": frozenset({"Sid", "Effect", "Principal", "Action", "NotAction", "Condition"}),
    "resource": frozenset(
        {"Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
    ),
}
_REFUSED: Final[Mapping[str, str]] = {
    "Service": "is no service principal",
    "Federated": "is no OpenID Connect provider (arn:aws:iam::ACCOUNT:oidc-provider/URL), or this is no trust policy",
}
_STATEMENTS: Final = 200
_VALUES: Final = 1_000  # of one element
_DEPTH: Final = 8
_sid = re.compile(r"[A-Za-z0-9]*").fullmatch
_action = re.compile(r"\*|\*:\*|[A-Za-z0-9-]+:[A-Za-z0-9*]+").fullmatch
_account = re.compile(r"[0-9]{12}").fullmatch
_principal = re.compile(r"arn:aws:(iam|sts)::[0-9]{12}:(root|(user|role|assumed-role)/[^*?]+)").fullmatch
_provider = re.compile(r"arn:aws:iam::[0-9]{12}:oidc-provider/([^*?\s]+)").fullmatch
_service = re.compile(r"[a-z0-9.-]+\.amazonaws\.com").fullmatch


class PolicyDocumentError(ValidationError):
    """A document that is malformed, or that this site could not hold to; the message names the element."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="MalformedPolicyDocument")


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one key, with the values it is compared with."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. `principals`: of a trust policy, ARNs, `*`, `account:ID`, `service:NAME`, `federated:ARN`."""

    sid: str
    allows: bool
    actions: tuple[str, ...]
    not_actions: bool
    resources: tuple[str, ...]
    not_resources: bool
    principals: tuple[str, ...]
    conditions: tuple[Condition, ...]

    @property
    def issuers(self) -> frozenset[str]:
        """Providers that it speaks of, as condition keys name them (in small letters)."""
        found = (_provider(each.removeprefix("federated:")) for each in self.principals)
        return frozenset(each[1].lower() for each in found if each is not None)


def read_document(text: str, kind: DocumentKind) -> tuple[Statement, ...]:
    """Statements of a document.

    Raises:
        PolicyDocumentError: it is malformed or cannot be translated.
    """
    document = _json(text)
    if not isinstance(document, dict):
        raise PolicyDocumentError("The policy is not a JSON object.")
    _known(document, frozenset({"Version", "Id", "Statement"}), "The policy")
    if document.get("Version", "2008-10-17") not in _VERSIONS:
        raise PolicyDocumentError("Version: must be 2012-10-17 or 2008-10-17.")
    found = document.get("Statement")
    statements = [found] if isinstance(found, dict) else found
    if not isinstance(statements, list) or not 0 < len(statements) <= _STATEMENTS:
        raise PolicyDocumentError(f"Statement: must be a statement or a list of 1 to {_STATEMENTS} of them.")
    read = tuple(_statement(each, f"Statement[{number}]", kind) for number, each in enumerate(statements))
    sids = [each.sid for each in read if each.sid]
    if len(sids) != len(set(sids)):
        raise PolicyDocumentError("Statement: two statements have the same Sid.")
    return read


def _json(text: str) -> Any:
    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(found)
        if len(made) != len(found):
            raise PolicyDocumentError("The policy names an element twice in one place.")
        return made

    if text.count("[") + text.count("{") > _VALUES * _DEPTH:
        raise PolicyDocumentError("The policy is nested too deeply.")
    try:
        made = json.loads(text, object_pairs_hook=pairs)
        json.dumps(made, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise PolicyDocumentError("The policy is not valid JSON.") from None
    return made


def _known(found: Mapping[str, Any], names: frozenset[str], where: str) -> None:
    for name in found:
        if name not in names:
            raise PolicyDocumentError(f"{where}: the element {name[:64]} is not supported here.")


def _statement(found: Any, where: str, kind: DocumentKind) -> Statement:
    if not isinstance(found, dict):
        raise PolicyDocumentError(f"{where}: is not an object.")
    _known(found, _ELEMENTS[kind], where)
    sid = found.get("Sid", "")
    if not isinstance(sid, str) or _sid(sid) is None:
        raise PolicyDocumentError(f"{where}.Sid: has letters and digits only.")
    effect = found.get("Effect")
    if not isinstance(effect, str) or effect not in {"Allow", "Deny"}:
        raise PolicyDocumentError(f"{where}.Effect: must be Allow or Deny.")
    actions, not_actions = _one_of(found, "Action", where)
    for action in actions:
        if _action(action) is None:
            what = "the wildcard ? cannot be translated; write * or the name" if "?" in action else "is no action"
            raise PolicyDocumentError(f"{where}.{'NotAction' if not_actions else 'Action'}: {action[:128]}: {what}.")
    resources: tuple[str, ...] = ()
    principals: tuple[str, ...] = ()
    not_resources = False
    if kind != "trust":
        resources, not_resources = _one_of(found, "Resource", where)
        for resource in resources:
            _check_resource(resource, f"{where}.{'NotResource' if not_resources else 'Resource'}")
    if kind != "identity":
        principals = _principals(found.get("Principal"), f"{where}.Principal", kind)
    conditions = _conditions(found.get("Condition", {}), f"{where}.Condition")
    return Statement(sid, effect == "Allow", actions, not_actions, resources, not_resources, principals, conditions)


def _one_of(found: Mapping[str, Any], name: str, where: str) -> tuple[tuple[str, ...], bool]:
    """Values of an element or of its opposite; exactly one of them is there."""
    opposite = f"Not{name}"
    if (name in found) == (opposite in found):
        raise PolicyDocumentError(f"{where}: must have either {name} or {opposite}.")
    used = opposite if opposite in found else name
    return _texts(found[used], f"{where}.{used}"), used == opposite


def _texts(found: Any, where: str) -> tuple[str, ...]:
    values = [found] if isinstance(found, str) else found
    if not isinstance(values, list) or not 0 < len(values) <= _VALUES:
        raise PolicyDocumentError(f"{where}: must be a text or a list of 1 to {_VALUES} of them.")
    if not all(isinstance(value, str) for value in values):
        raise PolicyDocumentError(f"{where}: has a value that is no text.")
    return tuple(values)


def check_pattern(text: str, where: str) -> None:
    """Refuse what Cedar's `like` cannot say: Raises: PolicyDocumentError."""
    if "${" in text:
        raise PolicyDocumentError(f"{where}: policy variables (${{...}}) are not supported; write the value out.")
    if "?" in text:
        raise PolicyDocumentError(f"{where}: the wildcard ? cannot be translated; write * or the character.")


def _check_resource(text: str, where: str) -> None:
    check_pattern(text, where)
    if text != "*" and not text.startswith("arn:"):
        raise PolicyDocumentError(f'{where}: {text[:128]} must be in ARN format or "*".')


def _principals(found: Any, where: str, document: DocumentKind) -> tuple[str, ...]:
    if found == "*":
        return ("*",)
    if not isinstance(found, dict) or not found:
        raise PolicyDocumentError(f"{where}: must be * or name AWS or Service principals.")
    named: list[str] = []
    for kind, values in found.items():
        for value in _texts(values, f"{where}.{kind}"):
            if kind == "AWS":
                named.append(_aws_principal(value, where))
            elif kind == "Service" and _service(value) is not None:
                named.append(f"service:{value}")
            elif kind == "Federated" and document == "trust" and _provider(value) is not None:
                named.append(f"federated:{value}")
            else:
                what = _REFUSED.get(kind, "principals of this kind are not supported")
                raise PolicyDocumentError(f"{where}.{kind[:64]}: {value[:128]}: {what}.")
    return tuple(named)


def _aws_principal(value: str, where: str) -> str:
    if value == "*":
        return value
    if _account(value) is not None:
        return f"account:{value}"
    if _principal(value) is None:
        raise PolicyDocumentError(f"{where}.AWS: Invalid principal in policy: {value[:128]}")
    account = value.split(":")[4]
    return f"account:{account}" if value.endswith(":root") else value


def _conditions(found: Any, where: str) -> tuple[Condition, ...]:
    if not isinstance(found, dict):
        raise PolicyDocumentError(f"{where}: must be an object.")
    read: list[Condition] = []
    for operator, block in found.items():
        if not isinstance(block, dict) or not block:
            raise PolicyDocumentError(f"{where}.{operator[:64]}: must name condition keys and their values.")
        for key, values in block.items():
            at = f"{where}.{operator[:64]}.{key[:128]}"
            read.append(Condition(operator, key, _condition_values(values, at)))
    return tuple(read)


def _condition_values(found: Any, where: str) -> tuple[str, ...]:
    """As texts: IAM compares texts, whatever JSON they were written as."""
    values: Sequence[Any] = found if isinstance(found, list) else [found]
    if not 0 < len(values) <= _VALUES:
        raise PolicyDocumentError(f"{where}: must have 1 to {_VALUES} values.")
    texts = []
    for value in values:
        if isinstance(value, bool):
            texts.append("true" if value else "false")
        elif isinstance(value, int | str):
            texts.append(str(value))
        else:
            raise PolicyDocumentError(f"{where}: a value is a text, a whole number, true or false.")
    return tuple(texts)
