"""`usina completion`: the script that makes a shell complete our commands."""

from __future__ import annotations

import click

from usina.cli.output import say

_VARIABLE = "_USINA_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of SHELL.

    For bash: `eval "$(usina completion bash)"` in ~/.bashrc; for zsh the same in ~/.zshrc; for fish:
    `usina completion fish | source` in ~/.config/fish/config.fish.
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"{shell} is not known")
    say(kind(ctx.find_root().command, {}, "usina", _VARIABLE).source())
