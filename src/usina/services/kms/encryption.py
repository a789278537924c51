"""Encryption by symmetric and RSA keys: small plaintexts, and data keys for what programs encrypt themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from usina.core.errors import CallerError, ValidationError
from usina.core.kms import SYMMETRIC
from usina.core.operation import Access, Resource, operation
from usina.services.kms.naming import (
    dry_run,
    key_arn,
    refuse_unserved,
    resource_of,
    the_key,
    touches_account,
    touches_key,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usina.core.kms import KmsKey
    from usina.core.operation import Call
    from usina.core.ports import Ports
    from usina.shapes import kms_types as t

_DATA_KEY_BYTES: Final = {"AES_256": 32, "AES_128": 16}
_CONTEXT_BYTES: Final = 8_192
_INVALID: Final = "The ciphertext is not one that this site made for a key of the account."


def _touches_source(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    """The key that decrypts, which is the caller's account's or nobody's."""
    asked = call.arguments
    return (_source_of(asked["CiphertextBlob"], asked.get("KeyId"), asked.get("EncryptionAlgorithm"), call, ports),)


def _touches_both(call: Call[Any], ports: Ports) -> Sequence[Resource]:
    """The key that decrypts, and the one it is encrypted by anew."""
    asked = call.arguments
    source, algorithm = asked.get("SourceKeyId"), asked.get("SourceEncryptionAlgorithm")
    return (
        _source_of(asked["CiphertextBlob"], source, algorithm, call, ports),
        resource_of(asked["DestinationKeyId"], call, ports),
    )


def _source_of(ciphertext: bytes, named: str | None, algorithm: str | None, call: Call[Any], ports: Ports) -> Resource:
    """A ciphertext of a symmetric key names it; one of an RSA key does not, so the request does."""
    if _is_rsa(algorithm):
        return resource_of(named or "unknown", call, ports)
    account = call.principal.account
    return Resource("KmsKey", key_arn(ports.kms.named_by(ciphertext) or "unknown", account, ports), account)


@operation("kms", "Encrypt", access=Access.USE, touches=touches_key)
async def encrypt(call: Call[t.EncryptRequest], ports: Ports) -> t.EncryptResponse:
    """Encrypt up to 4,096 bytes by a symmetric key, or what an RSA key has room for."""
    asked = call.arguments
    refuse_unserved(asked)
    key, algorithm = the_key(asked["KeyId"], call, ports), asked.get("EncryptionAlgorithm", SYMMETRIC)
    sealed = _sealed(key, algorithm, asked["Plaintext"], asked.get("EncryptionContext"), ports)
    dry_run(asked)
    return {"CiphertextBlob": sealed, "KeyId": key.arn, "EncryptionAlgorithm": algorithm}


@operation("kms", "Decrypt", access=Access.USE, touches=_touches_source)
async def decrypt(call: Call[t.DecryptRequest], ports: Ports) -> t.DecryptResponse:
    """The plaintext of a ciphertext: by the key that it names and with the context that it was made with, or by the RSA
    key that the request names.
    """
    asked = call.arguments
    refuse_unserved(asked)
    algorithm = asked.get("EncryptionAlgorithm", SYMMETRIC)
    key = _source(asked["CiphertextBlob"], asked.get("KeyId"), algorithm, call, ports)
    plaintext = _opened(key, algorithm, asked["CiphertextBlob"], asked.get("EncryptionContext"), ports)
    dry_run(asked)
    return {"KeyId": key.arn, "Plaintext": plaintext, "EncryptionAlgorithm": algorithm}


@operation("kms", "ReEncrypt", access=Access.USE, touches=_touches_both)
async def re_encrypt(call: Call[t.ReEncryptRequest], ports: Ports) -> t.ReEncryptResponse:
    """A ciphertext by another key, or with another context; the plaintext stays here."""
    asked = call.arguments
    refuse_unserved(asked)
    first = asked.get("SourceEncryptionAlgorithm", SYMMETRIC)
    second = asked.get("DestinationEncryptionAlgorithm", SYMMETRIC)
    source = _source(asked["CiphertextBlob"], asked.get("SourceKeyId"), first, call, ports)
    target = the_key(asked["DestinationKeyId"], call, ports)
    plaintext = _opened(source, first, asked["CiphertextBlob"], asked.get("SourceEncryptionContext"), ports)
    sealed = _sealed(target, second, plaintext, asked.get("DestinationEncryptionContext"), ports)
    dry_run(asked)
    return {
        "CiphertextBlob": sealed,
        "SourceKeyId": source.arn,
        "KeyId": target.arn,
        "SourceEncryptionAlgorithm": first,
        "DestinationEncryptionAlgorithm": second,
    }


@operation("kms", "GenerateDataKey", access=Access.USE, touches=touches_key)
async def generate_data_key(call: Call[t.GenerateDataKeyRequest], ports: Ports) -> t.GenerateDataKeyResponse:
    """A fresh key for a program's own encryption: as it is, and encrypted by the KMS key."""
    key, plaintext, sealed = _data_key(call, ports)
    return {"CiphertextBlob": sealed, "Plaintext": plaintext, "KeyId": key.arn}


@operation("kms", "GenerateDataKeyWithoutPlaintext", access=Access.USE, touches=touches_key)
async def generate_data_key_without_plaintext(
    call: Call[t.GenerateDataKeyWithoutPlaintextRequest], ports: Ports
) -> t.GenerateDataKeyWithoutPlaintextResponse:
    """A fresh key, encrypted only: for who will need it later, or somewhere else."""
    key, _, sealed = _data_key(call, ports)
    return {"CiphertextBlob": sealed, "KeyId": key.arn}


def _data_key(call: Call[Any], ports: Ports) -> tuple[KmsKey, bytes, bytes]:
    asked = call.arguments
    refuse_unserved(asked)
    spec, count = asked.get("KeySpec"), asked.get("NumberOfBytes")
    if (spec is None) == (count is None):
        raise ValidationError("Please specify either number of bytes or key spec.")
    key = the_key(asked["KeyId"], call, ports)
    plaintext = ports.dice.token(count if count is not None else _DATA_KEY_BYTES[spec])
    sealed = ports.kms.encrypt(key, plaintext, _context(asked.get("EncryptionContext")))
    dry_run(asked)
    return key, plaintext, sealed


@operation("kms", "GenerateRandom", access=Access.USE, touches=touches_account)
async def generate_random(call: Call[t.GenerateRandomRequest], ports: Ports) -> t.GenerateRandomResponse:
    """Unpredictable bytes, from the operating system of this site."""
    asked = call.arguments
    refuse_unserved(asked)
    if asked.get("CustomKeyStoreId"):
        raise CallerError(
            "This site has no custom key stores: leave out CustomKeyStoreId.", code="UnsupportedOperationException"
        )
    if asked.get("NumberOfBytes") is None:
        raise ValidationError("NumberOfBytes is required.")
    return {"Plaintext": ports.dice.token(asked["NumberOfBytes"])}


def _source(ciphertext: bytes, named: str | None, algorithm: str, call: Call[Any], ports: Ports) -> KmsKey:
    """The key of a ciphertext; it is the one that was judged (`_source_of`).

    Raises: CallerError (InvalidCiphertextException, IncorrectKeyException); ValidationError; NotFoundError.
    """
    if _is_rsa(algorithm):
        if named is None:
            raise ValidationError("A ciphertext of an RSA key does not name it: give the key's id.")
        return the_key(named, call, ports)
    key = ports.kms.find(call.principal.account, ports.kms.named_by(ciphertext) or "unknown")
    if key is None:
        raise CallerError(_INVALID, code="InvalidCiphertextException")
    if named is not None and the_key(named, call, ports).id != key.id:
        raise CallerError(
            "The key ID in the request does not identify a CMK that can perform this operation.",
            code="IncorrectKeyException",
        )
    return key


def _context(given: dict[str, str] | None) -> dict[str, str]:
    context = dict(given or {})
    if sum(len(name) + len(value) for name, value in context.items()) > _CONTEXT_BYTES:
        raise ValidationError(f"EncryptionContext must not have more than {_CONTEXT_BYTES} characters.")
    return context


def _sealed(key: KmsKey, algorithm: str, plaintext: bytes, context: dict[str, str] | None, ports: Ports) -> bytes:
    if not _is_rsa(algorithm):
        return ports.kms.encrypt(key, plaintext, _context(context))
    _refuse_context(context)
    return ports.kms_signing.encrypt(key, algorithm, plaintext)


def _opened(key: KmsKey, algorithm: str, ciphertext: bytes, context: dict[str, str] | None, ports: Ports) -> bytes:
    if not _is_rsa(algorithm):
        return ports.kms.decrypt(key, ciphertext, _context(context))
    _refuse_context(context)
    return ports.kms_signing.decrypt(key, algorithm, ciphertext)


def _is_rsa(algorithm: str | None) -> bool:
    """Whether it is one of asymmetric keys; which of them a key can do is said by the key."""
    return algorithm not in {None, SYMMETRIC}


def _refuse_context(context: dict[str, str] | None) -> None:
    if context:
        raise ValidationError("RSA keys authenticate no encryption context: leave it out.")
