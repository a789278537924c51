"""The port to the accounts' policies: roles handed on to services, sessions of services, changes in force at once."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from usina.core.errors import AccessDeniedError, ValidationError
from usina.core.operation import Access, Operation, Resource
from usina.core.ports import Row, Site
from usina.services import operations
from usina.sovereignty.iam.book import Book
from usina.sovereignty.iam.joined import Iam, open_iam
from usina.sovereignty.keyring import SiteKeyring
from usina.sovereignty.policy import Policy, install_shipped
from usina.testing.clock import CountingDice, VirtualClock
from usina.testing.records import MemoryRecords
from usina.testing.world import ACCOUNT, principal

if TYPE_CHECKING:
    import builtins
    from collections.abc import Sequence
    from pathlib import Path

    from usina.core.operation import Principal

SERVICE = "sagemaker.amazonaws.com"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service-role/train"
CONTEXT: dict[str, str | bool | int] = {"secure": True, "peer": "127.0.0.1", "region": "us-east-1"}
MODEL = Resource("Model", "m", attributes={"provider": "p", "task": "chat", "runtime": "fake", "known": True})


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def trust(*services: str, **condition: Any) -> str:
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": list(services)},
        "Action": "sts:AssumeRole",
    }
    return document(statement | ({"Condition": condition} if condition else {}))


def role_row(name: str = "train", version: int = 0, **more: Any) -> Row:
    body = {
        "path": "/service-role/",
        "id": "AROAEXAMPLEEXAMPLE01",
        "created_at": 0.0,
        "description": "",
        "max_session_seconds": 3_600,
        "tags": [],
        "trust": trust(SERVICE),
        "inline": {},
        "attached": [],
        **more,
    }
    return Row("iam-role", ACCOUNT, name, body, version)


def user_row(name: str, *statements: dict[str, Any], attached: tuple[str, ...] = ()) -> Row:
    inline = {"own": document(*statements)} if statements else {}
    body = {"id": "AIDA", "created_at": 0.0, "tags": [], "inline": inline, "attached": list(attached)}
    return Row("iam-user", ACCOUNT, name, body)


class Seat:
    """One site's judge and port over rows."""

    def __init__(self, folder: Path) -> None:
        install_shipped(folder)
        self.folder = folder
        self.records = MemoryRecords()
        self.clock = VirtualClock(1_800_000_000.0)
        self.site = Site(account=ACCOUNT)
        self.served = operations()
        self.policy = Policy.load(folder, self.served, self.clock, self.site)
        self.iam: Iam

    async def put(self, *rows: Row) -> None:
        for row in rows:
            await self.records.put(row)
        self.iam = await open_iam(self.records, self.policy, self.served, self.clock, self.site)

    def allowed(self, who: Principal, operation: Operation, resource: Resource = MODEL) -> bool:
        return self.iam.judge.decide(who, operation, (resource,), CONTEXT).allowed


@pytest.fixture
def seat(tmp_path: Path) -> Seat:
    return Seat(tmp_path / "policies")


def nobody(name: str = "ada") -> Principal:
    return principal(name=name, roles=("iam",))


async def test_a_role_is_handed_to_a_service_by_whom_policy_lets(seat: Seat) -> None:
    await seat.put(role_row(), user_row("ada", allow("iam:PassRole", ROLE)))
    assert seat.iam.port.pass_role(nobody(), ROLE, SERVICE).arn == ROLE
    assert (
        seat.iam.port.pass_role(principal(name="root", roles=("tenant-administrator",)), ROLE, SERVICE).name == "train"
    )
    for who in (nobody("bob"), principal(name="dev", roles=("developer",))):
        with pytest.raises(AccessDeniedError, match="iam:PassRole"):
            seat.iam.port.pass_role(who, ROLE, SERVICE)


async def test_a_policy_may_say_to_which_service_a_role_is_handed(seat: Seat) -> None:
    only = allow("iam:PassRole", ROLE, Condition={"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}})
    await seat.put(role_row(trust=trust(SERVICE, "bedrock.amazonaws.com")), user_row("ada", only))
    assert seat.iam.port.pass_role(nobody(), ROLE, "bedrock.amazonaws.com").name == "train"
    with pytest.raises(AccessDeniedError):
        seat.iam.port.pass_role(nobody(), ROLE, SERVICE)


async def test_a_role_that_does_not_trust_the_service_is_not_handed_to_it(seat: Seat) -> None:
    await seat.put(role_row(trust=trust("bedrock.amazonaws.com")), user_row("ada", allow("*")))
    for arn in (ROLE, ROLE.replace("service-role/", ""), f"arn:aws:iam::{ACCOUNT}:role/developer"):
        with pytest.raises(ValidationError):
            seat.iam.port.pass_role(nobody(), arn, SERVICE)
    with pytest.raises(AccessDeniedError):
        seat.iam.port.pass_role(nobody(), ROLE.replace(ACCOUNT, "444455556666"), SERVICE)


async def test_a_trust_policy_may_bind_a_service_to_the_account_it_acts_for(seat: Seat) -> None:
    own, other = ({"StringEquals": {"aws:SourceAccount": account}} for account in (ACCOUNT, "444455556666"))
    await seat.put(
        role_row(trust=trust(SERVICE, **own)),
        role_row("other", trust=trust(SERVICE, **other), id="AROA2"),
    )
    root = principal(name="root", roles=("tenant-administrator",))
    assert seat.iam.port.pass_role(root, ROLE, SERVICE).name == "train"
    with pytest.raises(ValidationError, match="allows principal"):
        seat.iam.port.pass_role(root, ROLE.replace("train", "other"), SERVICE)


async def test_a_service_acts_as_a_role_and_as_nothing_more(seat: Seat) -> None:
    await seat.put(role_row(inline={"p": document(allow("bedrock:InvokeModel"))}))
    keyring = SiteKeyring(seat.records, bytes(32), seat.clock, CountingDice())
    role = seat.iam.port.role(ACCOUNT, "train")
    assert role is not None
    session = await keyring.session(None, role, "job-1", 900)
    assert session.principal.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/train/job-1"
    found = await keyring.find_session(session.access_key_id, session.session_token)
    assert found is not None
    assert found.principal == session.principal
    assert seat.allowed(found.principal, seat.served["bedrock-runtime", "Converse"])
    assert not seat.allowed(found.principal, seat.served["bedrock-runtime", "ConverseStream"])
    # After a restart it is the same, and a session it takes on has no key behind it either.
    fresh = SiteKeyring(seat.records, bytes(32), seat.clock, CountingDice())
    again = await fresh.find_session(session.access_key_id, session.session_token)
    assert again is not None
    assert (await fresh.session(again.principal, role, "job-2", 900)).principal.name == "job-2"
    with pytest.raises(ValidationError):
        await fresh.session(None, "developer", "job-3", 900)


async def test_a_forbid_of_the_site_wins_over_what_an_account_allows(seat: Seat) -> None:
    (seat.folder / "site.cedar").write_text(
        '@id("site.no-m") forbid (principal, action, resource == Usina::Model::"m")\n'
        'unless { principal in Usina::Role::"tenant-administrator" };'
    )
    seat.policy = Policy.load(seat.folder, seat.served, seat.clock, seat.site)
    await seat.put(user_row("ada", allow("*")))
    converse = seat.served["bedrock-runtime", "Converse"]
    assert not seat.allowed(nobody(), converse)
    assert seat.allowed(nobody(), converse, Resource("Model", "n", attributes=MODEL.attributes))


async def test_a_change_of_the_sites_policies_is_in_force_for_accounts_as_well(seat: Seat) -> None:
    await seat.put(user_row("ada", allow("*")))
    converse = seat.served["bedrock-runtime", "Converse"]
    assert seat.allowed(nobody(), converse)
    (seat.folder / "site.cedar").write_text('@id("site.stop") forbid (principal, action, resource is Usina::Model);')
    assert seat.policy.reload()
    assert not seat.allowed(nobody(), converse)


async def test_every_resource_of_a_call_must_be_allowed(seat: Seat) -> None:
    one = "arn:aws:bedrock:us-east-1::foundation-model/one"
    await seat.put(user_row("ada", allow("bedrock:*", one)))
    converse = seat.served["bedrock-runtime", "Converse"]
    first, second = (Resource("Model", name, attributes=MODEL.attributes) for name in ("one", "two"))
    judge = seat.iam.judge
    assert judge.decide(nobody(), converse, (first,), CONTEXT).allowed
    assert not judge.decide(nobody(), converse, (first, second), CONTEXT).allowed
    assert not judge.decide(nobody(), converse, (), CONTEXT).allowed


async def test_a_model_is_meant_by_its_own_name_and_by_the_one_it_was_asked_for_by(seat: Seat) -> None:
    alias = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.*"
    await seat.put(
        user_row("ada", allow("bedrock:*", alias)),
        user_row("bob", allow("bedrock:*"), {**allow("bedrock:*", alias), "Effect": "Deny"}),
    )
    converse = seat.served["bedrock-runtime", "Converse"]
    asked = Resource("Model", "m", attributes={**MODEL.attributes, "alias": "anthropic.claude"})
    assert (seat.allowed(nobody(), converse, asked), seat.allowed(nobody(), converse)) == (True, False)
    assert (seat.allowed(nobody("bob"), converse, asked), seat.allowed(nobody("bob"), converse)) == (False, True)


async def test_a_copy_needs_reading_there_and_writing_here(seat: Seat) -> None:
    await seat.put(
        user_row("ada", allow("s3:GetObject", "arn:aws:s3:::in/*"), allow("s3:PutObject", "arn:aws:s3:::out/*"))
    )
    there, here = (Resource("Object", f"arn:aws:s3:::{name}/k", ACCOUNT, {"bucket": name}) for name in ("in", "out"))
    copy, decide = seat.served["s3", "CopyObject"], seat.iam.judge.decide
    assert decide(nobody(), copy, (there, here), CONTEXT).allowed
    assert not decide(nobody(), copy, (here, there), CONTEXT).allowed


async def test_what_cannot_be_read_denies_everything(seat: Seat) -> None:
    broken = user_row("ada", allow("*"))
    broken.body["inline"]["other"] = "{}"
    lost = user_row("bob", allow("*"), attached=(f"arn:aws:iam::{ACCOUNT}:policy/gone",))
    await seat.put(broken, lost, role_row(trust="{}"))
    converse = seat.served["bedrock-runtime", "Converse"]
    assert not seat.allowed(nobody(), converse)
    assert not seat.allowed(nobody("bob"), converse)
    root = principal(name="root", roles=("administrator",))
    assert not seat.allowed(root, seat.served["sts", "AssumeRole"], Resource("IamRole", ROLE, ACCOUNT))


async def test_time_is_part_of_a_decision(seat: Seat) -> None:
    until = allow("bedrock:*", Condition={"DateLessThan": {"aws:CurrentTime": "2027-01-15T09:00:00Z"}})
    await seat.put(user_row("ada", until))
    converse = seat.served["bedrock-runtime", "Converse"]
    assert seat.allowed(nobody(), converse)
    seat.clock.advance(3_700)
    assert not seat.allowed(nobody(), converse)


async def test_who_has_no_policies_is_judged_by_the_site_alone(seat: Seat) -> None:
    await seat.put(user_row("ada"), user_row("eve", allow("*")))
    for operation in seat.served.values():
        for who in (principal(), principal(roles=("auditor",)), nobody()):
            expected = seat.policy.decide(who, operation, (MODEL,), CONTEXT)
            assert seat.iam.judge.decide(who, operation, (MODEL,), CONTEXT) == expected


async def test_a_name_means_nothing_in_another_account(seat: Seat) -> None:
    await seat.put(user_row("ada", allow("*")))
    stranger = principal("444455556666", roles=("iam",))
    assert not seat.allowed(stranger, seat.served["bedrock-runtime", "Converse"])


async def test_an_account_cannot_allow_more_than_its_administrator_has(seat: Seat) -> None:
    """Whatever is asked: an account's `Allow *` never goes beyond the role that the site gives its administrators."""
    await seat.put(user_row("ada", allow("*")))
    things = [
        MODEL,
        *(
            Resource(kind, "x", account)
            for kind in ("Key", "Role", "Alias", "InferenceProfile")
            for account in ("", ACCOUNT)
        ),
        Resource("Site", "usina"),
        Resource("Ledger", "usina"),
        Resource("Account", "444455556666", "444455556666"),
    ]
    root = principal(roles=("tenant-administrator",))
    for operation in seat.served.values():
        for thing in things:
            if seat.allowed(nobody(), operation, thing):
                assert seat.policy.decide(root, operation, (thing,), CONTEXT).allowed
    assert seat.allowed(nobody(), seat.served["bedrock-runtime", "Converse"])


async def test_administrators_are_not_locked_out_by_policies_of_their_account(seat: Seat) -> None:
    no = {**allow("*"), "Effect": "Deny"}
    await seat.put(user_row("ada", no), role_row(trust=trust(SERVICE)))
    converse = seat.served["bedrock-runtime", "Converse"]
    for role, expected in (("administrator", True), ("tenant-administrator", True), ("developer", False)):
        assert seat.allowed(principal(roles=(role,)), converse) is expected
    # But they too only take a role that trusts them.
    taking = seat.served["sts", "AssumeRole"]
    assert not seat.allowed(principal(roles=("administrator",)), taking, Resource("IamRole", ROLE, ACCOUNT))


async def test_a_slow_reload_never_brings_back_what_a_later_one_took_away(seat: Seat) -> None:
    class Slow(MemoryRecords):
        """Whose first listing of users waits after it read."""

        def __init__(self) -> None:
            super().__init__()
            self.read, self.go_on = asyncio.Event(), asyncio.Event()

        async def list(
            self,
            kind: str,
            account: str | None = None,
            *,
            after: str = "",
            most: int = 1_000,
            only: Sequence[str] = (),
        ) -> builtins.list[Row]:
            rows = await super().list(kind, account, after=after, most=most, only=only)
            if kind == "iam-user" and not self.read.is_set():
                self.read.set()
                await self.go_on.wait()
            return rows

    records = Slow()
    await records.put(user_row("ada", allow("*")))
    book = Book(records)
    early = asyncio.create_task(book.reload(ACCOUNT))
    await records.read.wait()
    await records.delete("iam-user", ACCOUNT, "ada")
    late = asyncio.create_task(book.reload(ACCOUNT))
    await asyncio.wait({late}, timeout=0.05)
    records.go_on.set()
    await asyncio.gather(early, late)
    assert book.bound(principal()) is None


async def test_a_book_pages_through_many_rows() -> None:
    records = MemoryRecords()
    for number in range(1_005):
        await records.put(user_row(f"u{number:04}", allow("s3:*")))
    book = Book(records)
    await book.load()
    assert book.bound(principal(name="u1004")) is not None
    assert book.bound(principal(name="u9999")) is None


def test_pass_role_is_no_operation_of_its_own() -> None:
    assert ("iam", "PassRole") not in operations()
    assert {item.access for item in operations().values() if item.service == "iam"} <= {
        Access.READ,
        Access.LIST,
        Access.PERMISSIONS,
    }
