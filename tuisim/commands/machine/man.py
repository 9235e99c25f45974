"""tuisim man: the manual page, from the same words as --help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from tuisim.commands.run.options import ExperimentOption
from tuisim.system.version import __version__
from tuisim.terminal.terminal import emit

_ENDS = (
    ("0", "all went well"),
    ("1", "it failed; a line on stderr says why"),
    (
        "2",
        "bad usage, or a file that was named cannot be read; a line on stderr says what is allowed",
    ),
    ("130", "interrupted"),
    ("141", "nobody read what was written"),
    ("128 + n", "ended by signal n"),
)


@click.command()
@click.pass_context
def man(ctx: click.Context) -> None:
    """Print the manual page: `tuisim man | man -l -`.

    To keep it: `tuisim man > ~/.local/share/man/man1/tuisim.1`.
    """
    root = ctx.find_root()
    assert isinstance(root.command, click.Group)
    emit("".join(f"{line}\n" for line in _page(root, root.command)))


def _page(root: click.Context, group: click.Group) -> Iterator[str]:
    summary, *more = _paragraphs(group)
    yield f'.TH TUISIM 1 "" "tuisim {__version__}" "User Commands"'
    yield from (".SH NAME", f"tuisim \\- {_written(summary.rstrip('.'))}")
    yield from (
        ".SH SYNOPSIS",
        ".B tuisim",
        "[\\fIOPTIONS\\fR] [\\fICOMMAND\\fR [\\fIARGS\\fR]...]",
    )
    yield ".SH DESCRIPTION"
    yield from _text(more)
    yield ".SH OPTIONS"
    yield from _options(root, group)
    yield ".SH COMMANDS"
    for name in group.list_commands(root):
        command = group.get_command(root, name)
        assert command is not None
        with click.Context(command, root, name) as ctx:
            pieces = " ".join(command.collect_usage_pieces(ctx))
            yield f".SS tuisim {_written(name)} {_written(pieces)}"
            yield from _text(_paragraphs(command))
            yield from _options(ctx, command)
    yield ".SH EXIT STATUS"
    for code, words in _ENDS:
        yield from (".TP", f".B {code}", words)


def _options(ctx: click.Context, command: click.Command) -> list[str]:
    """A paragraph an option; of the net's, which many commands take, a word behind the app's."""
    lines: list[str] = []
    shared = False
    for one in command.get_params(ctx):
        record = None if isinstance(one, click.Argument) else one.get_help_record(ctx)
        of_net = isinstance(one, ExperimentOption) or one.name in ("preset", "load")
        if record is None or (of_net and ctx.parent is not None):
            shared = shared or of_net
            continue
        names, words = record
        lines += [".TP", f"\\fB{_written(names)}\\fR", _written(words)]
    return (
        [*lines, ".PP", "The options above that say which net are taken too."] if shared else lines
    )


def _paragraphs(command: click.Command) -> list[str]:
    """A command's own words, a paragraph each."""
    return [" ".join(one.split()) for one in (command.help or "").split("\n\n")]


def _text(paragraphs: Sequence[str]) -> Iterator[str]:
    for one in paragraphs:
        yield from (".PP", _written(one))


def _written(text: str) -> str:
    """As roff has it: no line that begins with a dot, and signs that stand for themselves."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    return f"\\&{text}" if text.startswith(".") else text
