"""Where packages may come from. It is the operator's word: what nobody named is never asked.

Variables of pip are used in place of arguments: an index's address may hold a password, and every user of the machine
can read arguments.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from usina.core.errors import OperatorError, ValidationError
from usina.core.settings import inherited_environment

_SCHEMES = ("http://", "https://", "file://")
_KEPT: Final = ("HOME", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy")
_TRUST: Final = ("PIP_CERT", "PIP_CLIENT_CERT", "SSL_CERT_FILE", "SSL_CERT_DIR")
_SECRET = re.compile(r"//[^/@\s]+@")


@dataclass(frozen=True, slots=True)
class Places:
    """A folder of wheels, an index inside the site, or both; neither: no place is named."""

    wheels: str = ""
    index: str = field(default="", repr=False)

    def __bool__(self) -> bool:
        """Whether any is named."""
        return bool(self.wheels or self.index)

    @classmethod
    def named(cls, wheels: str, index: str) -> Places:
        """As settings name them. Raises: OperatorError where they cannot be."""
        try:
            return cls(wheels, index).checked()
        except ValidationError as error:
            raise OperatorError(f"site.toml: [images] {error.message}") from error

    def checked(self) -> Places:
        """Itself. Raises: ValidationError where it cannot be."""
        if self.wheels and not Path(self.wheels).is_absolute():
            raise ValidationError(f"wheels must be the absolute path of a folder, not {self.wheels!r}")
        if self.index and not self.index.startswith(_SCHEMES):
            raise ValidationError(f"index must be an address ({', '.join(_SCHEMES)}...), not {hidden(self.index)!r}")
        return self

    def variables(self) -> dict[str, str]:
        """For pip: these places and no other, whatever the machine is configured to."""
        found = {name: value for name, value in inherited_environment().items() if name in _TRUST}
        found["PIP_CONFIG_FILE"] = "/dev/null"
        if self.wheels:
            found["PIP_FIND_LINKS"] = Path(self.wheels).as_uri()
        if self.index:
            found["PIP_INDEX_URL"] = self.index
        else:
            found["PIP_NO_INDEX"] = "1"
        return found


def machines_own() -> dict[str, str]:
    """For pip, where the operator said so at this moment: what the machine is configured to."""
    given = inherited_environment()
    return {name: value for name, value in given.items() if name.startswith(("PIP_", "XDG_")) or name in _KEPT}


def hidden(text: str) -> str:
    """The text without names and passwords of addresses."""
    return _SECRET.sub("//", text)
