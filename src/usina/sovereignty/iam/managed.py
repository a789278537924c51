"""Managed policies that every account has, under the ARNs that programs attach (`arn:aws:iam::aws:policy/...`).

Only names whose meaning is plain are here, in our own words: everything, or one service. What an account may grant ends
at its own border whatever these say.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PREFIX: Final = "arn:aws:iam::aws:policy/"


def _allow(*actions: str) -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
    )


_READ: Final[Sequence[str]] = tuple(
    f"{service}:{verb}*"
    for service in ("bedrock", "sagemaker", "s3", "iam", "sts", "logs", "cloudwatch")
    for verb in ("Get", "List", "Describe")
)

# What the SageMaker SDK (version 3) looks for in a role before it uses it, and nothing here does: registries, networks.
_LOOKED_FOR: Final = ("ecr:*", "ec2:*NetworkInterface*", "ec2:Describe*")

# Name -> the document.
MANAGED: Final[Mapping[str, str]] = {
    "AdministratorAccess": _allow("*"),
    "ReadOnlyAccess": _allow(*_READ),
    "AmazonBedrockFullAccess": _allow("bedrock:*"),
    "AmazonBedrockReadOnly": _allow("bedrock:Get*", "bedrock:List*"),
    "AmazonBedrockLimitedAccess": _allow("bedrock:Invoke*", "bedrock:CountTokens", "bedrock:Get*", "bedrock:List*"),
    "AmazonSageMakerFullAccess": _allow(
        "sagemaker:*", "s3:*", "logs:*", "cloudwatch:*", "bedrock:Invoke*", "iam:GetRole", "iam:PassRole", *_LOOKED_FOR
    ),
    "AmazonS3FullAccess": _allow("s3:*"),
    "AmazonS3ReadOnlyAccess": _allow("s3:Get*", "s3:List*"),
    "CloudWatchLogsFullAccess": _allow("logs:*"),
    "CloudWatchFullAccess": _allow("cloudwatch:*", "logs:*"),
    "IAMFullAccess": _allow("iam:*"),
    "IAMReadOnlyAccess": _allow("iam:Get*", "iam:List*", "iam:Simulate*"),
}
