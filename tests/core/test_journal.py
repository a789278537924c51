"""Logs are JSON lines that hold only what is meant to be in them."""

from __future__ import annotations

import json
import logging
from typing import Any

from usina.core.journal import JsonLines


def _line(**extra: Any) -> dict[str, Any]:
    record = logging.LogRecord("usina.door", logging.INFO, "x.py", 1, "hello %s", ("you",), None)
    record.__dict__.update(extra)
    line: dict[str, Any] = json.loads(JsonLines().format(record))
    return line


def test_a_line_tells_time_level_part_and_message() -> None:
    line = _line(request_id="r-1")
    assert line["message"] == "hello you"
    assert line["part"] == "usina.door"
    assert line["level"] == "info"
    assert line["time"].endswith("+00:00")
    assert line["request_id"] == "r-1"


def test_an_extra_that_is_not_on_the_list_stays_out() -> None:
    assert "tell nobody" not in json.dumps(_line(prompt="tell nobody"))


def test_the_text_of_an_exception_stays_out_and_its_place_comes_in() -> None:
    try:
        raise ValueError("the prompt was: tell nobody")  # noqa: TRY301 - the exception is what is tested
    except ValueError as error:
        line = _line(exc_info=(type(error), error, error.__traceback__))
    assert line["exception"] == "ValueError"
    assert "tell nobody" not in json.dumps(line)
    assert "test_journal.py" in line["at"][-1]
