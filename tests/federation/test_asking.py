from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.federation.cloud_server import ANSWER, cloud_server, http, sse
from tests.federation.gates import BODY, MODEL, SECRET, chunks_of, gated
from usina.core.errors import EngineError, ValidationError

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = http(ANSWER)


async def test_several_answers_are_several_requests_each_judged_and_counted(tmp_path: Path, tls: Path) -> None:
    async with cloud_server(tls, WHOLE) as server, gated(tmp_path, server) as site:
        answer = await site.engines().call(site.card, "chat", {**BODY, "n": 3})
        assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2]
        assert len(server.seen) == 3
        assert (await site.used())[0] == 3


async def test_what_a_request_can_cost_is_bounded_before_it_leaves(tmp_path: Path, tls: Path) -> None:
    async with cloud_server(tls, WHOLE) as server, gated(tmp_path, server, max_output_tokens=20) as site:
        await site.engines().call(site.card, "chat", BODY)
        await site.engines().call(site.card, "chat", {"messages": BODY["messages"]})
        assert [seen.json()["inferenceConfig"]["maxTokens"] for seen in server.seen] == [20, 20]


async def test_an_openai_compatible_endpoint_is_asked_with_its_key_whole_and_streamed(
    tmp_path: Path, tls: Path
) -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    message = {"role": "assistant", "content": "Hi"}
    answer = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage}
    piece = {"id": "x", "choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop"}]}
    told = (http(answer), sse(piece, {"id": "x", "choices": [], "usage": usage}), sse(piece, marker=False))
    async with (
        cloud_server(tls, *told) as server,
        gated(tmp_path, server, protocol="openai", access_key_id="", upstream_model="gpt-far") as site,
    ):
        await site.models.put(replace(site.source, address=f"https://localhost:{server.port}/v1/"))
        whole = await site.engines().call(site.card, "chat", BODY)
        chunks = await chunks_of(site)
        with pytest.raises(EngineError, match="before its answer was complete"):
            await chunks_of(site)
    assert whole["choices"][0]["message"] == message
    assert whole["model"] == MODEL
    assert chunks[-1]["usage"]["total_tokens"] == 5
    assert server.seen[0].line == "POST /v1/chat/completions HTTP/1.1"
    assert server.seen[0].headers["authorization"] == f"Bearer {SECRET}"
    assert server.seen[0].json() == {"messages": BODY["messages"], "max_tokens": 50, "model": "gpt-far"}
    assert server.seen[1].json()["stream_options"] == {"include_usage": True}


async def test_embeddings_are_asked_by_invoke_model(tmp_path: Path, tls: Path) -> None:
    told = (
        http({"embedding": [0.5, 1], "inputTextTokenCount": 4}),
        http({"embeddings": {"float": [[1, 2], [3, 4]]}, "texts": ["a", "b"]}),
    )
    async with cloud_server(tls, *told) as server:
        titan = {"task": "embedding", "upstream_model": "amazon.titan-embed-text-v2:0"}
        async with gated(tmp_path / "titan", server, **titan) as site:
            answer = await site.engines().call(site.card, "embedding", {"input": ["a text"]})
            with pytest.raises(ValidationError, match="one text at a time"):
                await site.engines().call(site.card, "embedding", {"input": ["a", "b"]})
            with pytest.raises(ValidationError, match="is for embedding"):
                await site.engines().call(site.card, "chat", BODY)
        cohere = {"task": "embedding", "upstream_model": "cohere.embed-multilingual-v3"}
        async with gated(tmp_path / "cohere", server, **cohere) as site:
            both = await site.engines().call(site.card, "embedding", {"input": ["a", "b"]})
    assert answer["data"] == [{"object": "embedding", "index": 0, "embedding": [0.5, 1.0]}]
    assert answer["usage"]["prompt_tokens"] == 4
    assert [each["embedding"] for each in both["data"]] == [[1.0, 2.0], [3.0, 4.0]]
    assert [seen.line.split()[1].rpartition("/")[2] for seen in server.seen] == ["invoke", "invoke"]
    assert server.seen[0].json() == {"inputText": "a text"}


async def test_tokens_are_not_counted_outside(tmp_path: Path, tls: Path) -> None:
    async with cloud_server(tls, WHOLE) as server, gated(tmp_path, server) as site:
        with pytest.raises(ValidationError, match="would send the prompt"):
            await site.engines().count(site.card, BODY)
        assert server.connections == 0
