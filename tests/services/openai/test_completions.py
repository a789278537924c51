from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import pytest

from usina.core.errors import ThrottledError
from usina.testing.catalogue import CHAT
from usina.testing.engines import usage

if TYPE_CHECKING:
    from usina.testing.engines import ScriptedEngines


def completion_chunk(text: str, finish_reason: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "text": text, "finish_reason": finish_reason, "logprobs": None}
    return {"id": "x", "object": "text_completion", "created": 1, "model": "own", "choices": [choice]}


async def test_a_text_is_continued(client: openai.AsyncOpenAI, engines: ScriptedEngines, front: Any) -> None:
    answer = await client.completions.create(model="gpt-4o-mini", prompt="once upon", seed=4)
    assert (answer.object, answer.model, answer.choices[0].text) == ("text_completion", CHAT.id, "You said: once upon")
    assert engines.asked[0].task == "completion"
    assert engines.bodies == [{"prompt": "once upon", "max_tokens": 16, "seed": 4}]
    assert front.meters[0].input_tokens == 2


async def test_several_prompts_become_choices_in_their_order(client: openai.AsyncOpenAI, front: Any) -> None:
    answer = await client.completions.create(model=CHAT.id, prompt=["a", "b c"], max_tokens=9)
    assert [(choice.index, choice.text) for choice in answer.choices] == [(0, "You said: a"), (1, "You said: b c")]
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.total_tokens) == (3, 3 + 3 + 4)
    assert front.meters[0].input_tokens == 3


async def test_one_prompt_that_fails_fails_the_request(client: openai.AsyncOpenAI, engines: ScriptedEngines) -> None:
    engines.play(ThrottledError("full"))
    with pytest.raises(openai.RateLimitError):
        await client.completions.create(model=CHAT.id, prompt=["a", "b"])


async def test_a_text_is_streamed(client: openai.AsyncOpenAI, engines: ScriptedEngines) -> None:
    used = {"choices": [], "usage": usage(2, 2)}
    engines.play([[completion_chunk("a")], [completion_chunk("b"), completion_chunk("", "length"), used]])
    stream = await client.completions.create(
        model=CHAT.id, prompt="x", stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    assert "".join(chunk.choices[0].text for chunk in chunks[:-1]) == "ab"
    assert chunks[-2].choices[0].finish_reason == "length"
    assert chunks[-1].usage is not None
    assert {chunk.model for chunk in chunks} == {CHAT.id}


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"prompt": [1, 2, 3]}, "prompt"),
        ({"prompt": [[1, 2, 3]]}, "prompt"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": []}, "prompt"),
        ({"prompt": None}, "prompt"),
        ({"prompt": ["a", "b"], "stream": True}, "prompt"),
        ({"prompt": "a", "echo": True}, "echo"),
        ({"prompt": "a", "suffix": "z"}, "suffix"),
        ({"prompt": "a", "best_of": 3}, "best_of"),
        ({"prompt": "a", "logprobs": 6}, "logprobs"),
    ],
)
async def test_what_is_not_served_is_refused_by_name(
    client: openai.AsyncOpenAI, fields: dict[str, Any], param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await client.completions.create(model=CHAT.id, **fields)
    assert caught.value.param == param


async def test_logprobs_come_in_the_old_form_with_offsets_that_run_on(
    client: openai.AsyncOpenAI, engines: ScriptedEngines
) -> None:
    def probability(token: str) -> dict[str, Any]:
        return {"content": [{"token": token, "logprob": -0.5, "top_logprobs": [{"token": "z", "logprob": -1.5}]}]}

    first, second = completion_chunk("ab"), completion_chunk("c", "stop")
    first["choices"][0]["logprobs"], second["choices"][0]["logprobs"] = probability("ab"), probability("c")
    engines.play([[first], [second, {"choices": [], "usage": usage(1, 2)}]])
    stream = await client.completions.create(model=CHAT.id, prompt="x", logprobs=1, stream=True)
    given = [chunk.choices[0].logprobs async for chunk in stream]
    assert [(one.tokens, one.token_logprobs, one.text_offset) for one in given if one is not None] == [
        (["ab"], [-0.5], [0]),
        (["c"], [-0.5], [2]),
    ]
    assert given[0] is not None
    assert given[0].top_logprobs == [{"z": -1.5}]


async def test_logprobs_of_a_whole_answer_come_in_the_old_form(
    client: openai.AsyncOpenAI, engines: ScriptedEngines
) -> None:
    answer = completion_chunk("ab", "stop")
    answer["choices"][0]["logprobs"] = {"content": [{"token": "ab", "logprob": -0.5}]}
    engines.play({**answer, "usage": usage(1, 1)})
    given = await client.completions.create(model=CHAT.id, prompt="x", logprobs=0)
    assert given.choices[0].logprobs is not None
    assert given.choices[0].logprobs.tokens == ["ab"]
