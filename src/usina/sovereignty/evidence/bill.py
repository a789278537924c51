"""The software bill of materials of what is running: CycloneDX 1.6, from what the packages say of themselves."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import Any

from usina import __version__
from usina.sovereignty.installed import DIGEST_PROPERTY, digest


def software_bill() -> dict[str, Any]:
    """Every installed package with its version, licence and the digest of the files that its wheel brought."""
    components = [_component(found) for found in metadata.distributions()]
    components.sort(key=lambda each: (each["name"].lower(), each["version"]))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "name": "usina", "version": __version__, "bom-ref": "usina"},
            "properties": [
                {"name": "python", "value": platform.python_version()},
                {"name": "platform", "value": platform.platform()},
            ],
        },
        "components": components,
    }


def _component(found: metadata.Distribution) -> dict[str, Any]:
    name, version = found.metadata["Name"] or "unknown", found.version or "0"
    component: dict[str, Any] = {
        "type": "library",
        "name": name,
        "version": version,
        "purl": f"pkg:pypi/{name.lower().replace('_', '-')}@{version}",
        "bom-ref": f"{name}@{version}",
    }
    stated = found.metadata.get_all("License-Expression") or [""]
    licence = stated[0]
    if licence:
        component["licenses"] = [{"expression": licence}]
    files = digest(found)
    if files:
        component["properties"] = [{"name": DIGEST_PROPERTY, "value": files}]
    return component
