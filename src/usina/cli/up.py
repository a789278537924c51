"""`usina up`: run the factory in the foreground, and show that it answers."""

from __future__ import annotations

from pathlib import Path

import click

from usina.cli.options import debug


@click.command()
@click.option("--home", type=click.Path(file_okay=False, path_type=Path), help="Where all its state lies. Default: "
              "USINA_HOME, else ~/.usina.")  # fmt: skip
@click.option("--port", metavar="PORT", help="Port for cleartext HTTP. Default: 8080.")
@click.option("--tls-port", metavar="PORT", help="Port for HTTPS. Default: 8443.")
@click.option("--host", metavar="ADDRESS", help="Address to listen on. Default: 127.0.0.1, this machine only.")
@click.option("--account", metavar="ID", help="Id of the first account, 12 digits; read at the first start only.")
@click.option("--unsafe-no-sandbox", is_flag=True, help="DANGER: run the programs of training jobs unconfined, as the "
              "factory's own user. They can read its keys and all its data.")  # fmt: skip
@debug
def up(
    *,
    home: Path | None,
    port: str | None,
    tls_port: str | None,
    host: str | None,
    account: str | None,
    unsafe_no_sandbox: bool,
) -> None:
    """Run the factory in the foreground, until Ctrl-C or SIGTERM.

    Shows its address, where the client kit lies, and a first answer with its record in the ledger. Flags win over the
    environment (USINA_HOME, USINA_PORT, USINA_TLS_PORT, USINA_HOST), that over site.toml in the home.
    """
    from usina.app import serve
    from usina.cli.welcome import Welcome
    from usina.core.settings import load_settings

    flags = {"home": home, "port": port, "tls_port": tls_port, "host": host, "account": account}
    settings = load_settings({**flags, "unsafe_no_sandbox": unsafe_no_sandbox})
    serve(settings, Welcome().on_event)
