"""Which kinds of keys this site makes, and what each of them can do."""

from __future__ import annotations

from typing import Any, Final

from usina.core.errors import CallerError, ValidationError
from usina.core.kms import SYMMETRIC

ENCRYPT, SIGN, MAC = "ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC"
_RSA_SIGNS: Final = tuple(
    f"RSASSA_{form}_SHA_{bits}" for form in ("PKCS1_V1_5", "PSS") for bits in ("256", "384", "512")
)
_RSA: Final = {ENCRYPT: ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"), SIGN: _RSA_SIGNS}
# Spec -> usage -> algorithms.
SPECS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    SYMMETRIC: {ENCRYPT: (SYMMETRIC,)},
    "RSA_2048": _RSA,
    "RSA_3072": _RSA,
    "RSA_4096": _RSA,
    "ECC_NIST_P256": {SIGN: ("ECDSA_SHA_256",)},
    "ECC_NIST_P384": {SIGN: ("ECDSA_SHA_384",)},
    "ECC_NIST_P521": {SIGN: ("ECDSA_SHA_512",)},
    "ECC_SECG_P256K1": {SIGN: ("ECDSA_SHA_256",)},
    "ECC_NIST_EDWARDS25519": {SIGN: ("ED25519_SHA_512",)},
    "HMAC_224": {MAC: ("HMAC_SHA_224",)},
    "HMAC_256": {MAC: ("HMAC_SHA_256",)},
    "HMAC_384": {MAC: ("HMAC_SHA_384",)},
    "HMAC_512": {MAC: ("HMAC_SHA_512",)},
}
_MEMBERS: Final = {ENCRYPT: "EncryptionAlgorithms", SIGN: "SigningAlgorithms", MAC: "MacAlgorithms"}


def checked(asked: Any) -> tuple[str, str]:
    """Spec and usage that CreateKey asks for. Raises: CallerError, ValidationError."""
    spec = asked.get("KeySpec") or asked.get("CustomerMasterKeySpec") or SYMMETRIC
    if asked.get("KeySpec") and asked.get("CustomerMasterKeySpec") not in {None, asked["KeySpec"]}:
        raise ValidationError("You cannot specify KeySpec and CustomerMasterKeySpec in the same request.")
    usages = SPECS.get(spec)
    if usages is None:
        raise CallerError(
            f"KeySpec {spec} is not supported by this site. It has {', '.join(SPECS)}.",
            code="UnsupportedOperationException",
        )
    usage = asked.get("KeyUsage") or (ENCRYPT if spec == SYMMETRIC or spec.startswith("RSA") else "")
    if not usage:
        raise ValidationError("You must specify a KeyUsage value for an asymmetric or HMAC key.")
    if usage not in usages:
        raise CallerError(
            f"KeyUsage {usage} is not supported by this site for KeySpec {spec}: use {', '.join(usages)}.",
            code="UnsupportedOperationException",
        )
    return spec, usage


def algorithms(spec: str, usage: str) -> dict[str, list[str]]:
    """The member of a key's metadata that says its algorithms."""
    return {_MEMBERS[usage]: list(SPECS[spec][usage])}
