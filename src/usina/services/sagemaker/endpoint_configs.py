"""Endpoint configurations: which models an endpoint would serve, on what. Nothing runs until an endpoint uses one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.clock import utc
from usina.core.endpoints import ENDPOINT_CONFIG
from usina.core.errors import ConflictError, ValidationError
from usina.core.operation import Access, operation
from usina.core.ports import Row
from usina.services.sagemaker.fleets import check_config, fleet_of
from usina.services.sagemaker.naming import arn_of, find, missing, touches, touches_account
from usina.services.sagemaker.paging import page, within
from usina.services.sagemaker.tags import merged

if TYPE_CHECKING:
    from usina.core.operation import Call
    from usina.core.ports import Json, Ports
    from usina.shapes import sagemaker_types as t

_MOST_CONFIGS = 1_000_000
_SERVICE = "sagemaker.amazonaws.com"
_ECHOED = ("ProductionVariants", "DataCaptureConfig", "AsyncInferenceConfig", "ExecutionRoleArn")
_NAMED = touches(ENDPOINT_CONFIG, "EndpointConfigName")


@operation("sagemaker", "CreateEndpointConfig", access=Access.WRITE, touches=_NAMED)
async def create_endpoint_config(call: Call[t.CreateEndpointConfigInput], ports: Ports) -> t.CreateEndpointConfigOutput:
    """Describe what an endpoint would serve: variants of models, their instances and weights."""
    asked: Json = dict(call.arguments)
    name, account = asked["EndpointConfigName"], call.principal.account
    check_config(asked)
    if asked.get("ExecutionRoleArn"):
        ports.iam.pass_role(call.principal, asked["ExecutionRoleArn"], _SERVICE)
    await fleet_of(name, asked, account, ports)  # the models are there, and the machine is large enough
    arn = arn_of(ENDPOINT_CONFIG, name, account, ports)
    body: Json = {
        "request": {member: value for member, value in asked.items() if member != "Tags"},
        "tags": merged((), asked.get("Tags", ())),
        "created": ports.clock.now(),
    }
    try:
        await ports.records.put(Row(ENDPOINT_CONFIG, account, name, body))
    except ConflictError:
        raise ValidationError(f'Cannot create already existing endpoint configuration "{arn}".') from None
    return {"EndpointConfigArn": arn}


@operation("sagemaker", "DescribeEndpointConfig", access=Access.READ, touches=_NAMED)
async def describe_endpoint_config(
    call: Call[t.DescribeEndpointConfigInput], ports: Ports
) -> t.DescribeEndpointConfigOutput:
    """A configuration as it was described."""
    name = call.arguments["EndpointConfigName"]
    row = await find(ENDPOINT_CONFIG, name, call, ports)
    request = row.body["request"]
    answer: Any = {
        "EndpointConfigName": name,
        "EndpointConfigArn": arn_of(ENDPOINT_CONFIG, name, call.principal.account, ports),
        "CreationTime": utc(row.body["created"]),
        "EnableNetworkIsolation": bool(request.get("EnableNetworkIsolation")),
    }
    answer |= {member: request[member] for member in _ECHOED if request.get(member)}
    return answer  # type: ignore[no-any-return] # a JSON document of this shape


@operation("sagemaker", "ListEndpointConfigs", access=Access.LIST, touches=touches_account)
async def list_endpoint_configs(call: Call[t.ListEndpointConfigsInput], ports: Ports) -> t.ListEndpointConfigsOutput:
    """The account's configurations by name and time; the newest first unless asked otherwise."""
    asked = call.arguments
    contains = asked.get("NameContains", "").lower()
    rows = await ports.records.list(ENDPOINT_CONFIG, call.principal.account, most=_MOST_CONFIGS)
    items: list[Json] = [
        {
            "EndpointConfigName": row.name,
            "EndpointConfigArn": arn_of(ENDPOINT_CONFIG, row.name, row.account, ports),
            "CreationTime": utc(row.body["created"]),
        }
        for row in rows
        if contains in row.name.lower() and within(asked, "CreationTime", row.body["created"])
    ]
    by_name = asked.get("SortBy") == "Name"
    found, token = page(
        items,
        asked,
        lambda item: item["EndpointConfigName"] if by_name else item["CreationTime"].timestamp(),
        "EndpointConfigName",
        descending=asked.get("SortOrder", "Descending") == "Descending",
    )
    answer: Any = {"EndpointConfigs": found}
    if token is not None:
        answer["NextToken"] = token
    return answer  # type: ignore[no-any-return] # a JSON document of this shape


@operation("sagemaker", "DeleteEndpointConfig", access=Access.WRITE, touches=_NAMED)
async def delete_endpoint_config(call: Call[t.DeleteEndpointConfigInput], ports: Ports) -> dict[str, Any]:
    """Forget a configuration; endpoints that were made by it serve on."""
    name, account = call.arguments["EndpointConfigName"], call.principal.account
    if not await ports.records.delete(ENDPOINT_CONFIG, account, name):
        raise missing(ENDPOINT_CONFIG, name, account, ports)
    return {}
