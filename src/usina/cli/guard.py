"""The edge between commands and people: exit codes 0 done, 1 failed, 2 wrong use, and never a stack trace unasked."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Any

import click

from usina.cli.output import clean, forgive_letters, note
from usina.core.errors import UsinaError

_FAILED = 1
_WRONG_USE = 2


class GuardedGroup(click.Group):
    """The root command. Whatever a command raises ends here, as one sentence that says what to do next."""

    def main(
        self,
        args: Any = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command and exit."""
        arguments = list(sys.argv[1:] if args is None else args)
        forgive_letters()
        try:
            code = super().main(arguments, prog_name, complete_var, standalone_mode=False, **extra)
        except click.ClickException as error:
            error.show()
            code = error.exit_code
        except (click.Abort, KeyboardInterrupt):
            code = _FAILED  # Ctrl-C or a no: whoever did it knows
        except BrokenPipeError:
            # Who read our output has gone (`| head`): nothing to tell, and nobody to tell it to.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = _FAILED
        except Exception as error:  # noqa: BLE001 - the one guard of the command line
            explain(error, debug="--debug" in arguments)
            code = _FAILED
        if standalone_mode:
            sys.exit(code if isinstance(code, int) else 0)
        return code


def explain(error: Exception, *, debug: bool = False) -> None:
    """Say on standard error what went wrong and what to do next; where it comes from only if asked."""
    if debug:
        click.echo("".join(traceback.format_exception(error)), err=True)
    if isinstance(error, UsinaError):
        note(f"usina: {clean(str(error))}")
    else:
        click.echo(
            f"usina: failed in a way that it should not ({type(error).__name__}). Run the command again with --debug, "
            "and report what it shows.",
            err=True,
        )
