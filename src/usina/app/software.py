"""What software runs here, as a bill of materials, and whether it is still what was installed."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

import msgspec

from usina.core.errors import OperatorError
from usina.sovereignty.evidence.bill import software_bill
from usina.sovereignty.installed import Installed, check_installed, read_bill

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Installed", "check_software", "software_bill"]


def check_software(kept: Path | None, tell: Callable[[int, int], None]) -> Installed:
    """Check every installed package. `kept`: a bill of materials kept elsewhere. Raises: OperatorError."""
    bill = None
    if kept is not None:
        try:
            bill = msgspec.json.decode(read_bill(kept), type=dict)
        except (msgspec.DecodeError, RecursionError) as error:
            raise OperatorError(f"{kept} is no bill of materials. Name what `usina sbom` wrote.") from error
    return check_installed(metadata.distributions(), bill, tell)
