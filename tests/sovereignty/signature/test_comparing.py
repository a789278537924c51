"""How long it takes to refuse a wrong secret says nothing of the right one: all of it is compared, in constant time.

Time itself is not measured here. The comparison that Python's library makes in constant time is replaced by one that
says yes: what a wrong proof then opens was decided by it alone.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

import pytest
from botocore.credentials import Credentials

from tests.sovereignty.signing import ACCOUNT, bearer_request, refused, sign, signed_site
from usina.sovereignty.keyring_names import bearer_token

if TYPE_CHECKING:
    from tests.sovereignty.signing import SignedSite
    from usina.core.operation import Received

KINDS = ("header", "presigned", "bearer", "session")


async def wrong(site: SignedSite, kind: str) -> Received:
    """A proof of the right form, made with a secret that is wrong in its last character."""
    good, secret = site.credentials, site.access.secret
    if kind == "bearer":
        return bearer_request(bearer_token(site.bearer.card.id, ACCOUNT, bytes(32)))
    if kind == "session":
        who = (await site.authenticator.authenticate(sign(good, "GET"))).principal
        session = await site.keyring.session(who, "developer", "me", 3600)
        return sign(Credentials(session.access_key_id, altered(session.secret_access_key), session.session_token))
    bad = Credentials(site.access.card.id, altered(secret))
    return sign(bad, "GET", presigned_seconds=60 if kind == "presigned" else None)


def altered(secret: str) -> str:
    """Another last character that leaves the form as it is."""
    return secret[:-1] + ("A" if secret[-1] != "A" else "E")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_wrong_secret_is_refused_by_one_comparison_in_constant_time(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    site = await signed_site()
    request = await wrong(site, kind)
    seen: list[tuple[int, int]] = []
    compare = hmac.compare_digest

    def watched(one: str, other: str) -> bool:
        seen.append((len(one), len(other)))
        return compare(one, other)

    monkeypatch.setattr(hmac, "compare_digest", watched)
    await refused(site.authenticator, request)
    assert seen
    assert all(one == other for one, other in seen), "lengths that differ are told in less time"
    assert all(one >= 32 for one, _ in seen), "less than a whole digest was compared"


@pytest.mark.parametrize("kind", KINDS)
async def test_nothing_else_compares_a_secret(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    site = await signed_site()
    request = await wrong(site, kind)
    monkeypatch.setattr(hmac, "compare_digest", lambda _one, _other: True)
    proved = await site.authenticator.authenticate(request)
    assert proved.principal.name in {"ada", "me"}
