"""An endpoint that is created, asked, updated and given work for later while the factory is killed."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from tests.crash.actors import Actor, must_be
from tests.crash.archives import packed
from tests.crash.entries import TRUST
from tests.crash.jobs import RIGHTS

if TYPE_CHECKING:
    from tests.journeys.running import Factory

BUCKET = "crash-endpoint"
NAME = "crash"
FACTORS = (2, 3)  # one model and one configuration for each
NUMBER = 7
END_SECONDS = 240
AGAIN: Final = {"ServiceUnavailable", "ModelNotReadyException"}  # documented: ask again
WELL: Final = {"Creating", "Updating", "InService"}
SCRIPT = """
import json
def model_fn(folder):
    return json.load(open(folder + "/factor.json"))
def input_fn(body, kind):
    return json.loads(body)
def predict_fn(numbers, factor):
    return [factor * number for number in numbers]
"""


def archive(factor: int) -> bytes:
    """The model: a factor, and the script that multiplies with it."""
    return packed({"code/inference.py": SCRIPT, "factor.json": str(factor)})


class Endpoints(Actor):
    """Asks it, seldom changes its configuration, and remembers which it may have."""

    def __init__(self, name: str, factory: Factory, seed: int) -> None:
        super().__init__(name, factory, seed)
        self.s3, self.sagemaker, self.runtime = (self.client(each) for each in ("s3", "sagemaker", "sagemaker-runtime"))
        self.may_have: set[int] = {FACTORS[0]}
        self.sure = self.served = False  # there; seen in service
        self.outputs: list[str] = []
        self.answers = self.refused = self.updates = 0

    def prepare(self) -> None:
        """Bucket, role, two models and their configurations."""
        self.s3.create_bucket(Bucket=BUCKET)
        iam = self.client("iam")
        role = iam.create_role(RoleName="crash-endpoint", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        iam.attach_role_policy(RoleName="crash-endpoint", PolicyArn=RIGHTS)
        self.s3.put_object(Bucket=BUCKET, Key="in.json", Body=json.dumps([NUMBER]).encode())
        for factor in FACTORS:
            self.s3.put_object(Bucket=BUCKET, Key=f"{factor}/model.tar.gz", Body=archive(factor))
            container = {"Image": "usina/python", "ModelDataUrl": f"s3://{BUCKET}/{factor}/model.tar.gz"}
            self.sagemaker.create_model(ModelName=f"crash-{factor}", PrimaryContainer=container, ExecutionRoleArn=role)
            variant = {
                "VariantName": "all",
                "ModelName": f"crash-{factor}",
                "InstanceType": "ml.t2.medium",
                "InitialInstanceCount": 1,
            }
            self.sagemaker.create_endpoint_config(
                EndpointConfigName=f"crash-{factor}",
                ProductionVariants=[variant],
                AsyncInferenceConfig={"OutputConfig": {"S3OutputPath": f"s3://{BUCKET}/out"}},
            )

    def act(self) -> None:
        """Create it first; then ask mostly, ask for later, or change it."""
        if not self.sure:
            config = f"crash-{FACTORS[0]}"
            answer = self.ask(self.sagemaker.create_endpoint, EndpointName=NAME, EndpointConfigName=config)
            self.sure = answer is not None
            return
        if not self.served:
            self._look()
            time.sleep(0.1)
            return
        how = self.dice.choices(("ask", "later", "change"), (20, 4, 1))[0]
        if how == "ask":
            self._invoke()
        elif how == "later":
            place = f"s3://{BUCKET}/in.json"
            answer = self.ask(self.runtime.invoke_endpoint_async, EndpointName=NAME, InputLocation=place)
            self.outputs += [answer["OutputLocation"]] if answer is not None else []
        else:
            self._change()
        time.sleep(0.05)

    def _invoke(self) -> None:
        try:
            answer = self.ask(
                self.runtime.invoke_endpoint, EndpointName=NAME, Body=b"[7]", ContentType="application/json"
            )
            if answer is not None:
                self._judge(answer["Body"].read())
        except ClientError as error:
            if error.response["Error"]["Code"] not in AGAIN:
                raise
            self.refused += 1
        except (BotoCoreError, HTTPError):
            self.open += 1

    def _judge(self, body: bytes) -> None:
        assert json.loads(body) in [[factor * NUMBER] for factor in FACTORS], body
        self.answers += 1

    def _change(self) -> None:
        seen = self.ask(self.sagemaker.describe_endpoint, EndpointName=NAME)
        if seen is None or seen["EndpointStatus"] != "InService":
            return
        factor = self.dice.choice(FACTORS)
        asked = {"EndpointName": NAME, "EndpointConfigName": f"crash-{factor}"}
        answer = self.ask(self.sagemaker.update_endpoint, **asked)
        self.may_have = {factor} if answer is not None else self.may_have | {factor}
        self.updates += 1

    def check(self) -> None:
        """It is there and well."""
        self._look()

    def _look(self) -> dict[str, Any]:
        try:
            seen: dict[str, Any] = self.ask(self.sagemaker.describe_endpoint, EndpointName=NAME) or {}
        except ClientError as error:
            must_be(error, "ValidationException")
            if self.sure:
                raise AssertionError(f"the endpoint is lost: {error}") from error
            return {}
        if not seen:
            return {}
        self.sure = True
        self.served |= seen["EndpointStatus"] == "InService"
        assert seen["EndpointStatus"] in WELL, seen
        return seen

    def finish(self) -> None:
        """It serves the configuration that it was given last, and what was accepted for later was answered."""
        if not self._look():
            return
        deadline = time.monotonic() + END_SECONDS
        while (seen := self._look())["EndpointStatus"] != "InService":
            assert time.monotonic() < deadline, f"the endpoint does not come into service: {seen}"
            time.sleep(0.2)
        factor = int(seen["EndpointConfigName"].rpartition("-")[2])
        assert factor in self.may_have, f"it has factor {factor}, and was given {self.may_have}"
        answer = self.runtime.invoke_endpoint(EndpointName=NAME, Body=b"[7]", ContentType="application/json")
        assert json.loads(answer["Body"].read()) == [factor * NUMBER]
        for place in self.outputs:
            self._judge(self._output(place, deadline))
        self._take_away(deadline)

    def _take_away(self, deadline: float) -> None:
        """Servers outlive their factory: none is left behind."""
        self.sagemaker.delete_endpoint(EndpointName=NAME)
        self.sure = False
        while self._look_for_any():
            assert time.monotonic() < deadline, "the endpoint is not deleted"
            time.sleep(0.1)

    def _look_for_any(self) -> bool:
        return bool(self.sagemaker.list_endpoints(NameContains=NAME)["Endpoints"])

    def _output(self, place: str, deadline: float) -> bytes:
        while True:
            try:
                body: bytes = self.s3.get_object(Bucket=BUCKET, Key=place.partition(f"{BUCKET}/")[2])["Body"].read()
            except ClientError as error:
                must_be(error, "NoSuchKey")
                assert time.monotonic() < deadline, f"what was accepted for {place} is not answered"
                time.sleep(0.1)
            else:
                return body

    def counts(self) -> dict[str, int]:
        """How it was used."""
        told = {"invocations": self.answers, "later": len(self.outputs), "updates": self.updates}
        return super().counts() | told | {"told to ask again": self.refused}
