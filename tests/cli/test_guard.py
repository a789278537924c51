from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner, Result

from usina.cli.guard import GuardedGroup
from usina.core.errors import OperatorError


def run(error: BaseException | int | None, *arguments: str) -> Result:
    @click.group(cls=GuardedGroup)
    def root() -> None:
        pass

    @root.command()
    @click.option("--debug", is_flag=True)
    def work(debug: bool) -> int | None:
        if isinstance(error, BaseException):
            raise error
        return error

    return CliRunner().invoke(root, ["work", *arguments], prog_name="usina")


@pytest.mark.parametrize(("given", "code"), [(None, 0), (0, 0), (1, 1), (2, 2)])
def test_what_a_command_returns_is_the_exit_code(given: int | None, code: int) -> None:
    assert run(given).exit_code == code


def test_an_operators_error_is_one_sentence_on_standard_error() -> None:
    done = run(OperatorError("The disk is full. Free some space."))
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "usina: The disk is full. Free some space.\n"


def test_a_bug_shows_neither_stack_trace_nor_its_words() -> None:
    done = run(ValueError("the prompt was: secret"))
    assert done.exit_code == 1
    assert "ValueError" in done.stderr
    assert "--debug" in done.stderr
    assert "secret" not in done.stderr
    assert "Traceback" not in done.stderr


def test_debug_shows_the_stack_trace() -> None:
    done = run(ValueError("words"), "--debug")
    assert done.exit_code == 1
    assert "Traceback" in done.stderr
    assert "words" in done.stderr


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_an_interrupted_command_ends_quietly(error: BaseException) -> None:
    done = run(error)
    assert (done.exit_code, done.stdout, done.stderr.strip()) == (1, "", "")


def test_a_reader_that_goes_away_is_no_failure_to_shout_about() -> None:
    code = "import sys; from usina.cli.main import main; main(['completion', 'bash'])"
    pipe = f'{sys.executable} -c "{code}" | true'
    done = subprocess.run(["bash", "-c", pipe], capture_output=True, text=True, check=False)
    assert done.stderr == ""
