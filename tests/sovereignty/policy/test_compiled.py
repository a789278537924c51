"""Slices leave out only what could have no say: every decision is the one that the whole set gives."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usina.core.operation import Access, Operation, Resource
from usina.sovereignty.policy.compiled import Compiled
from usina.sovereignty.policy.schema import CONTEXT, entities_json, schema_json, uid
from usina.sovereignty.policy.source import Source, parse_text
from usina.testing.world import principal

if TYPE_CHECKING:
    from typing import Any


def _touches(call: Any, ports: Any) -> tuple[Resource, ...]:
    return ()


async def _handle(call: Any, ports: Any) -> dict[str, Any]:
    return {}


def served(service: str, name: str, access: Access) -> Operation:
    return Operation(service, name, access, _touches, _handle)


OPERATIONS = [
    served("bedrock-runtime", "Converse", Access.USE),
    served("bedrock", "ListFoundationModels", Access.LIST),
    served("usina", "CreateKey", Access.PERMISSIONS),
]
SCHEMA = cedarpy.Schema.from_json_str(schema_json(OPERATIONS))
PRINCIPALS = [
    "principal",
    'principal in Usina::Role::"developer"',
    'principal in Usina::Role::"auditor"',
    "principal is Usina::User",
    'principal is Usina::User in Usina::Role::"auditor"',
    'principal in Usina::Account::"111122223333"',
    'principal in Usina::Account::"444455556666"',
    'principal == Usina::User::"arn:aws:iam::111122223333:user/ada"',
]
ACTIONS = [
    "action",
    'action == Usina::Action::"bedrock-runtime:Converse"',
    'action in Usina::Action::"bedrock"',
    'action in Usina::Action::"use"',
    'action in [Usina::Action::"usina", Usina::Action::"list"]',
]
RESOURCES = [
    "resource",
    "resource is Usina::Model",
    "resource is Usina::Key",
    'resource is Usina::Key in Usina::Account::"111122223333"',
    'resource in Usina::Account::"111122223333"',
    'resource == Usina::Model::"m"',
]
POLICY = st.tuples(
    st.sampled_from(["permit", "permit", "forbid"]),
    st.sampled_from(PRINCIPALS),
    st.sampled_from(ACTIONS),
    st.sampled_from(RESOURCES),
)
ROLES = st.sampled_from([(), ("developer",), ("auditor", "developer"), ("operator",)])
THINGS = st.sampled_from([Resource("Model", "m"), Resource("Model", "n"), Resource("Key", "k", "111122223333")])


def compiled(text: str) -> Compiled:
    return Compiled(Source(tuple(parse_text("f.cedar", text.encode(), SCHEMA)), ("f.cedar",), "", (text,)))


@given(st.lists(POLICY, min_size=1, max_size=6), ROLES, st.sampled_from(OPERATIONS), THINGS)
@settings(max_examples=120, deadline=None)
def test_a_slice_decides_as_the_whole_set_does(
    policies: list[tuple[str, str, str, str]], roles: tuple[str, ...], operation: Operation, thing: Resource
) -> None:
    text = "\n".join(
        f'@id("p{number}") {effect} ({who}, {what}, {which});'
        for number, (effect, who, what, which) in enumerate(policies)
    )
    who = principal(roles=roles)
    request = {
        "principal": uid("User", who.arn),
        "action": uid("Action", operation.id),
        "resource": uid(thing.type, thing.id),
        "context": {},
    }
    entities = entities_json(who, operation, thing)
    whole = cedarpy.is_authorized(request, cedarpy.PolicySet.from_str(text), entities)
    part = compiled(text).slice(who, operation, thing.type)
    if part is None:
        assert not whole.diagnostics.reasons
        assert not whole.allowed
        return
    sliced = cedarpy.is_authorized(request, part, entities)
    assert sliced.allowed == whole.allowed
    ids = [sorted(result.diagnostics.id_annotations_by_reason.values()) for result in (sliced, whole)]
    assert ids[0] == ids[1]


@pytest.mark.parametrize(
    ("condition", "read"),
    [
        ("resource.account == principal.account", set()),
        ("context.secure", {"secure"}),
        ('context has peer && context.peer.isInRange(ip("10.0.0.0/8"))', {"peer"}),
        (
            'if context.secure then context.now > datetime("2026-01-01") else context.weekday == 1',
            {"secure", "now", "weekday"},
        ),
        ('[context.region].contains("x") || {a: context.site}.a == "y"', {"region", "site"}),
        ("context == context", set(CONTEXT)),
        ("[context].contains(context)", set(CONTEXT)),
    ],
)
def test_only_what_some_policy_reads_of_the_circumstances_is_shown(condition: str, read: set[str]) -> None:
    text = f'@id("a") permit (principal, action, resource) when {{ {condition} }};'
    assert compiled(text).context == read


def test_a_policy_on_one_role_is_in_no_slice_of_another() -> None:
    made = compiled('@id("a") permit (principal in Usina::Role::"auditor", action, resource);')
    assert made.slice(principal(roles=("developer",)), OPERATIONS[0], "Model") is None
    assert made.slice(principal(roles=("developer", "auditor")), OPERATIONS[0], "Model") is not None


def test_slices_are_bounded_in_number() -> None:
    made = compiled('@id("a") permit (principal, action, resource);')
    for number in range(3_000):
        made.slice(principal(roles=(f"role-{number}",)), OPERATIONS[0], "Model")
    assert len(made._slices) <= 2_048


def test_the_schema_knows_every_served_operation_in_both_its_groups() -> None:
    actions = json.loads(schema_json(OPERATIONS))["Usina"]["actions"]
    assert {parent["id"] for parent in actions["usina:CreateKey"]["memberOf"]} == {"usina", "permissions"}
