"""The requests that the load client sends, as bytes on the wire, signed before the clock starts.

Each SigV4 request carries an invocation id of its own, as the SDKs send it: no two signatures are
the same, so none is a replay.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import uuid
from dataclasses import dataclass
from urllib.parse import quote

CONTEXT = (
    "You work at the help desk of a railway. Timetables change in June and December. Bicycles need their own ticket. "
    "Dogs travel free in the last carriage. Seats can be reserved until ten minutes before departure at any machine. "
)
QUESTION = "Write a long and detailed story about a journey through the mountains."


@dataclass(frozen=True, slots=True)
class Api:
    """One API under load."""

    name: str
    path: str
    stream: bool
    signed: bool
    service: str = "bedrock"  # that it is signed for


APIS = {
    api.name: api
    for api in (
        Api("chat", "/v1/chat/completions", stream=False, signed=False),
        Api("chat-stream", "/v1/chat/completions", stream=True, signed=False),
        Api("converse", "/model/{model}/converse", stream=False, signed=True),
        Api("converse-stream", "/model/{model}/converse-stream", stream=True, signed=True),
        Api("endpoint", "/endpoints/{model}/invocations", stream=False, signed=True, service="sagemaker"),
        Api("model-server", "/invocations", stream=False, signed=False),
    )
}


@dataclass(frozen=True, slots=True)
class Caller:
    """How requests are proved; an empty bearer key sends none."""

    bearer: str = ""
    access_key: str = ""
    secret_key: str = ""
    region: str = "us-east-1"


class Signer:
    """SigV4 over a fixed set of headers; the day's signing key is derived once."""

    def __init__(self, caller: Caller, host: str, service: str = "bedrock") -> None:
        self.caller = caller
        self.host = host
        now = time.gmtime()
        self.date = time.strftime("%Y%m%d", now)
        self.stamp = time.strftime("%Y%m%dT%H%M%SZ", now)
        self.scope = f"{self.date}/{caller.region}/{service}/aws4_request"
        key = f"AWS4{caller.secret_key}".encode()
        for part in self.scope.split("/"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        self.key = key

    def headers(self, path: str, body: bytes) -> dict[str, str]:
        """Headers of one POST, authorisation included."""
        headers = {
            "amz-sdk-invocation-id": str(uuid.uuid4()),
            "amz-sdk-request": "attempt=1",
            "content-type": "application/json",
            "host": self.host,
            "x-amz-date": self.stamp,
        }
        signed = ";".join(headers)
        canonical = "\n".join(
            [
                "POST",
                quote(path, safe="/~-_."),
                "",
                *(f"{name}:{value}" for name, value in headers.items()),
                "",
                signed,
                hashlib.sha256(body).hexdigest(),
            ]
        )
        text = f"AWS4-HMAC-SHA256\n{self.stamp}\n{self.scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.caller.access_key}/{self.scope}, "
            f"SignedHeaders={signed}, Signature={signature}"
        )
        return headers


def body_of(api: Api, model: str, prompt: str, tokens: int) -> bytes:
    """The JSON body: one user turn behind a system prompt."""
    if api.signed:
        document: dict[str, object] = {
            "system": [{"text": CONTEXT}],
            "messages": [{"role": "user", "content": [{"text": prompt}]}],
            "inferenceConfig": {"maxTokens": tokens, "temperature": 0.0},
        }
    else:
        document = {
            "model": model,
            "messages": [{"role": "system", "content": CONTEXT}, {"role": "user", "content": prompt}],
            "max_tokens": tokens,
            "temperature": 0.0,
        }
        if api.stream:
            document |= {"stream": True, "stream_options": {"include_usage": True}}
    return json.dumps(document, separators=(",", ":")).encode()


def build(api: Api, caller: Caller, host: str, model: str, count: int, *, tokens: int, nonce: str = "") -> list[bytes]:
    """`count` complete requests. With a nonce each prompt begins with words of its own, so no prefix cache helps."""
    signer = Signer(caller, host, api.service) if api.signed else None
    path = api.path.format(model=quote(model, safe=""))
    made = []
    for index in range(count):
        body = body_of(api, model, f"{nonce} {index}. {QUESTION}" if nonce else QUESTION, tokens)
        if signer is not None:
            headers = signer.headers(path, body)
        else:
            headers = {"host": host, "content-type": "application/json", "authorization": f"Bearer {caller.bearer}"}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        made.append(f"POST {path} HTTP/1.1\r\n{head}content-length: {len(body)}\r\n\r\n".encode() + body)
    return made
