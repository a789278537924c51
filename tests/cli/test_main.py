from __future__ import annotations

import contextlib
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from usina import __version__
from usina.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]


def commands(command: click.Command = main, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, child in getattr(command, "commands", {}).items():
        yield from commands(child, (*path, name))


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_every_command_explains_itself(run: Run, path: tuple[str, ...]) -> None:
    done = run(*path, "--help")
    assert done.exit_code == 0
    assert f"Usage: usina {' '.join(path)}".strip() in done.stdout
    assert "Options:" in done.stdout


def test_every_listing_can_be_had_as_json() -> None:
    for path in (("status",), ("models", "list"), ("models", "aliases"), ("keys", "list"), ("ledger", "tail")):
        command: click.Command = main
        for name in path:
            assert isinstance(command, click.Group)
            command = command.commands[name]
        assert "--json" in {option for parameter in command.params for option in parameter.opts}


def test_the_version_is_told(run: Run) -> None:
    assert run("--version").stdout == f"usina {__version__}\n"


@pytest.mark.parametrize(
    "arguments", [("nonsense",), ("status", "--nonsense"), ("models", "import"), ("keys", "list", "x")]
)
def test_wrong_use_exits_2_and_says_how_to_get_help(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert "--help" in done.stderr


WORDS = (
    "models",
    "keys",
    "ledger",
    "list",
    "create",
    "tail",
    "verify",
    "prove",
    "chat",
    "status",
    "client-kit",
    "--to",
)
VALUES = (
    "--to",
    "--json",
    "--home",
    "--wait",
    "0",
    "-n",
    "x",
    "",
    "\x00",
    "é" * 3,
    "--role",
    "--expires",
    "--help",
    "-1",
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arguments=st.lists(st.sampled_from(WORDS + VALUES), max_size=6))
def test_no_words_bring_a_stack_trace(run: Run, tmp_path: Path, arguments: list[str]) -> None:
    with contextlib.chdir(tmp_path):
        done = run(*arguments, input="")
    assert done.exit_code in {0, 1, 2}
    assert "Traceback" not in done.output
    assert "should not" not in done.output, arguments


def test_a_terminal_of_few_letters_gets_what_it_can_show() -> None:
    code = (
        "from usina.cli.output import forgive_letters, say, show_json; forgive_letters(); say('é東!'); show_json('東')"
    )
    environment = {"PYTHONIOENCODING": "latin-1", "PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, env=environment)
    assert done.stdout == b'\xe9?!\n"\\u6771"\n', done.stderr


def test_starting_needs_no_heavy_import() -> None:
    heavy = "('botocore', 'rich', 'usina.app', 'sqlalchemy', 'cryptography', 'granian', 'msgspec', 'asyncio')"
    code = f"import sys, usina.cli.main; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['asyncio']", "asyncio comes with usina.core.clock"
