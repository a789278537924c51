"""A record of the ledger as a CloudTrail event.

Form: "CloudTrail record contents", AWS CloudTrail User Guide. What was sent and what was answered is not in the ledger,
so `requestParameters` and `responseElements` are null. The event's id is the request's: `usina ledger prove ID` proves
that it is there.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from usina.core.clock import utc
from usina.core.ids import Arn

if TYPE_CHECKING:
    from usina.core.ports import Json

_VERSION: Final = "1.11"
_SOURCES: Final = {"bedrock-runtime": "bedrock", "sagemaker-runtime": "sagemaker", "cloudwatch": "monitoring"}
_OWN: Final = frozenset({"openai", "usina"})
_READS: Final = ("Get", "List", "Describe", "Head", "Lookup", "Filter", "Simulate", "Verify", "Count")
_TYPES: Final = {
    ("iam", "role"): "AWS::IAM::Role",
    ("iam", "user"): "AWS::IAM::User",
    ("iam", "policy"): "AWS::IAM::ManagedPolicy",
    ("kms", "key"): "AWS::KMS::Key",
    ("kms", "alias"): "AWS::KMS::Alias",
    ("sagemaker", "training-job"): "AWS::SageMaker::TrainingJob",
    ("sagemaker", "processing-job"): "AWS::SageMaker::ProcessingJob",
    ("sagemaker", "transform-job"): "AWS::SageMaker::TransformJob",
    ("sagemaker", "model"): "AWS::SageMaker::Model",
    ("sagemaker", "endpoint"): "AWS::SageMaker::Endpoint",
    ("sagemaker", "endpoint-config"): "AWS::SageMaker::EndpointConfig",
    ("bedrock", "foundation-model"): "AWS::Bedrock::FoundationModel",
    ("bedrock", "custom-model"): "AWS::Bedrock::CustomModel",
}


def event_of(intent: Json, outcome: Json | None, region: str) -> Json:
    """One event, as LookupEvents gives it. `intent` may be a refusal."""
    resources = [each for arn in intent.get("resources", ()) if (each := _resource(arn))]
    event: Json = {
        "EventId": intent["request_id"],
        "EventName": intent["operation"],
        "ReadOnly": "true" if _reads(intent) else "false",
        "EventTime": utc(int(intent["time"])),
        "EventSource": _source(intent["service"]),
        "Username": _user(intent["principal"]),
        "Resources": resources,
        "CloudTrailEvent": json.dumps(_record(intent, outcome, region, resources)),
    }
    if intent.get("key_id"):
        event["AccessKeyId"] = intent["key_id"]
    return event


def _record(intent: Json, outcome: Json | None, region: str, resources: list[Json]) -> Json:
    record: Json = {
        "eventVersion": _VERSION,
        "userIdentity": _identity(intent),
        "eventTime": utc(int(intent["time"])).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": _source(intent["service"]),
        "eventName": intent["operation"],
        "awsRegion": region,
        "sourceIPAddress": intent.get("peer", ""),
        "requestParameters": None,
        "responseElements": None,
        "requestID": intent["request_id"],
        "eventID": intent["request_id"],
        "readOnly": _reads(intent),
        "resources": [{"ARN": each["ResourceName"], **_typed(each)} for each in resources],
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": intent["account"],
        "eventCategory": "Management",
        "additionalEventData": {"ledgerRecord": intent["seq"], "policies": list(intent.get("policy_ids", ()))},
    }
    error = intent.get("error") if intent["kind"] == "refusal" else (outcome or {}).get("error")
    if error:
        record["errorCode"] = error
    return record


def _typed(resource: Json) -> Json:
    return {"type": resource["ResourceType"]} if "ResourceType" in resource else {}


def _identity(intent: Json) -> Json:
    arn = intent["principal"]
    parsed = Arn.parse(arn)
    assumed = parsed is not None and parsed.resource.startswith("assumed-role/")
    identity: Json = {
        "type": "AssumedRole" if assumed else "IAMUser",
        "arn": arn,
        "accountId": intent["account"],
        "accessKeyId": intent.get("key_id", ""),
    }
    if not assumed:
        identity["userName"] = _user(arn)
    return identity


def _user(arn: str) -> str:
    return arn.rpartition("/")[2]


def _source(service: str) -> str:
    return f"{service}.usina" if service in _OWN else f"{_SOURCES.get(service, service)}.amazonaws.com"


def _reads(intent: Json) -> bool:
    return bool(str(intent["operation"]).startswith(_READS))


def _resource(arn: str) -> Json | None:
    parsed = Arn.parse(arn)
    if parsed is None:
        return None
    kind, _, rest = parsed.resource.partition("/")
    if parsed.service == "s3":
        return {"ResourceName": arn, "ResourceType": "AWS::S3::Object" if rest else "AWS::S3::Bucket"}
    known = _TYPES.get((parsed.service, kind))
    return {"ResourceName": arn, **({"ResourceType": known} if known else {})}


def fits(event: Json, key: str, value: str) -> bool:
    """Whether an event has that attribute. CloudTrail compares exactly."""
    if key in {"ResourceType", "ResourceName"}:
        return any(each.get(key) == value for each in event["Resources"])
    return bool(event.get(key) == value)
