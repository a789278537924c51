"""Ways to spoil a request. All chance comes from one seeded generator, so that a finding can be repeated."""

from __future__ import annotations

import json
import random
from typing import Any

ODD_VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    2**63,
    -(2**63) - 1,
    10**30,
    0.0,
    -0.0,
    1e308,
    1.5,
    "",
    " ",
    "\x00",
    "a" * 5_000,
    "é",
    "\ud800",
    "\U0001f600",
    "..",
    "${x}",
    "null",
    "1",
    [],
    {},
    [[]],
    [None],
    {"": ""},
    {"a": {"b": {}}},
]
ODD_BYTES = [
    b"\x00",
    b"\xff",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    b"\r\n",
    b"\r\n\r\n",
    b"%",
    b"%00",
    b"%ff%fe",
    b"%2F",
    b"..",
    b"//",
    b"?",
    b"#",
    b"&",
    b"=",
    b";",
    b"\t",
    b'"',
    b"\\u0000",
    b"\\ud800",
    b"1e9999",
    b"NaN",
    b"-Infinity",
    b"[" * 300,
    b'{"a":' * 300,
    b"]" * 50,
    b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>",
    b"<a>" * 300,
    b"&b;",
    b"\xbf\xff",
    b"\x9f" * 300,
    b"\x7f\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff",
    b"a" * 3_000,
]
ODD_HEADERS = [
    (b"content-type", b"text/plain"),
    (b"content-type", b"application/cbor"),
    (b"content-type", b""),
    (b"content-encoding", b"gzip"),
    (b"content-encoding", b"aws-chunked"),
    (b"content-length", b"-1"),
    (b"content-length", b"99999999999999999999"),
    (b"transfer-encoding", b"chunked"),
    (b"expect", b"100-continue"),
    (b"x-amz-target", b"A.B"),
    (b"x-amz-target", b"."),
    (b"x-amz-target", b"\xff"),
    (b"smithy-protocol", b"rpc-v2-cbor"),
    (b"x-amz-content-sha256", b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
    (b"x-amz-content-sha256", b"UNSIGNED-PAYLOAD"),
    (b"x-amz-content-sha256", b"STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
    (b"x-amz-decoded-content-length", b"5"),
    (b"x-amz-trailer", b"x-amz-checksum-crc32"),
    (b"x-amz-security-token", b"\xe9"),
    (b"x-amz-date", b"20260101T000000Z"),
    (b"authorization", b"Bearer "),
    (b"authorization", b"Bearer \xff"),
    (b"authorization", b"AWS4-HMAC-SHA256 Credential="),
    (b"authorization", b"AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=;, Signature=0"),
    (b"authorization", b"Basic eA=="),
    (b"accept", b"application/vnd.amazon.eventstream"),
    (b"host", b""),
    (b"cookie", b"a" * 9_000),
    (b"\xff", b"\xff"),
    (b"x-amzn-bedrock-accept", b"\x80"),
    (b"accept", b"text/html"),
]
ODD_QUERIES = [
    b"X-Amz-Signature=1",
    b"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a&X-Amz-Date=b&X-Amz-Expires=-1",
    b"AWSAccessKeyId=a&Signature=b&Expires=c",
    b"Action=GetCallerIdentity",
    b"%",
    b"=&=&",
    b"a=%ff",
    b"maxResults=abc",
    b"maxResults=-1",
    b"nextToken=%00",
    b"list-type=2&list-type=2",
]


class Mutator:
    """Mutations over one generator."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def often(self, share: float) -> bool:
        """True with that probability."""
        return self.random.random() < share

    def data(self, data: bytes) -> bytes:
        """Spoil bytes: flip, cut, insert, repeat, replace."""
        chance = self.random
        spoilt = bytearray(data)
        for _ in range(chance.choice((1, 1, 1, 2, 4))):
            place = chance.randint(0, len(spoilt))
            match chance.randrange(6):
                case 0 if spoilt:
                    spoilt[place % len(spoilt)] ^= 1 << chance.randrange(8)
                case 1:
                    del spoilt[place:]
                case 2:
                    spoilt[place:place] = chance.choice(ODD_BYTES)
                case 3:
                    del spoilt[place : place + chance.randint(1, 16)]
                case 4:
                    spoilt[place:place] = spoilt[place : place + chance.randint(1, 64)]
                case _:
                    odd = chance.choice(ODD_BYTES)
                    spoilt[place : place + len(odd)] = odd
        return bytes(spoilt[:150_000])

    def document(self, data: bytes) -> bytes:
        """Spoil a JSON document by its structure; bytes that are none are spoilt as bytes."""
        try:
            tree = json.loads(data)
        except ValueError:
            return self.data(data)
        for _ in range(self.random.choice((1, 1, 2, 3))):
            tree = self._node(tree)
        return json.dumps(tree, ensure_ascii=self.often(0.9)).encode("utf-8", "surrogatepass")

    def _node(self, node: Any) -> Any:
        chance = self.random
        if isinstance(node, dict) and node and not self.often(0.15):
            key = chance.choice(list(node))
            changed = dict(node)
            match chance.randrange(6):
                case 0:
                    del changed[key]
                case 1:
                    changed[str(chance.choice(ODD_VALUES))] = chance.choice(ODD_VALUES)
                case 2:
                    changed[key] = chance.choice(ODD_VALUES)
                case _:
                    changed[key] = self._node(node[key])
            return changed
        if isinstance(node, list) and node and not self.often(0.15):
            place = chance.randrange(len(node))
            match chance.randrange(4):
                case 0:
                    return node + node[place : place + 1] * chance.choice((1, 2, 50))
                case 1:
                    return [*node[:place], *node[place + 1 :]]
                case _:
                    return [*node[:place], self._node(node[place]), *node[place + 1 :]]
        match chance.randrange(3):
            case 0 if not isinstance(node, bool) and isinstance(node, int | float):
                return node * chance.choice((-1, 1000, 0.1))
            case 1:
                return [node]
            case _:
                return chance.choice(ODD_VALUES)

    def headers(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Drop, repeat, spoil or add a header."""
        chance = self.random
        changed = list(headers)
        for _ in range(chance.choice((1, 1, 2))):
            place = chance.randrange(len(changed)) if changed else 0
            match chance.randrange(5):
                case 0 if changed:
                    del changed[place]
                case 1 if changed:
                    changed.append(changed[place])
                case 2 if changed:
                    name, value = changed[place]
                    changed[place] = (name, self.data(value))
                case 3:
                    changed += [chance.choice(ODD_HEADERS)] * chance.choice((1, 1, 1, 250))
                case _:
                    changed.append(chance.choice(ODD_HEADERS))
        return changed
