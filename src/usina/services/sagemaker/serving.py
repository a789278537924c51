"""How an endpoint is shown: DescribeEndpoint's words for what its row says. Absent structures are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.clock import utc
from usina.core.endpoints import ENDPOINT
from usina.services.sagemaker.naming import arn_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.ports import Json, Ports, Row


def summary(row: Row, ports: Ports) -> Json:
    """An endpoint in a listing."""
    seen = row.body["observed"]
    return {
        "EndpointName": row.name,
        "EndpointArn": arn_of(ENDPOINT, row.name, row.account, ports),
        "CreationTime": utc(row.body["created"]),
        "LastModifiedTime": utc(seen["modified"]),
        "EndpointStatus": seen["status"],
    }


def shown(row: Row, ports: Ports) -> Any:
    """An endpoint as DescribeEndpoint shows it."""
    desired, seen = row.body["desired"], row.body["observed"]
    fleet = seen["fleet"] or desired["fleet"]
    answer = summary(row, ports) | {"EndpointConfigName": fleet["config"]}
    pending = (
        desired["fleet"]["generation"] != fleet["generation"] and seen["refused"] != desired["fleet"]["generation"]
    )
    if seen["fleet"] is not None:
        wanted = desired["fleet"] if desired["fleet"]["generation"] == fleet["generation"] else fleet
        answer["ProductionVariants"] = [
            _variant(variant, now, seen, ports)
            for variant, now in zip(wanted["variants"], fleet["variants"], strict=True)
        ]
    if seen["status"] == "Creating" or pending:
        answer["PendingDeploymentSummary"] = {
            "EndpointConfigName": desired["fleet"]["config"],
            "StartTime": utc(seen["modified"]),
            "ProductionVariants": [_pending(variant) for variant in desired["fleet"]["variants"]],
        }
    if seen["failure"]:
        answer["FailureReason"] = seen["failure"]
    if desired["deployment"]:
        answer["LastDeploymentConfig"] = desired["deployment"]
    if fleet["capture"]:
        answer["DataCaptureConfig"] = _capture(fleet["capture"], seen["status"])
    if fleet["asynchronous"]:
        answer["AsyncInferenceConfig"] = fleet["asynchronous"]
    return answer


def _variant(wanted: Mapping[str, Any], now: Mapping[str, Any], seen: Mapping[str, Any], ports: Ports) -> Json:
    made: Json = {
        "VariantName": now["name"],
        "DeployedImages": [
            {
                "SpecifiedImage": container["Image"],
                "ResolvedImage": ports.jobs.image(container["Image"]) or container["Image"],
                "ResolutionTime": utc(seen["modified"]),
            }
            for container in now["containers"]
        ],
        "CurrentWeight": now["weight"],
        "DesiredWeight": wanted["weight"],
        "CurrentInstanceCount": 0 if now["serverless"] else seen["counts"].get(now["name"], 0),
        "DesiredInstanceCount": 0 if now["serverless"] else wanted["count"],
    }
    if now["serverless"]:
        made["CurrentServerlessConfig"] = now["serverless"]
    return made


def _pending(variant: Mapping[str, Any]) -> Json:
    made: Json = {"VariantName": variant["name"], "DesiredWeight": variant["weight"]}
    if variant["serverless"]:
        return made | {"DesiredServerlessConfig": variant["serverless"]}
    return made | {"InstanceType": variant["instance"], "DesiredInstanceCount": variant["count"]}


def _capture(config: Mapping[str, Any], status: str) -> Json:
    enabled = bool(config.get("EnableCapture", True))
    return {
        "EnableCapture": enabled,
        "CaptureStatus": "Started" if enabled and status == "InService" else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": config.get("KmsKeyId", ""),
    }
