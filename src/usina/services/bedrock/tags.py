"""Tags of what an account makes here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from usina.core.batch import INVOCATION_JOB
from usina.core.custom import CUSTOM_MODEL, CUSTOMIZATION_JOB, DEPLOYMENT, PROVISIONED
from usina.core.errors import CallerError, NotFoundError, ValidationError
from usina.core.ids import Arn
from usina.core.imports import IMPORT_JOB, IMPORTED
from usina.core.operation import Access, Resource, operation
from usina.services.bedrock import listing, profile_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from usina.core.operation import Call
    from usina.core.ports import Json, Ports
    from usina.shapes.bedrock_types import (
        ListTagsForResourceRequest,
        ListTagsForResourceResponse,
        TagResourceRequest,
        TagResourceResponse,
        UntagResourceRequest,
        UntagResourceResponse,
    )

_MOST_TAGS = 50
_RESERVED = "aws:"


# What stands before the id in an ARN -> the type that policy knows, and the kind of row.
KINDS: Final = {
    "application-inference-profile": ("InferenceProfile", profile_rows.KIND),
    "inference-profile": ("InferenceProfile", profile_rows.KIND),
    "model-invocation-job": ("InvocationJob", INVOCATION_JOB),
    "model-import-job": ("ImportJob", IMPORT_JOB),
    "imported-model": ("ImportedModel", IMPORTED),
    CUSTOMIZATION_JOB: ("CustomizationJob", CUSTOMIZATION_JOB),
    CUSTOM_MODEL: ("CustomModel", CUSTOM_MODEL),
    DEPLOYMENT: ("CustomModelDeployment", DEPLOYMENT),
    PROVISIONED: ("ProvisionedModel", PROVISIONED),
}


def _touches(call: Call[Any], _ports: Ports) -> Sequence[Resource]:
    name: str = call.arguments["resourceARN"]
    arn = Arn.parse(name)
    if arn is None:
        return (Resource("InferenceProfile", name, call.principal.account),)
    kind = KINDS.get(arn.resource.partition("/")[0], ("InferenceProfile", ""))[0]
    return (Resource(kind, name, arn.account),)


@operation("bedrock", "TagResource", access=Access.WRITE, touches=_touches)
async def tag_resource(call: Call[TagResourceRequest], ports: Ports) -> TagResourceResponse:
    """Add tags, or give those that are there new values."""
    arn, given = call.arguments["resourceARN"], call.arguments["tags"]
    kind, name = _row(arn, call.principal.account)

    def edit(body: Json) -> Json:
        return {**body, "tags": merged(body.get("tags", ()), given, arn)}

    await listing.change(ports, kind, call.principal.account, name, edit, missing=_missing(kind, arn))
    return {}


@operation("bedrock", "UntagResource", access=Access.WRITE, touches=_touches)
async def untag_resource(call: Call[UntagResourceRequest], ports: Ports) -> UntagResourceResponse:
    """Take tags away; a key that is not there is no error."""
    arn, keys = call.arguments["resourceARN"], set(call.arguments["tagKeys"])
    kind, name = _row(arn, call.principal.account)

    def edit(body: Json) -> Json:
        return {**body, "tags": [tag for tag in body.get("tags", ()) if tag["key"] not in keys]}

    await listing.change(ports, kind, call.principal.account, name, edit, missing=_missing(kind, arn))
    return {}


@operation("bedrock", "ListTagsForResource", access=Access.READ, touches=_touches)
async def list_tags_for_resource(call: Call[ListTagsForResourceRequest], ports: Ports) -> ListTagsForResourceResponse:
    """The tags of a resource, in order of key."""
    arn, account = call.arguments["resourceARN"], call.principal.account
    kind, name = _row(arn, account)
    row = await ports.records.get(kind, account, name)
    if row is None:
        raise _missing(kind, arn)
    return {"tags": row.body.get("tags", [])}


def _row(arn: str, account: str) -> tuple[str, str]:
    """Kind and name of the row of a tagged thing. Raises: ValidationError, NotFoundError."""
    parsed = Arn.parse(arn)
    if parsed is None:
        raise ValidationError("The value at resourceARN is not a valid ARN.")
    before, _, name = parsed.resource.partition("/")
    kind = KINDS.get(before, ("", ""))[1]
    if kind and kind != profile_rows.KIND:
        return kind, listing.named(arn, before, account).rpartition("/")[
            2
        ]  # some have their base's id before their own
    profile_rows.refuse_system(name)
    return profile_rows.KIND, profile_rows.owned_id(arn, account)


def _missing(kind: str, arn: str) -> NotFoundError:
    return profile_rows.missing(arn) if kind == profile_rows.KIND else listing.not_here(arn)


def merged(before: Iterable[Any], given: Iterable[Any], arn: str) -> list[Json]:
    """Tags with those given added or changed, in order of key.

    Raises:
        ValidationError: a key is given twice, or is one of AWS's own.
        CallerError: more than a resource may have (TooManyTagsException).
    """
    tags = {tag["key"]: tag["value"] for tag in before}
    seen: set[str] = set()
    for tag in given:
        key = tag["key"]
        if key in seen:
            raise ValidationError(f"The tag key {key} is given more than once.")
        if key.lower().startswith(_RESERVED):
            raise ValidationError(f"The tag key {key} begins with {_RESERVED}, which is reserved.")
        seen.add(key)
        tags[key] = tag["value"]
    if len(tags) > _MOST_TAGS:
        raise CallerError(
            f"A resource may have at most {_MOST_TAGS} tags.",
            code="TooManyTagsException",
            members={"resourceName": arn},
        )
    return [{"key": key, "value": tags[key]} for key in sorted(tags)]
