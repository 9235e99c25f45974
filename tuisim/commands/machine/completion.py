"""tuisim completion: a script for the shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from tuisim.terminal.terminal import emit

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", metavar="bash|zsh|fish")
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print a completion script: `eval "$(tuisim completion bash)"`."""
    kind = get_completion_class(shell) if shell in SHELLS else None
    if kind is None:
        raise click.UsageError(f"shell: got {shell!r}, allowed: {', '.join(SHELLS)}")
    root = ctx.find_root()
    # The template itself, since source() starts a shell only to learn its version.
    made = kind(root.command, {}, "tuisim", "_TUISIM_COMPLETE")
    emit(made.source_template % made.source_vars() + "\n")
