"""Endpoints: models that are served. A handler writes which fleet is wanted; the control loop makes it so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.endpoints import ENDPOINT, ENDPOINT_CONFIG, begun
from usina.core.errors import ConflictError, ValidationError
from usina.core.operation import Access, operation
from usina.core.ports import Row
from usina.services.sagemaker.fleets import check_room, fleet_of
from usina.services.sagemaker.naming import arn_of, change, find, missing, touches, touches_account
from usina.services.sagemaker.paging import page, within
from usina.services.sagemaker.serving import shown, summary
from usina.services.sagemaker.tags import merged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.operation import Call
    from usina.core.ports import Json, Ports
    from usina.shapes import sagemaker_types as t

_MOST_ENDPOINTS = 1_000_000
_NAMED = touches(ENDPOINT, "EndpointName")


@operation("sagemaker", "CreateEndpoint", access=Access.WRITE, touches=_NAMED)
async def create_endpoint(call: Call[t.CreateEndpointInput], ports: Ports) -> t.CreateEndpointOutput:
    """Serve what a configuration describes; the endpoint waits as Creating where the machine is busy."""
    asked: Json = dict(call.arguments)
    name, account = asked["EndpointName"], call.principal.account
    if not name:
        raise ValidationError("EndpointName is required.")
    fleet = await _fleet(asked, call, ports, generation=1)
    arn, now = arn_of(ENDPOINT, name, account, ports), ports.clock.now()
    body: Json = {
        "tags": merged((), asked.get("Tags", ())),
        "created": now,
        "desired": {"fleet": fleet, "delete": False, "deployment": asked.get("DeploymentConfig")},
        "observed": begun(now),
    }
    try:
        await ports.records.put(Row(ENDPOINT, account, name, body))
    except ConflictError:
        raise ValidationError(f'Cannot create already existing endpoint "{arn}".') from None
    ports.endpoints.changed(account, name)
    return {"EndpointArn": arn}


@operation("sagemaker", "DescribeEndpoint", access=Access.READ, touches=_NAMED)
async def describe_endpoint(call: Call[t.DescribeEndpointInput], ports: Ports) -> t.DescribeEndpointOutput:
    """An endpoint as it stands: its state is that of real servers."""
    row = await find(ENDPOINT, call.arguments["EndpointName"], call, ports)
    return shown(row, ports)  # type: ignore[no-any-return] # a JSON document of this shape


@operation("sagemaker", "ListEndpoints", access=Access.LIST, touches=touches_account)
async def list_endpoints(call: Call[t.ListEndpointsInput], ports: Ports) -> t.ListEndpointsOutput:
    """The account's endpoints by name, state and times; the newest first unless asked otherwise."""
    asked = call.arguments
    rows = await ports.records.list(ENDPOINT, call.principal.account, most=_MOST_ENDPOINTS)
    items = [summary(row, ports) for row in rows if _wanted(row, asked)]
    orders = {
        "Name": lambda item: item["EndpointName"],
        "CreationTime": lambda item: item["CreationTime"].timestamp(),
        "Status": lambda item: item["EndpointStatus"],
    }
    found, token = page(
        items,
        asked,
        orders[asked.get("SortBy", "CreationTime")],
        "EndpointName",
        descending=asked.get("SortOrder", "Descending") == "Descending",
    )
    answer: Any = {"Endpoints": found}
    if token is not None:
        answer["NextToken"] = token
    return answer  # type: ignore[no-any-return] # a JSON document of this shape


@operation("sagemaker", "UpdateEndpoint", access=Access.WRITE, touches=_NAMED)
async def update_endpoint(call: Call[t.UpdateEndpointInput], ports: Ports) -> t.UpdateEndpointOutput:
    """Serve another configuration: its servers answer before the old ones go; else all stays as it was."""
    asked: Json = dict(call.arguments)
    name, account = asked["EndpointName"], call.principal.account
    row = await find(ENDPOINT, name, call, ports)
    observed = row.body["observed"]
    newest = max(row.body["desired"]["fleet"]["generation"], observed["refused"])
    fleet = await _fleet(asked, call, ports, generation=newest + 1)
    if asked.get("RetainAllVariantProperties") and observed["fleet"] is not None:
        excluded = {each["VariantPropertyType"] for each in asked.get("ExcludeRetainedVariantProperties", ())}
        fleet = _retained(fleet, observed["fleet"], excluded)
        check_room(fleet["variants"], ports)

    def updated(body: Json) -> Json:
        _check_at_rest(body, name, account, ports)
        deployment = asked.get("DeploymentConfig")
        if asked.get("RetainDeploymentConfig"):
            deployment = body["desired"]["deployment"]
        seen = {**body["observed"], "status": "Updating", "failure": "", "modified": ports.clock.now()}
        return {**body, "desired": {"fleet": fleet, "delete": False, "deployment": deployment}, "observed": seen}

    await change(ENDPOINT, name, call, ports, updated)
    ports.endpoints.changed(account, name)
    return {"EndpointArn": arn_of(ENDPOINT, name, account, ports)}


@operation("sagemaker", "UpdateEndpointWeightsAndCapacities", access=Access.WRITE, touches=_NAMED)
async def update_endpoint_weights_and_capacities(
    call: Call[t.UpdateEndpointWeightsAndCapacitiesInput], ports: Ports
) -> t.UpdateEndpointWeightsAndCapacitiesOutput:
    """Give variants other weights and numbers of servers; those that go finish what they are at."""
    name, account = call.arguments["EndpointName"], call.principal.account
    wanted = {each["VariantName"]: each for each in call.arguments["DesiredWeightsAndCapacities"]}

    def updated(body: Json) -> Json:
        _check_at_rest(body, name, account, ports)
        before = body["observed"]["fleet"]
        unknown = wanted.keys() - {variant["name"] for variant in before["variants"]}
        if unknown:
            raise ValidationError(f"Variants {', '.join(sorted(unknown))} not found for endpoint {name}.")
        variants = [_weighed(variant, wanted.get(variant["name"], {})) for variant in before["variants"]]
        check_room(variants, ports)
        fleet = {**before, "variants": variants, "revision": before["revision"] + 1}
        seen = {**body["observed"], "status": "Updating", "failure": "", "modified": ports.clock.now()}
        return {**body, "desired": {**body["desired"], "fleet": fleet}, "observed": seen}

    await change(ENDPOINT, name, call, ports, updated)
    ports.endpoints.changed(account, name)
    return {"EndpointArn": arn_of(ENDPOINT, name, account, ports)}


@operation("sagemaker", "DeleteEndpoint", access=Access.WRITE, touches=_NAMED)
async def delete_endpoint(call: Call[t.DeleteEndpointInput], ports: Ports) -> dict[str, Any]:
    """End an endpoint: nothing new is asked of it, what is under way is answered, then its servers end."""
    name, account = call.arguments["EndpointName"], call.principal.account

    def deleted(body: Json) -> Json:
        seen = {**body["observed"], "status": "Deleting", "modified": ports.clock.now()}
        return {**body, "desired": {**body["desired"], "delete": True}, "observed": seen}

    await change(ENDPOINT, name, call, ports, deleted)
    ports.endpoints.changed(account, name)
    return {}


async def _fleet(asked: Mapping[str, Any], call: Call[Any], ports: Ports, *, generation: int) -> Json:
    deployment = asked.get("DeploymentConfig") or {}
    if deployment.get("AutoRollbackConfiguration") or deployment.get("RollingUpdatePolicy"):
        raise ValidationError(
            "DeploymentConfig: only BlueGreenUpdatePolicy without alarms is supported by this site; what cannot serve "
            "is rolled back in any case."
        )
    traffic = deployment.get("BlueGreenUpdatePolicy", {}).get("TrafficRoutingConfiguration", {})
    if traffic.get("Type", "ALL_AT_ONCE") != "ALL_AT_ONCE":
        raise ValidationError("TrafficRoutingConfiguration.Type must be ALL_AT_ONCE on this site.")
    config, account = asked["EndpointConfigName"], call.principal.account
    row = await ports.records.get(ENDPOINT_CONFIG, account, config)
    if row is None:
        raise missing(ENDPOINT_CONFIG, config, account, ports)
    return await fleet_of(config, row.body["request"], account, ports, generation=generation)


def _check_at_rest(body: Json, name: str, account: str, ports: Ports) -> None:
    status = body["observed"]["status"]
    if status != "InService":
        arn = arn_of(ENDPOINT, name, account, ports)
        if status == "Failed":
            raise ValidationError(f'Cannot update failed endpoint "{arn}". Delete it and create it again.')
        raise ValidationError(f'Cannot update in-progress endpoint "{arn}".')


def _retained(fleet: Json, before: Json, excluded: set[str]) -> Json:
    """A new fleet with the weights and counts that the old one has now."""
    old = {variant["name"]: variant for variant in before["variants"]}
    kept = [
        member
        for member, kind in (("count", "DesiredInstanceCount"), ("weight", "DesiredWeight"))
        if kind not in excluded
    ]
    variants = [
        {**variant, **{member: old[variant["name"]][member] for member in kept if variant["name"] in old}}
        for variant in fleet["variants"]
    ]
    capture = fleet["capture"] if "DataCaptureConfig" in excluded else before["capture"]
    return {**fleet, "variants": variants, "capture": capture}


def _weighed(variant: Json, wanted: Mapping[str, Any]) -> Json:
    changed = dict(variant)
    if "DesiredWeight" in wanted:
        changed["weight"] = wanted["DesiredWeight"]
    if "DesiredInstanceCount" in wanted:
        if variant["serverless"]:
            raise ValidationError(f"Variant {variant['name']} is serverless: it has no DesiredInstanceCount.")
        if not wanted["DesiredInstanceCount"]:
            raise ValidationError("DesiredInstanceCount must be at least 1 on this site.")
        changed["count"] = wanted["DesiredInstanceCount"]
    if wanted.get("ServerlessUpdateConfig"):
        raise ValidationError("ServerlessUpdateConfig is not supported by this site: update the configuration.")
    return changed


def _wanted(row: Row, asked: t.ListEndpointsInput) -> bool:
    if asked.get("NameContains", "").lower() not in row.name.lower():
        return False
    if "StatusEquals" in asked and row.body["observed"]["status"] != asked["StatusEquals"]:
        return False
    return within(asked, "CreationTime", row.body["created"]) and within(
        asked, "LastModifiedTime", row.body["observed"]["modified"]
    )
