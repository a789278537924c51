"""What a GGUF file's header is known to say wrongly, and what it should say. See docs/models.md for the findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from usina.stores.models.header import Header


def corrections_of(header: Header) -> dict[str, Any]:
    """Values of the header to replace; empty where nothing is wrong."""
    del header
    return {}
