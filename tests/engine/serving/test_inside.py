"""The functions around a user's script, without a sandbox: formats, defaults, contexts, errors."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usina.engine.serving.inside import defaults, formats
from usina.engine.serving.inside.handlers import Handlers, Request, failed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LOADS = "def model_fn(folder):\n    return folder\n"


def handlers(folder: Path, script: str) -> Handlers:
    path = folder / "inference.py"
    path.write_text(script)
    try:
        return Handlers(str(folder), str(path))
    finally:
        sys.path.remove(str(folder))
        del sys.modules["inference"]


def answered(made: Handlers, body: bytes, **headers: str) -> tuple[int, Any, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = made.answer(Request(body, named))
    return response.status, response.body, response.content_type


@settings(max_examples=60, deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=4)))
def test_what_is_encoded_as_json_is_decoded_to_the_same(value: Any) -> None:
    body, content_type = formats.encode(value, "application/json")
    assert content_type == "application/json"
    assert json.loads(body) == value


def test_bodies_are_read_and_written_by_their_type() -> None:
    assert formats._plain(formats.decode(b"1,2.5,x\n3,4,y\n", "text/csv; charset=utf-8"))[1][0] in {3, "3"}
    assert formats.encode([[1, 2], [3, 4]], "text/csv") == (b"1,2\n3,4\n", "text/csv")
    assert formats.encode([1, 2], "image/png, text/csv") == (b"1\n2\n", "text/csv")
    assert formats.encode(7, "*/*") == (b"7", "application/json")
    assert formats.encode({"a": SimpleNamespace(tolist=lambda: [1])}, "") == (b'{"a": [1]}', "application/json")
    assert formats.encode(b"raw", "application/x-thing") == (b"raw", "application/x-thing")
    for refused in ("image/png", "application/x-tar"):
        with pytest.raises(formats.UnsupportedError):
            formats.decode(b"", refused)
        with pytest.raises(formats.UnsupportedError):
            formats.encode(1, refused)


def test_a_script_without_a_model_fn_gets_what_its_framework_loads(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"it holds: inference\.py.*model_fn"):
        handlers(tmp_path, "")
    with pytest.raises(RuntimeError, match="nothing"):
        defaults.load(str(tmp_path / "not there"))
    assert defaults.predict([1], SimpleNamespace(predict=lambda data: data * 2)) == [1, 1]
    assert defaults.predict([1], len) == 1
    with pytest.raises(RuntimeError, match="predict_fn"):
        defaults.predict([1], object())


def test_transform_fn_stands_for_all_three_and_may_name_its_type(tmp_path: Path) -> None:
    script = "def transform_fn(model, body, content_type, accept):\n    return body.upper(), 'text/x'\n"
    made = handlers(tmp_path, LOADS + script)
    assert answered(made, b"ab", content_type="text/plain") == (200, b"AB", "text/x")


def test_a_context_is_given_to_functions_that_have_room_for_it(tmp_path: Path) -> None:
    script = (
        "def model_fn(folder, context):\n    return context.system_properties['model_dir']\n"
        "def input_fn(body, content_type, context):\n    return context.get_request_header('X-Mine')\n"
        "def predict_fn(data, model):\n    return [data, model]\n"
        "def output_fn(prediction, accept, context):\n"
        "    context.set_response_content_type('text/mine')\n    return str(prediction)\n"
    )
    made = handlers(tmp_path, script)
    status, body, content_type = answered(made, b"", x_mine="seen")
    assert (status, content_type) == (200, "text/mine")
    assert body == str(["seen", str(tmp_path)]).encode()


@pytest.mark.parametrize(("status", "told"), [(418, 418), (200, 500), ("x", 500), (None, 500)])
def test_an_error_answers_with_its_own_status_where_that_is_one(status: Any, told: int) -> None:
    error = RuntimeError("no")
    if status is not None:
        error.status_code = status  # type: ignore[attr-defined] # as the toolkits' errors have one
    answer = failed(error)
    assert (answer.status, answer.body) == (told, b"RuntimeError: no")


@pytest.mark.parametrize("headers", [{}, {"accept": "*/*"}, {"accept": "application/json"}])
def test_a_prediction_without_an_output_fn_is_json(tmp_path: Path, headers: Mapping[str, str]) -> None:
    made = handlers(tmp_path, LOADS + "def predict_fn(data, model):\n    return {'said': data}\n")
    assert answered(made, b'"hi"', **headers) == (200, b'{"said": "hi"}', "application/json")
