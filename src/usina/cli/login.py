"""`usina login`: sign a person in through the site's identity provider; `usina credentials` hands the session on."""

from __future__ import annotations

import json
import threading
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import click

from usina.cli.keys import account_option
from usina.cli.options import debug, of_factory, signed_in
from usina.cli.output import clean, note, say
from usina.core.clock import SystemDice, utc
from usina.core.errors import OperatorError

if TYPE_CHECKING:
    from usina.client.provider import Provider, Tokens

_WAIT_SECONDS = 300.0


@click.command()
@click.option("--device", is_flag=True, help="Sign in with a browser of another machine: shows a code to enter there.")
@click.option("--no-browser", is_flag=True, help="Show the address in place of opening a browser.")
@click.option("--role", default="", metavar="ROLE", help="Role to act as, where your groups have several.")
@account_option
@click.option("--authority", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
              help="Authority of the provider's certificate, where this machine does not trust it.")  # fmt: skip
@of_factory
def login(
    *, device: bool, no_browser: bool, role: str, account: str | None, authority: Path | None, home: Path | None
) -> None:
    """Sign in through the site's identity provider.

    For kits without keys (`usina client-kit --people`). The session is kept in the kit and renewed by itself; programs
    with the kit's env use it.
    """
    from usina.client.connection import Connection
    from usina.client.found import kit_folder, read_kit
    from usina.client.login import Login, sign_in, where_to_sign_in

    kit = read_kit(kit_folder(home))
    if not kit.for_people:
        raise OperatorError(
            f"The kit in {kit.folder} has keys of its own. Take one for people: `usina client-kit --people --to DIR`."
        )
    connection = Connection(kit)
    told = where_to_sign_in(connection)
    authorities = "" if authority is None else str(authority.absolute())
    blank = Login(**told, authorities=authorities, role=role, account=account or "", name="", access_key_id="",
                  secret_access_key="", session_token="", expires_at=0.0)  # fmt: skip
    provider = blank.provider()
    tokens = _by_device(provider) if device else _by_browser(provider, no_browser=no_browser)
    found = sign_in(connection, blank, tokens)
    say(f"signed in as {clean(found.name)}: {found.role} in {found.account}")
    renewed = ", and is renewed" if found.refresh_token else ""
    say(f"session ends {utc(found.expires_at):%Y-%m-%d %H:%M:%SZ}{renewed}")


def _by_browser(provider: Provider, *, no_browser: bool) -> Tokens:
    def show(address: str) -> None:
        if no_browser or not webbrowser.open(address):
            note("Open this address in a browser of this machine:")
            note(address)
        else:
            note("Sign in in the browser that opened.")

    return provider.by_browser(show, SystemDice(), _WAIT_SECONDS)


def _by_device(provider: Provider) -> Tokens:
    begun = provider.device()
    note(f"Open {clean(begun.address)} on any machine, and see that it shows the code {clean(begun.user_code)}.")
    return provider.by_device(begun, threading.Event().wait)


@click.command()
@of_factory
def logout(*, home: Path | None) -> None:
    """Forget the session of the kit. It ends by itself; `usina people remove` ends all of a person's at once."""
    from usina.client.found import kit_folder, read_kit
    from usina.client.login import forget

    say("signed out" if forget(read_kit(kit_folder(home)).folder) else "nobody was signed in")


@click.command()
@click.option("--kit", "folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="The kit. Default: the one whose env is loaded.")  # fmt: skip
@debug
def credentials(folder: Path | None) -> None:
    """Print the session for AWS programs (`credential_process` of the kit's profile); renews it where it ends soon."""
    from usina.client.found import kit_folder, read_kit
    from usina.client.login import read_login

    kit = read_kit(folder or kit_folder())
    got = signed_in(kit)
    known = read_login(kit.folder)
    if known is None:
        raise OperatorError(f"The kit in {kit.folder} has keys of its own: it needs no session.")
    document = {
        "Version": 1,
        "AccessKeyId": got.access_key_id,
        "SecretAccessKey": got.secret_access_key,
        "SessionToken": got.session_token,
        "Expiration": f"{utc(known.expires_at):%Y-%m-%dT%H:%M:%SZ}",
    }
    say(json.dumps(document))
