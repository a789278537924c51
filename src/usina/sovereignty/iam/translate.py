"""IAM policies as Cedar policies, and what Cedar says of a question to them.

A statement becomes one `permit` or `forbid` whose conditions speak of the context only; there are no entities to load.
IAM's rule (an explicit Deny beats every Allow, and nothing is allowed by itself) is Cedar's own.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import cedarpy

from usina.sovereignty.iam.conditions import condition_text, quoted
from usina.sovereignty.iam.document import PolicyDocumentError, read_document

if TYPE_CHECKING:
    from collections.abc import Iterable

    from usina.sovereignty.iam.circumstances import Asked
    from usina.sovereignty.iam.document import DocumentKind, Statement

_TRANSLATED: Final = 4_096  # documents kept translated
_REMEMBERED: Final = 512  # answers that each set of policies keeps
_PRINCIPAL: Final = 'Iam::Principal::"caller"'
_ACTION: Final = 'Iam::Action::"act"'
_RESOURCE: Final = 'Iam::Resource::"thing"'
_KEY: Final = re.compile(r'(?:\[| has )"((?:[^"\\]|\\.)*)"')  # of a condition, as `conditions` writes it
_SECTION: Final = re.compile(r"context\.(\w+)")
_KNOWN: Final = frozenset({"action", "name", "other", "callers", "s", "l", "n", "ip", "arn"})
_log = logging.getLogger("usina.iam")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an account's policies say: `denied` is an explicit Deny; neither means that nothing speaks of it."""

    allowed: bool
    denied: bool
    policy_ids: tuple[str, ...] = ()


SILENT: Final = Verdict(allowed=False, denied=False)


@lru_cache(_TRANSLATED)
def translate(text: str, kind: DocumentKind) -> tuple[str, ...]:
    """The statements of a document, each as a Cedar policy without its `@id`.

    Raises:
        PolicyDocumentError: malformed or untranslatable; the message names the element.
    """
    made = tuple(
        _policy(statement, f"Statement[{number}]") for number, statement in enumerate(read_document(text, kind))
    )
    try:
        cedarpy.PolicySet.from_str("\n".join(made))
    except ValueError:
        _log.exception("a translated policy is not valid Cedar")
        raise PolicyDocumentError("The policy could not be translated.") from None
    return made


def _policy(statement: Statement, where: str) -> str:
    parts = [_any("context.action", [action.lower() for action in statement.actions], none=statement.not_actions)]
    if statement.resources:
        parts.append(_names(statement.resources, none=statement.not_resources))
    if statement.principals:
        parts.append(f"context.callers.containsAny([{', '.join(quoted(name) for name in statement.principals)}])")
    parts += [condition_text(condition, where, statement.issuers) for condition in statement.conditions]
    effect = "permit" if statement.allows else "forbid"
    return f"{effect} (principal, action, resource) when {{ {' && '.join(parts)} }};"


def _any(attribute: str, patterns: Iterable[str], *, none: bool) -> str:
    some = " || ".join(f"{attribute} like {quoted('*' if each == '*:*' else each)}" for each in patterns)
    return f"!({some})" if none else f"({some})"


def _names(patterns: Iterable[str], *, none: bool) -> str:
    """Any name of the thing matches any pattern."""
    some = " || ".join(
        f"context.name like {quoted(each)} || context.other like {quoted(each)}" for each in dict.fromkeys(patterns)
    )
    return f"!({some})" if none else f"({some})"


@dataclass(frozen=True, slots=True)
class _Looks:
    """What of a question policies look at, besides its action: their answer is remembered under that."""

    names: bool
    callers: bool
    keys: tuple[str, ...]


def _looks(text: str) -> _Looks | None:
    """What these policies, in Cedar, look at; None where that cannot be told for sure."""
    seen = set(_SECTION.findall(text))
    keys = sorted(set(_KEY.findall(text)))
    if not seen <= _KNOWN or any("\\" in key for key in keys):
        return None
    return _Looks(bool(seen & {"name", "other"}), "callers" in seen, tuple(keys))


class PolicySet:
    """Documents ready to be asked. `sources`: (name of the policy, JSON text)."""

    def __init__(self, sources: Iterable[tuple[str, str]], kind: DocumentKind) -> None:
        texts: list[str] = []
        for name, document in sources:
            for number, policy in enumerate(translate(document, kind)):
                texts.append(f"@id({quoted(f'{name}#{number}')})\n{policy}")
        text = "\n".join(texts)
        self._policies = cedarpy.PolicySet.from_str(text) if texts else None
        self._looks = _looks(text)
        self._said: dict[object, Verdict] = {}

    def ask(self, asked: Asked) -> Verdict:
        """What they say. Whatever goes wrong is a denial."""
        if self._policies is None:
            return SILENT
        if (looks := self._looks) is None:
            return self._ask(asked, self._policies)
        key = (
            asked.action,
            asked.names if looks.names else (),
            asked.callers if looks.callers else (),
            tuple([(type(value := asked.keys.get(name)), value) for name in looks.keys]),
        )
        known = self._said.get(key)
        if known is None:
            if len(self._said) >= _REMEMBERED:
                self._said.clear()
            known = self._said[key] = self._ask(asked, self._policies)
        return known

    def _ask(self, asked: Asked, policies: cedarpy.PolicySet) -> Verdict:
        request = {"principal": _PRINCIPAL, "action": _ACTION, "resource": _RESOURCE, "context": asked.context()}
        try:
            result = cedarpy.is_authorized(request, policies, "[]")
        except ValueError as error:
            _log.error("a request could not be shown to an account's policies and was denied: %s", error)
            return Verdict(allowed=False, denied=True)
        said = result.diagnostics
        if said.errors:
            # Cedar leaves a policy that fails out of the decision; were it a Deny, that would open a door.
            _log.error("an account's policy failed and the request was denied: %s", said.errors[0])
            return Verdict(allowed=False, denied=True)
        ids = tuple(sorted(said.id_annotations_by_reason.values()))
        return Verdict(result.allowed, not result.allowed and bool(ids), ids)
