"""The image in an archive that was taken apart into a folder: its configuration and layers, proved by their digests."""

from __future__ import annotations

import hashlib
import json
import platform
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from usina.core.errors import UsinaError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_DOCUMENT_BYTES = 4_194_304  # what registries take at most
_CHUNK_BYTES = 1_048_576
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_MOST_LAYERS = 512
_MOST_DEPTH = 4  # of indexes within indexes
_ARCHITECTURES: Final = {
    "x86_64": "amd64",
    "aarch64": "arm64",
    "arm64": "arm64",
    "ppc64le": "ppc64le",
    "s390x": "s390x",
}


class ImageError(UsinaError):
    """The archive holds no image that could be taken; the message says why, for whoever brought it."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer, as it lies in the archive."""

    path: Path
    diff_id: str  # digest of what it unpacks to


@dataclass(frozen=True, slots=True)
class Found:
    """The one image of an archive."""

    digest: str  # of its configuration, which names the content of every layer
    config: Mapping[str, Any]
    layers: Sequence[Layer]

    def settings(self) -> dict[str, Any]:
        """What a program in it starts with. Raises: ImageError where it is of another form."""
        given = self.config.get("config") or {}
        try:
            variables = dict(str(each).partition("=")[::2] for each in given.get("Env") or ())
            return {
                "entrypoint": [str(each) for each in given.get("Entrypoint") or ()],
                "command": [str(each) for each in given.get("Cmd") or ()],
                "environment": variables,
                "workdir": str(given.get("WorkingDir") or ""),
            }
        except (AttributeError, TypeError, ValueError) as error:
            raise ImageError("the image's configuration has another form than it should") from error


def machine() -> str:
    """This machine's kind of processor, as images name it."""
    return _ARCHITECTURES.get(platform.machine(), platform.machine())


def find_image(folder: Path) -> Found:
    """The image in an archive.

    Raises: ImageError where there is none, or more than one, or one that is not what its digests say.
    """
    try:
        if (folder / "index.json").is_file():
            return _of_layout(folder)
        if (folder / "manifest.json").is_file():
            return _of_docker(folder)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ImageError("a document of the archive has another form than it should") from error
    raise ImageError("the archive holds no image: neither index.json nor manifest.json is in it")


def _of_layout(folder: Path) -> Found:
    manifests = list(_manifests(folder, _document(folder / "index.json"), 0))
    fitting = {digest: manifest for digest, manifest in manifests if _fits(folder, manifest)}
    if len(fitting) != 1:
        reason = f"{len(fitting)} images for {machine()}" if fitting else f"no image for linux on {machine()}"
        raise ImageError(f"the archive holds {reason}; save one image, for this kind of machine")
    (manifest,) = fitting.values()
    config = _blob(folder, manifest["config"])
    layers = [_blob(folder, each) for each in manifest["layers"]]
    return _found(config, layers)


def _manifests(folder: Path, index: Mapping[str, Any], depth: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if depth > _MOST_DEPTH:
        raise ImageError("the archive's indexes lie too deep in each other")
    for each in index["manifests"]:
        wanted = each.get("platform") or {}
        if wanted.get("os", "linux") != "linux" or wanted.get("architecture", machine()) != machine():
            continue  # another machine's, or a statement about an image
        path = folder / "blobs" / "sha256" / str(each["digest"]).removeprefix("sha256:")
        if wanted and not path.is_file():
            continue  # the index of an image for many machines, saved for one
        document = _document(_blob(folder, each))
        if "manifests" in document:
            yield from _manifests(folder, document, depth + 1)
        elif "config" in document:
            yield str(each["digest"]), document


def _fits(folder: Path, manifest: Mapping[str, Any]) -> bool:
    config = _document(_blob(folder, manifest["config"]))
    return bool(config.get("os", "linux") == "linux" and config.get("architecture", machine()) == machine())


def _of_docker(folder: Path) -> Found:
    images = _document(folder / "manifest.json", list)
    if len(images) != 1:
        raise ImageError(f"the archive holds {len(images)} images; save one")
    config = _inside(folder, images[0]["Config"])
    found = _found(config, [_inside(folder, each) for each in images[0]["Layers"]])
    if found.config.get("architecture", machine()) != machine() or found.config.get("os", "linux") != "linux":
        raise ImageError(f"the image is for {found.config.get('os')} on {found.config.get('architecture')}, not for "
                         f"linux on {machine()}")  # fmt: skip
    return found


def _found(config: Path, layers: Sequence[Path]) -> Found:
    content = config.read_bytes()
    document = _parsed(content, config.name, dict)
    rootfs = document.get("rootfs") or {}
    diff_ids = [str(each) for each in rootfs.get("diff_ids") or ()]
    if len(diff_ids) != len(layers) or len(layers) > _MOST_LAYERS:
        raise ImageError(f"the image has {len(layers)} layers, and its configuration names {len(diff_ids)}")
    for each in diff_ids:
        _checked(each)
    pairs = [Layer(path, diff_id) for path, diff_id in zip(layers, diff_ids, strict=True)]
    return Found(f"sha256:{hashlib.sha256(content).hexdigest()}", document, pairs)


def _blob(folder: Path, descriptor: Mapping[str, Any]) -> Path:
    """A blob, proved by its digest and size."""
    digest = _checked(str(descriptor["digest"]))
    path = folder / "blobs" / "sha256" / digest.removeprefix("sha256:")
    if not path.is_file():
        raise ImageError(f"the archive lacks the blob {digest}")
    size = descriptor.get("size")
    if size is not None and path.stat().st_size != size:
        raise ImageError(f"the blob {digest} is not of the size that the archive says")
    if digest_of(path) != digest:
        raise ImageError(f"the blob {digest} is damaged: its content is another")
    return path


def digest_of(path: Path) -> str:
    """The digest of a file."""
    hashed = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            hashed.update(chunk)
    return f"sha256:{hashed.hexdigest()}"


def _checked(digest: str) -> str:
    if _DIGEST.fullmatch(digest) is None:
        raise ImageError(f"{digest[:80]!r} is no digest by SHA-256; no other is taken")
    return digest


def _inside(folder: Path, name: Any) -> Path:
    path = PurePosixPath(str(name))
    if path.is_absolute() or ".." in path.parts or not (folder / path).is_file():
        raise ImageError(f"the archive lacks {str(name)[:200]!r}, which its manifest.json names")
    return folder / path


def _document(path: Path, kind: type = dict) -> Any:
    if path.stat().st_size > _DOCUMENT_BYTES:
        raise ImageError(f"{path.name} is larger than {_DOCUMENT_BYTES} bytes")
    return _parsed(path.read_bytes(), path.name, kind)


def _parsed(content: bytes, name: str, kind: type) -> Any:
    if len(content) > _DOCUMENT_BYTES:
        raise ImageError(f"{name} is larger than {_DOCUMENT_BYTES} bytes")
    try:
        document = json.loads(content)
    except ValueError as error:
        raise ImageError(f"{name} is no JSON document") from error
    if not isinstance(document, kind):
        raise ImageError(f"{name} has another form than it should")
    return document
