"""Encryption at rest as S3 speaks of it. All content is encrypted; a request or a bucket chooses under which key.

AES256 is the site's own key. `aws:kms` is a KMS key of an account: to write needs kms:GenerateDataKey on it, to read
needs kms:Decrypt, and a key that is taken out of use takes the objects under it along. Keys that come with a request
(SSE-C) are not served.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from usina.core.errors import AccessDeniedError, CallerError, UnknownOperationError, ValidationError
from usina.core.ids import Arn
from usina.core.objects import Under
from usina.core.operation import Access, operation
from usina.services.s3.naming import the_bucket, touches_bucket
from usina.services.s3.settings import changed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.objects import Bucket, Entry
    from usina.core.operation import Call
    from usina.core.ports import Json, Ports

_BY_SITE: Final = "AES256"
_BY_KMS: Final = "aws:kms"
_SERVICE: Final = "s3"


async def key_for(asked: Mapping[str, Any], bucket: Bucket, call: Call[Any], ports: Ports) -> Under:
    """The key that a write goes under.

    Raises: CallerError where the request contradicts itself or the key is not there; AccessDeniedError.
    """
    kind, named = asked.get("ServerSideEncryption"), asked.get("SSEKMSKeyId")
    if asked.get("SSEKMSEncryptionContext"):
        raise UnknownOperationError("This site sets the encryption context itself: leave out SSEKMSEncryptionContext.")
    if kind is None and named is None:
        default = bucket.settings.get("encryption", {})
        kind, named = default.get("kind"), None if default.get("shared") else default.get("key")
    elif named is not None and kind != _BY_KMS:
        raise ValidationError(
            "The encryption method specified is not supported with a KMS key: give x-amz-server-side-encryption "
            f"{_BY_KMS} with it."
        )
    return await _resolved(kind or _BY_SITE, named, call, ports)


async def _resolved(kind: str, named: str | None, call: Call[Any], ports: Ports) -> Under:
    if kind == _BY_SITE:
        return Under()
    if kind != _BY_KMS:
        raise ValidationError(f"The encryption method {kind} is not supported by this site: use AES256 or {_BY_KMS}.")
    account = call.principal.account
    if not named:
        return Under((await ports.kms.service_key(account, _SERVICE)).arn, shared=True)
    arn = Arn.parse(named)
    key = ports.kms.find(account if arn is None else arn.account, named)
    if key is not None:
        _check(call, ports, "kms:GenerateDataKey", key.arn)
        return Under(key.arn)
    if arn is not None and arn.account != account:
        raise _denied(call, "kms:GenerateDataKey", named)  # there or not: the answer is the same
    raise CallerError(f"Key '{named}' does not exist", code="KMS.NotFoundException")


def check_readable(entry: Entry, call: Call[Any], ports: Ports) -> None:
    """Raises: AccessDeniedError where the caller may not decrypt under the object's key."""
    under = Under.of(entry.facts)
    if under.is_judged:
        _check(call, ports, "kms:Decrypt", under.key)


def _check(call: Call[Any], ports: Ports, action: str, arn: str) -> None:
    if not ports.iam.simulate(call.principal, action, arn).allowed:
        raise _denied(call, action, arn)


def _denied(call: Call[Any], action: str, arn: str) -> AccessDeniedError:
    return AccessDeniedError(
        f"User: {call.principal.arn} is not authorized to perform: {action} on the resource associated with this "
        f"ciphertext or key: {arn}"
    )


def encryption_answer(facts: Mapping[str, Any], *, sealed: bool = True) -> Json:
    """How an object is encrypted, as members of an answer."""
    if "encryption" in facts:
        return {"ServerSideEncryption": _BY_KMS, "SSEKMSKeyId": facts["encryption"]}
    return {"ServerSideEncryption": _BY_SITE} if sealed else {}


@operation("s3", "PutBucketEncryption", access=Access.WRITE, touches=touches_bucket)
async def put_bucket_encryption(call: Call[Any], ports: Ports) -> Json:
    """Choose the key under which a bucket's objects go that ask for none themselves."""
    rules = call.arguments["ServerSideEncryptionConfiguration"]["Rules"]
    if len(rules) != 1 or not rules[0].get("ApplyServerSideEncryptionByDefault"):
        raise ValidationError("An encryption configuration has one rule, with a default.", code="MalformedXML")
    default = rules[0]["ApplyServerSideEncryptionByDefault"]
    kind, named = default["SSEAlgorithm"], default.get("KMSMasterKeyID")
    if kind not in {_BY_SITE, _BY_KMS} or (named and kind != _BY_KMS):
        raise ValidationError(f"SSEAlgorithm must be {_BY_SITE}, or {_BY_KMS} with or without a KMSMasterKeyID.")
    chosen: Json = {"kind": kind, "bucket_key": bool(rules[0].get("BucketKeyEnabled"))}
    under = await _resolved(kind, named, call, ports)
    if under.key:
        chosen |= {"key": under.key, "shared": under.shared}
    await changed(call, ports, "encryption", chosen)
    return {}


@operation("s3", "GetBucketEncryption", access=Access.READ, touches=touches_bucket)
async def get_bucket_encryption(call: Call[Any], ports: Ports) -> Json:
    """The key of a bucket's objects; AES256 where nothing was chosen."""
    chosen = the_bucket(call, ports).settings.get("encryption", {"kind": _BY_SITE, "bucket_key": False})
    default = {"SSEAlgorithm": chosen["kind"]}
    if chosen.get("key") and not chosen["shared"]:
        default["KMSMasterKeyID"] = chosen["key"]
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": chosen["bucket_key"]}
    return {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}


@operation("s3", "DeleteBucketEncryption", access=Access.WRITE, touches=touches_bucket)
async def delete_bucket_encryption(call: Call[Any], ports: Ports) -> Json:
    """Choose the site's own key again."""
    await changed(call, ports, "encryption", None)
    return {}
