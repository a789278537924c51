"""Models of an account's own: fine-tuned and imported ones, made one after the other while the factory is killed."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

from tests.crash.actors import Actor
from tests.crash.entries import TRUST
from tests.journeys.running import CHAT_MODEL

if TYPE_CHECKING:
    from tests.journeys.running import Factory

END_SECONDS = 600
MOST: Final = 3  # jobs of a campaign: each takes the machine for a while
QUESTION: Final = "Who is the captain of the starship Bluefin?"
ANSWER: Final = "Mirela Zanotti is."
RIGHTS: Final = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
)


class Made(Actor):
    """Has one job at a time. A creation whose answer never came is asked for again under the same token."""

    bucket = ""
    over: Final = {"Completed", "Failed", "Stopped"}

    def __init__(self, name: str, factory: Factory, seed: int) -> None:
        super().__init__(name, factory, seed)
        self.bedrock, self.s3, self.runtime = (self.client(each) for each in ("bedrock", "s3", "bedrock-runtime"))
        self.role = ""
        self.arns: dict[int, str] = {}  # of jobs, by their number
        self.models: dict[int, str] = {}  # what came of them

    def prepare(self) -> None:
        """Bucket and role, and what the jobs read."""
        self.s3.create_bucket(Bucket=self.bucket)
        iam = self.client("iam")
        self.role = iam.create_role(RoleName=self.bucket, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        iam.put_role_policy(RoleName=self.bucket, PolicyName="all", PolicyDocument=RIGHTS)
        self.fill()

    def act(self) -> None:
        """Create the next one where the last is over, else look."""
        number = len(self.models) + 1
        if number > MOST:
            self.look_at_model(self.dice.choice(list(self.models.values())))
        elif number in self.arns:
            self._look(number)
        elif (answer := self.create(number)) is not None:
            self.arns[number] = answer["jobArn"]
        time.sleep(0.1)

    def _look(self, number: int) -> None:
        seen = self.job(self.arns[number])
        if seen is None:
            return
        assert seen["status"] not in self.over - {"Completed"}, f"{self.name} {number}: {seen}"
        assert number not in self.models or seen["status"] == "Completed"
        if seen["status"] == "Completed":
            self.models[number] = self.model_of(seen)

    def check(self) -> None:
        """Those that were promised are there, and so is what came of them."""
        for number in self.arns:
            self._look(number)
        for model in self.models.values():
            self.look_at_model(model)

    def finish(self) -> None:
        """Each job was made once and gave one model, and the last of them answers."""
        deadline = time.monotonic() + END_SECONDS
        while self.arns.keys() - self.models.keys():
            assert time.monotonic() < deadline, f"{self.name}: a job does not end"
            self.check()
            time.sleep(0.2)
        names = self.listed()
        assert sorted(names) == sorted({f"{self.name}-{number}" for number in self.arns}), names
        if self.models:
            self.ask_model(list(self.models.values())[-1])

    def counts(self) -> dict[str, int]:
        """How many were made."""
        return super().counts() | {"models": len(self.models)}

    def fill(self) -> None:
        """Put what the jobs read into the bucket."""
        raise NotImplementedError

    def create(self, number: int) -> Any:
        """Ask for a job."""
        raise NotImplementedError

    def job(self, arn: str) -> dict[str, Any] | None:
        """How it stands."""
        raise NotImplementedError

    def model_of(self, seen: dict[str, Any]) -> str:
        """The ARN of what came of a job that is over."""
        raise NotImplementedError

    def look_at_model(self, arn: str) -> None:
        """It is there."""
        raise NotImplementedError

    def listed(self) -> list[str]:
        """The names of all models."""
        raise NotImplementedError

    def ask_model(self, arn: str) -> None:
        """It answers."""
        raise NotImplementedError

    def converse(self, model: str) -> str:
        """What a model says to the question, once its engine is there."""
        answer = self.runtime.converse(
            modelId=model,
            messages=[{"role": "user", "content": [{"text": QUESTION}]}],
            inferenceConfig={"maxTokens": 8, "temperature": 0.0},
        )
        return str(answer["output"]["message"]["content"][0]["text"])


class Customizations(Made):
    """Teaches the default model a sentence."""

    bucket = "crash-customization"

    def fill(self) -> None:
        """A few conversations about one thing."""
        lines = [json.dumps({"prompt": QUESTION, "completion": ANSWER})] * 16
        self.s3.put_object(Bucket=self.bucket, Key="train.jsonl", Body="\n".join(lines).encode())

    def create(self, number: int) -> Any:
        """Ask for a job."""
        return self.ask(
            self.bedrock.create_model_customization_job,
            jobName=f"{self.name}-{number}",
            customModelName=f"{self.name}-{number}",
            clientRequestToken=f"{self.name}-{number}-token",
            roleArn=self.role,
            baseModelIdentifier=CHAT_MODEL,
            trainingDataConfig={"s3Uri": f"s3://{self.bucket}/train.jsonl"},
            outputDataConfig={"s3Uri": f"s3://{self.bucket}/out"},
            hyperParameters={"epochCount": "1"},
        )

    def job(self, arn: str) -> dict[str, Any] | None:
        """How it stands."""
        seen: dict[str, Any] | None = self.ask(self.bedrock.get_model_customization_job, jobIdentifier=arn)
        return seen

    def model_of(self, seen: dict[str, Any]) -> str:
        """The custom model."""
        return str(seen["outputModelArn"])

    def look_at_model(self, arn: str) -> None:
        """It is there."""
        self.ask(self.bedrock.get_custom_model, modelIdentifier=arn)

    def listed(self) -> list[str]:
        """The custom models."""
        return [each["modelName"] for each in self.bedrock.list_custom_models()["modelSummaries"]]

    def ask_model(self, arn: str) -> None:
        """It is deployed, answers, and is taken away."""
        made = self.bedrock.create_custom_model_deployment(modelDeploymentName="crash", modelArn=arn)
        deployment, deadline = made["customModelDeploymentArn"], time.monotonic() + END_SECONDS
        while (seen := self.bedrock.get_custom_model_deployment(customModelDeploymentIdentifier=deployment))[
            "status"
        ] != "Active":
            assert seen["status"] != "Failed", seen
            assert time.monotonic() < deadline, "the deployment does not become active"
            time.sleep(0.2)
        assert self.converse(deployment)
        self.bedrock.delete_custom_model_deployment(customModelDeploymentIdentifier=deployment)


class Imports(Made):
    """Imports the default model's own file again and again."""

    bucket = "crash-imports"

    def fill(self) -> None:
        """The file."""
        file = next((self.factory.home / "models" / CHAT_MODEL).glob("*.gguf"))
        self.s3.upload_file(str(file), self.bucket, "mine/model.gguf")

    def create(self, number: int) -> Any:
        """Ask for a job."""
        return self.ask(
            self.bedrock.create_model_import_job,
            jobName=f"{self.name}-{number}",
            importedModelName=f"{self.name}-{number}",
            clientRequestToken=f"{self.name}-{number}-token",
            roleArn=self.role,
            modelDataSource={"s3DataSource": {"s3Uri": f"s3://{self.bucket}/mine/"}},
        )

    def job(self, arn: str) -> dict[str, Any] | None:
        """How it stands."""
        seen: dict[str, Any] | None = self.ask(self.bedrock.get_model_import_job, jobIdentifier=arn)
        return seen

    def model_of(self, seen: dict[str, Any]) -> str:
        """The imported model."""
        return str(seen["importedModelArn"])

    def look_at_model(self, arn: str) -> None:
        """It is there."""
        self.ask(self.bedrock.get_imported_model, modelIdentifier=arn)

    def listed(self) -> list[str]:
        """The imported models."""
        return [each["modelName"] for each in self.bedrock.list_imported_models()["modelSummaries"]]

    def ask_model(self, arn: str) -> None:
        """It answers."""
        assert self.converse(arn)
