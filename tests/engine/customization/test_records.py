"""What is taken for a record, and how a line that is none is told of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usina.engine.customization.inside.records import LINE_BYTES, DataError, read

if TYPE_CHECKING:
    from pathlib import Path

TEXT = {"role": "user", "content": [{"text": "Hi"}]}
ANSWER = {"role": "assistant", "content": [{"text": "Hello"}]}


def conversation(*messages: Any, **more: Any) -> dict[str, Any]:
    return {"schemaVersion": "bedrock-conversation-2024", "messages": list(messages), **more}


def written(folder: Path, *lines: bytes | dict[str, Any], name: str = "data.jsonl") -> list[str]:
    whole = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    (folder / name).write_bytes(b"\n".join(whole))
    return [str(folder / name)]


def test_both_formats_are_turns_of_a_conversation(tmp_path: Path) -> None:
    system = [{"text": "Be kind."}]
    paths = written(
        tmp_path,
        b'\xef\xbb\xbf{"prompt": "Who?", "completion": "Me."}',
        b"  ",
        conversation(TEXT, ANSWER, TEXT, ANSWER, system=system),
    )
    first, second = read(paths, 10, "training")
    assert (first.where, first.turns) == ("line 1 of data.jsonl", (("user", "Who?"), ("assistant", "Me.")))
    assert second.where == "line 3 of data.jsonl"
    assert second.turns[0] == ("system", "Be kind.")
    assert [role for role, _ in second.turns[1:]] == ["user", "assistant"] * 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"\xff\xfe", "it is not UTF-8"),
        (b"{secret", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b'"secret"', "it is not a JSON object"),
        ({"secret": 1}, "neither prompt and completion, nor schemaVersion"),
        ({"prompt": "secret"}, "completion must be a text that is not empty"),
        ({"prompt": "secret", "completion": " "}, "completion must be a text"),
        ({"prompt": ["secret"], "completion": "x"}, "prompt must be a text"),
        (b'{"prompt": "secret \\ud800", "completion": "x"}', "prompt holds half a character"),
        ({"messages": [TEXT, ANSWER]}, "schemaVersion must be bedrock-conversation-2024"),
        (conversation(), "messages must be pairs"),
        (conversation(TEXT), "messages must be pairs"),
        (conversation(ANSWER, TEXT), r"messages\[0\].role must be user"),
        (conversation(TEXT, TEXT), r"messages\[1\].role must be assistant"),
        (conversation(TEXT, {"role": "assistant", "content": "secret"}), r"messages\[1\].content must be a list"),
        (
            conversation({"role": "user", "content": [{"image": {}}]}, ANSWER),
            r"messages\[0\].content\[0\] must be a content block with text",
        ),
        (conversation(TEXT, ANSWER, system=[{"text": 1}]), r"system\[0\].text must be a text"),
    ],
)
def test_a_wrong_line_is_named_with_what_is_wrong_and_none_of_it(tmp_path: Path, line: Any, said: str) -> None:
    paths = written(tmp_path, {"prompt": "a", "completion": "b"}, line)
    with pytest.raises(DataError, match=f"^Line 2 of data.jsonl is not valid: .*{said}") as caught:
        read(paths, 10, "training")
    assert "secret" not in str(caught.value)


def test_too_many_and_too_long_and_none_are_said(tmp_path: Path) -> None:
    line = {"prompt": "a", "completion": "b"}
    with pytest.raises(DataError, match="more than 2 records"):
        read(written(tmp_path, line, line, line), 2, "training")
    with pytest.raises(DataError, match=f"Line 1 of long.jsonl is longer than {LINE_BYTES} bytes"):
        read(written(tmp_path, b"x" * (LINE_BYTES + 1), name="long.jsonl"), 2, "training")
    with pytest.raises(DataError, match="validation data has no record"):
        read(written(tmp_path, b"", b" "), 2, "validation")


@given(line=st.binary(max_size=200))
def test_any_bytes_are_a_record_or_a_data_error(tmp_path_factory: pytest.TempPathFactory, line: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_bytes(line)
    said = ""
    try:
        read([str(path)], 1_000, "training")
    except DataError as error:
        said = str(error)
    assert not said or "any.jsonl" in said or "no record" in said
