from __future__ import annotations

import json
from typing import Any

import pytest

from usina.core.errors import ApiError, EngineError, NotReadyError, ThrottledError, ValidationError
from usina.engine.refusals import explain, explain_event
from usina.engine.upstream import RefusedError


def explained(status: int, body: Any) -> ApiError:
    return explain(RefusedError(status, body if isinstance(body, bytes) else json.dumps(body).encode()))


def test_a_prompt_that_is_too_long_is_told_in_tokens() -> None:
    error = {"message": "request (60031 tokens) exceeds the available context size (8192 tokens), try increasing it",
             "type": "exceed_context_size_error", "n_prompt_tokens": 60031, "n_ctx": 8192}  # fmt: skip
    found = explained(400, {"error": error})
    assert isinstance(found, ValidationError)
    assert found.message == "Input is too long for requested model: 60031 tokens, and it takes 8192."


@pytest.mark.parametrize(
    "words",
    [
        "input (2002 tokens) is too large to process. increase the physical batch size",
        "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens",
    ],
)
@pytest.mark.parametrize("status", [400, 500])
def test_other_engines_words_for_too_long_are_known(words: str, status: int) -> None:
    assert isinstance(explained(status, {"error": {"message": words}}), ValidationError)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ValidationError), (404, ValidationError), (422, ValidationError), (429, ThrottledError),
        (503, NotReadyError),
        (401, EngineError), (403, EngineError), (302, EngineError), (500, EngineError), (502, EngineError),
    ],
)  # fmt: skip
@pytest.mark.parametrize("body", [b"", b"{{{", b'"text"', b"[1]", b'{"error": "text"}', b'{"error": {"message": 5}}'])
def test_every_status_has_its_error_whatever_its_body(status: int, kind: type[ApiError], body: bytes) -> None:
    assert type(explained(status, body)) is kind


def test_an_engines_own_words_are_passed_on_only_where_they_speak_of_the_request() -> None:
    secret = {"error": {"message": "cannot open /srv/secret/model.gguf" + "x" * 1_000}}
    assert "secret" not in explained(500, secret).message
    assert len(explained(400, secret).message) < 400


def test_an_event_that_is_no_chunk_is_an_engines_failure() -> None:
    for event in ({"error": {"message": "at /srv/secret"}}, 5, None, {}):
        found = explain_event(event)
        assert isinstance(found, EngineError)
        assert "secret" not in found.message
