"""The judge: denies what nobody permitted, remembers only what it was asked, and keeps its ground when files break."""

from __future__ import annotations

import logging
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from usina.core.operation import Access, Operation, Resource
from usina.core.ports import Site
from usina.sovereignty.policy import Policy, PolicyFileError, install_shipped
from usina.testing.clock import VirtualClock
from usina.testing.world import ACCOUNT, principal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from usina.core.operation import Call
    from usina.core.ports import Ports

OTHER = "444455556666"
MODEL = Resource("Model", "acme.model", attributes={"known": True, "provider": "acme"})
HERE: dict[str, str | bool | int] = {"secure": True, "peer": "10.1.2.3"}
EVERYBODY = '@id("x.all")\npermit (principal, action, resource);\n'


async def _handle(call: Call[Any], ports: Ports) -> dict[str, Any]:
    return {}


def _touches(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    return ()


def served(service: str, name: str, access: Access) -> Operation:
    return Operation(service, name, access, _touches, _handle)


CONVERSE = served("bedrock-runtime", "Converse", Access.USE)
TAIL = served("usina", "ListLedgerRecords", Access.AUDIT)
OPERATIONS = {(operation.service, operation.name): operation for operation in (CONVERSE, TAIL)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "policies"
    made.mkdir()
    return made


def judge(folder: Path, clock: VirtualClock | None = None, **files: str) -> Policy:
    for name, text in files.items():
        (folder / f"{name}.cedar").write_text(text)
    return Policy.load(folder, OPERATIONS, clock or VirtualClock(), Site(name="north", region="eu-central-1"))


def test_what_nobody_permits_is_denied(folder: Path) -> None:
    policy = judge(folder, one='@id("a.b") permit (principal in Usina::Role::"auditor", action, resource);')
    decision = policy.decide(principal(), CONVERSE, [MODEL], HERE)
    assert (decision.allowed, decision.policy_ids, decision.reason) == (False, (), "no policy permits it")


def test_a_decision_names_the_policies_that_made_it(folder: Path) -> None:
    policy = judge(folder, one=EVERYBODY, two='@id("x.no") forbid (principal, action, resource is Usina::Ledger);')
    assert policy.decide(principal(), CONVERSE, [MODEL], HERE).policy_ids == ("x.all",)
    forbidden = policy.decide(principal(), TAIL, [Resource("Ledger", "north")], HERE)
    assert (forbidden.allowed, forbidden.policy_ids) == (False, ("x.no",))


def test_every_resource_must_be_allowed_and_there_must_be_one(folder: Path) -> None:
    policy = judge(folder, one='@id("a.b") permit (principal, action, resource is Usina::Model);')
    assert policy.decide(principal(), CONVERSE, [MODEL, MODEL], HERE).allowed
    assert not policy.decide(principal(), CONVERSE, [MODEL, Resource("Site", "north")], HERE).allowed
    assert not policy.decide(principal(), CONVERSE, [], HERE).allowed


def test_a_policy_that_fails_denies_even_where_another_permits(folder: Path) -> None:
    overflow = '@id("x.fails") forbid (principal, action, resource) when { context.weekday * 9223372036854775807 > 0 };'
    policy = judge(folder, VirtualClock(1_800_100_000.0), one=EVERYBODY, two=overflow)
    decision = policy.decide(principal(), CONVERSE, [MODEL], HERE)
    assert (decision.allowed, decision.reason) == (False, "a policy could not be evaluated")


@pytest.mark.parametrize(
    "resource",
    [
        Resource("Spaceship", "x"),
        Resource("Model", "x", attributes={"known": "yes"}),
        Resource("Model", "x", attributes={"known": 1}),
        Resource("Model", "x", attributes={"provider": 7}),
    ],
)
def test_a_resource_that_does_not_fit_the_schema_is_denied(folder: Path, resource: Resource) -> None:
    assert not judge(folder, one=EVERYBODY).decide(principal(), CONVERSE, [resource], HERE).allowed


def test_what_policy_cannot_know_is_not_shown_to_it(folder: Path) -> None:
    resource = replace(MODEL, attributes={"known": True, "unheard-of": "x"})
    context: dict[str, str | bool | int] = {**HERE, "unheard-of": 1}
    assert judge(folder, one=EVERYBODY).decide(principal(), CONVERSE, [resource], context).allowed


@pytest.mark.parametrize("name", ['quo"te', "new\nline", "back\\slash", "snow\u2603man", "", "a" * 5_000, '"); permit'])
def test_any_name_is_judged_as_a_name(folder: Path, name: str) -> None:
    policy = judge(folder, one='@id("a.b") permit (principal, action, resource == Usina::Model::"acme.model");')
    assert not policy.decide(principal(name=name), CONVERSE, [Resource("Model", name)], HERE).allowed
    assert policy.decide(principal(name=name), CONVERSE, [MODEL], HERE).allowed


def test_circumstances_are_judged(folder: Path) -> None:
    text = """
    @id("a.inside") permit (principal, action, resource)
    when { context.secure && context has peer && context.peer.isInRange(ip("10.0.0.0/8")) &&
           context.method == "sigv4" && context.site == "north" && context.region == "eu-central-1" };
    """
    policy = judge(folder, one=text)
    inside: dict[str, str | bool | int] = {"secure": True, "peer": "10.9.9.9", "method": "sigv4"}
    assert policy.decide(principal(), CONVERSE, [MODEL], inside).allowed
    for name, value in (
        ("secure", False),
        ("peer", "11.0.0.1"),
        ("peer", "a socket"),
        ("peer", ""),
        ("method", "bearer"),
    ):
        assert not policy.decide(principal(), CONVERSE, [MODEL], {**inside, name: value}).allowed
    assert not policy.decide(principal(), CONVERSE, [MODEL], {}).allowed


def test_an_address_of_ip_version_6_with_a_zone_is_an_address(folder: Path) -> None:
    policy = judge(
        folder,
        one='@id("a.b") permit (principal, action, resource) when { context has peer && context.peer.isIpv6() };',
    )
    assert policy.decide(principal(), CONVERSE, [MODEL], {"peer": "fe80::1%eth0"}).allowed


def test_a_remembered_decision_ends_when_its_time_is_over(folder: Path) -> None:
    clock = VirtualClock(1_800_000_000.0)  # 2027-01-15 08:00 UTC, a Friday
    policy = judge(
        folder,
        clock,
        one='@id("a") permit (principal, action, resource) when { context.now < datetime("2027-01-15T08:05:00Z") };',
    )
    assert policy.decide(principal(), CONVERSE, [MODEL], HERE).allowed
    clock.advance(4 * 60)
    assert policy.decide(principal(), CONVERSE, [MODEL], HERE).allowed
    clock.advance(60)
    assert not policy.decide(principal(), CONVERSE, [MODEL], HERE).allowed


def test_the_day_of_the_week_is_known(folder: Path) -> None:
    clock = VirtualClock(1_800_000_000.0)
    policy = judge(folder, clock, one='@id("a.b") permit (principal, action, resource) when { context.weekday <= 5 };')
    assert policy.decide(principal(), CONVERSE, [MODEL], HERE).allowed
    clock.advance(86_400)
    assert not policy.decide(principal(), CONVERSE, [MODEL], HERE).allowed


def test_a_decision_is_remembered_under_all_that_went_into_it(folder: Path) -> None:
    text = """
    @id("a.b") permit (principal, action, resource is Usina::Model) when { principal.name == "ada" && resource.known };
    """
    policy = judge(folder, one=text)
    for _ in range(2):
        assert policy.decide(principal(), CONVERSE, [MODEL], HERE).allowed
        assert not policy.decide(principal(name="bob"), CONVERSE, [MODEL], HERE).allowed
        assert not policy.decide(principal(), CONVERSE, [replace(MODEL, attributes={"known": False})], HERE).allowed
    assert policy.decide(principal(), CONVERSE, [MODEL], HERE) is policy.decide(principal(), CONVERSE, [MODEL], HERE)


@pytest.mark.parametrize(
    "naming",
    [
        'forbid (principal, action, resource == Usina::Model::"acme.b");',
        'forbid (principal, action, resource in Usina::Model::"acme.b");',
        'forbid (principal, action, resource) when { resource == Usina::Model::"acme.b" };',
        'forbid (principal, action, resource is Usina::Model) when { [Usina::Model::"acme.b"].contains(resource) };',
        'forbid (principal, action, resource is Usina::Model) unless { resource != Usina::Model::"acme.b" };',
    ],
)
def test_a_policy_that_names_one_resource_is_kept_to_however_it_says_so(folder: Path, naming: str) -> None:
    policy = judge(folder, one=EVERYBODY, two=f'@id("x.one") {naming}')
    for _ in range(2):
        for name, allowed in (("acme.a", True), ("acme.b", False), ("acme.c", True)):
            assert policy.decide(principal(), CONVERSE, [replace(MODEL, id=name)], HERE).allowed is allowed
        ledger = Resource("Ledger", "acme.b")
        assert policy.decide(principal(), CONVERSE, [ledger], HERE).allowed


def test_resources_that_no_policy_names_are_one_decision(folder: Path) -> None:
    policy = judge(folder, one='@id("x.own") permit (principal, action, resource) when { resource.account == "1" };')
    for number in range(50):
        for account, allowed in (("1", True), ("2", False)):
            decision = policy.decide(principal(), CONVERSE, [Resource("Object", f"o{number}", account)], HERE)
            assert decision.allowed is allowed
    assert len(policy._young) == 2


def test_what_is_remembered_is_bounded_and_what_is_asked_stays(folder: Path) -> None:
    policy = judge(folder, one=EVERYBODY)
    kept = policy.decide(principal(), CONVERSE, [MODEL], HERE)
    for number in range(10_000):
        policy.decide(principal(), TAIL, [Resource("Ledger", f"ledger-{number}")], HERE)
        if number % 1_000 == 0:
            assert policy.decide(principal(), CONVERSE, [MODEL], HERE) is kept
    assert len(policy._young) + len(policy._old) <= 8_192


def test_a_resource_with_a_list_is_judged_each_time(folder: Path) -> None:
    resource = Resource("Model", "m", attributes={"known": True, "tags": ["a"]})  # type: ignore[dict-item]
    assert judge(folder, one=EVERYBODY).decide(principal(), CONVERSE, [resource], HERE).allowed


def test_changed_files_come_into_force_at_the_next_look(folder: Path) -> None:
    policy = judge(folder, one=EVERYBODY)
    before = policy.status
    assert not policy.reload()
    assert policy.decide(principal(), CONVERSE, [MODEL], HERE).allowed
    (folder / "one.cedar").write_text('@id("x.all") forbid (principal, action, resource);')
    assert policy.reload()
    assert not policy.decide(principal(), CONVERSE, [MODEL], HERE).allowed
    assert policy.status.digest != before.digest
    (folder / "two.cedar").write_text('@id("y") permit (principal, action, resource);')
    assert policy.reload()
    assert policy.status.files == ("one.cedar", "two.cedar")
    (folder / "two.cedar").unlink()
    assert policy.reload()
    assert policy.status.policy_count == 1


def test_a_broken_file_keeps_the_whole_old_set_and_says_so(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    policy = judge(folder, one=EVERYBODY)
    digest = policy.status.digest
    (folder / "one.cedar").write_text('@id("x.all") forbid (principal, action, resource);')
    (folder / "two.cedar").write_text('// fine\n@id("y") permit (principal, action, resource) when { oops };')
    with caplog.at_level(logging.ERROR):
        assert not policy.reload()
        assert not policy.reload()
    assert len(caplog.records) == 1
    assert "two.cedar, line 2" in caplog.text
    assert "Mend the file" in caplog.text
    assert policy.decide(principal(), CONVERSE, [MODEL], HERE).allowed
    assert policy.status.digest == digest
    assert "two.cedar, line 2" in policy.status.problem
    (folder / "two.cedar").write_text('@id("y") permit (principal, action, resource);')
    assert policy.reload()
    assert not policy.status.problem
    assert not policy.decide(principal(), CONVERSE, [MODEL], HERE).allowed


def test_taking_a_broken_file_away_ends_the_problem_and_changes_nothing(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    policy = judge(folder, one=EVERYBODY)
    digest = policy.status.digest
    (folder / "two.cedar").write_text("nonsense")
    assert not policy.reload()
    (folder / "two.cedar").unlink()
    with caplog.at_level(logging.INFO):
        assert not policy.reload()
    assert "right again" in caplog.text
    assert (policy.status.problem, policy.status.digest) == ("", digest)


def test_a_vanished_folder_keeps_the_old_set(folder: Path) -> None:
    policy = judge(folder, one=EVERYBODY)
    shutil.rmtree(folder)
    assert not policy.reload()
    assert policy.status.problem
    assert policy.decide(principal(), CONVERSE, [MODEL], HERE).allowed


def test_a_broken_file_at_the_start_stops_the_start(folder: Path) -> None:
    with pytest.raises(PolicyFileError, match=r"one\.cedar, line 1"):
        judge(folder, one="permit (principal, action, resource)")


@pytest.mark.parametrize("roles", [("tenant-administrator",), ("developer",), ("operator",), ("developer", "operator")])
def test_shipped_policies_keep_tenants_apart(folder: Path, roles: tuple[str, ...]) -> None:
    install_shipped(folder)
    policy = judge(folder)
    for resource in (Resource("Key", "k", OTHER), Resource("Account", OTHER), replace(MODEL, account=OTHER)):
        for operation in (CONVERSE, TAIL):
            decision = policy.decide(principal(roles=roles), operation, [resource], HERE)
            assert (decision.allowed, decision.policy_ids) == (False, ("tenants.isolation",))


def test_a_site_may_widen_but_not_undo_isolation_with_a_permit(folder: Path) -> None:
    install_shipped(folder)
    policy = judge(folder, local=EVERYBODY)
    assert policy.decide(principal(roles=()), CONVERSE, [MODEL], HERE).allowed
    assert policy.decide(principal(roles=()), CONVERSE, [replace(MODEL, account=ACCOUNT)], HERE).allowed
    assert not policy.decide(principal(roles=()), CONVERSE, [replace(MODEL, account=OTHER)], HERE).allowed
