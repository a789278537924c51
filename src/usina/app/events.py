"""What a factory tells whoever started it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Event:
    """What `serve` tells whoever started it.

    `first-start`: account and user were made; fields account, access_key_id, secret_access_key, api_key: shown once.
    `listening`: the front door answers; fields url, tls_url, client_folder.
    `unisolated`: programs cannot be isolated here; fields isolation, run (empty: they are refused).
    `stopping`, `stopped`: no fields.
    """

    name: str
    fields: dict[str, str] = field(default_factory=dict)
