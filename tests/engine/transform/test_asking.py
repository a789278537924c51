"""Requests to a model server: how many at a time, in which order, and what is asked again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from usina.core.endpoints import Answer
from usina.core.errors import ThrottledError
from usina.engine.jobs.container import JobError
from usina.engine.serving.wire import ServerFaultError, ServerGoneError, ServerSlowError
from usina.engine.transform.asking import Asking, Manner
from usina.engine.transform.joining import Joining
from usina.engine.transform.records import RecordError
from usina.testing.clock import VirtualClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from usina.core.endpoints import Ask
    from usina.engine.transform.records import Batch


class ScriptedServer:
    """Answers what a test says, one after another; without any, what it was asked."""

    def __init__(self, *script: Answer | Exception) -> None:
        self.script = list(script)
        self.asked: list[Ask] = []
        self.running = self.most_running = 0
        self.has_ended = False
        self.last_words = ""

    async def invoke(self, ask: Ask, seconds: float, most_bytes: int) -> Answer:
        """The next of the script."""
        assert (seconds, most_bytes) == (600.0, 104_857_600)
        self.asked.append(ask)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        said = self.script.pop(0) if self.script else Answer(200, ask.body)
        for _ in range(20 - len(self.asked)):  # the first is the slowest
            await asyncio.sleep(0)
        self.running -= 1
        if isinstance(said, Exception):
            raise said
        return said


def asking(server: ScriptedServer, **request: Any) -> Asking:
    whole: dict[str, Any] = {"TransformInput": {"ContentType": "text/csv"}, "TransformOutput": {}, **request}
    return Asking(server, Manner.of(whole), Joining.of(whole), VirtualClock())


async def batches(*each: bytes) -> AsyncIterator[Batch]:
    for record in each:
        yield [record]


async def test_answers_come_in_order_and_no_more_are_asked_at_a_time_than_may_be() -> None:
    server = ScriptedServer()
    records = [str(number).encode() for number in range(10)]
    answers = asking(server, MaxConcurrentTransforms=3).answers(batches(*records))
    assert [answer async for answer in answers] == [[record] for record in records]
    assert server.most_running == 3
    assert server.asked[0].content_type == "text/csv"
    alone = ScriptedServer()
    _ = [answer async for answer in asking(alone).answers(batches(*records))]
    assert alone.most_running == 1


@pytest.mark.parametrize(
    "trouble",
    [
        Answer(503, b"later"),
        Answer(429, b"later"),
        ServerSlowError(""),
        ServerGoneError(nothing_came=False),
        ThrottledError("", retry_after_seconds=1.0),
    ],
)
async def test_what_may_pass_is_asked_again_a_few_times(trouble: Answer | Exception) -> None:
    server = ScriptedServer(trouble, trouble, trouble, Answer(200, b"yes"))
    assert [each async for each in asking(server).answers(batches(b"1"))] == [[b"yes"]]
    server = ScriptedServer(*[trouble] * 4)
    with pytest.raises(RecordError, match="also when it was asked again"):
        _ = [each async for each in asking(server).answers(batches(b"1"))]
    server = ScriptedServer(trouble, Answer(200, b"yes"))
    answers = asking(server, ModelClientConfig={"InvocationsMaxRetries": 0}).answers(batches(b"1"))
    with pytest.raises(RecordError):
        _ = [each async for each in answers]


@pytest.mark.parametrize(
    ("trouble", "why"), [(Answer(415, b"secret"), "status 415"), (ServerFaultError("it is not HTTP"), "not HTTP")]
)
async def test_what_will_not_pass_is_asked_once_and_its_content_is_not_told(
    trouble: Answer | Exception, why: str
) -> None:
    server = ScriptedServer(trouble)
    with pytest.raises(RecordError, match=why) as caught:
        _ = [each async for each in asking(server).answers(batches(b"1", b"2"))]
    assert len(server.asked) == 1
    assert "secret" not in str(caught.value)


async def test_a_server_that_ended_ends_the_job_with_its_last_words() -> None:
    server = ScriptedServer(ServerGoneError(nothing_came=True))
    server.has_ended, server.last_words = True, "MemoryError: no more"
    with pytest.raises(JobError, match="The model server ended: MemoryError: no more"):
        _ = [each async for each in asking(server).answers(batches(b"1"))]


async def test_requests_that_nobody_waits_for_any_more_are_given_up() -> None:
    server = ScriptedServer(Answer(400, b""))
    answers = asking(server, MaxConcurrentTransforms=3).answers(batches(b"1", b"2", b"3", b"4"))
    with pytest.raises(RecordError):
        await anext(answers)
    assert server.running <= 2
    assert len(asyncio.all_tasks()) == 1
