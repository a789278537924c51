"""A set of policies made ready to be asked quickly.

Cedar asks every policy of a set about every request, about 1 us each. Most cannot apply: their scope names another
action, role or type of resource. So the set is cut into slices by (operation, roles, type of resource) from the
policies' scopes alone, which Cedar itself checks first: a policy left out of a slice could neither permit, forbid nor
fail there. And only those circumstances are shown that some policy reads, so that equal requests stay equal: the same
holds for the id of a resource, which a policy can only compare with ids that are written in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import cedarpy

from usina.core.operation import Access
from usina.sovereignty.policy.schema import CONTEXT, NAMESPACE, uid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from usina.core.operation import Operation, Principal
    from usina.sovereignty.policy.source import Source, Statement

_SLICES: Final = 2_048  # kept at most; a slice is made again when needed
_ROLE: Final = f"{NAMESPACE}::Role"
_CONTEXT: Final = {"Var": "context"}


class Compiled:
    """One set of policies in force. Immutable but for its cache of slices."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.context: frozenset[str] = frozenset(_read_context(statement.form for statement in source.statements))
        self._named: frozenset[str] = frozenset(_read_types(statement.form for statement in source.statements))
        self._slices: dict[tuple[str, tuple[str, ...], str], cedarpy.PolicySet | None] = {}

    def tells_apart(self, resource_type: str) -> bool:
        """Whether any policy names a resource of that type by its id: if none does, ids cannot change a decision."""
        return resource_type in self._named

    def slice(self, principal: Principal, operation: Operation, resource_type: str) -> cedarpy.PolicySet | None:
        """The policies that may have a say, parsed; None where there are none."""
        key = (operation.id, principal.roles, resource_type)
        try:
            return self._slices[key]
        except KeyError:
            pass
        if len(self._slices) >= _SLICES:
            self._slices.clear()
        roles = frozenset(principal.roles)
        actions = (operation.id, operation.access.value, operation.service)
        chosen = [
            statement.text
            for statement in self.source.statements
            if _may_apply(statement, actions, roles, resource_type)
            and (operation.access is not Access.EGRESS or _may_open(statement, operation))
        ]
        made = cedarpy.PolicySet.from_str("\n".join(chosen)) if chosen else None
        self._slices[key] = made
        return made


def _may_apply(statement: Statement, actions: tuple[str, ...], roles: frozenset[str], resource_type: str) -> bool:
    """False only where the statement's scope rules the request out; in doubt True."""
    form = statement.form
    named = form["principal"].get("entity") or form["principal"].get("in", {}).get("entity")
    if form["principal"]["op"] != "==" and named is not None and named["type"] == _ROLE and named["id"] not in roles:
        return False
    action = form["action"]
    wanted = action.get("entities") or ([action["entity"]] if "entity" in action else None)
    if wanted is not None and not any(uid("Action", name) in wanted for name in actions):
        return False
    typed = form["resource"].get("entity_type")
    return typed is None or typed == f"{NAMESPACE}::{resource_type}"


def _may_open(statement: Statement, operation: Operation) -> bool:
    """Whether a policy has a say in an act that lets data out: every forbid, and a permit that names the act or the
    group `egress`. One that permits everything, or everything of a service, was not written about this.
    """
    form = statement.form
    if form["effect"] != "permit":
        return True
    action = form["action"]
    named = action.get("entities") or ([action["entity"]] if "entity" in action else [])
    return any(uid("Action", name) in named for name in (operation.id, operation.access.value))


def _read_types(forms: Iterable[Mapping[str, Any]]) -> set[str]:
    """Types of all entities that are named by their ids anywhere in the policies, without the namespace."""
    found: set[str] = set()
    waiting: list[Any] = list(forms)
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            if isinstance(node.get("type"), str) and "id" in node:
                found.add(node["type"].removeprefix(f"{NAMESPACE}::"))
            waiting += node.values()
    return found


def _read_context(forms: Iterable[Mapping[str, Any]]) -> set[str]:
    """Names of the context attributes that any policy reads; all of them where one uses the context as a whole."""
    found: set[str] = set()
    waiting: list[Any] = [form["conditions"] for form in forms]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif node == _CONTEXT:
            return set(CONTEXT)
        elif isinstance(node, dict):
            if node.get("left") == _CONTEXT and isinstance(node.get("attr"), str):
                found.add(node["attr"])
                continue
            waiting += node.values()
    return found & set(CONTEXT)
