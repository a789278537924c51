"""InvokeEndpoint beside the same model server asked directly: what front door, proof, policy and ledger add.

Two models: one that answers at once, so that only the way is measured, and one that takes five milliseconds, as a
small real one does. Directly means HTTP on the server's own Unix socket, with the load client in the factory's place.
"""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from bench.factory import Factory
from bench.load import Plan, measure
from bench.report import heading, median, table

if TYPE_CHECKING:
    from pathlib import Path

    from bench.options import Options

MODELS = {"at-once": 0.0, "five-ms": 0.005}
CONNECTIONS = (1, 8)
SCRIPT = """
import json, time
def model_fn(folder):
    return {seconds}
def transform_fn(seconds, body, content_type, accept):
    json.loads(body)
    time.sleep(seconds)
    return json.dumps({{"completion_tokens": 1, "prediction": [0.1, 0.2, 0.7]}}), "application/json"
"""
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
READS = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}


def run(options: Options, folder: Path) -> None:
    """Both ways in turn, in the same rounds."""
    heading("InvokeEndpoint beside the model server itself")
    home = folder / "endpoints"
    with Factory(
        home
    ) as factory:  # not pinned: its model servers would be as well, and take its one core for the machine
        sockets = {name: deployed(factory, name, seconds) for name, seconds in MODELS.items()}
        seen: dict[tuple[str, int, str], list[dict[str, Any]]] = {}
        for number in range(options.rounds):
            options.tell(f"round {number + 1} of {options.rounds}")
            for name, socket in sockets.items():
                for connections in CONNECTIONS:
                    for way in ("direct", "endpoint"):
                        plan = planned(factory, options, name, connections, socket if way == "direct" else "")
                        seen.setdefault((name, connections, way), []).append(measure(plan))
        for name in MODELS:  # servers outlive their factory
            removed(factory, name)
    rows = []
    for name in MODELS:
        for connections in CONNECTIONS:
            figures = {way: seen[name, connections, way] for way in ("direct", "endpoint")}
            rate = {way: median(each["requests_per_second"] for each in found) for way, found in figures.items()}
            middle = {way: median(each["p50_ms"] for each in found) for way, found in figures.items()}
            rows.append(
                (
                    name,
                    connections,
                    rate["direct"],
                    rate["endpoint"],
                    rate["endpoint"] / rate["direct"],
                    middle["direct"],
                    middle["endpoint"],
                    middle["endpoint"] - middle["direct"],
                )
            )
    heads = ("model", "connections", "direct/s", "endpoint/s", "ratio", "direct p50 ms", "endpoint p50 ms", "added ms")
    table(heads, rows)


def planned(factory: Factory, options: Options, name: str, connections: int, socket: str) -> Plan:
    """One run: to the server's socket, or through the front door."""
    return Plan(
        "127.0.0.1",
        factory.port,
        "model-server" if socket else "endpoint",
        name,
        connections,
        options.seconds,
        warmup_seconds=options.warmup_seconds,
        socket=socket,
        prepared=40_000,
        caller={} if socket else {**factory.keys().caller(), "bearer": ""},
    )


def clients(factory: Factory, *services: str) -> list[Any]:
    """Clients of these services of a factory."""
    keys = factory.keys()
    session = boto3.Session(keys.access_key, keys.secret_key, region_name=keys.region)
    address = f"http://127.0.0.1:{factory.port}"
    config = Config(s3={"addressing_style": "path"})
    return [session.client(each, endpoint_url=address, config=config) for each in services]


def removed(factory: Factory, name: str) -> None:
    """End an endpoint and its server."""
    (sagemaker,) = clients(factory, "sagemaker")
    sagemaker.delete_endpoint(EndpointName=name)
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})


def deployed(factory: Factory, name: str, seconds: float) -> str:
    """An endpoint in service; gives the socket of its one server."""
    s3, iam, sagemaker = clients(factory, "s3", "iam", "sagemaker")
    script = SCRIPT.format(seconds=seconds).encode()
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        member = tarfile.TarInfo("code/inference.py")
        member.size = len(script)
        tar.addfile(member, io.BytesIO(script))
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="model.tar.gz", Body=archive.getvalue())
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="data", PolicyDocument=json.dumps(READS))
    container = {"Image": "usina/python", "ModelDataUrl": f"s3://{name}/model.tar.gz"}
    sagemaker.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=role)
    variant = {"VariantName": "A", "ModelName": name, "InstanceType": "ml.m8g.medium", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    before = set((factory.home / "run" / "serving").glob("*/model.sock"))
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    return str((set((factory.home / "run" / "serving").glob("*/model.sock")) - before).pop())
