"""What policy judges where a request names a model: the model, and the way by which it was reached."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from usina.core.custom import DEPLOYMENT
from usina.core.ids import Arn
from usina.core.imports import IMPORTED
from usina.core.operation import Resource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.ports import Resolution

_UNKNOWN: Final[Mapping[str, str | bool]] = MappingProxyType(
    {"provider": "", "task": "", "runtime": "", "alias": "", "known": False}
)


def judged(found: Resolution | None, asked: str, account: str) -> Sequence[Resource]:
    """The resources of a request of that account for the model of that name."""
    if found is None:
        return (Resource("Model", asked, attributes=_UNKNOWN),)
    resources = [model_resource(found)]
    if found.profile_arn:
        resources.append(Resource("InferenceProfile", found.profile_arn, account, {"model": found.card.id}))
    if found.deployment_arn:
        arn = Arn.parse(found.deployment_arn)
        deployed = arn is not None and arn.resource.startswith(f"{DEPLOYMENT}/")
        kind = "CustomModelDeployment" if deployed else "ProvisionedModel"
        resources.append(Resource(kind, found.deployment_arn, account))
    return tuple(resources)


def model_resource(found: Resolution) -> Resource:
    """The model that answers: the site's, or an account's own."""
    card = found.card
    if card.account:
        imported = f":{IMPORTED}/" in card.id
        return Resource("ImportedModel" if imported else "CustomModel", card.id, card.account)
    attributes: Mapping[str, str | bool] = {
        "provider": card.provider,
        "task": card.task,
        "runtime": card.runtime,
        "alias": found.alias,
        "known": True,
    }
    return Resource("Model", card.id, attributes=attributes)
