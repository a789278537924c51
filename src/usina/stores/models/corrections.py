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


def corrections_of(header: Header) -> dict[str, str]:
    """Values of the header to replace; empty where nothing is known to be wrong."""
    template = header.values.get(_TEMPLATE)
    smallest = header.values.get("general.size_label") == _SMALLEST
    if not smallest or not isinstance(template, str):
        return {}
    corrected = template.replace(_INJECTED, "").replace(_INJECTED.replace("\n", "\\n"), "")
    return {_TEMPLATE: corrected} if corrected != template else {}
