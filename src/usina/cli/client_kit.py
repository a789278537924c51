"""`usina client-kit`: a kit for another machine, with keys of its own."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from usina.cli.options import factory, of_factory
from usina.cli.output import note, say
from usina.core.errors import OperatorError

if TYPE_CHECKING:
    from usina.client.api import Factory
    from usina.client.kit import KitCredentials, KitFacts

_CONNECT_SECONDS = 5.0


@click.command("client-kit")
@click.option("--to", "folder", required=True, type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Folder to write the kit into.")  # fmt: skip
@click.option("--host", metavar="NAME", help="Name by which the other machine reaches the factory. Default: as here.")
@click.option("--at", type=click.Path(path_type=Path), metavar="PATH",
              help="Where the kit will lie on the other machine. Default: DIR, as an absolute path.")  # fmt: skip
@click.option("--user", default="client", show_default=True, help="User of the kit's keys.")
@click.option("--role", "roles", multiple=True, default=("developer",), show_default=True, metavar="ROLE",
              help="Role of the kit's keys; may be given several times.")  # fmt: skip
@click.option("--people", is_flag=True, help="A kit without keys, for anybody: each signs in with `usina login`.")
@of_factory
def client_kit(
    *,
    folder: Path,
    host: str | None,
    at: Path | None,
    user: str,
    roles: tuple[str, ...],
    people: bool,
    home: Path | None,
) -> None:
    """Write a client kit for another machine.

    Copy DIR there, and load it with `set -a; . DIR/env; set +a`. It carries two keys of its own (an access key, and an
    API key for OpenAI programs), so that `usina keys revoke` can end it alone.
    """
    from usina.client.kit import write_kit

    reached = factory(home)
    facts = _facts(reached, host)
    credentials = None if people else _new_keys(reached, user, roles)
    env = write_kit(folder, facts, credentials, at=at)
    say(f"{env.parent} leads to {facts.endpoint}")
    if credentials is not None:
        say(f"access key  {credentials.access_key_id}   user {user}   roles {', '.join(roles)}")
    if host is not None:
        _check_way(host, facts.tls_port)
    say(f"load it:    set -a; . {(at or folder).absolute() / 'env'}; set +a")
    if credentials is None:
        say("sign in:    usina login")
        return
    note("Its files hold secrets: copy them over a safe way, and keep them readable by their user only.")


def _facts(reached: Factory, host: str | None) -> KitFacts:
    from usina.client.kit import KitFacts

    kit = reached.kit
    place = urlsplit(kit.endpoint)
    here, tls_port = place.hostname or "", place.port or 443
    if host is not None and host != here:
        _check_certificate(here, tls_port, host, kit.ca_bundle)
    account = reached.caller()["Account"]
    return KitFacts(host or here, 0, tls_port, kit.region, account, kit.ca_bundle.read_text("utf-8"))


def _check_certificate(here: str, port: int, name: str, ca_bundle: Path) -> None:
    """A kit whose certificate check must fail is of no use: see now whether the factory can prove that name."""
    context = ssl.create_default_context(cafile=str(ca_bundle))
    try:
        with (
            socket.create_connection((here, port), _CONNECT_SECONDS) as connection,
            context.wrap_socket(connection, server_hostname=name),
        ):
            return
    except ssl.SSLCertVerificationError:
        raise OperatorError(
            f"The factory's certificate does not hold the name {name}. Add it to hostnames under [door] in site.toml "
            f'(hostnames = ["{name}"]), restart the factory, and try again.'
        ) from None
    except OSError:
        return  # the next call tells it better


def _check_way(name: str, port: int) -> None:
    """Say so where the name does not lead to the factory from here; from the other machine it may."""
    try:
        socket.create_connection((name, port), _CONNECT_SECONDS).close()
    except OSError:
        note(
            f"From here {name}:{port} is not reached. See that the name resolves on the other machine, and that the "
            "factory listens on an address it can reach (host under [door] in site.toml, or `usina up --host`)."
        )


def _new_keys(reached: Factory, user: str, roles: tuple[str, ...]) -> KitCredentials:
    from usina.client.kit import KitCredentials

    access = reached.create_key(user, roles, kind="access")
    bearer = reached.create_key(user, roles, kind="bearer")
    return KitCredentials(access["key"]["keyId"], access["secret"], bearer["secret"])
