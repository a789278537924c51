from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    Run = Callable[..., Result]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_is_printed(run: Run, shell: str) -> None:
    done = run("completion", shell)
    assert done.exit_code == 0
    assert "_USINA_COMPLETE" in done.stdout


def test_bash_takes_the_script(run: Run) -> None:
    script = run("completion", "bash").stdout
    done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_commands_are_completed() -> None:
    words = {
        "COMP_WORDS": "usina models ",
        "COMP_CWORD": "2",
        "_USINA_COMPLETE": "bash_complete",
        "PATH": "/usr/bin:/bin",
    }
    code = "import sys; from usina.cli.main import main; sys.argv = ['usina']; main(prog_name='usina')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=words)
    assert done.stdout.split() == [
        "plain,alias",
        "plain,aliases",
        "plain,aws-ids",
        "plain,import",
        "plain,list",
        "plain,remove",
    ]


def test_another_shell_is_wrong_use(run: Run) -> None:
    assert run("completion", "tcsh").exit_code == 2
