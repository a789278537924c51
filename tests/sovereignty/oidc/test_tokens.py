"""Which tokens of a provider are taken, and every known way to make a false one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from usina.core.errors import Kind, SignatureError
from usina.sovereignty.oidc.tokens import MOST_BYTES, Claims, claimed, read_keys, verify
from usina.testing.clock import VirtualClock
from usina.testing.oidc import AUDIENCE, SUBJECT, FakeProvider

if TYPE_CHECKING:
    from collections.abc import Sequence

CLOCK = VirtualClock()
PROVIDER = FakeProvider(CLOCK)
PROVIDER.add("two", "ES256")
PROVIDER.add("three", "EdDSA")


def published(provider: FakeProvider = PROVIDER, more: Sequence[Any] = ()) -> list[Any]:
    return read_keys([*(key.as_dict(private=False) for key in provider.keys.values()), *more])


def taken(token: str, keys: list[Any] | None = None, audiences: Sequence[str] = (AUDIENCE,)) -> Claims:
    known = published() if keys is None else keys
    return verify(token, known, issuer=PROVIDER.issuer, audiences=audiences, now=CLOCK.now())


def refused(token: str, keys: list[Any] | None = None, audiences: Sequence[str] = (AUDIENCE,)) -> SignatureError:
    with pytest.raises(SignatureError) as caught:
        taken(token, keys, audiences)
    return caught.value


def part(document: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("key_id", ["one", "two", "three"])
def test_a_token_of_each_kind_of_key_says_who_it_is_for(key_id: str) -> None:
    claims = taken(PROVIDER.token(key_id))
    assert (claims.issuer, claims.subject, claims.audience) == (PROVIDER.issuer, SUBJECT, AUDIENCE)


# --- signatures


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE", ""])
def test_no_algorithm_is_refused_however_it_is_written(name: str) -> None:
    for signature in ("", "AAAA"):
        assert "algorithm" in refused(f"{part({'alg': name})}.{part(PROVIDER.claims())}.{signature}").message


@pytest.mark.parametrize("name", ["HS256", "HS384", "HS512"])
def test_a_public_key_is_never_taken_for_a_shared_secret(name: str) -> None:
    key = PROVIDER.keys["one"]
    head = f"{part({'alg': name, 'kid': 'one'})}.{part(PROVIDER.claims())}"
    digest = getattr(hashlib, f"sha{name[2:]}")
    document = json.dumps(key.as_dict(private=False)).encode()
    for secret in (key.as_pem(private=False), key.as_der(private=False), document):
        signature = base64.urlsafe_b64encode(hmac.new(secret, head.encode(), digest).digest()).rstrip(b"=").decode()
        assert "algorithm" in refused(f"{head}.{signature}").message


@pytest.mark.parametrize("name", ["PS256", "RS384", "RS512", "ES384", "ES256K", "RSA-OAEP"])
def test_other_algorithms_are_refused(name: str) -> None:
    assert "algorithm" in refused(f"{part({'alg': name, 'kid': 'one'})}.{part(PROVIDER.claims())}.AAAA").message


def test_a_published_shared_secret_opens_nothing() -> None:
    secret = OctKey.generate_key(256, {"kid": "shared", "alg": "HS256"})
    token = jwt.encode({"alg": "HS256", "kid": "shared"}, PROVIDER.claims(), secret)
    assert "algorithm" in refused(token, published(more=[secret.as_dict(private=True)])).message


@pytest.mark.parametrize("kind", ["jwk", "jku", "x5u", "x5c", "crit", "b64"])
def test_a_header_that_brings_a_key_or_asks_for_something_is_refused(kind: str) -> None:
    own = RSAKey.generate_key(2_048)
    brought: dict[str, Any] = {
        "jwk": own.as_dict(private=False),
        "jku": "https://attacker.internal/jwks",
        "x5u": "https://attacker.internal/chain",
        "x5c": ["AAAA"],
        "crit": ["exp"],
        "b64": True,
    }
    head = f"{part({'alg': 'RS256', 'kid': 'one', kind: brought[kind]})}.{part(PROVIDER.claims())}"
    assert own.private_key is not None
    signed = own.private_key.sign(head.encode(), *_pkcs1())
    signature = base64.urlsafe_b64encode(signed).rstrip(b"=").decode()
    assert "brings a key" in refused(f"{head}.{signature}").message


def _pkcs1() -> tuple[Any, Any]:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    return PKCS1v15(), SHA256()


@pytest.mark.parametrize(
    "key_id", ["../../etc/passwd", "' or 1=1 --", "one\x00", "", "ONE", "https://attacker.internal/key", "four"]
)
def test_a_key_id_names_one_of_the_published_keys_and_nothing_else(key_id: str) -> None:
    own = RSAKey.generate_key(2_048)
    header = {"alg": "RS256", "kid": key_id} if key_id else {"alg": "RS256"}
    refused(jwt.encode(header, PROVIDER.claims(), own, algorithms=["RS256"]))


def test_a_key_id_of_the_wrong_type_is_refused() -> None:
    for key_id in (1, ["one"], {"a": 1}, None, True):
        refused(f"{part({'alg': 'RS256', 'kid': key_id})}.{part(PROVIDER.claims())}.AAAA")


def test_a_key_signs_with_its_own_algorithm_only() -> None:
    token = PROVIDER.token("two")
    head, payload, signature = token.split(".")
    del head
    for algorithm, key_id in (("RS256", "two"), ("ES256", "one"), ("EdDSA", "two")):
        refused(f"{part({'alg': algorithm, 'kid': key_id})}.{payload}.{signature}")


def test_a_token_without_a_key_id_is_taken_only_where_one_key_fits() -> None:
    lone = FakeProvider(CLOCK)
    token = jwt.encode({"alg": "RS256"}, lone.claims(), lone.keys["one"], algorithms=["RS256"])
    assert taken(token, published(lone)).subject == SUBJECT
    lone.add("other", "RS256")
    assert "no such key" in refused(token, published(lone)).message


@pytest.mark.parametrize("use", ["enc", "", None, 5])
def test_a_key_that_is_not_for_signatures_opens_nothing(use: object) -> None:
    document = {**PROVIDER.keys["one"].as_dict(private=False), "use": use}
    assert read_keys([document]) == []


def test_weak_and_odd_keys_are_left_out() -> None:
    weak = {**PROVIDER.keys["one"].as_dict(private=False), "n": "x" * 171}  # 1,024 bits
    other = ECKey.generate_key("P-384", {"kid": "curve"}).as_dict(private=False)
    wrong = OKPKey.generate_key("X25519", {"kid": "agree"}).as_dict(private=False)
    odd = [{}, {"kty": "RSA"}, {"kty": ["RSA"]}, {"kty": "EC", "crv": "P-256", "x": 1, "y": 2}, 7, "x"]
    assert read_keys([weak, other, wrong, *odd]) == []


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_one_changed_character_anywhere_is_refused(data: st.DataObject) -> None:
    token = PROVIDER.token("two")
    index = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("ABCXYZabcxyz0189-_."))
    changed = token[:index] + letter + token[index + 1 :]
    spare = index in {len(token) - 1, token.index(".") - 1, token.rindex(".") - 1}  # bits that base64 leaves unused
    if changed == token or spare:
        return
    refused(changed)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(), st.text("ABab01-_.=+/ ")))
def test_garbage_is_refused_and_never_a_bug(text: str) -> None:
    refused(text)


def test_a_token_that_is_too_long_is_refused_before_it_is_read() -> None:
    assert "signed JSON" in refused(PROVIDER.token(padding="x" * MOST_BYTES)).message


# --- what it says


@pytest.mark.parametrize("claim", ["iss", "sub", "aud", "exp", "iat"])
def test_a_token_that_lacks_what_it_must_say_is_refused(claim: str) -> None:
    changes: dict[str, Any] = {claim: None}
    refused(PROVIDER.token(**changes))


@pytest.mark.parametrize("issuer", ["https://idp.example.internal", "https://idp.example.internal/realm/", "https://x"])
def test_a_token_of_another_issuer_is_refused(issuer: str) -> None:
    assert "iss" in refused(PROVIDER.token(iss=issuer)).message


def test_a_token_for_others_is_refused() -> None:
    for audience in ("other", ["other"], [], "", AUDIENCE.upper(), 5, {"a": AUDIENCE}):
        refused(PROVIDER.token(aud=audience))
    refused(PROVIDER.token(), audiences=())


def test_a_token_for_several_must_say_that_it_was_made_for_us() -> None:
    several = ["other", AUDIENCE]
    assert "azp" in refused(PROVIDER.token(aud=several)).message
    assert "azp" in refused(PROVIDER.token(aud=several, azp="other")).message
    assert taken(PROVIDER.token(aud=several, azp=AUDIENCE)).audience == AUDIENCE


def test_a_token_ends_at_its_time_to_the_second() -> None:
    now = int(CLOCK.now())
    assert taken(PROVIDER.token(exp=now + 1)).subject == SUBJECT
    for end in (now, now - 1, now - 10_000):
        error = refused(PROVIDER.token(iat=now - 20_000, exp=end))
        assert (error.code, error.error_kind) == ("ExpiredTokenException", Kind.TOKEN_EXPIRED)


def test_a_token_is_not_good_before_its_time() -> None:
    now = int(CLOCK.now())
    assert taken(PROVIDER.token(nbf=now + 60)).subject == SUBJECT  # a provider's clock may be a little ahead
    refused(PROVIDER.token(nbf=now + 61))
    refused(PROVIDER.token(iat=now + 61, exp=now + 600))


def test_a_token_for_more_than_a_day_is_refused() -> None:
    now = int(CLOCK.now())
    assert taken(PROVIDER.token(exp=now + 86_400)).subject == SUBJECT
    refused(PROVIDER.token(exp=now + 86_401))


@pytest.mark.parametrize("value", ["soon", None, [1], {"a": 1}, True, float("nan")])
def test_times_of_the_wrong_type_are_refused(value: object) -> None:
    claims = json.dumps({**PROVIDER.claims(), "exp": value}).encode()
    key = PROVIDER.keys["one"]
    head = part({"alg": "RS256", "kid": "one"}) + "." + base64.urlsafe_b64encode(claims).rstrip(b"=").decode()
    signature = base64.urlsafe_b64encode(key.private_key.sign(head.encode(), *_pkcs1())).rstrip(b"=").decode()
    refused(f"{head}.{signature}")


@pytest.mark.parametrize("subject", ["", "x" * 256, "a\nb", "a\x1b[2J", 5, ["a"]])
def test_a_subject_that_cannot_be_shown_is_refused(subject: object) -> None:
    refused(PROVIDER.token(sub=subject))


def test_failures_are_counted_by_whom_a_token_says_it_is_about_and_garbage_is_one() -> None:
    ada = claimed(PROVIDER.token(sub="ada"))
    assert claimed(PROVIDER.token(sub="ada", jti="2")[:-9] + "AAAAAAAAA") == ada
    assert claimed(PROVIDER.token(sub="bob")) != ada
    garbage = {claimed(text) for text in ("", "x", "a.b.c", "\ud800", "x" * (MOST_BYTES + 1), "..", "e30.e30.e30")}
    assert len(garbage) == 1


def test_no_refusal_quotes_the_token() -> None:
    for token in (PROVIDER.token(aud="other"), PROVIDER.token(exp=1), PROVIDER.token()[:-5] + "AAAAA"):
        message = refused(token).message
        assert not any(piece in message for piece in token.split("."))
        assert SUBJECT not in message
