"""Roles, policies, models and lines of a log: what is told in small records."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tests.crash.actors import Actor, must_be

if TYPE_CHECKING:
    from tests.journeys.running import Factory

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": f"{name}.amazonaws.com"}, "Action": "sts:AssumeRole"}
            for name in ("sagemaker", "bedrock")
        ],
    }
)
POLICY = "own"
ABSENT = -1
LOG = {"logGroupName": "crash", "logStreamName": "lines"}


def policy(number: int) -> str:
    """A policy that is told from others by a number."""
    allowed = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::crash/{number}"}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


class Roles(Actor):
    """Makes roles and changes the policies of those that it was promised."""

    def __init__(self, name: str, factory: Factory, seed: int) -> None:
        super().__init__(name, factory, seed)
        self.iam = self.client("iam")
        self.may_be: dict[str, set[int]] = {}  # the number of its policy, 0 where it has none, ABSENT without the role
        self._made = 0

    def act(self) -> None:
        """A new role, or a policy for one that is surely there."""
        there = [role for role, states in self.may_be.items() if ABSENT not in states]
        if there and self.dice.random() < 0.8:
            role, number = self.dice.choice(there), self.dice.randrange(1, 1_000_000)
            asked = {"RoleName": role, "PolicyName": POLICY, "PolicyDocument": policy(number)}
            answer = self.ask(self.iam.put_role_policy, **asked)
            self.may_be[role] = {number} if answer is not None else self.may_be[role] | {number}
            return
        self._made += 1
        role = f"crash-{self._made}"
        answer = self.ask(self.iam.create_role, RoleName=role, AssumeRolePolicyDocument=TRUST)
        self.may_be[role] = {0} if answer is not None else {0, ABSENT}

    def check(self) -> None:
        """Each role is there, with the policy that it was given last."""
        for role, states in self.may_be.items():
            found = self._read(role)
            assert found in states, f"role {role} has policy {found}, and was promised one of {states}"
            self.may_be[role] = {found}

    def _read(self, role: str) -> int:
        try:
            self.iam.get_role(RoleName=role)
        except ClientError as error:
            must_be(error, "NoSuchEntity")
            return ABSENT
        try:
            document: dict[str, Any] = self.iam.get_role_policy(RoleName=role, PolicyName=POLICY)["PolicyDocument"]
        except ClientError as error:
            must_be(error, "NoSuchEntity")
            return 0
        return int(document["Statement"][0]["Resource"].rpartition("/")[2])


class Lines(Actor):
    """Writes lines into a log, some at a time."""

    def __init__(self, name: str, factory: Factory, seed: int) -> None:
        super().__init__(name, factory, seed)
        self.logs = self.client("logs")
        self.promised: list[str] = []
        self.sent = 0

    def prepare(self) -> None:
        """The stream."""
        self.logs.create_log_group(logGroupName=LOG["logGroupName"])
        self.logs.create_log_stream(**LOG)

    def act(self) -> None:
        """A few lines in one request."""
        lines = [f"line {self.sent + number}" for number in range(self.dice.randrange(1, 6))]
        self.sent += len(lines)
        now = int(time.time() * 1_000)
        events = [{"timestamp": now, "message": line} for line in lines]
        if self.ask(self.logs.put_log_events, **LOG, logEvents=events) is not None:
            self.promised.extend(lines)

    def check(self) -> None:
        """All that were promised are there, in order, each once; what else is there was sent."""
        found = self._read()
        assert len(set(found)) == len(found), "a line is there twice"
        assert set(found) <= {f"line {number}" for number in range(self.sent)}
        wanted = set(self.promised)
        assert [line for line in found if line in wanted] == self.promised, "lines are lost or out of order"

    def _read(self) -> list[str]:
        found: list[str] = []
        token: dict[str, Any] = {}
        while True:
            page = self.logs.get_log_events(**LOG, startFromHead=True, **token)
            found += [event["message"] for event in page["events"]]
            if not page["events"] or token.get("nextToken") == page["nextForwardToken"]:
                return found
            token = {"nextToken": page["nextForwardToken"]}
