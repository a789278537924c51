"""What is written down of an act: who, what, to which, under which policy, and how it ended. Never what was said.

A record is compact JSON. Its bytes as written are what is hashed; nothing is ever encoded again, so no two programs
can disagree about them. `seq` counts from 1 without a gap, and leaf `seq - 1` of the tree is this record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import msgspec

# Outcome records are at most this long, frame included: an intent is only accepted while its outcome still fits.
OUTCOME_BYTES: Final = 2_048
_NAME_CHARACTERS: Final = 128  # error codes, model ids and the like are cut to this in an outcome


class Intent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is about to happen. Durable before it does."""

    request_id: str
    time: float  # epoch seconds
    account: str
    principal: str  # ARN
    key_id: str
    peer: str
    service: str
    operation: str
    resources: tuple[str, ...] = ()
    request_sha256: str = ""  # hex, of the payload
    request_bytes: int = 0
    policy_ids: tuple[str, ...] = ()
    cause: int = 0  # of what a request led to: the number of that request's intent
    destination: str = ""  # of what leaves the site: where to
    labels: tuple[str, ...] = ()  # of what leaves the site
    redacted: dict[str, int] = {}  # kinds of personal data that were taken out before, and how many of each


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How it ended. `broken`: begun, and not known to have ended well (connection lost, factory killed)."""

    status: str  # done, failed, broken
    error: str = ""  # error code where it failed or broke
    http_status: int = 0
    response_sha256: str = ""  # hex, of the bytes that were sent
    response_bytes: int = 0
    model: str = ""  # id of the model that really answered
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    stop_reason: str = ""
    duration_us: int = 0


@dataclass(frozen=True, slots=True)
class Opened:
    """An intent that is durable. Whoever holds it must close it."""

    seq: int
    request_id: str

    @property
    def record_id(self) -> str:
        """Name of the intent's record, for `prove`."""
        return str(self.seq)


class Glance(msgspec.Struct):
    """The little of any record that recovery and verification look at."""

    seq: int
    kind: str
    intent: int = 0
    request_id: str = ""


class RecordError(Exception):
    """Bytes in a whole frame that are no record: nobody but a forger writes such."""


_encoder = msgspec.json.Encoder()
_decode_glance = msgspec.json.Decoder(Glance).decode


def glance(record: bytes) -> Glance:
    """Look at a record. Raises: RecordError."""
    try:
        return _decode_glance(record)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RecordError("the record is not JSON of a record") from error


def intent_record(seq: int, intent: Intent) -> bytes:
    """`{"seq":..,"kind":"intent",...}`."""
    return b'{"seq":%d,"kind":"intent",' % seq + _encoder.encode(intent)[1:]


def refusal_record(seq: int, intent: Intent, error: str) -> bytes:
    """`{"seq":..,"kind":"refusal","error":...,...}`: an intent that was refused before it became one."""
    name = _encoder.encode(error[:_NAME_CHARACTERS])
    return b'{"seq":%d,"kind":"refusal","error":%b,' % (seq, name) + _encoder.encode(intent)[1:]


def outcome_record(seq: int, opened: Opened, time: float, outcome: Outcome) -> bytes:
    """`{"seq":..,"kind":"outcome","intent":SEQ,...}`."""
    head = b'{"seq":%d,"kind":"outcome","intent":%d,"request_id":%b,"time":%b,' % (
        seq,
        opened.seq,
        _encoder.encode(opened.request_id[:_NAME_CHARACTERS]),
        _encoder.encode(time),
    )
    body = _encoder.encode(outcome)
    if len(body) > OUTCOME_BYTES // 2:
        body = _encoder.encode(_shortened(outcome))
    return head + body[1:]


def _shortened(outcome: Outcome) -> Outcome:
    """The same with every text cut, plain ASCII so that its length is known."""
    cut = {
        name: str(getattr(outcome, name)).encode("ascii", "replace").decode()[:_NAME_CHARACTERS].replace("\\", "/")
        for name in ("error", "model", "stop_reason", "response_sha256")
    }
    return msgspec.structs.replace(outcome, **{name: "".join(filter(str.isprintable, cut[name])) for name in cut})


def other_record(seq: int, kind: str, time: float, body: dict[str, Any]) -> bytes:
    """A record about the site itself: `repair`, `policy`, `start` ..."""
    return _encoder.encode({"seq": seq, "kind": kind, "time": time, **body})
