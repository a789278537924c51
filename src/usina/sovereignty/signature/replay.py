"""Refuses signatures that are sent a second time, as far as that can be told from honest clients.

A signature alone does not tell. botocore 1.44 (boto3, the AWS CLI) adds `amz-sdk-invocation-id` (one a call) and
`amz-sdk-request` (the attempt) after it signed, and its signed date has a clock of one second: two equal calls within
a second, and a quick retry, carry one signature. The SDK for JavaScript v3 signs both headers. Plain signers (curl,
`requests` with a signing plug-in, programs that call botocore's signer themselves) have neither. AWS takes whatever
is fresh. So, for requests that do more than read:

- The same signature with the same call and attempt is a captured request: no SDK sends one twice. Refused at once.
- The same signature otherwise is taken for as long as one request may be under way (what was signed in one second can
  arrive that far apart), and refused afterwards: SDKs sign each retry anew.

What is left to an attacker who reads cleartext: to repeat a request of botocore or a plain signer, unchanged but for
those two headers, within that time. TLS takes that away, and where the headers are signed it is not there at all.

Memory is bounded: entries go when their signature is too old to be accepted anyway, and past `MOST` the oldest go
early. Each front-door process remembers what it saw itself, and nothing over a restart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from usina.sovereignty.signature.claim import Claim

MOST = 131_072  # remembered signatures: about 25 MB; at a clock skew of 5 minutes enough for some 400 requests/s
_SLICE_SECONDS = 15.0
_MARK_DIGITS = 15  # 60 of a signature's 256 bits
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class SeenSignatures:
    """Signatures seen, in slices by the time they carry, so that one look finds them and old ones go slice by slice."""

    def __init__(self, skew_seconds: float, under_way_seconds: float, most: int = MOST) -> None:
        self._skew_seconds = skew_seconds
        self._under_way_seconds = under_way_seconds
        self._most = most
        self._count = 0
        # 15-second slice of the signatures' own time -> mark of the signature -> when it was first seen;
        # and mark of the signature and its attempt -> the same.
        self._slices: dict[int, dict[int, float]] = {}
        self._next_sweep = 0.0

    def is_replay(self, method: str, claim: Claim, attempt: str, now: float) -> bool:
        """Note a signature that was found right, and say whether it must not be used (again).

        `attempt`: what names one attempt of one call, empty where the client names none.
        """
        if method in _READING:
            return False
        if now >= self._next_sweep:
            self._sweep(now)
        number = int(claim.time // _SLICE_SECONDS)
        if self._count >= self._most:
            self._drop(min(self._slices))
        seen = self._slices.get(number)
        if seen is None:
            seen = self._slices[number] = {}
        mark = int(claim.signature[:_MARK_DIGITS], 16)
        named = mark ^ hash(attempt) if attempt else 0
        first = seen.get(mark)
        if first is not None and (now - first > self._under_way_seconds or named in seen):
            return True
        before = len(seen)
        seen.setdefault(mark, now)
        if attempt:
            seen[named] = now
        self._count += len(seen) - before
        return False

    def _sweep(self, now: float) -> None:
        self._next_sweep = now + _SLICE_SECONDS
        oldest = (now - self._skew_seconds) // _SLICE_SECONDS
        for number in [each for each in self._slices if each < oldest]:
            self._drop(number)

    def _drop(self, number: int) -> None:
        self._count -= len(self._slices.pop(number))
