"""Refuses the second use of a signature that can only have been captured.

AWS itself takes an identical request again while its signature is fresh. It has to: plain signers have a clock of one
second, so two equal calls of an honest program within a second carry the same signature, and some HTTP libraries send
the same bytes again after a broken connection. But every AWS SDK (tried: botocore 1.44 with boto3 and the AWS CLI, the
SDK for JavaScript v3) puts a fresh `amz-sdk-invocation-id` into each call and the attempt's number into
`amz-sdk-request`, signs both, and signs each retry anew. A signature over those two is good for one request: a second
one is a replay and is refused, unless its method only reads. Signatures without them are taken again, as AWS does;
against capture they have TLS.

Memory is bounded: entries go when their signature is too old to be accepted anyway, and past `MOST` the oldest go
early. Each front-door process remembers what it saw itself, and nothing over a restart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from usina.sovereignty.signature.claim import Claim

MOST = 262_144  # remembered signatures; about 100 bytes each
_SLICE_SECONDS = 15.0
_KEPT_CHARACTERS = 32  # 128 of a signature's 256 bits
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_UNIQUE = (";amz-sdk-invocation-id;", ";amz-sdk-request;")


def is_single_use(method: str, claim: Claim) -> bool:
    """Whether an honest client never sends this signature twice."""
    signed = f";{claim.signed_headers};"
    return method not in _READING and claim.expires_seconds is None and all(name in signed for name in _UNIQUE)


class SeenSignatures:
    """Signatures seen, in slices by the time they carry, so that one look finds them and old ones go slice by slice."""

    def __init__(self, skew_seconds: float, most: int = MOST) -> None:
        self._skew_seconds = skew_seconds
        self._most = most
        self._count = 0
        self._slices: dict[int, set[str]] = {}  # 15-second slice of the signatures' own time -> signatures
        self._next_sweep = 0.0

    def first_use(self, claim: Claim, now: float) -> bool:
        """Note a signature that was found right; False where it was seen before."""
        if now >= self._next_sweep:
            self._sweep(now)
        number = int(claim.time // _SLICE_SECONDS)
        seen = self._slices.get(number)
        if seen is None:
            seen = self._slices[number] = set()
        mark = claim.signature[:_KEPT_CHARACTERS]
        if mark in seen:
            return False
        if self._count >= self._most:
            self._drop(min(self._slices))
            seen = self._slices.setdefault(number, set())
        seen.add(mark)
        self._count += 1
        return True

    def _sweep(self, now: float) -> None:
        self._next_sweep = now + _SLICE_SECONDS
        oldest = (now - self._skew_seconds) // _SLICE_SECONDS
        for number in [each for each in self._slices if each < oldest]:
            self._drop(number)

    def _drop(self, number: int) -> None:
        self._count -= len(self._slices.pop(number))
