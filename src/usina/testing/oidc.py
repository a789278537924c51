"""An identity provider in memory: documents to fetch, and tokens signed with its keys, good and bad."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey

from usina.sovereignty.oidc.provider_keys import DISCOVERY, FetchError

if TYPE_CHECKING:
    from usina.core.clock import Clock

AUDIENCE = "sts.amazonaws.com"
SUBJECT = "system:serviceaccount:apps:trainer"


class FakeProvider:
    """The `Fetch` of one provider."""

    def __init__(self, clock: Clock, issuer: str = "https://idp.example.internal/realm") -> None:
        self.clock = clock
        self.issuer = issuer
        self.keys: dict[str, Any] = {}
        self.fetched: list[str] = []
        self.down = False
        self.more: list[dict[str, Any]] = []  # further published keys, as they are
        self.says: dict[str, Any] = {}  # further members of the discovery document
        self.add("one", "RS256")

    def add(self, key_id: str, algorithm: str) -> None:
        """Publish a further key."""
        named: Any = {"kid": key_id, "use": "sig", "alg": algorithm}
        if algorithm == "RS256":
            self.keys[key_id] = RSAKey.generate_key(2_048, named)
        elif algorithm == "ES256":
            self.keys[key_id] = ECKey.generate_key("P-256", named)
        else:
            self.keys[key_id] = OKPKey.generate_key("Ed25519", named)

    async def __call__(self, url: str) -> bytes:
        """A document of it."""
        self.fetched.append(url)
        if self.down:
            raise FetchError("it is down")
        if url == self.issuer.rstrip("/") + DISCOVERY:
            said = {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/jwks", **self.says}
            return json.dumps(said).encode()
        if url == f"{self.issuer}/jwks":
            published = [key.as_dict(private=False) for key in self.keys.values()]
            return json.dumps({"keys": [*published, *self.more]}).encode()
        raise FetchError(f"it answered 404 for {url}")

    def claims(self, **changes: Any) -> dict[str, Any]:
        """What a good token says, with changes; None takes a claim away."""
        now = int(self.clock.now())
        said = {"iss": self.issuer, "sub": SUBJECT, "aud": AUDIENCE, "iat": now, "exp": now + 600, **changes}
        return {name: value for name, value in said.items() if value is not None}

    def token(self, key_id: str = "one", header: dict[str, Any] | None = None, **changes: Any) -> str:
        """A token signed with a key of that id."""
        key = self.keys[key_id]
        algorithm = str(key.get("alg"))
        head = {"alg": algorithm, "kid": key_id, **(header or {})}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)  # of the name EdDSA, which providers still write
            return jwt.encode(head, self.claims(**changes), key, algorithms=[algorithm])
