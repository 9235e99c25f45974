"""What commands write to: files, whole and never over another unasked; what they draw on."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click

from tuisim.commands.run.options import Command, PathName, Within
from tuisim.system.files import check_place, holds_something, write_whole
from tuisim.terminal.ink import codes
from tuisim.terminal.terminal import emit, is_dumb, is_terminal, is_unicode

if TYPE_CHECKING:
    from tuisim.figures.drawing.cells import Cells
    from tuisim.figures.drawing.figure import Figure

PIPE_SIZE = (80, 24)
LARGEST = 1000

#: What a picture is drawn in, whatever the terminal can: the same bytes from everywhere.
_ALL_COLOURS = {"COLORTERM": "truecolor"}


def force_option(files: str) -> Callable[[Command], Command]:
    """Add --force to a command, which it lets replace these files."""
    return click.option("--force", is_flag=True, help=f"replace {files}")


def out_options(help: str, options: str = "--out") -> Callable[[Command], Command]:
    """Add --out and --force to a command.

    Args:
        help: what the file is.
        options: those that name a file which --force replaces.
    """
    out = click.option(
        "-o",
        "--out",
        type=PathName(),
        metavar="FILE",
        help=f"{help}; one that is there already stays, and nothing is done",
    )
    force = force_option(f"the file of {options} that is there")

    def added(command: Command) -> Command:
        return out(force(command))

    return added


#: What files of ours end in that not every command writes.
OTHERS = (".npz", ".parquet", ".safetensors", ".svg", ".toml")


def asked_format(
    as_json: bool, as_csv: bool, out: Path | None, usual: str, more: Sequence[str] = ()
) -> str:
    """ "json", "csv" or what is usual: by the flag, else by how the file's name ends.

    What is usual and no table is text, for a name in .txt or without an end.

    Args:
        more: ends of names, and formats, that this command has beside these two.

    Raises:
        click.UsageError: both flags, or a name that promises something else.
    """
    if as_json and as_csv:
        raise click.UsageError("format: got --json and --csv, allowed: one of them")
    ending = out.suffix.lower() if out is not None else ""
    endings = [f".{one}" for one in ("json", "csv", *more)]
    if as_json or as_csv:
        format = "csv" if as_csv else "json"
        # A table may have any name but one that says it is none.
        if ending in (*endings[2:], *OTHERS):
            raise click.UsageError(
                f"out: got a name in {ending} with --{format}, allowed: .{format}"
            )
        return format
    if ending in endings:
        return ending[1:]
    check_ending(out, endings if f".{usual}" in endings else [*endings, ".txt"])
    return usual


def check_ending(path: Path | None, allowed: Sequence[str], name: str = "out") -> None:
    """See that a file's name has one of these ends, or none: what is written keeps its promise.

    Raises:
        click.UsageError: it has another.
    """
    if path is None or path.suffix.lower() in ("", *allowed):
        return
    *others, last = allowed
    said = f"{', '.join(others)} or {last}" if others else last
    raise click.UsageError(f"{name}: got a name in {path.suffix}, allowed: {said}")


def check_out(out: Path | None, force: bool, name: str = "out") -> None:
    """Find out before long work whether the file can be written, and may be.

    Raises:
        click.UsageError: there is one with content already, and no --force.
        OSError: it cannot be written.
    """
    if out is None:
        return
    check_place(out)
    if not force and holds_something(out):
        raise click.UsageError(f"{name}: {out} is there already; --force replaces it")


def drawing_options(command: Command) -> Command:
    """Add --columns, --rows, --ascii and --svg to a command that draws."""
    only_ascii = click.option(
        "--ascii", "only_ascii", is_flag=True, help="no character outside ASCII"
    )
    return paper_options(only_ascii(command))


def paper_options(command: Command) -> Command:
    """The same without --ascii, which a command that opens an app has anyway."""
    columns = click.option(
        "--columns",
        type=Within(20, LARGEST),
        metavar="N",
        help=f"width: 20…{LARGEST}; default the terminal's, or {PIPE_SIZE[0]}",
    )
    rows = click.option(
        "--rows",
        type=Within(8, LARGEST),
        metavar="N",
        help=f"height: 8…{LARGEST}; default the terminal's, or {PIPE_SIZE[1]}",
    )
    svg = click.option(
        "--svg",
        type=PathName(),
        metavar="FILE",
        help="draw into this file, as a terminal shows it in colours: whole, or not at all; one "
        "that is there already stays, and nothing is done",
    )
    return columns(rows(svg(command)))


def check_svg(svg: Path | None, force: bool, **others: object) -> None:
    """Find out before long work whether the picture can be written, and may be.

    Args:
        others: values of options that write something else in the picture's place.

    Raises:
        click.UsageError: one of these is given too, the name promises something else, or there is
            a file with content already, and no --force.
        OSError: it cannot be written.
    """
    if svg is None:
        return
    for name, value in others.items():
        if value:
            raise click.UsageError(f"--svg: got it with --{name}, allowed: one of them")
    check_ending(svg, [".svg"], "svg")
    check_out(svg, force, "svg")


@attrs.frozen
class Paper:
    """What is drawn on.

    Attributes:
        columns, rows: its size in cells.
        ascii: no character outside ASCII.
        environ: says which colours there are; None where there is none.
        svg: the file that the picture is for, if any.
    """

    columns: int
    rows: int
    ascii: bool
    environ: Mapping[str, str] | None
    svg: Path | None = None

    def drawn(self, figure: Figure, columns: int, rows: int) -> list[str]:
        """The lines of a figure."""
        from tuisim.figures.drawing.text import draw_cells

        blocks = self.environ is not None
        return self.rendered(draw_cells(figure, columns, rows, ascii=self.ascii, blocks=blocks))

    def rendered(self, cells: Cells) -> list[str]:
        """The lines of cells, with the codes of colours where there are some."""
        if self.environ is None:
            return cells.text()
        return [
            "".join(self.inked(text, role, ground) for text, role, ground in cells.runs(row))
            for row in range(len(cells.chars))
        ]

    def inked(self, text: str, role: str, ground: str = "blank") -> str:
        """A text with the codes of its role, where there are colours."""
        numbers = "" if self.environ is None else codes(role, ground, self.environ)
        shown = numbers and (ground != "blank" or text.strip())
        return f"\x1b[{numbers}m{text}\x1b[m" if shown else text

    def content(self, lines: Sequence[str]) -> str:
        """What is written of the lines: text, or the picture of it."""
        text = "".join(f"{line.rstrip()}\n" for line in lines)
        if self.svg is None:
            return text
        from tuisim.tui.shell.picture import picture_of

        return picture_of(text, self.columns)

    def put(self, lines: Sequence[str]) -> None:
        """Write the lines to where they are for."""
        content = self.content(lines)
        if self.svg is None:
            emit(content)
        else:
            write_whole(self.svg, content)


def paper(columns: int | None, rows: int | None, only_ascii: bool, svg: Path | None) -> Paper:
    """What the options ask to be drawn on; without a file, what stdout is."""
    size = _size(columns, rows)
    if svg is not None:
        return Paper(*size, only_ascii, _ALL_COLOURS, svg)
    return Paper(*size, only_ascii or not is_unicode(sys.stdout), _colours())


def _colours() -> Mapping[str, str] | None:
    """What says which colours stdout has, where it is a terminal that takes them."""
    takes = is_terminal(sys.stdout) and not os.environ.get("NO_COLOR") and not is_dumb(os.environ)
    return os.environ if takes else None


def _size(columns: int | None, rows: int | None) -> tuple[int, int]:
    """Columns and rows as asked for, else the terminal's, else a pipe's."""
    width, height = PIPE_SIZE
    if is_terminal(sys.stdout):
        found = os.get_terminal_size(sys.stdout.fileno())
        # The prompt needs the last line; a terminal that does not know its size says 0.
        width = found.columns or width
        height = found.lines - 1 if found.lines else height
    width, height = min(max(width, 20), LARGEST), min(max(height, 8), LARGEST)
    return columns or width, rows or height


def shared_out(cells: int, count: int) -> list[int]:
    """Equal shares, what is over going to the first."""
    share, over = divmod(cells, count)
    return [share + (rank < over) for rank in range(count)]
