"""`usina cloud`: models that answer from outside the site, and how much may leave for them on a day."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from usina.cli.options import as_json, factory, of_factory
from usina.cli.output import note, on_terminal, say, show_json, show_table, size
from usina.core.errors import OperatorError

if TYPE_CHECKING:
    from usina.shapes import usina_types as t

_UNBOUND = "no bound"
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def cloud() -> None:
    """Models outside the site: add, list, remove; budgets of a day. Nothing leaves unless a policy permits it."""


@cloud.command()
@click.argument("model")
@click.option("--endpoint", "address", required=True, metavar="URL", help="https://HOST[:PORT][/PREFIX].")
@click.option("--upstream-model", required=True, metavar="NAME", help="The endpoint's own name for the model.")
@click.option("--protocol", type=click.Choice(("bedrock", "openai")), default="bedrock", show_default=True,
              help="Amazon Bedrock, or any OpenAI-compatible API.")  # fmt: skip
@click.option("--region", metavar="NAME", help="Amazon Bedrock: region that requests are signed for.")
@click.option("--access-key-id", metavar="ID", help="AWS access key. Without it the secret is an API key.")
@click.option("--secret-file", type=_FILE, metavar="FILE",
              help="File with the access key's secret or the API key; - is standard input. Default: you are asked.",
)  # fmt: skip
@click.option("--keep-secret", is_flag=True, help="Change a model that is there, and keep the credentials it has.")
@click.option("--ca", "authority", type=_FILE, metavar="FILE",
              help="The one authority to believe, in PEM form. Default: those that the factory's machine trusts.",
)  # fmt: skip
@click.option("--task", type=click.Choice(("chat", "embedding")), help="What it does. Default: chat.")
@click.option("--context-tokens", type=click.IntRange(min=1), help="Longest conversation. Default: 128000.")
@click.option("--max-output-tokens", type=click.IntRange(min=1), help="Longest answer. Default: 4096.")
@as_json
@of_factory
def add(
    *,
    model: str,
    secret_file: Path | None,
    keep_secret: bool,
    authority: Path | None,
    json_: bool,
    home: Path | None,
    address: str,
    upstream_model: str,
    protocol: str,
    region: str | None,
    access_key_id: str | None,
    task: str | None,
    context_tokens: int | None,
    max_output_tokens: int | None,
) -> None:
    """Let MODEL (PROVIDER.NAME, the site's id) be answered by an endpoint outside, or change one that is.

    The credentials are sealed in the factory and never shown again.
    """
    if keep_secret and secret_file is not None:
        raise click.UsageError("say --secret-file or --keep-secret, not both")
    asked: dict[str, Any] = {
        "modelId": model,
        "address": address,
        "upstreamModel": upstream_model,
        "protocol": protocol,
        "region": region,
        "accessKeyId": access_key_id,
        "task": task,
        "contextTokens": context_tokens,
        "maxOutputTokens": max_output_tokens,
        "authorityPem": None if authority is None else _read(authority),
        "secret": None if keep_secret else _secret(secret_file),
    }
    put = factory(home).put_cloud_model(asked)
    if json_:
        show_json(put)
        return
    say(f"{put['modelId']} -> {put['upstreamModel']} at {put['address']}")
    note("Nothing leaves for it until a policy of the site permits usina:SendToCloud; docs/cloud-link.md has examples.")


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise OperatorError(f"{path} cannot be read: {reason}. Name another file.") from error


def _secret(path: Path | None) -> str:
    """The secret, from a file, standard input or the person at the keyboard; never from the command line."""
    if path is None:
        if not on_terminal():
            raise click.UsageError("say --secret-file FILE (- is standard input): nobody is here to be asked")
        asked: str = click.prompt("Secret", hide_input=True)
        return asked.strip()
    text = sys.stdin.read() if str(path) == "-" else _read(path)
    if not text.strip():
        raise OperatorError("The secret is empty. Put the access key's secret or the API key into the file.")
    return text.strip()


@cloud.command("list")
@as_json
@of_factory
def list_(json_: bool, home: Path | None) -> None:
    """List the models outside, without their credentials."""
    found = factory(home).cloud_models()
    if json_:
        show_json(found)
        return
    rows = [
        (
            each["modelId"],
            each["protocol"],
            each["address"],
            each["upstreamModel"],
            each["task"],
            each.get("accessKeyId", "API key"),
            "its own" if each["pinned"] else "the machine's",
        )
        for each in found
    ]
    show_table(("MODEL", "PROTOCOL", "ENDPOINT", "NAME THERE", "TASK", "KEY", "AUTHORITY"), rows)
    if not found:
        note("No model answers from outside: `usina cloud add` adds one.")


@cloud.command()
@click.argument("model")
@click.option("--yes", is_flag=True, help="Do not ask.")
@of_factory
def remove(model: str, yes: bool, home: Path | None) -> None:
    """Forget MODEL and its credentials."""
    if not yes:
        if not on_terminal():
            raise click.UsageError("say --yes: nobody is here to be asked")
        click.confirm(f"Forget {model} and its credentials?", abort=True)
    factory(home).remove_cloud_model(model)
    say(f"{model} is removed")


@cloud.command()
@click.option("--account", metavar="ID", help="Set the budget of an account of 12 digits.")
@click.option("--caller", metavar="ARN", help="Set the budget of a user or role.")
@click.option("--site", is_flag=True, help="Set the budget of the whole site.")
@click.option("--requests", type=click.IntRange(min=0), help="Requests a day.")
@click.option("--bytes", "size_bytes", type=click.IntRange(min=0), help="Bytes of their bodies a day.")
@click.option("--tokens", type=click.IntRange(min=0), help="Tokens a day, in and out.")
@click.option("--clear", is_flag=True, help="Take the budget away (the site's: back to the default).")
@as_json
@of_factory
def budget(
    *,
    account: str | None,
    caller: str | None,
    site: bool,
    requests: int | None,
    size_bytes: int | None,
    tokens: int | None,
    clear: bool,
    json_: bool,
    home: Path | None,
) -> None:
    """Show how much may leave on one day (UTC) and what is used, or set it for the site, an account or a caller.

    What is not said is not bounded. A request must fit the site's budget, its account's and its caller's.
    """
    scopes = [scope for scope in (account, caller, "site" if site else None) if scope is not None]
    given = any(amount is not None for amount in (requests, size_bytes, tokens))
    if len(scopes) > 1:
        raise click.UsageError("say one of --site, --account and --caller")
    if scopes and given == clear:
        raise click.UsageError("say an amount (--requests, --bytes, --tokens), or --clear")
    if not scopes and (given or clear):
        raise click.UsageError("say whose budget: --site, --account or --caller")
    reached = factory(home)
    if scopes:
        found = [reached.put_cloud_budget(scopes[0], requests=requests, size_bytes=size_bytes, tokens=tokens)]
    else:
        found = reached.cloud_budgets()
    if json_:
        show_json(found)
        return
    show_table(("OF", "DAY (UTC)", "REQUESTS", "BYTES", "TOKENS"), [_row(each) for each in found])


def _row(each: t.CloudBudgetDescription) -> tuple[str, ...]:
    def used(amount: str, most: str | None) -> str:
        return f"{amount} of {most or _UNBOUND}"

    requests, size_bytes, tokens = each.get("requests"), each.get("bytes"), each.get("tokens")
    return (
        each["scope"],
        each["day"],
        used(str(each["usedRequests"]), None if requests is None else str(requests)),
        used(_bytes(each["usedBytes"]), None if size_bytes is None else _bytes(size_bytes)),
        used(str(each["usedTokens"]), None if tokens is None else str(tokens)),
    )


def _bytes(amount: int) -> str:
    return size(amount) if amount else "0 B"
