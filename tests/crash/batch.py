"""Batch inference, one job after the other, asked for until it was answered."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from tests.crash.actors import Actor
from tests.crash.entries import TRUST
from tests.journeys.running import CHAT_MODEL

if TYPE_CHECKING:
    from tests.journeys.running import Factory

BUCKET = "crash-batch"
RECORDS = 8
END_SECONDS = 180
ALLOWED = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["s3:*", "bedrock:InvokeModel"], "Resource": "*"}],
    }
)
FAILED = {"Failed", "Stopped", "PartiallyCompleted", "Expired"}


def record(number: int) -> str:
    """One question."""
    body = {
        "messages": [{"role": "user", "content": [{"text": f"Say {number}."}]}],
        "inferenceConfig": {"maxTokens": 4, "temperature": 0.0},
    }
    return json.dumps({"recordId": f"r{number}", "modelInput": body})


class Batches(Actor):
    """Has one job at a time. A creation whose answer never came is asked for again under the same token."""

    def __init__(self, name: str, factory: Factory, seed: int) -> None:
        super().__init__(name, factory, seed)
        self.bedrock, self.s3 = self.client("bedrock"), self.client("s3")
        self.role = ""
        self.arns: dict[int, str] = {}  # by their number
        self.done: set[int] = set()

    def prepare(self) -> None:
        """Bucket, role and questions."""
        self.s3.create_bucket(Bucket=BUCKET)
        iam = self.client("iam")
        self.role = iam.create_role(RoleName="crash-batch", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        iam.put_role_policy(RoleName="crash-batch", PolicyName="all", PolicyDocument=ALLOWED)
        self.s3.put_object(Bucket=BUCKET, Key="in/all.jsonl", Body="\n".join(map(record, range(RECORDS))).encode())

    def act(self) -> None:
        """Create the next one where the last is over, else look."""
        number = len(self.done) + 1
        if number in self.arns:
            self._look(number)
            time.sleep(0.1)
            return
        answer = self.ask(
            self.bedrock.create_model_invocation_job,
            jobName=f"batch-{number}",
            clientRequestToken=f"batch-{number}-token",
            modelId=CHAT_MODEL,
            roleArn=self.role,
            modelInvocationType="Converse",
            inputDataConfig={"s3InputDataConfig": {"s3Uri": f"s3://{BUCKET}/in/"}},
            outputDataConfig={"s3OutputDataConfig": {"s3Uri": f"s3://{BUCKET}/out/"}},
        )
        if answer is not None:
            self.arns[number] = answer["jobArn"]

    def _look(self, number: int) -> None:
        seen: dict[str, Any] | None = self.ask(self.bedrock.get_model_invocation_job, jobIdentifier=self.arns[number])
        if seen is None:
            return
        assert seen["status"] not in FAILED, f"batch {number}: {seen['status']}: {seen.get('message')}"
        assert number not in self.done or seen["status"] == "Completed"
        if seen["status"] == "Completed":
            self.done.add(number)

    def check(self) -> None:
        """Those that were promised are there."""
        for number in self.arns:
            self._look(number)

    def finish(self) -> None:
        """Each was made once and answered every question once."""
        deadline = time.monotonic() + END_SECONDS
        while self.arns.keys() - self.done:
            assert time.monotonic() < deadline, "a batch does not end"
            self.check()
            time.sleep(0.1)
        listed = self.bedrock.list_model_invocation_jobs(maxResults=1000)["invocationJobSummaries"]
        names = [each["jobName"] for each in listed]
        assert len(set(names)) == len(names), f"a token made two jobs: {names}"
        for arn in self.arns.values():
            key = f"out/{arn.rpartition('/')[2]}/all.jsonl.out"
            text = self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
            answers = [json.loads(line) for line in text.splitlines()]
            assert [each["recordId"] for each in answers] == [f"r{number}" for number in range(RECORDS)]
            assert all("modelOutput" in each for each in answers)

    def counts(self) -> dict[str, int]:
        """How many were answered."""
        return super().counts() | {"batches Completed": len(self.done)}
