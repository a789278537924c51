"""Policy files: every way of being wrong is said with file, line and what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usina.core.operation import Access, Operation, Resource
from usina.sovereignty.policy import PolicyFileError
from usina.sovereignty.policy.schema import schema_json
from usina.sovereignty.policy.source import FILE_BYTES, fingerprint, parse_text, read_folder

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any


def _touches(call: Any, ports: Any) -> tuple[Resource, ...]:
    return ()


async def _handle(call: Any, ports: Any) -> dict[str, Any]:
    return {}


CONVERSE = Operation("bedrock-runtime", "Converse", Access.USE, _touches, _handle)
SCHEMA = cedarpy.Schema.from_json_str(schema_json([CONVERSE]))
GOOD = '@id("a") permit (principal, action, resource);'


def test_statements_know_their_lines_whatever_strings_and_comments_hold() -> None:
    text = """// a comment; with a semicolon and a "quote

@id("one;two") // here; too
permit (principal, action, resource) when { resource.account == "a;b\\"c;" };
@id("three")
forbid (principal, action, resource);
// the end;
"""
    found = parse_text("f.cedar", text.encode(), SCHEMA)
    assert [(statement.id, statement.line) for statement in found] == [("one;two", 3), ("three", 5)]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("permit (principal, action, resource);", 1, "no name"),
        (f"{GOOD}\n\n@id('x') permit", 3, "not valid Cedar"),
        (f"{GOOD}\npermit (principal, action", 2, "not valid Cedar"),
        ('@id("a") permit (principal, action, resource) when { resource.acount == "" };', 1, "acount"),
        ('@id("a") permit (principal, action == Usina::Action::"sts:Fly", resource);', 1, "sts:Fly"),
        ('@id("a") permit (principal in Usina::Role::"x", action, resource is Usina::Boat);', 1, "Boat"),
        ('@id("a") permit (principal, action, resource) when { resource.provider == "acme" };', 1, "provider"),
        ('@id("a") permit (principal, action, resource) when { context.peer.isIpv4() };', 1, "peer"),
        ('@id("a") permit (principal == ?principal, action, resource);', 1, "template"),
        ('@id("a") permit (principal, action, resource) when { "unclosed };', 1, "not valid Cedar"),
    ],
)
def test_a_wrong_statement_is_named_with_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises(PolicyFileError, match=rf"f\.cedar, line {line}: .*{said}.*Mend the file"):
        parse_text("f.cedar", text.encode(), SCHEMA)


@pytest.mark.parametrize("brackets", ["()", "[]", "{}"])
def test_brackets_nested_too_deep_are_refused_before_the_parser_dies_of_them(brackets: str) -> None:
    text = (
        f"// one\n@id('a') permit (principal, action, resource) when {{ {brackets[0] * 5_000}{brackets[1] * 5_000} }};"
    )
    with pytest.raises(PolicyFileError, match=r"f\.cedar, line 2: brackets are nested more than 50 deep"):
        parse_text("f.cedar", text.encode(), SCHEMA)


def test_a_statement_longer_than_any_policy_is_refused() -> None:
    text = f'{GOOD}\n@id("b") permit (principal, action, resource) when {{ {"true && " * 5_000}true }};'
    with pytest.raises(PolicyFileError, match=r"f\.cedar, line 2: .* longer than"):
        parse_text("f.cedar", text.encode(), SCHEMA)


def test_brackets_in_strings_and_comments_do_not_count_as_nesting() -> None:
    text = f'@id("{"(" * 100}") // {"[" * 100}\npermit (principal, action, resource);'
    assert parse_text("f.cedar", text.encode(), SCHEMA)


@given(st.text(alphabet='permit(principal,action,resource)when{}@id"a";/ \n!=&|[]<>.:?0é', max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text_is_policies_or_refused_with_its_line(text: str) -> None:
    said = "f.cedar, line 1: "
    try:
        parse_text("f.cedar", text.encode(), SCHEMA)
    except PolicyFileError as error:
        said = str(error)
    assert re.match(r"f\.cedar, line \d+: ", said)


def test_text_that_is_not_utf8_is_named_with_its_line() -> None:
    with pytest.raises(PolicyFileError, match="line 2: is not UTF-8"):
        parse_text("f.cedar", b"// fine\n\xff\xfe", SCHEMA)


def test_a_name_used_twice_is_refused_with_both_places(tmp_path: Path) -> None:
    (tmp_path / "a.cedar").write_text(GOOD)
    (tmp_path / "b.cedar").write_text(f"// b\n{GOOD}")
    with pytest.raises(PolicyFileError, match=r"b\.cedar, line 2: .* a\.cedar, line 1"):
        read_folder(tmp_path, SCHEMA)


def test_a_folder_without_policies_is_refused(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("no policy")
    (tmp_path / ".hidden.cedar").write_text("nor this")
    with pytest.raises(PolicyFileError, match="holds 0 policy files"):
        read_folder(tmp_path, SCHEMA)


def test_a_file_too_large_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.cedar").write_bytes(b"/" * (FILE_BYTES + 1))
    with pytest.raises(PolicyFileError, match="larger than"):
        read_folder(tmp_path, SCHEMA)


def test_a_folder_named_as_a_policy_is_said_to_be_unreadable(tmp_path: Path) -> None:
    (tmp_path / "a.cedar").mkdir()
    with pytest.raises(PolicyFileError, match=r"a\.cedar, line 1: cannot be read"):
        read_folder(tmp_path, SCHEMA)


def test_policies_may_be_written_for_groups_in_which_nothing_is_served_yet() -> None:
    text = '@id("a") permit (principal, action in [Usina::Action::"sts", Usina::Action::"permissions"], resource);'
    assert parse_text("f.cedar", text.encode(), SCHEMA)


def test_the_fingerprint_changes_with_name_content_and_number(tmp_path: Path) -> None:
    seen = {fingerprint(tmp_path)}
    (tmp_path / "a.cedar").write_text(GOOD)
    seen.add(fingerprint(tmp_path))
    (tmp_path / "a.cedar").write_text(GOOD + "\n")
    seen.add(fingerprint(tmp_path))
    (tmp_path / "a.cedar").rename(tmp_path / "b.cedar")
    seen.add(fingerprint(tmp_path))
    (tmp_path / "ignored.txt").write_text("x")
    assert fingerprint(tmp_path) in seen
    assert len(seen) == 4
