"""Server-sent events of an engine's stream: bytes to JSON, in batches of what one read brought."""

from __future__ import annotations

from typing import Any

import msgspec

from usina.core.errors import EngineError

_END = b"[DONE]"
_decode = msgspec.json.Decoder().decode


class EventReader:
    """One stream. `ended` tells that its end marker came."""

    def __init__(self) -> None:
        self.ended = False
        self._rest = bytearray()

    def feed(self, data: bytes | bytearray) -> list[Any]:
        """Events that are complete now. Raises: EngineError for one that is not JSON."""
        rest = self._rest
        rest += data
        if b"\r" in rest:
            rest = rest.replace(b"\r\n", b"\n")
        parts = rest.split(b"\n\n")
        self._rest = parts.pop()
        events = []
        for part in parts:
            payload = part[6:] if part.startswith(b"data: ") and b"\n" not in part else _payload(part)
            if payload == _END:
                self.ended = True
            elif payload:
                try:
                    events.append(_decode(payload))
                except msgspec.DecodeError as error:
                    raise EngineError("an event of the engine's stream is not JSON") from error
        return events


def _payload(event: bytearray) -> bytes:
    """Data of an event whose lines are not just one `data: `; comments and other fields are left out.

    llama.cpp writes an error in mid-stream as a field of its own, `error: {...}`.
    """
    lines = []
    for line in bytes(event).split(b"\n"):
        name, _, value = line.partition(b":")
        if name in {b"data", b"error"}:
            text = value.removeprefix(b" ")
            lines.append(b'{"error":%b}' % text if name == b"error" else text)
    return b"\n".join(lines)
