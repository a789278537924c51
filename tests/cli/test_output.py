from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

import pytest

from usina.cli import output

ROWS = [("a.b", True, None, ["x", "y"]), ("longer.name", False, datetime(2027, 1, 15, 8, tzinfo=UTC), [])]


def test_columns_are_aligned_and_never_wrapped(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_table(("NAME", "ON", "SINCE", "LIST"), [(*ROWS[0][:3], ["w" * 300]), ROWS[1]])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[2] == "longer.name  no   2027-01-15 08:00:00Z  -"
    assert len({line.index(word) for line, word in zip(lines, ("ON", "yes", "no"), strict=True)}) == 1


def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on; a fixture would see the standard output of another phase of the test."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")


def test_a_terminal_without_colour_gets_none(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_a_terminal(monkeypatch)
    monkeypatch.setenv("NO_COLOR", "1")
    output.show_table(("STATE",), [("READY",)])
    assert "\x1b[32" not in capsys.readouterr().out
    assert output.coloured("READY") == "READY"


def test_a_terminal_gets_states_in_colour(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_terminal(monkeypatch)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    output.show_table(("STATE",), [("READY",)])
    assert "\x1b[32m" in capsys.readouterr().out
    assert "\x1b[32m" in output.coloured("READY")


def test_what_a_model_is_called_is_no_markup(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_a_terminal(monkeypatch)
    output.show_table(("NAME",), [("[red]a[/red]",)])
    assert "[red]a[/red]" in capsys.readouterr().out


def test_control_characters_of_others_do_not_reach_a_terminal() -> None:
    assert output.clean("Paris\n\tis é 東京") == "Paris\n\tis é 東京"
    family = "\N{MAN}\u200d\N{GIRL}\u3000\xa0"
    assert output.clean(family) == family
    assert output.clean("\u202eabc") == "\ufffdabc"
    assert output.clean("a\x1b[2Jb\x07\x9bc\r") == "a\ufffd[2Jb\ufffd\ufffdc\ufffd"


def test_json_holds_no_control_character_either(capsys: pytest.CaptureFixture[str]) -> None:
    said = "Paris é 東京\n a\x1b[2J b\x9b2J c\x7f d\u202e e\U000e0041"
    for show in (output.show_json, output.show_json_line):
        show({"said": said})
        shown = capsys.readouterr().out
        assert json.loads(shown) == {"said": said}
        assert output.clean(shown) == shown
        assert "é 東京" in shown or shown.isascii()


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [(None, "-"), (0, "-"), (999, "999 B"), (98_000_000, "98 MB"), (7_200_000_000_000, "7.2 TB")],
)
def test_sizes_are_for_people(size_bytes: int | None, text: str) -> None:
    assert output.size(size_bytes) == text


def test_json_holds_times_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_json({"at": ROWS[1][2]})
    assert '"2027-01-15T08:00:00Z"' in capsys.readouterr().out
    with pytest.raises(TypeError):
        output.show_json({"at": object()})
