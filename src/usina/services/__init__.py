"""One folder per API, one file per resource, plain functions marked with their operation."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.operation import Operation


def operations() -> Mapping[tuple[str, str], Operation]:
    """Every served operation by (service, name), found by walking the service packages.

    Raises:
        RuntimeError: two handlers claim one operation (a bug that must stop the start).
    """
    found: dict[tuple[str, str], Operation] = {}
    for module_info in pkgutil.walk_packages(__path__, f"{__name__}."):
        module = importlib.import_module(module_info.name)
        for item in vars(module).values():
            for operation in getattr(item, "__operations__", ()):
                key = (operation.service, operation.name)
                known = found.get(key)
                if known is not None and known.handle is not operation.handle:
                    message = f"{operation.id} has two handlers"
                    raise RuntimeError(message)
                found[key] = operation
    return found
