"""Endpoint tables in botocore's format that lead every service of every region to one factory.

`AWS_ENDPOINT_URL` alone is not enough: some programs look a host up in these tables by themselves (the sagemaker SDK
builds its STS client so), and some clients are made to ignore configured endpoints. The first kind finds the factory
in `endpoints.json`. The second kind is built from `partitions.json`, whose hosts end in a name that never resolves
(RFC 6761, `.invalid`): better a failure than a request that leaves the site.
"""

from __future__ import annotations

from typing import Any

_PARTITION = "aws"
_NOWHERE = "usina.invalid"
# Services that programs ask `get_available_regions` for before they use one.
_LISTED = (
    "api.sagemaker",
    "bedrock",
    "bedrock-agent",
    "bedrock-agent-runtime",
    "bedrock-runtime",
    "cloudtrail",
    "iam",
    "kms",
    "logs",
    "monitoring",
    "runtime.sagemaker",
    "s3",
    "sts",
    "usina",
)
# Services that botocore asks for without a region; it needs an entry that is of none.
_GLOBAL = ("iam", "s3", "sts")
_GLOBAL_REGION = "aws-global"


def endpoints_table(address: str, region: str) -> dict[str, Any]:
    """`endpoints.json`: one partition that takes in every region name, and one host (`NAME:PORT`) for every service."""
    services: dict[str, Any] = {name: {"endpoints": {region: {}}} for name in _LISTED}
    for name in _GLOBAL:
        services[name] = {
            "partitionEndpoint": _GLOBAL_REGION,
            "endpoints": {_GLOBAL_REGION: {"credentialScope": {"region": region}}, region: {}},
        }
    # Not a service but the form of image names, from which the sagemaker SDK makes its container image URIs. The
    # factory knows images by those names; a client never connects to them.
    services["ecr"] = {"defaults": {"hostname": "ecr.{region}.amazonaws.com"}, "endpoints": {}}
    partition = {
        "partition": _PARTITION,
        "partitionName": "Usina",
        "dnsSuffix": address,
        "regionRegex": "^.+$",
        "regions": {region: {"description": "This site"}},
        "defaults": {"hostname": address, "protocols": ["https"], "signatureVersions": ["v4"]},
        "services": services,
    }
    return {"version": 3, "partitions": [partition]}


def partitions_table(region: str) -> dict[str, Any]:
    """`partitions.json`: what endpoint rules take host names from where no endpoint is configured."""
    outputs = {
        "dnsSuffix": _NOWHERE,
        "dualStackDnsSuffix": _NOWHERE,
        "implicitGlobalRegion": region,
        "name": _PARTITION,
        "supportsDualStack": True,
        "supportsFIPS": True,
    }
    partition = {"id": _PARTITION, "outputs": outputs, "regionRegex": "^.+$", "regions": {region: {}}}
    return {"version": "1.1", "partitions": [partition]}
