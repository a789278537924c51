"""Options that many commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from usina.core.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from usina.client.api import Factory
    from usina.client.found import Kit

F = TypeVar("F", bound="Callable[..., Any]")

as_json = click.option("--json", "json_", is_flag=True, help="Print JSON.")


def debug(command: F) -> F:
    """`--debug`: the guard looks for it on the command line itself."""
    option = click.option("--debug", is_flag=True, expose_value=False, help="Show where a failure comes from.")
    return option(command)


def of_factory(command: F) -> F:
    """Options of a command that talks to a factory; the command gets `home`."""
    home = click.option(
        "--home",
        type=click.Path(file_okay=False, path_type=Path),
        help="Home of the factory whose client kit to use. Default: the kit whose env is loaded, then USINA_HOME, then "
        "~/.usina.",
    )
    return home(debug(command))


def factory(home: Path | None) -> Factory:
    """The factory of that home's client kit.

    Raises:
        KitError: there is none.
    """
    from usina.client.api import Factory

    return Factory(kit_of(home))


def kit_of(home: Path | None) -> Kit:
    """The kit of that home; one for people with a session. Raises: KitError, and what `signed_in` does."""
    from usina.client.found import kit_folder, read_kit

    return signed_in(read_kit(kit_folder(home)))


def signed_in(kit: Kit) -> Kit:
    """The kit; one for people with the session of who signed in.

    Raises: SignInError, RefusedError, UnreachableError.
    """
    if not kit.for_people:
        return kit
    from dataclasses import replace

    from usina.client.connection import Connection
    from usina.client.login import current

    login = current(Connection(kit), SystemClock().now())
    return replace(
        kit,
        access_key_id=login.access_key_id,
        secret_access_key=login.secret_access_key,
        session_token=login.session_token,
    )
