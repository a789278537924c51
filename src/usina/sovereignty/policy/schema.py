"""The Cedar schema of this factory, generated from what it serves, and the entities of one request.

Namespace `Usina`. Principals are `User`s in `Role`s and in their `Account`; an action is `SERVICE:Operation`, in one
group by its access (`use`) and one by its service (`bedrock-runtime`). Every resource has an `account` ("" for what
belongs to the site and is seen by all tenants) and is in that account; its other attributes are in `RESOURCE_TYPES`,
all of them always present ("" / false / 0 / [] where the handler said nothing), so that a policy needs no `has`.
An attribute that is not in the tables below is not shown to policy: policies are validated against them, so none
could ask for it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from usina.core.cloud import SEND_TO_CLOUD
from usina.core.operation import Access

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from usina.core.operation import Operation, Principal, Resource

NAMESPACE: Final = "Usina"

# Type of resource -> its attributes beside `account`, and their Cedar types.
RESOURCE_TYPES: Final[Mapping[str, Mapping[str, str]]] = {
    "Model": {"provider": "String", "task": "String", "runtime": "String", "alias": "String", "known": "Boolean"},
    "InferenceProfile": {"model": "String"},
    "Key": {"user": "String", "kind": "String"},
    "Role": {},
    "Account": {},
    "IamRole": {"externalId": "String", "sessionName": "String"},
    "IamUser": {},
    "IamPolicy": {},
    "OidcProvider": {},
    "Person": {},
    "SignIn": {"role": "String"},
    "Alias": {"model": "String"},
    "Ledger": {},
    "Site": {},
    "Image": {},
    "LogGroup": {"name": "String"},
    "MetricNamespace": {"name": "String"},
    "TrainingJob": {},
    "ProcessingJob": {},
    "TransformJob": {},
    "TuningJob": {},
    "SageMakerModel": {"packaged": "Boolean"},  # of CreateModel: all its containers are model packages
    "EndpointConfig": {},
    "Endpoint": {},
    # approval: as it stands before the request; requested: what the request would have it be
    "ModelPackage": {"group": "String", "approval": "String", "requested": "String"},
    "ModelPackageGroup": {},
    "CustomizationJob": {},
    "CustomModel": {},
    "CustomModelDeployment": {},
    "ProvisionedModel": {},
    "ImportJob": {},
    "ImportedModel": {},
    "InvocationJob": {},
    # What would leave the site for a model outside. redacted: what is found of personal data is taken out before
    "CloudModel": {
        "destination": "String",
        "protocol": "String",
        "upstream": "String",
        "labels": "Set",
        "redacted": "Boolean",
    },
    "KmsKey": {},
    "KmsAlias": {},
    "Bucket": {},
    "Object": {"bucket": "String", "bypass": "Boolean"},  # bypass: asks to pass a lock of governance
}

PRINCIPAL_ATTRIBUTES: Final[Mapping[str, str]] = {
    "account": "String",
    "arn": "String",
    "name": "String",
    "key": "String",
    "session": "Boolean",
}

# What policy may know of the circumstances. `peer` is absent where the other end has no IP address.
CONTEXT: Final[Mapping[str, str]] = {
    "secure": "Boolean",  # the request came over TLS
    "peer": "ipaddr",  # address of the other end
    "method": "String",  # how the caller was proved: sigv4, presigned, bearer ...
    "region": "String",
    "site": "String",
    "now": "datetime",  # UTC, cut to the minute
    "weekday": "Long",  # UTC, 1 Monday to 7 Sunday
}
_OPTIONAL_CONTEXT: Final = frozenset({"peer"})
_EXTENSIONS: Final = frozenset({"ipaddr", "datetime"})

# Groups that exist although nothing served is in them yet, so that policies can be written ahead.
SERVICES: Final = (
    "bedrock",
    "bedrock-runtime",
    "cloudtrail",
    "cloudwatch",
    "iam",
    "kms",
    "logs",
    "openai",
    "s3",
    "sagemaker",
    "sagemaker-runtime",
    "sts",
    "usina",
)

_EMPTY: Final[Mapping[str, Any]] = {"String": "", "Boolean": False, "Long": 0, "Set": []}


class EntityError(Exception):
    """A request that cannot be shown to policy: a type or attribute value outside the schema. It is denied."""


def _attribute(name: str, kind: str) -> dict[str, Any]:
    """JSON schema of one attribute."""
    if kind == "Set":
        return {"type": "Set", "element": {"type": "String"}}
    shape = {"type": "Extension", "name": kind} if kind in _EXTENSIONS else {"type": kind}
    return {**shape, "required": name not in _OPTIONAL_CONTEXT}


def _record(attributes: Mapping[str, str]) -> dict[str, Any]:
    return {"type": "Record", "attributes": {name: _attribute(name, kind) for name, kind in attributes.items()}}


def schema_json(operations: Iterable[Operation]) -> str:
    """The schema in Cedar's JSON form, for these operations."""
    entity_types: dict[str, Any] = {
        name: {
            "memberOfTypes": [] if name == "Account" else ["Account"],
            "shape": _record({"account": "String", **attributes}),
        }
        for name, attributes in RESOURCE_TYPES.items()
    }
    entity_types["User"] = {"memberOfTypes": ["Role", "Account"], "shape": _record(PRINCIPAL_ATTRIBUTES)}
    served = sorted([*operations, SEND_TO_CLOUD], key=lambda operation: operation.id)
    groups = {*SERVICES, *(access.value for access in Access), *(operation.service for operation in served)}
    actions: dict[str, Any] = {group: {} for group in sorted(groups)}
    applies_to = {
        "principalTypes": ["User"],
        "resourceTypes": sorted(RESOURCE_TYPES),
        "context": _record(CONTEXT),
    }
    for operation in served:
        parents = [{"id": operation.access.value}, {"id": operation.service}]
        judged = {**applies_to, "resourceTypes": ["CloudModel"]} if operation is SEND_TO_CLOUD else applies_to
        actions[operation.id] = {"memberOf": parents, "appliesTo": judged}
        groups -= {operation.access.value, operation.service}
    for group in sorted(groups):
        # Cedar calls a policy on an empty group an error; one action that nobody can ask for makes it inhabited.
        actions[f"{group}:(nothing served)"] = {"memberOf": [{"id": group}], "appliesTo": applies_to}
    return json.dumps({NAMESPACE: {"entityTypes": entity_types, "actions": actions}})


def uid(kind: str, identifier: str) -> dict[str, str]:
    """Cedar's JSON name of an entity; safe for any identifier."""
    return {"type": f"{NAMESPACE}::{kind}", "id": identifier}


def _value(name: str, kind: str, given: object) -> object:
    """Check a value against its Cedar type."""
    if kind == "Set" and isinstance(given, (tuple, list)) and all(isinstance(item, str) for item in given):
        return sorted(given)
    python_type = {"String": str, "Boolean": bool, "Long": int}.get(kind)
    if python_type is None or type(given) is not python_type:
        message = f"attribute {name} is not a {kind}"
        raise EntityError(message)
    return given


def _resource(resource: Resource) -> dict[str, Any]:
    """One resource as Cedar JSON."""
    attributes = RESOURCE_TYPES.get(resource.type)
    if attributes is None:
        message = f"resource type {resource.type} is not in the policy schema"
        raise EntityError(message)
    account = resource.account or (resource.id if resource.type == "Account" else "")
    shown: dict[str, object] = {"account": account}
    for name, kind in attributes.items():
        given = resource.attributes.get(name)
        shown[name] = _EMPTY[kind] if given is None else _value(name, kind, given)
    parents = [uid("Account", account)] if account and resource.type != "Account" else []
    return {"uid": uid(resource.type, resource.id), "attrs": shown, "parents": parents}


def entities_json(principal: Principal, operation: Operation, resource: Resource) -> str:
    """Every entity that policy may look at in one request, in Cedar's JSON form.

    Raises:
        EntityError: the resource does not fit the schema.
    """
    roles = [uid("Role", role) for role in principal.roles]
    entities: list[dict[str, Any]] = [
        {
            "uid": uid("User", principal.arn),
            "attrs": {
                "account": principal.account,
                "arn": principal.arn,
                "name": principal.name,
                "key": principal.key_id,
                "session": principal.session,
            },
            "parents": [*roles, uid("Account", principal.account)],
        },
        {
            "uid": uid("Action", operation.id),
            "attrs": {},
            "parents": [uid("Action", operation.access.value), uid("Action", operation.service)],
        },
        _resource(resource),
    ]
    return json.dumps(entities)
