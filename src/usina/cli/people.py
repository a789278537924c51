"""`usina people`: who signs in, and what groups of the identity provider may act as."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from usina.cli.keys import account_option
from usina.cli.options import as_json, kit_of, of_factory
from usina.cli.output import note, say, show_json, show_table
from usina.core.errors import OperatorError

if TYPE_CHECKING:
    from pathlib import Path

    from usina.client.people import People


@click.group()
def people() -> None:
    """People who sign in through the site's identity provider, and what their groups may act as."""


@people.command("list")
@as_json
@of_factory
def list_(*, json_: bool, home: Path | None) -> None:
    """List who ever signed in."""
    found = _reached(home).all()
    if json_:
        show_json(found)
        return
    rows = [
        (
            each["person"],
            each["name"],
            each["groups"],
            each["firstSeenAt"],
            each["lastSeenAt"],
            "removed" if each["removed"] else "active",
        )
        for each in found
    ]
    show_table(("PERSON", "NAME", "GROUPS", "FIRST SEEN", "LAST SEEN", "STATE"), rows)


@people.command()
@click.argument("person")
@of_factory
def remove(*, person: str, home: Path | None) -> None:
    """End all sessions of PERSON (id or name) at once, and let them in no more."""
    reached = _reached(home)
    removed = reached.remove_person(_id_of(reached, person))
    say(f"{removed['name']} is removed; all sessions have ended")


@people.command()
@click.argument("person")
@of_factory
def restore(*, person: str, home: Path | None) -> None:
    """Let PERSON (id or name) sign in again."""
    reached = _reached(home)
    restored = reached.restore_person(_id_of(reached, person))
    say(f"{restored['name']} may sign in again")


def _reached(home: Path | None) -> People:
    from usina.client.people import People

    return People(kit_of(home))


def _id_of(reached: People, person: str) -> str:
    """The id of a person who is named by id or name. Raises: OperatorError."""
    for each in reached.all():
        if person in {each["person"], each["name"]}:
            return each["person"]
    raise OperatorError(f"Nobody of the id or name {person} ever signed in: `usina people list` shows who did.")


@people.command()
@click.option("--all", "everywhere", is_flag=True, help="Of all accounts (for the site's administrators).")
@account_option
@as_json
@of_factory
def groups(*, everywhere: bool, account: str | None, json_: bool, home: Path | None) -> None:
    """List what groups may act as."""
    if everywhere and account:
        raise click.UsageError("say --account or --all, not both")
    found = _reached(home).group_roles(account=account, all_accounts=everywhere)
    if json_:
        show_json(found)
        return
    show_table(("GROUP", "ACCOUNT", "ROLE"), [(each["group"], each["account"], each["role"]) for each in found])


@people.command()
@click.argument("group")
@click.option("--role", required=True, metavar="ROLE", help="Role of the site to act as.")
@account_option
@of_factory
def grant(*, group: str, role: str, account: str | None, home: Path | None) -> None:
    """Let people of GROUP act in a role."""
    given = _reached(home).put_group_role(group, role, account)
    say(f"{given['group']} may act as {given['role']} in {given['account']}")


@people.command()
@click.argument("group")
@click.option("--role", required=True, metavar="ROLE", help="Role to take away.")
@account_option
@of_factory
def withdraw(*, group: str, role: str, account: str | None, home: Path | None) -> None:
    """Take a role from GROUP."""
    _reached(home).delete_group_role(group, role, account)
    say(f"{group} may act as {role} no more")
    note("Sessions that people of it have now go on to their end; `usina people remove` ends a person's at once.")
