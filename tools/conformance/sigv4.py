"""Runs AWS's Signature Version 4 test suite over our verifier, turned round: `python -m tools.conformance.sigv4`.

Each case is a request signed at a known time with a known key. It must be accepted as it is, and refused with any of
its signed parts changed. Exceptions are listed below with their reasons; exit 1 where a case does something else.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from tools.conformance.source import botocore_source
from usina.core.clock import SystemClock
from usina.core.errors import SignatureError
from usina.core.limits import DEFAULT_LIMITS
from usina.core.operation import Principal, Received
from usina.sovereignty.identity import Authenticator
from usina.sovereignty.keyring_hot import HotKey
from usina.sovereignty.signature.claim import epoch_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Cases that our verifier refuses although they are signed as the suite says, each with the reason.
EXCEPTIONS = {
    "post-sts-token/post-sts-header-after": "the session token is not signed: whoever adds it to somebody's request "
    "would not be noticed, so every x-amz-* header must be signed here",
}
# Cases whose .sreq does not carry the signature of their .authz. The .authz counts; the .sreq must be refused.
OTHER_SIGNATURE = {
    "get-vanilla-with-session-token": "the .sreq holds a placeholder with the halves of the signature swapped about",
}
_KEY_ID = "AKIDEXAMPLE"
_SECRET = b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
_SIGNED_AT = epoch_seconds("20150830T123600Z")


class _SuiteClock(SystemClock):
    """A clock that stands at the suite's time."""

    def now(self) -> float:
        """The time at which every case was signed."""
        return _SIGNED_AT


class _SuiteKeys:
    """The suite's one key, with or without a session token."""

    def __init__(self) -> None:
        principal = Principal("123456789012", "arn:aws:iam::123456789012:user/suite", "AIDA", "suite", (), _KEY_ID)
        self._key = HotKey(_KEY_ID, _SECRET, principal, None)

    def kept(self, key_id: str) -> HotKey | None:
        """The key."""
        return self._key if key_id == _KEY_ID else None

    async def find(self, key_id: str) -> HotKey | None:
        """The key."""
        return self.kept(key_id)

    async def find_session(self, key_id: str, token: str) -> HotKey | None:
        """The same key: the suite's sessions have its secret."""
        return self.kept(key_id) if token else None


class Case(NamedTuple):
    """One signed request of the suite."""

    name: str
    request: Received  # with the Authorization header of the .authz file
    as_sent: Received  # the .sreq file as it is


def cases(suite: Path) -> Iterator[Case]:
    """All cases, in order of name."""
    for signed in sorted(suite.rglob("*.sreq")):
        authorization = signed.with_suffix(".authz").read_text(encoding="utf-8").strip()
        as_sent = read_request(signed.read_bytes())
        others = tuple(header for header in as_sent.headers if header[0] != "authorization")
        request = replace(as_sent, headers=(*others, ("authorization", authorization)))
        yield Case(str(signed.parent.relative_to(suite)), request, as_sent)


def read_request(raw: bytes) -> Received:
    """A request as text, read with the patience that the suite asks for (blanks in the path, folded headers)."""
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    first, *lines = head.decode("utf-8").split("\n")
    method, _, rest = first.partition(" ")
    target = rest.rpartition(" ")[0]
    path, _, query = target.partition("?")
    headers: list[tuple[str, str]] = []
    for line in lines:
        if line[:1] in {" ", "\t"}:
            name, value = headers.pop()
            headers.append((name, f"{value} {line}"))
        else:
            name, _, value = line.partition(":")
            headers.append((name.lower(), value.strip()))
    return Received(method, path, query, tuple(headers), body, secure=True, peer="", request_id="", received_at=0.0)


def alterations(request: Received) -> Iterator[tuple[str, Received]]:
    """The request with one signed part changed, each in turn."""
    yield "method", replace(request, method="PUT" if request.method != "PUT" else "POST")
    yield "path", replace(request, raw_path=request.raw_path + "x")
    yield "query", replace(request, raw_query=f"{request.raw_query}&x=1" if request.raw_query else "x=1")
    yield "body", replace(request, body=request.body + b"x")
    for index, (name, value) in enumerate(request.headers):
        others = list(request.headers)
        if name == "authorization":
            last = "0" if value[-1] != "0" else "1"
            others[index] = (name, value[:-1] + last)
            yield "signature", replace(request, headers=tuple(others))
            others[index] = (name, value.replace("us-east-1", "us-east-2"))
            yield "region", replace(request, headers=tuple(others))
        else:
            others[index] = (name, "20150830T123601Z" if name == "x-amz-date" else f"{value}x")
            yield f"header {name}", replace(request, headers=tuple(others))
            del others[index]
            yield f"no header {name}", replace(request, headers=tuple(others))
    yield "one header more", replace(request, headers=(*request.headers, ("x-amz-meta-more", "1")))


async def accepted(request: Received) -> bool:
    """Whether our verifier takes the request."""
    try:
        proof = await Authenticator(_SuiteKeys(), _SuiteClock(), DEFAULT_LIMITS).authenticate(request, "service")
    except SignatureError:
        return False
    return proof.principal.key_id == _KEY_ID and proof.payload == request.body


async def run(suite: Path) -> list[str]:
    """Run everything, print totals; gives what failed."""
    failures: list[str] = []
    right = altered = excepted = 0
    for case in cases(suite):
        if case.name in OTHER_SIGNATURE:
            print(f"exception  {case.name}: {OTHER_SIGNATURE[case.name]}")
        if (case.name in OTHER_SIGNATURE) == await accepted(case.as_sent) and case.name not in EXCEPTIONS:
            failures.append(f"{case.name}: its .sreq is {'accepted' if case.name in OTHER_SIGNATURE else 'refused'}")
        if case.name in EXCEPTIONS:
            excepted += 1
            print(f"exception  {case.name}: {EXCEPTIONS[case.name]}")
            if await accepted(case.request):
                failures.append(f"{case.name}: listed as refused, but accepted")
            continue
        right += 1
        if not await accepted(case.request):
            failures.append(f"{case.name}: refused")
        for what, request in alterations(case.request):
            altered += 1
            if await accepted(request):
                failures.append(f"{case.name}: accepted although altered ({what})")
    print(f"sigv4: {right} signed requests verified, {altered} altered ones refused, {excepted} not taken by rule")
    if not right:
        failures.append(f"no cases in {suite}")
    return failures


def main() -> int:
    """Run the suite of the pinned botocore."""
    failures = asyncio.run(run(botocore_source() / "tests/unit/auth/aws4_testsuite"))
    for failure in failures:
        print(f"FAILED     {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
