"""Images that jobs run in. A built-in one is an environment on this machine; addresses of others lead to it by a table.

`usina/python` is the factory's own interpreter with its standard library, and none of the factory's packages.
"""

from __future__ import annotations

import fnmatch
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from usina.core.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Sequence

SHIPPED = Path(__file__).with_name("images.toml")
BUILT_IN = ("usina/python",)
_REGISTRY = re.compile(r"^[^/]*[.:][^/]*/")
_TAG = re.compile(r"(@sha256:[0-9a-f]+|:[^/:]+)$")


class Images:
    """The table of this site."""

    def __init__(self, table: Sequence[tuple[str, str]]) -> None:
        self._table = table

    @classmethod
    def read(cls, home: Path) -> Images:
        """The site's `images.toml`, else the one shipped. Raises: OperatorError where it is wrong."""
        path = home / "images.toml"
        path = path if path.exists() else SHIPPED
        try:
            entries = tomllib.loads(path.read_text("utf-8")).get("image", [])
            table = [(str(entry["pattern"]), str(entry["built_in"])) for entry in entries]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise OperatorError(f"{path}: cannot be read: {error}. Correct the file or move it away.") from error
        for _, built_in in table:
            if built_in not in BUILT_IN:
                raise OperatorError(f"{path}: there is no image {built_in!r}; known are {', '.join(BUILT_IN)}")
        return cls(table)

    def find(self, asked: str) -> str | None:
        """The built-in image for an address; None where there is none."""
        bare = _TAG.sub("", asked)
        if bare in BUILT_IN:
            return bare
        name = _REGISTRY.sub("", bare)
        return next((built_in for pattern, built_in in self._table if fnmatch.fnmatchcase(name, pattern)), None)

    @staticmethod
    def names() -> Sequence[str]:
        """The built-in images."""
        return BUILT_IN
