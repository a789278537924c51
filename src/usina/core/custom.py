"""Custom models, and what lets them answer, as they stand in rows.

A row of kind `custom-model` (name: the twelve characters its ARN ends with) is an adapter of a model of the site:

    arn, name            as GetCustomModel answers them
    base, base_sha256    id of the model it was made from, and of that model's file
    adapter              its GGUF file, from the folder of all adapters
    sha256, size_bytes   of that file
    created              epoch seconds
    job                  ARN of the job that made it
    made                 request, metrics and data of that job, as GetCustomModel tells them
    tags                 [{"key", "value"}]

Rows of kind `custom-model-deployment` and `provisioned-model` have `arn`, `name`, `created`, `updated`, `tags`, `token`
and `model`: the last part of a custom model's ARN, or (provisioned only) the id of a model of the site. `next` is the
model that shall take its place as soon as it can answer; empty where none is. A custom model is loaded while such a row
names it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from usina.core.ids import Arn

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

CUSTOM_MODEL: Final = "custom-model"
DEPLOYMENT: Final = "custom-model-deployment"
PROVISIONED: Final = "provisioned-model"
HOLDERS: Final = (DEPLOYMENT, PROVISIONED)  # what keeps a custom model loaded
ID_CHARACTERS: Final = 12
_SAFE = re.compile(r"[^a-z0-9-]+")
_PART_CHARACTERS = 63


def base_part(base: str) -> str:
    """The id of a base model as it stands in ARNs of what is made from it: `PROVIDER.NAME` in AWS's characters."""
    provider, _, name = base.lower().partition(".")
    return ".".join(_SAFE.sub("-", part)[:_PART_CHARACTERS] or "model" for part in (provider, name))


def custom_model_arn(region: str, account: str, base: str, identifier: str) -> str:
    """ARN of a custom model."""
    return str(Arn("bedrock", region, account, f"{CUSTOM_MODEL}/{base_part(base)}/{identifier}"))


def holder_arn(kind: str, region: str, account: str, identifier: str) -> str:
    """ARN of a deployment or of provisioned throughput."""
    return str(Arn("bedrock", region, account, f"{kind}/{identifier}"))


def names_of(body: Mapping[str, Any]) -> tuple[str, ...]:
    """The models that a deployment's or provisioned throughput's row holds: the one that answers, and the next."""
    return tuple(name for name in (body.get("model"), body.get("next")) if name)
