"""The control plane beside moto's server, in one run: training jobs created, described and listed, by one and by eight.

Ours is durable, signed, judged by policy and recorded in the ledger, and its jobs are real: one of them holds the
machine, so that the others wait in its queue while they are counted. moto keeps its state in memory, proves nobody and
runs nothing. Requests are signed before the clock starts and sent by `http.client`.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import statistics
import threading
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.session import Session

from bench import litellm
from bench.factory import Factory
from bench.processes import Server, free_port
from bench.report import heading, table, target

if TYPE_CHECKING:
    from pathlib import Path

    from bench.options import Options

CLIENTS = 8
OURS, MOTO = "usina", "moto"
Request = tuple[str, str, bytes, dict[str, str]]
_REGION = "us-east-1"
_INSTANCE = "ml.t3.medium"  # a core here: the front door is pinned to one
_START_SECONDS = 60
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@dataclass(slots=True)
class Plane:
    """A server of the SageMaker API and the keys to it."""

    name: str
    port: int
    access_key: str
    secret_key: str
    role: str = ""

    def client(self, service: str) -> Any:
        """Botocore's own, for what is not measured."""
        return Session().create_client(
            service,
            region_name=_REGION,
            endpoint_url=f"http://127.0.0.1:{self.port}",
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
        )

    def signed(self, operation: str, arguments: dict[str, Any]) -> Request:
        """A request, ready to be sent; no two have the same signature."""
        body = json.dumps(arguments).encode()
        headers = {
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": f"SageMaker.{operation}",
            "amz-sdk-invocation-id": str(uuid.uuid4()),
        }
        request = AWSRequest("POST", f"http://127.0.0.1:{self.port}/", headers, body)
        SigV4Auth(Credentials(self.access_key, self.secret_key), "sagemaker", _REGION).add_auth(request)
        return "POST", "/", body, dict(request.prepare().headers)

    def play(self, requests: list[Request]) -> None:
        """Send them one after the other on one connection. Raises: SystemExit where one is refused."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)) as connection:
            for request in requests:
                connection.request(*request)
                answer = connection.getresponse()
                said = answer.read()
                if answer.status != http.HTTPStatus.OK:
                    raise SystemExit(f"{self.name} answered {answer.status}: {said[:300].decode('utf-8', 'replace')}")

    def rate(self, requests: list[Request], clients: int) -> float:
        """Answers a second of so many clients together."""
        threads = [threading.Thread(target=self.play, args=(requests[number::clients],)) for number in range(clients)]
        begin = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return len(requests) / (time.perf_counter() - begin)


def job(plane: Plane, name: str, program: str = "/bin/true") -> dict[str, Any]:
    """The arguments of CreateTrainingJob."""
    return {
        "TrainingJobName": name,
        "RoleArn": plane.role,
        "AlgorithmSpecification": {
            "TrainingImage": "usina/python",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": [program],
            "ContainerArguments": ["100000"],
        },
        "HyperParameters": {"epochs": "10", "rate": "0.1"},
        "OutputDataConfig": {"S3OutputPath": "s3://bench/out"},
        "ResourceConfig": {"InstanceType": _INSTANCE, "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3_600},
        "Tags": [{"Key": "team", "Value": "bench"}],
    }


def ours(stack: contextlib.ExitStack, folder: Path, cpu: str) -> Plane:
    """Our front door, its machine held by one job."""
    home = folder / "control"
    made = Factory(home, cpu=cpu)
    (home / "instances.toml").write_text(f"[{_INSTANCE}]\ncores = 1\nmemory_gb = 1\n")
    factory = stack.enter_context(made)
    keys = factory.keys()
    plane = Plane(OURS, factory.port, keys.access_key, keys.secret_key)
    plane.client("s3").create_bucket(Bucket="bench")
    iam = plane.client("iam")
    plane.role = iam.create_role(RoleName="bench", AssumeRolePolicyDocument=json.dumps(_TRUST))["Role"]["Arn"]
    rights = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [rights]})
    iam.put_role_policy(RoleName="bench", PolicyName="objects", PolicyDocument=document)
    sagemaker = plane.client("sagemaker")
    for number in range(64):  # until one waits: then the machine is full
        name = f"holds-{number}"
        sagemaker.create_training_job(**job(plane, name, "/bin/sleep"))
        stack.callback(_end, sagemaker, name)
        if _settled(sagemaker, name) == "Pending":
            return plane
    raise SystemExit("this machine has room for 64 jobs at once: nothing would wait")


def _settled(sagemaker: Any, name: str) -> str:
    """What a job comes to be: it runs, or it waits. Raises: SystemExit where it does neither."""
    deadline = time.perf_counter() + _START_SECONDS
    while time.perf_counter() < deadline:
        seen = sagemaker.describe_training_job(TrainingJobName=name)
        if seen["SecondaryStatus"] in {"Pending", "Training"}:
            return str(seen["SecondaryStatus"])
        if seen["TrainingJobStatus"] == "Failed":
            raise SystemExit(f"the job that is to hold the machine failed: {seen['FailureReason']}")
        time.sleep(0.05)
    raise SystemExit("the job that is to hold the machine does not start")


def _end(sagemaker: Any, name: str) -> None:
    """Stop a job and wait for its end: its program would outlive the factory."""
    sagemaker.stop_training_job(TrainingJobName=name)
    deadline = time.perf_counter() + _START_SECONDS
    while time.perf_counter() < deadline:
        if sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"] == "Stopped":
            return
        time.sleep(0.05)


def moto(stack: contextlib.ExitStack, folder: Path, cpu: str) -> Plane:
    """Moto's server on loopback."""
    port = free_port()
    command = [str(litellm.ENVIRONMENT / "bin" / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    ready = f"http://127.0.0.1:{port}/moto-api/"
    stack.enter_context(Server(MOTO, command, ready, folder / "moto.log", cpu=cpu))
    return Plane(MOTO, port, "AKIAEXAMPLE", "example-secret", "arn:aws:iam::123456789012:role/bench")


def measure(plane: Plane, tag: str, count: int, found: dict[tuple[str, str], list[float]]) -> None:
    """One round at one server."""
    for clients in (1, CLIENTS):
        names = [f"{tag}-{clients}-{number}" for number in range(count)]
        work = {
            "CreateTrainingJob": [plane.signed("CreateTrainingJob", job(plane, name)) for name in names],
            "DescribeTrainingJob": [plane.signed("DescribeTrainingJob", {"TrainingJobName": name}) for name in names],
            "ListTrainingJobs": [plane.signed("ListTrainingJobs", {"MaxResults": 10}) for _ in names[: count // 4]],
        }
        for operation, requests in work.items():
            found[f"{operation}, {clients} at once", plane.name].append(plane.rate(requests, clients))


def run(options: Options, folder: Path) -> None:
    """Measure and report."""
    heading("control plane beside moto's server: requests a second")
    if missing := litellm.install():
        print(f"  {missing}: left out\n")
        return
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    with contextlib.ExitStack() as stack:
        planes = [ours(stack, folder, options.gateway_cpu), moto(stack, folder, options.gateway_cpu)]
        for number in range(options.rounds):
            for plane in planes if number % 2 else planes[::-1]:
                options.tell(f"control: round {number + 1} of {options.rounds}, {plane.name}")
                measure(plane, f"job-{number}", 40 if options.quick else 120, found)
    whats = list(dict.fromkeys(what for what, _ in found))
    figures = {what: {name: statistics.median(found[what, name]) for name in (OURS, MOTO)} for what in whats}
    rows = [[what, each[OURS], each[MOTO], each[OURS] / each[MOTO]] for what, each in figures.items()]
    table(["", OURS, MOTO, "ratio"], rows)
    jobs = options.rounds * 2 * (40 if options.quick else 120)
    print(f"  {jobs} jobs were created at each; ListTrainingJobs looks at those that were there by then\n")
    for what, each in figures.items():
        target(f"{what}, beside moto", each[OURS] / each[MOTO], 2.0, at_least=True)
