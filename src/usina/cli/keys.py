"""`usina keys`: make, list, revoke."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from usina.cli.options import as_json, factory, of_factory
from usina.cli.output import note, say, show_json, show_table

if TYPE_CHECKING:
    from pathlib import Path

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_LIFETIME = re.compile(r"([1-9][0-9]{0,8})([smhdw])")
_ROLES = ("administrator", "tenant-administrator", "operator", "developer", "auditor")


class Lifetime(click.ParamType[int]):
    """A time such as 30d, in seconds."""

    name = "lifetime"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Seconds of it."""
        if isinstance(value, int):
            return value
        found = _LIFETIME.fullmatch(str(value))
        if found is None:
            self.fail(f"{value!r} is no time: write a number and s, m, h, d or w, such as 12h or 30d", param, ctx)
        return int(found[1]) * _UNITS[found[2]]


account_option = click.option("--account", metavar="ID", help="Account of 12 digits. Default: your own.")


@click.group()
def keys() -> None:
    """Keys that programs sign with: make, list, revoke."""


@keys.command()
@click.argument("user")
@click.option("--role", "roles", multiple=True, default=("developer",), show_default=True, metavar="ROLE",
              help=f"Role that policies see; may be given several times. Shipped: {', '.join(_ROLES)}.")  # fmt: skip
@click.option("--kind", type=click.Choice(("access", "bearer")), default="access", show_default=True,
              help="An AWS access key, or an API key (Bedrock and OpenAI).")  # fmt: skip
@click.option("--expires", type=Lifetime(), metavar="TIME", help="End after a time such as 12h or 30d. Default: never.")
@account_option
@as_json
@of_factory
def create(
    *,
    user: str,
    roles: tuple[str, ...],
    kind: str,
    expires: int | None,
    account: str | None,
    json_: bool,
    home: Path | None,
) -> None:
    """Make a key for USER. Its secret is shown now and never again."""
    made = factory(home).create_key(user, roles, kind=kind, account=account, lifetime_seconds=expires)
    if json_:
        show_json(made)
        return
    key = made["key"]
    say(f"key      {key['keyId']}")
    say(f"secret   {made['secret']}")
    say(f"account  {key['account']}   user {key['user']}   roles {', '.join(key['roles'])}")
    note("The secret is shown this once: keep it where only its user reads it.")
    for role in key["roles"]:
        if role not in _ROLES:
            note(f"No shipped policy names the role {role}: the key may do what the site's own policies permit it.")


@keys.command("list")
@click.option("--all", "everyone", is_flag=True, help="Keys of all accounts (for the site's administrators).")
@click.option("--revoked", is_flag=True, help="Keys that have ended, too.")
@account_option
@as_json
@of_factory
def list_(everyone: bool, revoked: bool, account: str | None, json_: bool, home: Path | None) -> None:
    """List keys, without their secrets."""
    if everyone and account:
        raise click.UsageError("say --account or --all, not both")
    found = factory(home).keys(account=account, all_accounts=everyone)
    found = [key for key in found if revoked or key["active"]]
    if json_:
        show_json(found)
        return
    rows = [
        (
            key["keyId"],
            key["kind"],
            key["account"],
            key["user"],
            key["roles"],
            key["createdAt"],
            key.get("lastUsedAt", "never"),
            key.get("expiresAt", "never"),
            "active" if key["active"] else "ended",
        )
        for key in found
    ]
    show_table(("KEY", "KIND", "ACCOUNT", "USER", "ROLES", "CREATED", "LAST USED", "ENDS", "STATE"), rows)


@keys.command()
@click.argument("key_id", metavar="KEY")
@account_option
@of_factory
def revoke(key_id: str, account: str | None, home: Path | None) -> None:
    """End KEY at once. This cannot be taken back."""
    reached = factory(home)
    reached.revoke_key(key_id, account=account)
    say(f"{key_id} is revoked")
    if key_id == reached.kit.access_key_id:
        note("That was the key of your own client kit: take a new kit before the next command.")
