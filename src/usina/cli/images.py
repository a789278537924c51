"""`usina images`: list, show, install, import, remove."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from usina.cli.options import as_json, factory, of_factory
from usina.cli.output import clean, note, on_terminal, say, show_json, show_table, size
from usina.cli.progress import Step, progress
from usina.core.errors import OperatorError

if TYPE_CHECKING:
    from usina.client.api import Factory
    from usina.shapes import usina_types as t

_PAUSE_SECONDS = 0.5
_WORDS = {"INSTALLING": "installing", "READY": "ready"}


@click.group()
def images() -> None:
    """Images that jobs and endpoints run in: list, show, install, import, remove."""


@images.command("list")
@as_json
@of_factory
def list_(json_: bool, home: Path | None) -> None:
    """List the images, installed or not."""
    found = factory(home).images()
    if json_:
        show_json(found)
        return
    rows = [
        (image["imageName"], image["kind"], image["state"], size(image.get("sizeBytes")), image.get("title"))
        for image in found
    ]
    show_table(("IMAGE", "KIND", "STATE", "SIZE", "WHAT IS IN IT"), rows)


@images.command()
@click.argument("image")
@as_json
@of_factory
def show(image: str, json_: bool, home: Path | None) -> None:
    """Show one image and the packages in it."""
    found = factory(home).image(image)
    if json_:
        show_json(found)
        return
    say(f"{found['imageName']}: {_words(found)}")
    if "stateReason" in found:
        say(clean(found["stateReason"]))
    rows = [
        (package["name"], package["version"], package.get("licence"), package.get("sha256", "")[:16])
        for package in found.get("packages", ())
    ]
    if rows:
        show_table(("PACKAGE", "VERSION", "LICENCE", "SHA-256"), rows)


@images.command()
@click.argument("image")
@click.option(
    "--wheels",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Take packages from this folder on the factory's machine, and from nowhere else.",
)
@click.option("--index", metavar="URL", help="Take packages from this index inside the site, and from nowhere else.")
@click.option("--machine", is_flag=True, help="Take packages from where the machine's pip is configured to.")
@click.option("--no-wait", is_flag=True, help="Do not wait until it is installed.")
@as_json
@of_factory
def install(
    *, image: str, wheels: Path | None, index: str | None, machine: bool, no_wait: bool, json_: bool, home: Path | None
) -> int:
    """Install the built-in IMAGE.

    Without an option packages come from the places that site.toml names under [images]; where it names none, from where
    the pip of the factory's machine is configured to.
    """
    reached = factory(home)
    found = reached.install_image(image, _source(wheels, index, machine=machine))
    return _finish(reached, found, no_wait=no_wait, json_=json_)


def _finish(reached: Factory, found: t.ImageDescription, *, no_wait: bool, json_: bool) -> int:
    """Follow it to its end, and say what became of it."""
    image = found["imageName"]
    if not no_wait:
        try:
            found = _follow(reached, found, quiet=json_)
        except KeyboardInterrupt:
            note(f"the work on {image} goes on: `usina images show {image}` shows how far it is")
            return 1
    if json_:
        show_json(found)
    elif no_wait:
        say(f"{image} is on its way: `usina images show {image}` shows how far it is")
    if not no_wait and found["state"] != "READY":
        raise OperatorError(
            f"{image} could not be installed: {found.get('stateReason', 'it was removed meanwhile')}. "
            "Mend that and try it again; docs/images.md says what it needs."
        )
    return 0


@images.command("import")
@click.argument("source")
@click.option("--name", "image", required=True, metavar="NAME:TAG", help="Name that jobs shall ask for it by.")
@click.option("--digest", help="Digest of its configuration (sha256:...): no other image is taken.")
@click.option("--registry", is_flag=True, help="SOURCE is in a registry inside the site: HOST[:PORT]/NAME:TAG.")
@click.option("--no-wait", is_flag=True, help="Do not wait until it is there.")
@as_json
@of_factory
def import_(
    *, source: str, image: str, digest: str | None, registry: bool, no_wait: bool, json_: bool, home: Path | None
) -> int:
    """Bring an image of the site's own.

    SOURCE is an archive on the factory's machine (an OCI image layout, or what `docker save` writes), or an object of
    this site (s3://BUCKET/KEY) that holds one.
    """
    reached = factory(home)
    found = reached.import_image(image, _archive(source, registry=registry), digest)
    return _finish(reached, found, no_wait=no_wait, json_=json_)


@images.command()
@click.argument("image")
@click.option("--yes", is_flag=True, help="Do not ask.")
@of_factory
def remove(image: str, yes: bool, home: Path | None) -> None:
    """Delete the files of IMAGE. A program that runs in it may fail."""
    if not yes:
        if not on_terminal():
            raise click.UsageError("say --yes: nobody is here to be asked")
        click.confirm(f"Delete {image} from the site?", abort=True)
    factory(home).remove_image(image)
    say(f"{image} is removed")


def _source(wheels: Path | None, index: str | None, *, machine: bool) -> t.PackageSource | None:
    given: list[t.PackageSource] = []
    if wheels is not None:
        given.append({"kind": "wheels", "location": str(wheels.expanduser().absolute())})
    if index is not None:
        given.append({"kind": "index", "location": index})
    if machine:
        given.append({"kind": "machine"})
    if len(given) > 1:
        raise click.UsageError("say one of --wheels, --index and --machine")
    return given[0] if given else None


def _archive(source: str, *, registry: bool) -> t.ArchiveSource:
    if registry:
        return {"kind": "registry", "location": source}
    if source.startswith("s3://"):
        return {"kind": "object", "location": source}
    return {"kind": "archive", "location": str(Path(source).expanduser().absolute())}


def _words(image: t.ImageDescription) -> str:
    words = image.get("progressStage") or _WORDS.get(image["state"], image["state"].lower())
    return str(words)


def _follow(factory: Factory, image: t.ImageDescription, *, quiet: bool) -> t.ImageDescription:
    """Look at an image until it is on its way no more. Each look is an act that the ledger keeps."""
    pause = threading.Event()
    with progress(quiet=quiet) as show_step:
        while True:
            on_its_way = image["state"] == "INSTALLING"
            share = image.get("progressShare") if on_its_way else float(image["state"] == "READY")
            show_step(Step(image["imageName"], _words(image), share))
            if not on_its_way or pause.wait(_PAUSE_SECONDS):
                return image
            image = factory.image(image["imageName"])
