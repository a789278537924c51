"""Options that many commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from usina.client.api import Factory

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
    from usina.client.found import kit_folder, read_kit

    return Factory(read_kit(kit_folder(home)))
