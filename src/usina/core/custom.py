"""Custom models, the jobs that make them, and what lets them answer, as they stand in rows.

A row of kind `model-customization-job` is a job's, as `core/jobs.py` has it. Its `request` is that of
CreateModelCustomizationJob, with `hyperParameters` whole, and `base`, `base_sha256`, `model` (what it makes: the last
part of its ARN), `model_arn`. Of `observed` it has beside the others `facts`: what is known of its model, once done.

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
model that shall take its place as soon as it can answer; empty where none is. `update` is the newest one: its model and
Updating, UpdateCompleted or UpdateFailed. A custom model is loaded while such a row names it as one or the other.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from usina.core.ids import Arn

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

CUSTOMIZATION_JOB: Final = "model-customization-job"
CUSTOMIZATION_LOG_GROUP: Final = "/aws/bedrock/model-customization-jobs"
CUSTOMIZATION_IMAGE: Final = "usina/lora"
CUSTOMIZATION_INSTANCE: Final = "ml.usina.customization"  # of instances.toml: what such a job gets of the machine
MOST_RECORDS: Final = 10_000  # of training data
MOST_VALIDATION_RECORDS: Final = 1_000  # of each validator
MOST_RECORD_TOKENS: Final = 2_048
MOST_DATA_BYTES: Final = 1_073_741_824  # of a job's data together
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


def job_arn(region: str, account: str, base: str, identifier: str) -> str:
    """ARN of a customization job."""
    return str(Arn("bedrock", region, account, f"{CUSTOMIZATION_JOB}/{base_part(base)}/{identifier}"))


def holder_arn(kind: str, region: str, account: str, identifier: str) -> str:
    """ARN of a deployment or of provisioned throughput."""
    return str(Arn("bedrock", region, account, f"{kind}/{identifier}"))


def names_of(body: Mapping[str, Any]) -> tuple[str, ...]:
    """The models that a deployment's or provisioned throughput's row holds: the one that answers, and the next."""
    return tuple(name for name in (body.get("model"), body.get("next")) if name)
