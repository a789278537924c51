"""Which image an address stands for: the table of this site."""

from __future__ import annotations

import fnmatch
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from usina.core.errors import OperatorError
from usina.engine.images.catalogue import NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

SHIPPED = Path(__file__).with_name("table.toml")
_REGISTRY = re.compile(r"^[^/]*[.:][^/]*/")
_TAG = re.compile(r"(@sha256:[0-9a-f]+|:[^/:]+)$")


class Table:
    """Patterns of addresses, in order."""

    def __init__(self, entries: Sequence[tuple[str, str]]) -> None:
        self._entries = entries

    @classmethod
    def read(cls, home: Path) -> Table:
        """The site's `images.toml`, else the one shipped. Raises: OperatorError where it is wrong."""
        path = home / "images.toml"
        path = path if path.exists() else SHIPPED
        try:
            entries = tomllib.loads(path.read_text("utf-8")).get("image", [])
            table = [(str(entry["pattern"]), str(entry.get("image") or entry["built_in"])) for entry in entries]
            built_in = [str(entry["built_in"]) for entry in entries if "image" not in entry]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise OperatorError(f"{path}: cannot be read: {error}. Correct the file or move it away.") from error
        for name in built_in:
            if name not in NAMES:
                raise OperatorError(f"{path}: there is no image {name!r}; known are {', '.join(NAMES)}")
        return cls(table)

    def find(self, asked: str) -> str | None:
        """The image for an address, built in or (which may not be there) the site's own; None where there is none."""
        bare = _TAG.sub("", asked)
        if bare in NAMES:
            return bare
        name = _REGISTRY.sub("", bare)
        return next((built_in for pattern, built_in in self._entries if fnmatch.fnmatchcase(name, pattern)), None)
