"""Key material by key spec: AES keys and HMAC keys as bytes, asymmetric private keys as PKCS#8 DER."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from usina.core.kms import SYMMETRIC

if TYPE_CHECKING:
    from usina.core.clock import Dice

_AES_BYTES: Final = 32
_HMAC_BYTES: Final = {"HMAC_224": 28, "HMAC_256": 32, "HMAC_384": 48, "HMAC_512": 64}
_RSA_BITS: Final = {"RSA_2048": 2_048, "RSA_3072": 3_072, "RSA_4096": 4_096}
_CURVES: Final[dict[str, type[ec.EllipticCurve]]] = {
    "ECC_NIST_P256": ec.SECP256R1,
    "ECC_NIST_P384": ec.SECP384R1,
    "ECC_NIST_P521": ec.SECP521R1,
    "ECC_SECG_P256K1": ec.SECP256K1,
}
_EXPONENT: Final = 65_537


def new_secret(spec: str, dice: Dice) -> bytes:
    """Fresh material of that spec. Raises: KeyError where the spec is none that is served."""
    if spec == SYMMETRIC:
        return dice.token(_AES_BYTES)
    if spec in _HMAC_BYTES:
        return dice.token(_HMAC_BYTES[spec])
    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
    if spec in _RSA_BITS:
        private = rsa.generate_private_key(_EXPONENT, _RSA_BITS[spec])
    elif spec == "ECC_NIST_EDWARDS25519":
        private = ed25519.Ed25519PrivateKey.generate()
    else:
        private = ec.generate_private_key(_CURVES[spec]())
    return private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
