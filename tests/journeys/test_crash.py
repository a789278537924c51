"""What is left when something dies: streams end with the protocol's error, and the ledger knows what was broken."""

from __future__ import annotations

import json
import os
import signal
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, EventStreamError
from urllib3.exceptions import HTTPError

from tests.journeys.running import Factory, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENT = Config(retries={"max_attempts": 1, "mode": "standard"}, read_timeout=120)
LONG = [{"role": "user", "content": [{"text": "Write a very long story about the sea, the ships and the harbour."}]}]


@pytest.fixture
def doomed(new_factory: Callable[[], Factory], monkeypatch: pytest.MonkeyPatch) -> Iterator[Factory]:
    """A factory of the test's own, its kit loaded."""
    factory = new_factory()
    for name in list(os.environ):
        if name.startswith(("AWS_", "OPENAI_", "USINA_")):
            monkeypatch.delenv(name)
    for name, value in factory.kit().items():
        monkeypatch.setenv(name, value)
    yield factory
    factory.stop()


def begin_stream(client: Any, model: str) -> tuple[Any, str]:
    """A long stream whose first text has come; what is left of it, and its request id."""
    answer = client.converse_stream(
        modelId=model, messages=LONG, inferenceConfig={"maxTokens": 1_500, "temperature": 0.0}
    )
    for event in answer["stream"]:
        if "contentBlockDelta" in event:
            return answer["stream"], answer["ResponseMetadata"]["RequestId"]
    raise AssertionError("the stream ended before its first text")


def outcome_of(factory: Factory, request_id: str) -> dict[str, Any]:
    """What the ledger says of how a request ended."""
    done = factory.command("ledger", "tail", "-n", "1000", "--json")
    assert done.returncode == 0, done.stderr
    records = [json.loads(line) for line in done.stdout.splitlines()]
    ends = [record for record in records if record.get("request_id") == request_id and record.get("kind") == "outcome"]
    assert len(ends) == 1, records
    return dict(ends[0])


def test_a_killed_engine_ends_its_stream_with_the_protocols_error_and_comes_back(doomed: Factory, model: str) -> None:
    with closing(boto3.Session().client("bedrock-runtime", config=PATIENT)) as client:
        events, request_id = begin_stream(client, model)
        for engine in doomed.engines():
            os.kill(engine, signal.SIGKILL)
        with closing(events), pytest.raises(EventStreamError) as ended:
            list(events)
        assert "Exception" in str(ended.value)
        assert outcome_of(doomed, request_id)["status"] == "broken"
        assert doomed.command("status", "--wait", "60").returncode == 0
        again = client.converse(modelId=model, messages=LONG, inferenceConfig={"maxTokens": 2})
        assert again["usage"]["outputTokens"] > 0


def test_after_a_killed_factory_what_was_acknowledged_stands_and_the_rest_is_broken(
    doomed: Factory, model: str
) -> None:
    with closing(boto3.Session().client("bedrock-runtime", config=PATIENT)) as client:
        whole = client.converse(modelId=model, messages=LONG, inferenceConfig={"maxTokens": 2})
        events, broken_id = begin_stream(client, model)
        doomed.kill()
        with closing(events), pytest.raises((BotoCoreError, HTTPError)):
            list(events)
    assert doomed.command("ledger", "verify").returncode == 0
    doomed.start()
    done_id = whole["ResponseMetadata"]["RequestId"]
    assert outcome_of(doomed, done_id)["status"] == "done"
    assert outcome_of(doomed, broken_id)["status"] == "broken"
    assert doomed.command("ledger", "verify").returncode == 0
    wait_until(lambda: doomed.command("ledger", "prove", broken_id).returncode == 0, 30, "a signed head over it")


def test_no_engine_outlives_a_killed_factory(doomed: Factory) -> None:
    engines = doomed.engines()
    assert engines
    doomed.kill()

    def all_gone() -> bool:
        return not any(is_alive(engine) for engine in engines)

    wait_until(all_gone, 15, f"engines {engines} to end with their factory")


def is_alive(process: int) -> bool:
    """Whether a process runs; one that only waits to be collected does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text("ascii").rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def test_a_stop_lets_a_running_answer_end_and_takes_no_new_one(doomed: Factory, model: str) -> None:
    with closing(boto3.Session().client("bedrock-runtime", config=PATIENT)) as client:
        answer = client.converse_stream(
            modelId=model, messages=LONG, inferenceConfig={"maxTokens": 120, "temperature": 0.0}
        )
        events = iter(answer["stream"])
        seen = [next(events), next(events)]
        stopping = threading.Event()

        def finish() -> None:
            seen.extend(events)
            stopping.set()

        doomed.terminate()
        reader = threading.Thread(target=finish)
        reader.start()
        reader.join(60)
        assert stopping.is_set()
        assert any("messageStop" in event for event in seen)
        assert "metadata" in seen[-1]
    assert doomed.wait() == 0
    assert doomed.command("ledger", "verify").returncode == 0


def test_a_second_factory_does_not_start_in_the_same_home(factory: Factory) -> None:
    second = factory.command("up", "--home", str(factory.home), "--port", "1", "--tls-port", "2")
    assert second.returncode == 1
    assert "in use" in second.stderr
    assert "Traceback" not in second.stderr
