"""Signatures by asymmetric keys, and authentication codes by HMAC keys."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

from usina.core.errors import CallerError, ValidationError
from usina.core.operation import Access, operation
from usina.services.kms.naming import dry_run, refuse_unserved, the_key, touches_key
from usina.services.kms.specs import algorithms

if TYPE_CHECKING:
    from usina.core.operation import Call
    from usina.core.ports import Ports
    from usina.shapes import kms_types as t


@operation("kms", "Sign", access=Access.USE, touches=touches_key)
async def sign(call: Call[t.SignRequest], ports: Ports) -> t.SignResponse:
    """Sign a message of up to 4,096 bytes, or the digest of a longer one."""
    asked = call.arguments
    refuse_unserved(asked)
    key, algorithm = the_key(asked["KeyId"], call, ports), asked["SigningAlgorithm"]
    signature = ports.kms_signing.sign(key, algorithm, asked["Message"], is_digest=_is_digest(asked))
    dry_run(asked)
    return {"KeyId": key.arn, "Signature": signature, "SigningAlgorithm": algorithm}


@operation("kms", "Verify", access=Access.USE, touches=touches_key)
async def verify(call: Call[t.VerifyRequest], ports: Ports) -> t.VerifyResponse:
    """Say that a signature is the key's; one that is not, is an error."""
    asked = call.arguments
    refuse_unserved(asked)
    key, algorithm = the_key(asked["KeyId"], call, ports), asked["SigningAlgorithm"]
    valid = ports.kms_signing.verify(key, algorithm, asked["Message"], asked["Signature"], is_digest=_is_digest(asked))
    if not valid:
        raise CallerError("The signature is not valid for the message and key.", code="KMSInvalidSignatureException")
    dry_run(asked)
    return {"KeyId": key.arn, "SignatureValid": True, "SigningAlgorithm": algorithm}


@operation("kms", "GetPublicKey", access=Access.READ, touches=touches_key)
async def get_public_key(call: Call[t.GetPublicKeyRequest], ports: Ports) -> t.GetPublicKeyResponse:
    """The public half of an asymmetric key, for who verifies elsewhere."""
    refuse_unserved(call.arguments)
    key = the_key(call.arguments["KeyId"], call, ports)
    spec, usage = key.body["spec"], key.body["usage"]
    answer: Any = {
        "KeyId": key.arn,
        "PublicKey": ports.kms_signing.public_key(key),
        "CustomerMasterKeySpec": spec,
        "KeySpec": spec,
        "KeyUsage": usage,
        **algorithms(spec, usage),
    }
    return answer  # type: ignore[no-any-return] # a JSON document of this shape


@operation("kms", "GenerateMac", access=Access.USE, touches=touches_key)
async def generate_mac(call: Call[t.GenerateMacRequest], ports: Ports) -> t.GenerateMacResponse:
    """The authentication code of a message."""
    asked = call.arguments
    refuse_unserved(asked)
    key, algorithm = the_key(asked["KeyId"], call, ports), asked["MacAlgorithm"]
    code = ports.kms_signing.mac(key, algorithm, asked["Message"])
    dry_run(asked)
    return {"Mac": code, "MacAlgorithm": algorithm, "KeyId": key.arn}


@operation("kms", "VerifyMac", access=Access.USE, touches=touches_key)
async def verify_mac(call: Call[t.VerifyMacRequest], ports: Ports) -> t.VerifyMacResponse:
    """Say that an authentication code is the key's; one that is not, is an error."""
    asked = call.arguments
    refuse_unserved(asked)
    key, algorithm = the_key(asked["KeyId"], call, ports), asked["MacAlgorithm"]
    if not hmac.compare_digest(ports.kms_signing.mac(key, algorithm, asked["Message"]), asked["Mac"]):
        raise CallerError("The MAC is not valid for the message and key.", code="KMSInvalidMacException")
    dry_run(asked)
    return {"KeyId": key.arn, "MacValid": True, "MacAlgorithm": algorithm}


def _is_digest(asked: Any) -> bool:
    kind = asked.get("MessageType", "RAW")
    if kind not in {"RAW", "DIGEST"}:
        raise ValidationError(f"MessageType {kind} is not supported by this site: give RAW or DIGEST.")
    return bool(kind == "DIGEST")
