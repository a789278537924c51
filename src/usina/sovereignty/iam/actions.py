"""IAM's names for what our operations do and for what they touch: the one table between the two.

An operation that is not in the table has the IAM action of its own name (`s3:GetObject`). IAM's actions are fewer than
the APIs' operations: `bedrock:InvokeModel` covers Converse, embeddings and the OpenAI paths as well. Source: Service
Authorization Reference, "Actions defined by Amazon Bedrock", "... Amazon SageMaker", "... Amazon S3".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from usina.core.ids import Arn
from usina.core.operation import Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.operation import Operation

_INVOKE: Final = ("bedrock:InvokeModel",)
_STREAM: Final = ("bedrock:InvokeModelWithResponseStream",)

# Our operation -> the IAM actions it needs, all of them.
ACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "bedrock-runtime:Converse": _INVOKE,
    "bedrock-runtime:ConverseStream": _STREAM,
    "bedrock-runtime:InvokeModel": _INVOKE,
    "bedrock-runtime:InvokeModelWithResponseStream": _STREAM,
    "bedrock-runtime:InvokeModelWithBidirectionalStream": _INVOKE,
    "bedrock-runtime:StartAsyncInvoke": _INVOKE,
    "openai:CreateChatCompletion": _INVOKE,
    "openai:CreateCompletion": _INVOKE,
    "openai:CreateEmbedding": _INVOKE,
    "openai:CreateResponse": _INVOKE,
    "openai:ListModels": ("bedrock:ListFoundationModels",),
    "openai:RetrieveModel": ("bedrock:GetFoundationModel",),
    "s3:HeadBucket": ("s3:ListBucket",),
    "s3:ListObjects": ("s3:ListBucket",),
    "s3:ListObjectsV2": ("s3:ListBucket",),
    "s3:ListObjectVersions": ("s3:ListBucketVersions",),
    "s3:ListBuckets": ("s3:ListAllMyBuckets",),
    "s3:HeadObject": ("s3:GetObject",),
    "s3:CreateMultipartUpload": ("s3:PutObject",),
    "s3:UploadPart": ("s3:PutObject",),
    "s3:CompleteMultipartUpload": ("s3:PutObject",),
    "s3:DeleteObjects": ("s3:DeleteObject",),
    "s3:ListParts": ("s3:ListMultipartUploadParts",),
    "s3:ListMultipartUploads": ("s3:ListBucketMultipartUploads",),
    "s3:GetBucketLifecycleConfiguration": ("s3:GetLifecycleConfiguration",),
    "s3:PutBucketLifecycleConfiguration": ("s3:PutLifecycleConfiguration",),
    "s3:DeleteBucketLifecycle": ("s3:PutLifecycleConfiguration",),
    "s3:GetBucketEncryption": ("s3:GetEncryptionConfiguration",),
    "s3:PutBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "s3:GetObjectLockConfiguration": ("s3:GetBucketObjectLockConfiguration",),
    "s3:PutObjectLockConfiguration": ("s3:PutBucketObjectLockConfiguration",),
    "sagemaker-runtime:InvokeEndpoint": ("sagemaker:InvokeEndpoint",),
    "sagemaker-runtime:InvokeEndpointAsync": ("sagemaker:InvokeEndpointAsync",),
    "sagemaker-runtime:InvokeEndpointWithResponseStream": ("sagemaker:InvokeEndpointWithResponseStream",),
}
# Operations that need one action on what they touch first and another on what they touch beside it.
COPIES: Final[Mapping[str, tuple[str, str]]] = {
    "kms:ReEncrypt": ("kms:ReEncryptFrom", "kms:ReEncryptTo"),
    "s3:CopyObject": ("s3:GetObject", "s3:PutObject"),
    "s3:UploadPartCopy": ("s3:GetObject", "s3:PutObject"),
    "sagemaker:CreateModel": ("sagemaker:CreateModel", "sagemaker:DescribeModelPackage"),
}
_SERVICES: Final = {
    "bedrock-runtime": "bedrock",
    "openai": "bedrock",
    "sagemaker-runtime": "sagemaker",
}
_WHOLE: Final = frozenset({"Account", "Site", "Ledger"})  # IAM names no thing here: policies say "*"


def actions_of(operation: str, position: int = 0) -> tuple[str, ...]:
    """The IAM actions that an operation (`service:Name`) needs on the thing at that position of those it touches."""
    copies = COPIES.get(operation)
    if copies is not None:
        return (copies[min(position, 1)],)
    known = ACTIONS.get(operation)
    if known is not None:
        return known
    service, _, name = operation.partition(":")
    return (f"{_SERVICES.get(service, service)}:{name}",)


def names_of(resource: Resource, region: str) -> tuple[str, ...]:
    """What IAM policies call a thing: its ARN, and the ARN of the name that it was asked for by, if that is another."""
    if resource.type in _WHOLE:
        return ("*",)
    if resource.type == "LogGroup" and not resource.id.endswith(":*"):
        return (resource.id, f"{resource.id}:*")  # policies name a group with its streams
    if resource.id.startswith("arn:"):
        return (resource.id,)
    if resource.type == "Model":
        names = [_model(resource.id, region)]
        alias = resource.attributes.get("alias")
        if isinstance(alias, str) and alias:
            names.append(_model(alias, region))
        return tuple(names)
    if resource.type == "Role":
        return (f"arn:aws:iam::{resource.account}:role/{resource.id}",)
    return (str(Arn("usina", region, resource.account, f"{resource.type.lower()}/{resource.id}")),)


def _model(name: str, region: str) -> str:
    return str(Arn("bedrock", region, "", f"foundation-model/{name}"))


def operation_of(action: str, operations: Mapping[tuple[str, str], Operation]) -> Operation | None:
    """A served operation that needs this IAM action (of its name, else the first by name); None where none does."""
    wanted = action.lower()
    found = [
        operation for operation in operations.values() if wanted in {each.lower() for each in actions_of(operation.id)}
    ]
    return min(found, key=lambda operation: (operation.id.lower() != wanted, operation.id), default=None)


def thing_of(name: str, account: str) -> Resource:
    """The thing that an ARN names, for the site's own policies; what is not told apart is of the asking account."""
    arn = Arn.parse(name)
    if arn is None:
        return Resource("Account", account, account)
    kind, _, rest = arn.resource.partition("/")
    if arn.service == "bedrock" and kind == "foundation-model":
        return Resource("Model", rest, attributes={"known": True})
    if arn.service == "bedrock" and kind.endswith("inference-profile"):
        return Resource("InferenceProfile", name, arn.account)
    if arn.service == "kms":
        return Resource("KmsAlias" if kind == "alias" else "KmsKey", name, arn.account)
    if arn.service == "s3" and arn.resource:
        attributes = {"bucket": kind}
        return Resource("Object", name, account, attributes) if rest else Resource("Bucket", name, account)
    return Resource("Account", arn.account or account, arn.account or account)
