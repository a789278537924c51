"""`usina models`: list, import, remove, aliases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from usina.cli.importing import follow_import
from usina.cli.options import as_json, factory, of_factory
from usina.cli.output import note, on_terminal, say, show_json, show_table, size
from usina.core.errors import OperatorError

if TYPE_CHECKING:
    from usina.shapes import usina_types as t


@click.group()
def models() -> None:
    """Models of the site: list, import, remove, and the names that lead to them."""


@models.command("list")
@as_json
@of_factory
def list_(json_: bool, home: Path | None) -> None:
    """List the models. A key that may use models but not see how they are kept gets a shorter list."""
    from usina.client.errors import RefusedError

    reached = factory(home)
    try:
        found = reached.models()
    except RefusedError as error:
        if error.code != "AccessDeniedException":
            raise
        _show_foundation_models(reached.foundation_models(), json_=json_)
        return
    if json_:
        show_json(found)
        return
    rows = [
        (
            model["modelId"],
            model["task"],
            model["state"],
            model.get("contextTokens"),
            model.get("quantisation"),
            size(model.get("sizeBytes")),
            model.get("licence"),
            model.get("aliases"),
        )
        for model in found
    ]
    show_table(("MODEL", "TASK", "STATE", "CONTEXT", "FORMAT", "SIZE", "LICENCE", "ALIASES"), rows)
    if not found:
        note("The site has no model yet: `usina models import SOURCE` brings one.")


def _show_foundation_models(found: list[dict[str, Any]], *, json_: bool) -> None:
    if json_:
        show_json(found)
        return
    rows = [(model["modelId"], model.get("providerName"), model.get("outputModalities")) for model in found]
    show_table(("MODEL", "PROVIDER", "OUTPUT"), rows)


@models.command("import")
@click.argument("source")
@click.option("--kind", type=click.Choice(("package", "file", "directory", "attached")),
              help="What SOURCE is. Default: found out by looking at it.")  # fmt: skip
@click.option("--id", "model_id", metavar="ID", help="Id it shall have (PROVIDER.NAME). Default: made from SOURCE.")
@click.option("--licence", help="Licence of the weights, where SOURCE does not say it.")
@click.option("--task", type=click.Choice(("chat", "embedding")), help="What it does, where SOURCE does not say it.")
@click.option("--upstream-model", metavar="NAME", help="Attached engines: the engine's own name for the model.")
@click.option("--keep-format", is_flag=True, help="Do not bring the weights to Q8_0.")
@click.option("--no-wait", is_flag=True, help="Do not wait until the model answers.")
@as_json
@of_factory
def import_(
    *,
    source: str,
    kind: str | None,
    model_id: str | None,
    licence: str | None,
    task: str | None,
    upstream_model: str | None,
    keep_format: bool,
    no_wait: bool,
    json_: bool,
    home: Path | None,
) -> int:
    """Bring a model onto the site.

    SOURCE is an installed Python package, a GGUF file, a folder, or the address of an engine with an OpenAI-compatible
    API (http://10.0.0.5:8000/v1). Files and folders are read by the factory, on its own machine.
    """
    place = _source(source, kind)
    if upstream_model is not None:
        place["upstreamModel"] = upstream_model
    elif place["kind"] == "attached":
        raise click.UsageError("say --upstream-model NAME: the engine's own name for the model")
    reached = factory(home)
    model = reached.import_model(
        place, model_id=model_id, licence=licence, task=task, requantise=False if keep_format else None
    )
    if not no_wait:
        try:
            model = follow_import(reached, model, quiet=json_)
        except KeyboardInterrupt:
            note(f"the import of {model['modelId']} goes on: `usina models list` shows how far it is")
            return 1
    if json_:
        show_json(model)
    elif no_wait:
        say(f"{model['modelId']} is on its way: `usina models list` shows how far it is")
    if model["state"] == "REMOVING":
        raise OperatorError(f"{model['modelId']} was removed while it was imported: import it again if it is wanted.")
    if model["state"] == "FAILED":
        reason = model.get("stateReason", "its log tells why")
        raise OperatorError(
            f"{model['modelId']} could not be imported: {reason}. "
            f"Mend that, take it away (`usina models remove {model['modelId']}`) and import it again."
        )
    return 0


def _source(source: str, kind: str | None) -> t.ModelSource:
    known = cast("t.SourceKind", kind) if kind is not None else _kind_of(source)
    location = str(Path(source).expanduser().absolute()) if known in {"file", "directory"} else source
    return {"kind": known, "location": location}


def _kind_of(source: str) -> t.SourceKind:
    if source.startswith(("http://", "https://")):
        return "attached"
    path = Path(source).expanduser()
    if path.is_dir():
        return "directory"
    if path.is_file() or source.endswith(".gguf") or "/" in source:
        return "file"
    return "package"


@models.command()
@click.argument("model")
@click.option("--yes", is_flag=True, help="Do not ask.")
@of_factory
def remove(model: str, yes: bool, home: Path | None) -> None:
    """Stop the engine of MODEL and delete its files."""
    if not yes:
        if not on_terminal():
            raise click.UsageError("say --yes: nobody is here to be asked")
        click.confirm(f"Delete {model} from the site?", abort=True)
    factory(home).remove_model(model)
    say(f"{model} is removed")


@models.command()
@click.argument("alias")
@click.argument("model", required=False)
@click.option("--delete", is_flag=True, help="Take the alias away.")
@of_factory
def alias(alias: str, model: str | None, delete: bool, home: Path | None) -> None:
    """Let users write ALIAS and have MODEL answer, or take an alias away.

    An AWS model id as ALIAS lets programs that are written for it run unchanged; every answer names the model that
    really gave it.
    """
    if delete == (model is not None):
        raise click.UsageError("say MODEL to set the alias, or --delete to take it away")
    reached = factory(home)
    if model is None:
        reached.delete_alias(alias)
        say(f"{alias} is no alias any more")
    else:
        put = reached.put_alias(alias, model)
        say(f"{put['alias']} -> {put['modelId']}")


@models.command("aws-ids")
@click.argument("switch", type=click.Choice(("on", "off")))
@click.argument("model", required=False)
@of_factory
def aws_ids(switch: str, model: str | None, home: Path | None) -> None:
    """Switch the shipped AWS model ids on, as aliases of MODEL, or off.

    Many programs judge by a model's id what it can do (stream, call tools), and know AWS's ids only. Without MODEL the
    oldest model that chats is taken; ids of embedding models lead to the oldest embedding model.
    """
    if switch == "off" and model is not None:
        raise click.UsageError("MODEL is for `on` only")
    reached = factory(home)
    found = reached.enable_shipped_aliases(model) if switch == "on" else reached.disable_shipped_aliases()
    say(f"aliases in force: {len(found)} (`usina models aliases` shows them)")


@models.command()
@as_json
@of_factory
def aliases(json_: bool, home: Path | None) -> None:
    """List the aliases in force."""
    found = factory(home).aliases()
    if json_:
        show_json(found)
        return
    show_table(("ALIAS", "MODEL"), [(entry["alias"], entry["modelId"]) for entry in found])
    if not found:
        note("No alias is set: `usina models alias ALIAS MODEL` sets one, `usina models aws-ids on` a whole set.")
