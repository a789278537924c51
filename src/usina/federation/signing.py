"""AWS Signature Version 4 of a request that leaves: the other half of what `sovereignty.signature` checks."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from usina.core.clock import utc
from usina.sovereignty.signature.canonical import canonical_headers, canonical_path, header_map
from usina.sovereignty.signature.claim import ALGORITHM
from usina.sovereignty.signature.v4 import signing_key

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A key of the site's own at the cloud."""

    id: str
    secret: str = field(repr=False)
    session_token: str = field(default="", repr=False)


def signed(
    path: str, headers: Mapping[str, str], body: bytes, key: AccessKey, *, region: str, service: str, now: float
) -> dict[str, str]:
    """The headers of a POST, `host` among them, with its time, the digest of its body and its signature."""
    moment = utc(now)
    timestamp = moment.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{timestamp[:8]}/{region}/{service}/aws4_request"
    digest = hashlib.sha256(body).hexdigest()
    complete = {**headers, "x-amz-date": timestamp, "x-amz-content-sha256": digest}
    if key.session_token:
        complete["x-amz-security-token"] = key.session_token
    names = ";".join(sorted(complete))
    shown = canonical_headers(header_map(complete.items()), names)
    request = f"POST\n{canonical_path(path, verbatim=False)}\n\n{shown}\n{digest}"
    text = f"{ALGORITHM}\n{timestamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.digest(signing_key(key.secret.encode(), scope), text.encode(), "sha256").hex()
    told = f"{ALGORITHM} Credential={key.id}/{scope}, SignedHeaders={names}, Signature={signature}"
    return {**complete, "authorization": told}
