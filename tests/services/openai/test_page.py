"""The page for users says of every parameter what happens to it, and of nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from usina.services import operations
from usina.services.openai.chat_request import IGNORED_IN_CHAT, REFUSED_IN_CHAT, ChatRequest
from usina.services.openai.checking import IGNORED
from usina.services.openai.completions import REFUSED_IN_COMPLETIONS, CompletionRequest
from usina.services.openai.embeddings import REFUSED_IN_EMBEDDINGS, EmbeddingRequest
from usina.services.openai.response_request import IGNORED_IN_RESPONSES, REFUSED_IN_RESPONSES, ResponseRequest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import msgspec

PAGE = (Path(__file__).parents[3] / "docs" / "openai.md").read_text("utf-8")
ROW = re.compile(r"^\| `([^`]+)` \| (.*?) \|", re.MULTILINE)


def rows(heading: str) -> dict[str, str]:
    section = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    return dict(ROW.findall(next(part for part in section if part.startswith(heading))))


@pytest.mark.parametrize(
    ("heading", "struct", "ignored", "refused"),
    [
        ("Chat completions", ChatRequest, IGNORED_IN_CHAT, REFUSED_IN_CHAT),
        ("Completions", CompletionRequest, IGNORED, REFUSED_IN_COMPLETIONS),
        ("Embeddings", EmbeddingRequest, IGNORED, REFUSED_IN_EMBEDDINGS),
        ("Responses", ResponseRequest, IGNORED_IN_RESPONSES, REFUSED_IN_RESPONSES),
    ],
)
def test_each_table_is_what_the_code_does(
    heading: str, struct: type[msgspec.Struct], ignored: Collection[str], refused: Iterable[str]
) -> None:
    told, fields = rows(heading), set(struct.__struct_fields__)
    assert set(told) == fields | set(ignored) | set(refused)
    assert {name for name, what in told.items() if what.startswith("ignored")} == set(ignored) - fields
    assert set(refused) <= {name for name, what in told.items() if what.startswith("refused")}


def test_the_table_of_operations_is_what_is_served() -> None:
    served = {name for service, name in operations() if service == "openai"}
    assert set(re.findall(r"^\| `(\w+)` \| `(?:GET|POST)", PAGE, re.MULTILINE)) == served
