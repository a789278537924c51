"""Model packages as policy sees them, and how a package and its group stand in their rows.

A row of kind `model-package-group` holds `request`, `tags`, `created`, `by`, `status` and `last`: the highest version
that was ever given out in it. A row of kind `model-package` is named `GROUP/VERSION`, or by its own name where it has
no versions; it holds `request`, `tags`, `created`, `by`, `modified`, `approval` and `token`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

MODEL_PACKAGE: Final = "model-package"
MODEL_PACKAGE_GROUP: Final = "model-package-group"


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """What policy may know of a model package."""

    group: str  # empty: it has no versions
    approval: str  # PendingManualApproval, Approved, Rejected; empty where approval means nothing


NO_FACTS: Final = PackageFacts("", "")


class Packages(Protocol):
    """The model packages of this site, for policy. `facts` is from a snapshot in memory: quick, no I/O."""

    def facts(self, account: str, name: str) -> PackageFacts:
        """What is known of the package of that row's name; `NO_FACTS` where there is none."""
        ...

    async def reload(self, account: str, name: str) -> None:
        """Read a package's row again, after a handler wrote it and before it answers."""
        ...


def group_of(name: str) -> tuple[str, int]:
    """Group and version of a package by its row's name; ("", 0) where it has no versions."""
    group, slash, version = name.partition("/")
    return (group, int(version)) if slash and version.isascii() and version.isdigit() else ("", 0)
