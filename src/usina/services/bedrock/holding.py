"""What deployments and provisioned throughput share: both hold a model, and are what programs name when they use it.

Their state is that of the engine, read at the moment it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core import custom
from usina.core.errors import ConflictError, LimitExceededError, ValidationError
from usina.core.ids import Arn
from usina.core.operation import Resource
from usina.core.ports import Row
from usina.services.bedrock.listing import made_id, not_here

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from usina.core.operation import Call
    from usina.core.ports import Json, ModelCard, Ports

_MOST = 1_000_000
TYPES = {custom.DEPLOYMENT: "CustomModelDeployment", custom.PROVISIONED: "ProvisionedModel"}


def holder_id(kind: str, account: str, name: str) -> str:
    """What the ARN of the account's thing of that name ends with."""
    return made_id(account, kind, name)


def touches(kind: str, member: str) -> Callable[[Call[Any], Ports], Sequence[Resource]]:
    """The one that a name or ARN in that member of the request means."""

    def touched(call: Call[Any], ports: Ports) -> Sequence[Resource]:
        asked, account = call.arguments[member], call.principal.account
        arn = Arn.parse(asked)
        if arn is not None:
            return (Resource(TYPES[kind], asked, arn.account),)
        name = custom.holder_arn(kind, ports.site.region, account, holder_id(kind, account, asked))
        return (Resource(TYPES[kind], name, account),)

    return touched


async def find(kind: str, asked: str, account: str, ports: Ports) -> Row:
    """The account's own, by name or ARN. Raises: NotFoundError."""
    arn = Arn.parse(asked)
    identifier = holder_id(kind, account, asked) if arn is None else asked.rpartition("/")[2]
    row = await ports.records.get(kind, account, identifier)
    if row is None or (arn is not None and row.body["arn"] != asked):
        # Its name may be another than at its creation.
        named = [] if arn is not None else await ports.records.list(kind, account, most=_MOST)
        row = next((each for each in named if each.body["name"] == asked), None)
    if row is None:
        raise not_here(asked)
    return row


async def create(kind: str, name: str, body: Json, call: Call[Any], ports: Ports) -> str:
    """Make the row of a new one; gives its ARN. The same idempotency token gives the same one.

    Raises: ValidationError where there is another one of that name (these operations model no conflict).
    """
    account, now = call.principal.account, ports.clock.now()
    identifier = holder_id(kind, account, name)
    arn = custom.holder_arn(kind, ports.site.region, account, identifier)
    token = call.arguments.get("clientRequestToken", "")
    whole = {"arn": arn, "name": name, "next": "", "created": now, "updated": now, "token": token, **body}
    known = await ports.records.get(kind, account, identifier)
    if known is None:
        try:
            await ports.records.put(Row(kind, account, identifier, whole))
        except ConflictError:
            known = await ports.records.get(kind, account, identifier)
    if known is not None and not (token and token == known.body["token"] and known.body["model"] == body["model"]):
        raise ValidationError(f"There is one named {name} already. Choose another name, or delete that one.")
    await ports.catalogue.reload()
    return arn


async def check_room(card: ModelCard, ports: Ports) -> None:
    """Raises: LimitExceededError where a base has as many custom models deployed as its engine may load."""
    held: set[tuple[str, str]] = set()
    for kind in custom.HOLDERS:
        rows = await ports.records.list(kind, most=_MOST)
        held |= {(row.account, name) for row in rows for name in custom.names_of(row.body)}
    bases = [await ports.records.get(custom.CUSTOM_MODEL, *key) for key in sorted(held)]
    others = [row for row in bases if row is not None and row.body["base"] == card.base and row.body["arn"] != card.id]
    most = ports.limits.adapters_per_model
    if len(others) >= most:
        raise LimitExceededError(
            f"{most} custom models of {card.base} are deployed, which is the most that this site runs at once. "
            "Delete a deployment first."
        )


def state_of(body: Mapping[str, Any], account: str, ports: Ports, words: Mapping[str, str]) -> Json:
    """Its status, in the words of its kind for READY, STARTING and FAILED, and why it failed."""
    found = ports.catalogue.resolve(body["arn"], account)
    state, reason = ("FAILED", "its model is gone") if found is None else (found.card.state, found.card.state_reason)
    told: Json = {"status": words.get(state, words["STARTING"])}
    if state == "FAILED":
        told["failureMessage"] = reason or "the model's engine has failed; the operator must act"
    return told
