"""The `usina` command and its groups."""

from __future__ import annotations

import click

from usina import __version__
from usina.cli.chat import chat
from usina.cli.client_kit import client_kit
from usina.cli.cloud import cloud
from usina.cli.completion import completion
from usina.cli.evidence import evidence
from usina.cli.guard import GuardedGroup
from usina.cli.images import images
from usina.cli.keys import keys
from usina.cli.ledger import ledger
from usina.cli.login import credentials, login, logout
from usina.cli.models import models
from usina.cli.options import debug
from usina.cli.people import people
from usina.cli.sbom import sbom
from usina.cli.status import status
from usina.cli.up import up


@click.group(cls=GuardedGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="usina", message="%(prog)s %(version)s")
@debug
def main() -> None:
    """Usina: an open AI factory.

    `usina up` runs it; every other command is a client of a running one.
    """


_IDENTITY = (keys, people, login, logout, credentials)
for _command in (up, status, chat, models, cloud, images, *_IDENTITY, ledger, evidence, sbom, client_kit, completion):
    main.add_command(_command)
