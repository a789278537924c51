"""The `KmsSigning` port: signatures, authentication codes and RSA encryption by the keys of the vault.

Algorithms: https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html. ECDSA signatures are
DER, as KMS gives them; RSA-PSS takes a salt as long as the digest.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key

from usina.core.errors import CallerError, ValidationError
from usina.sovereignty.kms.vault import check_usable, invalid_ciphertext

if TYPE_CHECKING:
    from usina.core.kms import KmsKey
    from usina.sovereignty.kms.vault import Vault

_HASHES: Final[dict[str, type[hashes.HashAlgorithm]]] = {
    "256": hashes.SHA256,
    "384": hashes.SHA384,
    "512": hashes.SHA512,
}
_OAEP: Final[dict[str, type[hashes.HashAlgorithm]]] = {
    "RSAES_OAEP_SHA_1": hashes.SHA1,
    "RSAES_OAEP_SHA_256": hashes.SHA256,
}
_SIGNS, _ENCRYPTS, _AUTHENTICATES = "SIGN_VERIFY", "ENCRYPT_DECRYPT", "GENERATE_VERIFY_MAC"
_MACS: Final = {"HMAC_SHA_224": "sha224", "HMAC_SHA_256": "sha256", "HMAC_SHA_384": "sha384", "HMAC_SHA_512": "sha512"}


class Signing:
    """Over the vault's keys."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._opened: dict[str, Any] = {}  # ARN -> private key; loading one takes longer than signing by it

    def sign(self, key: KmsKey, algorithm: str, message: bytes, *, is_digest: bool) -> bytes:
        """A signature."""
        private = self._private(key, algorithm)
        if isinstance(private, ed25519.Ed25519PrivateKey):
            _refuse_digest(is_digest=is_digest)
            return private.sign(message)
        digest = _hash(algorithm)
        _check_digest(message, digest, is_digest=is_digest)
        chosen = Prehashed(digest) if is_digest else digest
        if isinstance(private, ec.EllipticCurvePrivateKey):
            return private.sign(message, ec.ECDSA(chosen))
        signature: bytes = private.sign(message, _padding(algorithm, digest), chosen)
        return signature

    def verify(self, key: KmsKey, algorithm: str, message: bytes, signature: bytes, *, is_digest: bool) -> bool:
        """Whether that key made the signature."""
        public = self._private(key, algorithm).public_key()
        try:
            if isinstance(public, ed25519.Ed25519PublicKey):
                _refuse_digest(is_digest=is_digest)
                public.verify(signature, message)
                return True
            digest = _hash(algorithm)
            _check_digest(message, digest, is_digest=is_digest)
            chosen = Prehashed(digest) if is_digest else digest
            if isinstance(public, ec.EllipticCurvePublicKey):
                public.verify(signature, message, ec.ECDSA(chosen))
            else:
                public.verify(signature, message, _padding(algorithm, digest), chosen)
        except InvalidSignature:
            return False
        return True

    def encrypt(self, key: KmsKey, algorithm: str, plaintext: bytes) -> bytes:
        """A ciphertext of an RSA key."""
        _check_kind(key, algorithm, _ENCRYPTS, "RSA")
        public = self._loaded(key).public_key()
        digest = _OAEP[algorithm]()
        most = public.key_size // 8 - 2 * digest.digest_size - 2  # RFC 8017, 7.1.1
        if len(plaintext) > most:
            raise ValidationError(f"Plaintext must not have more than {most} bytes for this key and algorithm.")
        ciphertext: bytes = public.encrypt(plaintext, _oaep(digest))
        return ciphertext

    def decrypt(self, key: KmsKey, algorithm: str, ciphertext: bytes) -> bytes:
        """The plaintext."""
        _check_kind(key, algorithm, _ENCRYPTS, "RSA")
        try:
            plaintext: bytes = self._loaded(key).decrypt(ciphertext, _oaep(_OAEP[algorithm]()))
        except ValueError:
            raise invalid_ciphertext() from None
        return plaintext

    def public_key(self, key: KmsKey) -> bytes:
        """The public half."""
        check_usable(key)
        if not key.body["spec"].startswith(("RSA", "ECC")):
            raise CallerError(f"{key.arn} is not an asymmetric key.", code="UnsupportedOperationException")
        public = self._loaded(key).public_key()
        form: bytes = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return form

    def mac(self, key: KmsKey, algorithm: str, message: bytes) -> bytes:
        """The message's authentication code."""
        _check_kind(key, algorithm, _AUTHENTICATES, "HMAC")
        return hmac.digest(self._vault.secret(key, 0), message, _MACS[algorithm])

    def _private(self, key: KmsKey, algorithm: str) -> Any:
        _check_kind(key, algorithm, _SIGNS, "RSA", "ECC")
        return self._loaded(key)

    def _loaded(self, key: KmsKey) -> Any:
        private = self._opened.get(key.arn)
        if private is None:
            private = self._opened[key.arn] = load_der_private_key(self._vault.secret(key, 0), None)
        return private


def _check_kind(key: KmsKey, algorithm: str, usage: str, *kinds: str) -> None:
    check_usable(key)
    spec = str(key.body["spec"])
    if key.body["usage"] != usage or not spec.startswith(kinds) or not _fits(spec, usage, algorithm):
        raise CallerError(
            f"{key.arn} has key spec {spec} and usage {key.body['usage']}, which cannot be used with {algorithm}.",
            code="InvalidKeyUsageException",
        )


def _fits(spec: str, usage: str, algorithm: str) -> bool:
    if spec.startswith("RSA"):
        return algorithm in _OAEP if usage == _ENCRYPTS else algorithm.startswith("RSASSA")
    if spec.startswith("HMAC"):
        return algorithm == f"HMAC_SHA_{spec.rpartition('_')[2]}"
    if spec == "ECC_NIST_EDWARDS25519":
        return algorithm == "ED25519_SHA_512"
    bits = {"ECC_NIST_P384": "384", "ECC_NIST_P521": "512"}.get(spec, "256")
    return algorithm == f"ECDSA_SHA_{bits}"


def _hash(algorithm: str) -> hashes.HashAlgorithm:
    return _HASHES[algorithm.rpartition("_")[2]]()


def _padding(algorithm: str, digest: hashes.HashAlgorithm) -> padding.AsymmetricPadding:
    if algorithm.startswith("RSASSA_PSS"):
        return padding.PSS(padding.MGF1(digest), digest.digest_size)
    return padding.PKCS1v15()


def _oaep(digest: hashes.HashAlgorithm) -> padding.OAEP:
    return padding.OAEP(padding.MGF1(digest), digest, None)


def _check_digest(message: bytes, digest: hashes.HashAlgorithm, *, is_digest: bool) -> None:
    if is_digest and len(message) != digest.digest_size:
        raise ValidationError(f"Digest is invalid length for the algorithm: it must have {digest.digest_size} bytes.")


def _refuse_digest(*, is_digest: bool) -> None:
    if is_digest:
        raise ValidationError("ED25519_SHA_512 signs messages: give MessageType RAW.")
