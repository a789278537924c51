"""What a GGUF file's header is known to say wrongly, and what it should say instead.

A correction is made only for files that are known to need it, by name and by exact text, and the card of the model
names the keys that were changed. docs/models.md has the measurements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from usina.stores.models.header import Header

_TEMPLATE = "tokenizer.chat_template"
# The template of SmolLM2 puts this turn before a conversation that has no system message. It presses the first tokens
# of the smallest model's answers so close together that the 8-bit arithmetic of a CPU decides between them.
_INJECTED = (
    "{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n' }}"
    "{% endif %}"
)
_SMALLEST = "135M"


# What the authors of SmolLM2 sample with where a caller says nothing; the engine's own default of 0.8 is made for
# models ten times its size. The engine reads these keys; a caller's own temperature and top_p stand over them.
_SAMPLING = {"general.sampling.temp": 0.2, "general.sampling.top_p": 0.9}


def corrections_of(header: Header) -> dict[str, str | float]:
    """Values of the header to replace or add; empty where nothing is known to be wrong."""
    if header.values.get("general.basename") != "smollm2":
        return {}
    corrections: dict[str, str | float] = {}
    template = header.values.get(_TEMPLATE)
    if header.values.get("general.size_label") == _SMALLEST and isinstance(template, str) and _INJECTED in template:
        corrections[_TEMPLATE] = template.replace(_INJECTED, "")
    if not any(key.startswith("general.sampling.") for key in header.values):
        corrections.update(_SAMPLING)
    return corrections
