"""A stranger's requirements.txt: names, versions and hashes, and nothing that would say where packages come from.

pip reads far more in such a file (other files, addresses, paths, its own options, variables of its environment); here
that is the operator's word, so all of it is refused by the line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from usina.core.errors import ValidationError

if TYPE_CHECKING:
    from pathlib import Path

_MOST_BYTES = 65_536
_MOST_LINES = 500
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_VERSION = r"(?:===|[<>=!~]=|[<>])\s*[A-Za-z0-9.*+!_-]+"
_MARKER = r";[A-Za-z0-9_.\s'\"<>=!~(),*+-]+"
_HASH = r"--hash=sha(?:256|384|512):[0-9a-f]+"
# The form of PEP 508 without an address.
_LINE: Final = re.compile(
    rf"(?P<name>{_NAME})\s*(?:\[\s*{_NAME}(?:\s*,\s*{_NAME})*\s*\])?"
    rf"\s*\(?\s*(?:{_VERSION}(?:\s*,\s*{_VERSION})*)?\s*\)?\s*(?:{_MARKER})?(?:\s+{_HASH})*"
)
_COMMENT = re.compile(r"(^|\s)#.*$")


def read_requirements(path: Path) -> list[str]:
    """The lines that ask for something.

    Raises: ValidationError that names the line.
    """
    with path.open("rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ValidationError(f"requirements.txt is larger than {_MOST_BYTES} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationError("requirements.txt is not UTF-8") from None
    lines = [_COMMENT.sub("", line).strip() for line in text.replace("\\\r\n", " ").replace("\\\n", " ").splitlines()]
    wanted = [line for line in lines if line]
    if len(wanted) > _MOST_LINES:
        raise ValidationError(f"requirements.txt asks for more than {_MOST_LINES} things")
    for line in wanted:
        if len(line) > 8 * len("--hash=sha512:") * 128 or _LINE.fullmatch(line) is None:
            raise ValidationError(
                f"requirements.txt: {line[:120]!r} is not taken. A line names a package, with a version if you like "
                "(pandas>=2.2); where packages come from is for the operator of this site to say, in site.toml"
            )
    return wanted
