from __future__ import annotations

import pytest

from usina.core.errors import ValidationError
from usina.core.operation import Meter
from usina.engine.refusals import explain
from usina.engine.upstream import RefusedError
from usina.services.openai.answering import count_usage, in_openais_words


def test_a_prompt_over_the_context_gets_the_code_that_clients_look_for() -> None:
    body = b'{"error":{"message":"exceeds the available context","n_prompt_tokens":9000,"n_ctx":8192}}'
    told = explain(RefusedError(400, body))
    assert isinstance(told, ValidationError)
    error = in_openais_words(told, "messages")
    assert (error.code, error.members["param"]) == ("context_length_exceeded", "messages")
    assert "9000" in error.message


def test_another_refusal_stays_as_it_is() -> None:
    error = ValidationError("The model's engine refuses the request.")
    assert in_openais_words(error, "messages") is error


@pytest.mark.parametrize("usage", [{}, {"prompt_tokens": None, "prompt_tokens_details": None}])
def test_usage_that_is_not_told_counts_nothing(usage: dict[str, None]) -> None:
    meter = Meter()
    count_usage(meter, usage)
    assert (meter.input_tokens, meter.output_tokens, meter.cached_tokens) == (0, 0, 0)
