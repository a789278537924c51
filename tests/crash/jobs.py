"""Training and processing jobs that end well, fail or are stopped, whatever happens to the factory meanwhile."""

from __future__ import annotations

import io
import re
import tarfile
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from tests.crash.actors import Actor, must_be
from tests.crash.entries import TRUST

if TYPE_CHECKING:
    from tests.journeys.running import Factory

BUCKET = "crash-jobs"
MOST_AT_ONCE = 3
END_SECONDS = 180
RIGHTS = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
OVER: Final = {"Completed", "Failed", "Stopped"}
MISSING = re.compile("not found|could not find", re.IGNORECASE)
SCRIPT = """
import os, pathlib, signal, sys, time
name, how, steps = sys.argv[1], sys.argv[2], int(sys.argv[3])
out = pathlib.Path(sys.argv[4])
out.mkdir(parents=True, exist_ok=True)
def save(*_):
    (out / "answer").write_text("saved " + name)
    sys.exit(0)
signal.signal(signal.SIGTERM, save)
for step in range(steps):
    print("step", step, flush=True)
    time.sleep(0.1)
if how == "fails":
    raise ValueError("on purpose: " + name)
(out / "answer").write_text("whole " + name)
"""
STEPS_TO_STOP = 36_000  # an hour: of a job that only ends when it is stopped, also where restarts take long


@dataclass
class Job:
    """One job: what it was made for, and what is known of it."""

    name: str
    kind: str  # training or processing
    how: str  # works, fails or stops
    steps: int
    sure: bool = False  # whether its creation was answered, or it was seen
    over: str = ""

    @property
    def ends(self) -> str:
        """How it has to end."""
        return {"works": "Completed", "fails": "Failed", "stops": "Stopped"}[self.how]


class Jobs(Actor):
    """Has a few jobs at a time, stops some, and watches them end."""

    def __init__(self, name: str, factory: Factory, seed: int) -> None:
        super().__init__(name, factory, seed)
        self.sagemaker, self.s3, self.logs = (self.client(each) for each in ("sagemaker", "s3", "logs"))
        self.jobs: dict[str, Job] = {}
        self.made = 0
        self.role = ""

    def prepare(self) -> None:
        """Bucket, role and script."""
        self.s3.create_bucket(Bucket=BUCKET)
        iam = self.client("iam")
        self.role = iam.create_role(RoleName="crash-jobs", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        iam.attach_role_policy(RoleName="crash-jobs", PolicyArn=RIGHTS)
        self.s3.put_object(Bucket=BUCKET, Key="code/run.py", Body=SCRIPT.encode())

    def act(self) -> None:
        """Begin a job where few run, else look at one."""
        running = [job for job in self.jobs.values() if not job.over]
        if len(running) < MOST_AT_ONCE:
            self._create()
            return
        job = self.dice.choice(running)
        seen = self._describe(job)
        if seen is not None and job.how == "stops" and seen["SecondaryStatus"] == "Training":
            self._end_early(job)
        time.sleep(0.05)

    def _create(self) -> None:
        self.made += 1
        how = self.dice.choices(("works", "fails", "stops"), (4, 2, 1))[0]
        kind = "training" if how == "stops" else self.dice.choice(("training", "processing"))
        steps = STEPS_TO_STOP if how == "stops" else self.dice.randrange(1, 25)
        job = self.jobs[f"job-{self.made}"] = Job(f"job-{self.made}", kind, how, steps)
        job.sure = self._send(job) is not None

    def _send(self, job: Job) -> Any:
        out = "/opt/ml/model" if job.kind == "training" else "/opt/ml/processing/out"
        code = "/opt/ml/input/data/code" if job.kind == "training" else "/opt/ml/processing/code"
        program = ["python3", f"{code}/run.py", job.name, job.how, str(job.steps), out]
        machine = {"InstanceType": "ml.t3.medium", "InstanceCount": 1, "VolumeSizeInGB": 1}
        if job.kind == "training":
            source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/code/"}}
            return self.ask(
                self.sagemaker.create_training_job,
                TrainingJobName=job.name,
                AlgorithmSpecification={
                    "TrainingImage": "usina/python",
                    "TrainingInputMode": "File",
                    "ContainerEntrypoint": program,
                },
                InputDataConfig=[{"ChannelName": "code", "DataSource": source}],
                RoleArn=self.role,
                OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/out"},
                ResourceConfig=machine,
                StoppingCondition={"MaxRuntimeInSeconds": 600},
            )
        place = {"S3Uri": f"s3://{BUCKET}/code/", "LocalPath": code, "S3DataType": "S3Prefix", "S3InputMode": "File"}
        result = {"S3Uri": f"s3://{BUCKET}/out/{job.name}", "LocalPath": out, "S3UploadMode": "EndOfJob"}
        return self.ask(
            self.sagemaker.create_processing_job,
            ProcessingJobName=job.name,
            AppSpecification={"ImageUri": "usina/python", "ContainerEntrypoint": program},
            ProcessingInputs=[{"InputName": "code", "S3Input": place}],
            ProcessingOutputConfig={"Outputs": [{"OutputName": "out", "S3Output": result}]},
            ProcessingResources={"ClusterConfig": machine},
            RoleArn=self.role,
        )

    def _end_early(self, job: Job) -> None:
        try:
            if self._has_begun(job):  # else the signal would come before the script heeds it
                self.ask(self.sagemaker.stop_training_job, TrainingJobName=job.name)
        except ClientError as error:  # it ended between two looks
            if "in status Stop" not in str(error):
                raise

    def _has_begun(self, job: Job) -> bool:
        asked = {"logGroupName": "/aws/sagemaker/TrainingJobs", "logStreamNamePrefix": f"{job.name}/", "limit": 1}
        try:
            seen = self.ask(self.logs.filter_log_events, **asked)
        except ClientError as error:
            must_be(error, "ResourceNotFoundException")
            return False
        return bool(seen and seen["events"])

    def _describe(self, job: Job) -> dict[str, Any] | None:
        """What is told of a job; it is over once that was told, and stays so."""
        call, name = self.sagemaker.describe_training_job, "TrainingJobName"
        if job.kind == "processing":
            call, name = self.sagemaker.describe_processing_job, "ProcessingJobName"
        seen: dict[str, Any] | None = self.ask(call, **{name: job.name})
        if seen is None:
            return None
        job.sure = True
        status = str(seen["TrainingJobStatus" if job.kind == "training" else "ProcessingJobStatus"])
        assert not job.over or job.over == status, f"{job.name} was {job.over} and is {status}"
        if status in OVER:
            assert status == job.ends, f"{job} ended as {status}: {seen.get('FailureReason')}"
            job.over = status
        return seen

    def check(self) -> None:
        """Every job that was promised is there; one that was open is there or not, and stays so."""
        for job in list(self.jobs.values()):
            try:
                assert self._describe(job) is not None, "the factory that was ready does not answer"
            except ClientError as error:
                if job.sure or not MISSING.search(str(error)):
                    raise AssertionError(f"{job.name} is lost: {error}") from error
                del self.jobs[job.name]

    def finish(self) -> None:
        """All end as they would have, with their results and their whole log."""
        deadline = time.monotonic() + END_SECONDS
        while running := [job for job in self.jobs.values() if not job.over]:
            assert time.monotonic() < deadline, f"these do not end: {running}"
            for job in running:
                seen = self._describe(job)
                if seen is not None and job.how == "stops" and seen["SecondaryStatus"] == "Training":
                    self._end_early(job)
            time.sleep(0.1)
        self.check()
        for job in self.jobs.values():
            self._check_results(job)

    def _check_results(self, job: Job) -> None:
        group = "TrainingJobs" if job.kind == "training" else "ProcessingJobs"
        asked = {"logGroupName": f"/aws/sagemaker/{group}", "logStreamNamePrefix": f"{job.name}/"}
        pages = self.logs.get_paginator("filter_log_events").paginate(**asked)
        told = [event["message"] for page in pages for event in page["events"]]
        steps = list(dict.fromkeys(line for line in told if line.startswith("step ")))
        wanted = [f"step {number}" for number in range(job.steps)]
        assert steps == (wanted[: len(steps)] if job.how == "stops" else wanted), f"the log of {job} has {told}"
        if job.how == "fails":
            seen = self._describe(job) or {}
            assert f"on purpose: {job.name}" in seen.get("FailureReason", "") + "".join(told), job
            return
        assert self._answer(job) == f"{'saved' if job.how == 'stops' else 'whole'} {job.name}", job

    def _answer(self, job: Job) -> str:
        if job.kind == "processing":
            return str(self.s3.get_object(Bucket=BUCKET, Key=f"out/{job.name}/answer")["Body"].read().decode())
        body = self.s3.get_object(Bucket=BUCKET, Key=f"out/{job.name}/output/model.tar.gz")["Body"].read()
        with tarfile.open(fileobj=io.BytesIO(body)) as tar:
            return next(tar.extractfile(member).read().decode() for member in tar if member.name == "answer")  # type: ignore[union-attr] # regular

    def counts(self) -> dict[str, int]:
        """How many jobs ended how."""
        return super().counts() | Counter(f"{job.kind} {job.over}" for job in self.jobs.values())
