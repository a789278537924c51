"""KMS with boto3's client against a running site: keys, aliases, encryption, signatures, rotation."""

from __future__ import annotations

import hashlib
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.services.s3.running import StorageSite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StorageSite]:
    """A site that runs."""
    running = StorageSite(tmp_path_factory.mktemp("site"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def kms(site: StorageSite) -> Iterator[Any]:
    """A developer's client."""
    with closing(site.client(service="kms")) as client:
        yield client


@pytest.fixture
def key(kms: Any) -> str:
    """A symmetric key, by its id."""
    return str(kms.create_key(Description="for a test")["KeyMetadata"]["KeyId"])


def refused(call: Callable[..., Any], **asked: Any) -> str:
    """The error's code."""
    with pytest.raises(ClientError) as caught:
        call(**asked)
    return str(caught.value.response["Error"]["Code"])


def test_what_was_encrypted_is_decrypted_with_the_same_context_only(kms: Any, key: str) -> None:
    sealed = kms.encrypt(KeyId=key, Plaintext=b"a secret", EncryptionContext={"for": "ada"})["CiphertextBlob"]
    assert b"a secret" not in sealed
    opened = kms.decrypt(CiphertextBlob=sealed, EncryptionContext={"for": "ada"})
    assert (opened["Plaintext"], opened["KeyId"].endswith(key)) == (b"a secret", True)
    assert refused(kms.decrypt, CiphertextBlob=sealed) == "InvalidCiphertextException"
    assert refused(kms.decrypt, CiphertextBlob=sealed, EncryptionContext={"for": "bob"}) == "InvalidCiphertextException"
    spoilt = sealed[:-1] + bytes([sealed[-1] ^ 1])
    asked = {"CiphertextBlob": spoilt, "EncryptionContext": {"for": "ada"}}
    assert refused(kms.decrypt, **asked) == "InvalidCiphertextException"
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    asked = {"CiphertextBlob": sealed, "EncryptionContext": {"for": "ada"}, "KeyId": other}
    assert refused(kms.decrypt, **asked) == "IncorrectKeyException"


def test_a_ciphertext_goes_to_another_key_without_being_shown(kms: Any, key: str) -> None:
    other = kms.create_key()["KeyMetadata"]["Arn"]
    sealed = kms.encrypt(KeyId=key, Plaintext=b"a secret")["CiphertextBlob"]
    moved = kms.re_encrypt(CiphertextBlob=sealed, DestinationKeyId=other, DestinationEncryptionContext={"a": "b"})
    assert moved["KeyId"] == other
    assert "Plaintext" not in moved
    opened = kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext={"a": "b"})
    assert opened["Plaintext"] == b"a secret"


def test_data_keys_come_in_the_size_that_is_asked_for(kms: Any, key: str) -> None:
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    assert len(made["Plaintext"]) == 32
    assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == made["Plaintext"]
    hidden = kms.generate_data_key_without_plaintext(KeyId=key, NumberOfBytes=64)
    assert "Plaintext" not in hidden
    assert len(kms.decrypt(CiphertextBlob=hidden["CiphertextBlob"])["Plaintext"]) == 64
    assert refused(kms.generate_data_key, KeyId=key) == "ValidationException"
    assert len(kms.generate_random(NumberOfBytes=24)["Plaintext"]) == 24
    assert refused(kms.generate_data_key, KeyId=key, KeySpec="AES_128", DryRun=True) == "DryRunOperationException"


def test_a_key_out_of_use_does_nothing_until_it_is_enabled(kms: Any, key: str) -> None:
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.disable_key(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    assert refused(kms.decrypt, CiphertextBlob=sealed) == "DisabledException"
    assert refused(kms.encrypt, KeyId=key, Plaintext=b"x") == "DisabledException"
    kms.enable_key(KeyId=key)
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"
    answer = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert answer["KeyState"] == "PendingDeletion"
    assert refused(kms.decrypt, CiphertextBlob=sealed) == "KMSInvalidStateException"
    assert refused(kms.enable_key, KeyId=key) == "KMSInvalidStateException"
    kms.cancel_key_deletion(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    assert refused(kms.cancel_key_deletion, KeyId=key) == "KMSInvalidStateException"
    assert refused(kms.schedule_key_deletion, KeyId=key, PendingWindowInDays=3) == "ValidationException"


def test_rotation_leaves_old_ciphertexts_readable(kms: Any, key: str) -> None:
    before = kms.encrypt(KeyId=key, Plaintext=b"before")["CiphertextBlob"]
    kms.rotate_key_on_demand(KeyId=key)
    after = kms.encrypt(KeyId=key, Plaintext=b"after")["CiphertextBlob"]
    assert [kms.decrypt(CiphertextBlob=each)["Plaintext"] for each in (before, after)] == [b"before", b"after"]
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 90
    kms.disable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False


def test_an_alias_is_a_name_of_a_key_and_may_lead_to_another(kms: Any, key: str) -> None:
    name = f"alias/test-{key}"
    kms.create_alias(AliasName=name, TargetKeyId=key)
    assert refused(kms.create_alias, AliasName=name, TargetKeyId=key) == "AlreadyExistsException"
    sealed = kms.encrypt(KeyId=name, Plaintext=b"x")
    assert sealed["KeyId"].endswith(key)
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.update_alias(AliasName=name, TargetKeyId=other)
    assert kms.describe_key(KeyId=name)["KeyMetadata"]["KeyId"] == other
    assert [alias["AliasName"] for alias in kms.list_aliases(KeyId=other)["Aliases"]] == [name]
    kms.delete_alias(AliasName=name)
    assert refused(kms.describe_key, KeyId=name) == "NotFoundException"
    assert refused(kms.delete_alias, AliasName=name) == "NotFoundException"
    assert refused(kms.create_alias, AliasName="alias/aws/s4", TargetKeyId=key) == "InvalidAliasNameException"
    assert refused(kms.create_alias, AliasName="test", TargetKeyId=key) == "InvalidAliasNameException"


@pytest.mark.parametrize(
    ("spec", "algorithm"),
    [
        ("RSA_2048", "RSASSA_PSS_SHA_256"),
        ("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_512"),
        ("ECC_NIST_P256", "ECDSA_SHA_256"),
        ("ECC_NIST_P384", "ECDSA_SHA_384"),
        ("ECC_NIST_P521", "ECDSA_SHA_512"),
        ("ECC_SECG_P256K1", "ECDSA_SHA_256"),
        ("ECC_NIST_EDWARDS25519", "ED25519_SHA_512"),
    ],
)
def test_a_signature_holds_for_its_message_and_key_alone(kms: Any, spec: str, algorithm: str) -> None:
    key = kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    asked = {"KeyId": key, "Message": b"a message", "SigningAlgorithm": algorithm}
    signature = kms.sign(**asked)["Signature"]
    assert kms.verify(**asked, Signature=signature)["SignatureValid"] is True
    assert refused(kms.verify, **asked | {"Message": b"another"}, Signature=signature) == "KMSInvalidSignatureException"
    assert refused(kms.encrypt, KeyId=key, Plaintext=b"x") == "InvalidKeyUsageException"
    wrong = "RSASSA_PSS_SHA_256" if spec.startswith("ECC") else "ECDSA_SHA_256"
    assert refused(kms.sign, **asked | {"SigningAlgorithm": wrong}) == "InvalidKeyUsageException"


@pytest.mark.parametrize(
    ("algorithm", "digest", "most"), [("RSAES_OAEP_SHA_1", SHA1, 214), ("RSAES_OAEP_SHA_256", SHA256, 190)]
)
def test_what_others_encrypt_with_the_public_key_is_decrypted_here_alone(
    kms: Any, key: str, algorithm: str, digest: Any, most: int
) -> None:
    made = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]
    assert made["EncryptionAlgorithms"] == ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"]
    asked = {"KeyId": made["KeyId"], "EncryptionAlgorithm": algorithm}
    public: Any = load_der_public_key(kms.get_public_key(KeyId=made["KeyId"])["PublicKey"])
    elsewhere = public.encrypt(b"from outside", padding.OAEP(padding.MGF1(digest()), digest(), None))
    assert kms.decrypt(**asked, CiphertextBlob=elsewhere)["Plaintext"] == b"from outside"
    sealed = kms.encrypt(**asked, Plaintext=b"x" * most)["CiphertextBlob"]
    assert kms.decrypt(**asked, CiphertextBlob=sealed)["Plaintext"] == b"x" * most
    assert refused(kms.encrypt, **asked, Plaintext=b"x" * (most + 1)) == "ValidationException"
    altered = bytes([sealed[0] ^ 1]) + sealed[1:]
    for wrong in (altered, sealed[:-1], b"x"):
        assert refused(kms.decrypt, **asked, CiphertextBlob=wrong) == "InvalidCiphertextException"
    assert refused(kms.decrypt, EncryptionAlgorithm=algorithm, CiphertextBlob=sealed) == "ValidationException"
    assert refused(kms.decrypt, **asked | {"KeyId": key}, CiphertextBlob=sealed) == "InvalidKeyUsageException"
    with_context = asked | {"EncryptionContext": {"a": "b"}}
    assert refused(kms.encrypt, **with_context, Plaintext=b"x") == "ValidationException"
    moved = kms.re_encrypt(
        CiphertextBlob=elsewhere, SourceKeyId=made["KeyId"], SourceEncryptionAlgorithm=algorithm, DestinationKeyId=key
    )
    assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"])["Plaintext"] == b"from outside"


def test_an_rsa_key_encrypts_or_signs_and_never_both(kms: Any) -> None:
    signs = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    encrypts = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["KeyId"]
    how = {"EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    assert refused(kms.encrypt, KeyId=signs, Plaintext=b"x", **how) == "InvalidKeyUsageException"
    assert refused(kms.decrypt, KeyId=signs, CiphertextBlob=b"x" * 256, **how) == "InvalidKeyUsageException"
    assert refused(kms.encrypt, KeyId=encrypts, Plaintext=b"x") == "InvalidKeyUsageException"
    sign = {"Message": b"m", "SigningAlgorithm": "RSASSA_PSS_SHA_256"}
    assert refused(kms.sign, KeyId=encrypts, **sign) == "InvalidKeyUsageException"


def test_another_accounts_rsa_key_answers_as_one_that_is_not_there(site: StorageSite, kms: Any) -> None:
    made = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]
    none = f"{made['Arn'].rpartition('/')[0]}/00000000-0000-4000-8000-000000000000"
    how = {"EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    sealed = kms.encrypt(KeyId=made["KeyId"], Plaintext=b"x", **how)["CiphertextBlob"]
    with closing(site.client("stranger", service="kms")) as stranger:
        first = refused(stranger.decrypt, KeyId=made["Arn"], CiphertextBlob=sealed, **how)
        assert first == refused(stranger.decrypt, KeyId=none, CiphertextBlob=sealed, **how)
        assert first in {"AccessDeniedException", "NotFoundException"}


def test_others_verify_with_the_public_key(kms: Any) -> None:
    digest = hashlib.sha256(b"a long message").digest()
    for spec, algorithm in (("ECC_NIST_P256", "ECDSA_SHA_256"), ("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256")):
        key = kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
        asked = {"KeyId": key, "Message": digest, "MessageType": "DIGEST", "SigningAlgorithm": algorithm}
        signature = kms.sign(**asked)["Signature"]
        public: Any = load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
        if spec.startswith("ECC"):
            public.verify(signature, digest, ec.ECDSA(Prehashed(SHA256())))
        else:
            public.verify(signature, digest, padding.PKCS1v15(), Prehashed(SHA256()))
        assert refused(kms.sign, **asked | {"Message": b"no digest"}) == "ValidationException"


def test_a_mac_holds_for_its_message_alone(kms: Any) -> None:
    key = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    asked = {"KeyId": key, "Message": b"a message", "MacAlgorithm": "HMAC_SHA_256"}
    code = kms.generate_mac(**asked)["Mac"]
    assert kms.verify_mac(**asked, Mac=code)["MacValid"] is True
    assert refused(kms.verify_mac, **asked | {"Message": b"another"}, Mac=code) == "KMSInvalidMacException"
    assert refused(kms.generate_mac, **asked | {"MacAlgorithm": "HMAC_SHA_512"}) == "InvalidKeyUsageException"


def test_what_is_not_served_is_said(kms: Any, key: str) -> None:
    for asked in (
        {"Origin": "EXTERNAL"},
        {"MultiRegion": True},
        {"KeySpec": "ML_DSA_44", "KeyUsage": "SIGN_VERIFY"},
        {"KeySpec": "ECC_NIST_P256", "KeyUsage": "ENCRYPT_DECRYPT"},
    ):
        assert refused(kms.create_key, **asked) == "UnsupportedOperationException"
    assert refused(kms.encrypt, KeyId=key, Plaintext=b"x", GrantTokens=["t"]) == "InvalidGrantTokenException"
    assert refused(kms.create_key, Policy="{") == "MalformedPolicyDocumentException"
    alone = (
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"kms:Encrypt","Resource":"*"}}'
    )
    assert refused(kms.create_key, Policy=alone) == "UnsupportedOperationException"


def test_another_account_cannot_tell_whether_a_key_is_there(site: StorageSite, kms: Any, key: str) -> None:
    arn = kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"]
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    none = f"{arn.rpartition('/')[0]}/00000000-0000-4000-8000-000000000000"
    with closing(site.client("stranger", service="kms")) as stranger:
        for named in (arn, none):
            assert refused(stranger.describe_key, KeyId=named) == "AccessDeniedException"
        assert refused(stranger.describe_key, KeyId=key) == "NotFoundException"
        assert refused(stranger.decrypt, CiphertextBlob=sealed) == "InvalidCiphertextException"
        assert key not in {each["KeyId"] for each in stranger.list_keys()["Keys"]}


def test_keys_tags_and_policies_are_listed_a_page_at_a_time(kms: Any) -> None:
    made = {kms.create_key(Tags=[{"TagKey": "a", "TagValue": "1"}])["KeyMetadata"]["KeyId"] for _ in range(3)}
    pages = kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2})
    found = [each["KeyId"] for page in pages for each in page["Keys"]]
    assert made <= set(found)
    assert found == sorted(found)
    one = min(made)
    kms.tag_resource(KeyId=one, Tags=[{"TagKey": "b", "TagValue": "2"}])
    kms.untag_resource(KeyId=one, TagKeys=["a"])
    assert kms.list_resource_tags(KeyId=one)["Tags"] == [{"TagKey": "b", "TagValue": "2"}]
    kms.update_key_description(KeyId=one, Description="another")
    assert kms.describe_key(KeyId=one)["KeyMetadata"]["Description"] == "another"
    assert kms.list_key_policies(KeyId=one)["PolicyNames"] == ["default"]
    assert refused(kms.list_keys, Marker="!") == "InvalidMarkerException"


def test_keys_outlive_a_killed_site(tmp_path_factory: pytest.TempPathFactory) -> None:
    site = StorageSite(tmp_path_factory.mktemp("killed"))
    site.start()
    try:
        with closing(site.client(service="kms")) as kms:
            key = kms.create_key()["KeyMetadata"]["KeyId"]
            sealed = kms.encrypt(KeyId=key, Plaintext=b"kept")["CiphertextBlob"]
        site.kill()
        site.start()
        with closing(site.client(service="kms")) as kms:
            assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"kept"
    finally:
        site.stop()
