"""Brings one image from an archive into the folder of images: `python -m usina.engine.images.oci.load ORDER`.

ORDER is a JSON file: `folder` (of images), `told` (under which key its progress is told), `archive` (a path) or
`registry` (an address inside the site, which skopeo copies from), `most_bytes`, `digest` (what the image has to be;
empty: any). `result.json` beside ORDER says what became of it. A child, because a foreign file is parsed here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from usina.core.clock import SystemClock
from usina.core.settings import environment
from usina.engine.images.child import leave
from usina.engine.images.folder import ImageFolder, clear, size_of
from usina.engine.images.oci.layout import ImageError, find_image
from usina.engine.images.oci.rootfs import Rootfs
from usina.engine.jobs.archives import ArchiveError, unpack

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = "root"
_TAKEN_APART, _PROVED = 0.3, 0.4  # share of the work after which the archive is taken apart, is proved
_TOOL_SECONDS = 3_600.0
_REASON_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be brought."""

    folder: str
    told: str
    most_bytes: int
    archive: str = ""
    registry: str = ""
    digest: str = ""


def main(arguments: Sequence[str]) -> int:
    """Bring it; 1 where it could not be had."""
    path = Path(arguments[0])
    order = Order(**json.loads(path.read_text("utf-8")))
    result: dict[str, Any]
    try:
        result = load(order, path.parent)
    except (ImageError, ArchiveError) as error:
        result = {"error": str(error)}
    except OSError as error:
        result = {"error": f"the image cannot be read or written: {error.strerror}"}
    return leave(path.parent, result)


def load(order: Order, work: Path) -> dict[str, Any]:
    """Gives the image's key and digest.

    Raises: ImageError, ArchiveError, OSError.
    """
    folder = ImageFolder(Path(order.folder))
    archive = Path(order.archive) if order.archive else _copied(order.registry, work / "copied.tar")
    if not archive.is_file():
        raise ImageError("there is no such file on the factory's machine")
    folder.tell(order.told, "reading the archive", 0.0)
    parts = work / "parts"
    parts.mkdir()
    links: dict[str, str] = {}
    unpack(archive, parts, order.most_bytes, links=links)
    _lead(links, parts)
    folder.tell(order.told, "proving its digests", _TAKEN_APART)
    found = find_image(parts)
    if order.digest and found.digest != order.digest:
        raise ImageError(f"the image is {found.digest}, and not the one that was asked for")
    key = f"oci-{found.digest.removeprefix('sha256:')[:32]}"
    with folder.held(key):
        if folder.manifest(key) is None:
            staging = folder.begin(key)
            try:
                root = staging / ROOT
                root.mkdir(mode=0o755)
                rootfs = Rootfs(root, order.most_bytes)
                for count, layer in enumerate(found.layers):
                    share = _PROVED + (1.0 - _PROVED) * count / len(found.layers)
                    folder.tell(order.told, f"unpacking layer {count + 1} of {len(found.layers)}", share)
                    rootfs.apply(layer)
                facts = {"digest": found.digest, "settings": found.settings(), "installed_at": SystemClock().now()}
                folder.complete(key, staging, {**facts, "size_bytes": size_of(root)})
            finally:
                clear(staging)
    return {"key": key, "digest": found.digest}


def _lead(links: dict[str, str], parts: Path) -> None:
    """Links of `docker save`, which names a layer twice: made where they lead to a file of the archive."""
    for name, target in links.items():
        leads = os.path.normpath(os.path.join(os.path.dirname(name), target))  # noqa: PTH118, PTH120 - text, no file
        inside = not leads.startswith(("..", "/")) and "\0" not in leads
        place = parts / name
        if inside and (parts / leads).is_file() and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            os.link(parts / leads, place)


def _copied(address: str, archive: Path) -> Path:
    """An image of a registry, copied by skopeo into an archive."""
    tool = shutil.which("skopeo", path=environment("PATH"))
    if tool is None:
        raise ImageError("skopeo is not installed on the factory's machine: install it, or bring an archive")
    command = [tool, "copy", "--quiet", f"docker://{address}", f"oci-archive:{archive}"]
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and the address was looked at
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TOOL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise ImageError(f"skopeo did not end within {_TOOL_SECONDS:.0f} seconds") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ImageError(f"skopeo could not copy {address}: {' '.join(said[-1:])[:_REASON_CHARACTERS]}")
    return archive


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
