"""What the commands about tapes share: reading one, the net that it starts with, the app for it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import click
from click.shell_completion import CompletionItem

from tuisim.commands.run.options import Asked, asked_for, named_file, refusals
from tuisim.terminal.config import KEYMAPS
from tuisim.terminal.terminal import is_terminal, warn

if TYPE_CHECKING:
    from tuisim.demos.grammar.tape import Tape
    from tuisim.demos.playing import Moment
    from tuisim.terminal.config import Config

T = TypeVar("T")

_SIZE = re.compile(r"([0-9]{1,4})[x×]([0-9]{1,4})")


class SizeType(click.ParamType):  # type: ignore[type-arg]
    """COLUMNSxROWS."""

    name = "size"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        from tuisim.demos.grammar.directives import LARGEST, SMALLEST

        found = _SIZE.fullmatch(str(value))
        size = (int(found[1]), int(found[2])) if found else (0, 0)
        bounds = zip(SMALLEST, size, LARGEST, strict=True)
        if not all(low <= one <= high for low, one, high in bounds):
            ends = "…".join("x".join(map(str, one)) for one in (SMALLEST, LARGEST))
            raise click.UsageError(f"size: got {value!r}, allowed: {ends}")
        return size


class TapeType(click.ParamType):  # type: ignore[type-arg]
    """A tape by its name or its file's."""

    name = "tape"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from tuisim.demos.shipped import names

        found = [CompletionItem(one) for one in names() if one.startswith(incomplete)]
        return [*found, CompletionItem(incomplete, type="file")]


size_option = click.option(
    "--size",
    type=SizeType(),
    metavar="COLUMNSxROWS",
    help="of the terminal; default that of the tape, or 100x30",
)


@attrs.frozen
class Opening:
    """What the app opens on: the net, the view by its key, and whether axes are log10 ones."""

    asked: Asked
    view: str = "1"
    log_axis: bool = True

    def options(self) -> dict[str, Any]:
        """As arguments of the app."""
        return {
            "experiment": self.asked.experiment,
            "notes": self.asked.notes,
            "view": self.view,
            "log_axis": self.log_axis,
        }


@attrs.frozen
class Loaded:
    """A tape, and what it opens the app on."""

    name: str
    tape: Tape
    opening: Opening

    def say_notes(self) -> None:
        """Say on stderr what in the tape has no effect."""
        for note in self.tape.notes:
            warn(f"{self.name}: {note}")


def loaded(ctx: click.Context, name: str) -> Loaded:
    """A tape by its name or its file's, all of it checked.

    Raises:
        click.UsageError: there is none, or it says what it may not: line, column and what is.
    """
    from tuisim.demos import shipped

    with named_file(name):
        tape = shipped.tape(name)
    if tape.start is None:
        return Loaded(name, tape, checked(Opening(asked_for(_bare(ctx), {}))))
    try:
        return Loaded(name, tape, checked(opening(ctx, tape.start.words)))
    except click.UsageError as error:
        place = f"{name}: line {tape.start.line}, column {tape.start.column}"
        raise click.UsageError(f"{place}: {error.format_message()}") from None


def opening(ctx: click.Context, words: tuple[str, ...]) -> Opening:
    """What the program opens on by these words of a command line.

    Raises:
        click.UsageError: they ask for anything else than the app.
    """
    root = ctx.find_root().command
    # No command, and nothing that prints and ends.
    params = [one for one in root.params if not one.is_eager]
    alone = click.Command("tuisim", params=params, add_help_option=False)
    inner = alone.make_context("tuisim", list(words))
    values = inner.params
    if values["session"] is not None or values["resume"]:
        raise click.UsageError("session: a tape begins with a net, allowed: its fields, --load")
    return Opening(asked_for(inner, values), values["view"] or "1", not values["linear"])


def checked(opening: Opening) -> Opening:
    """The same, if it can be run at all.

    Raises:
        click.UsageError: it would take too much memory or work.
    """
    from tuisim.engine.base.budget import check_budget

    with refusals():
        check_budget(opening.asked.experiment)
    return opening


def run_apart(work: Coroutine[Any, Any, T], name: str | None = None) -> T:
    """Run an app without a terminal; what keeps it from its end is a failure in one line.

    Args:
        name: of the tape that is played.
    """
    import asyncio

    from tuisim.demos.playing import PlayError
    from tuisim.testing.keys import UntakenKeyError
    from tuisim.testing.waiting import UnsettledError

    try:
        return asyncio.run(work)
    except (PlayError, UntakenKeyError, UnsettledError) as error:
        place = "" if name is None else f"{name}: "
        raise click.ClickException(f"{place}{' '.join(map(str, error.args))}") from None


@contextmanager
def bar_of(tape: Tape, label: str) -> Iterator[Callable[[Moment], object]]:
    """A bar of how much of a tape was played, on a terminal; what each moment is to be told to."""
    from tuisim.demos.acts import Pause, acts

    bar = click.progressbar(
        length=sum(not isinstance(act, Pause) for act in acts(tape)),
        label=label,
        file=sys.stderr,
        hidden=not is_terminal(sys.stderr),
    )
    with bar:
        yield lambda moment: bar.update(int(moment.of is not None))


def with_own_keys_off(settings: Config) -> Config:
    """The user's settings, with the keys that come with the program: a tape names those."""
    if settings.keys or settings.keymap != KEYMAPS[0]:
        warn("tape: the keys of the settings are not used here")
    return attrs.evolve(settings, keys={}, keymap=KEYMAPS[0])


def forget_environment() -> None:
    """Let nothing of the terminal that this runs in reach a picture; before Textual is imported."""
    for name in [*os.environ]:
        if name.startswith("TEXTUAL") or name in ("NO_COLOR", "COLORTERM", "COLUMNS", "LINES"):
            del os.environ[name]
    # A picture is in all colours, from wherever it is taken.
    os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


def _bare(ctx: click.Context) -> click.Context:
    """A context in which nothing was given."""
    return click.Context(ctx.find_root().command)
