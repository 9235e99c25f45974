"""tuisim notes: the presenter's notes of the demo that plays in another terminal."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TYPE_CHECKING

import click

from tuisim.terminal.terminal import emit, is_terminal, writable

if TYPE_CHECKING:
    from tuisim.demos.notes import Notes

_LOOK_SECONDS = 0.2
_CLEAR = "\x1b[2J\x1b[H"
_NONE = "no demo plays; `tuisim demo NAME` in another terminal begins one"


@click.command()
@click.option("--once", is_flag=True, help="print them as they are now, and end")
def notes(once: bool) -> None:
    """Show the presenter's notes of the tape that plays in another terminal; ctrl+c ends.

    With --once it fails where no demo plays.
    """
    from tuisim.demos.notes import kept

    found = kept()
    if once:
        if found is None:
            raise click.ClickException(_NONE)
        emit(_text(found))
        return
    begin = _CLEAR if is_terminal(sys.stdout) else ""
    shown: str | None = None
    while True:
        text = _NONE + "\n" if found is None else _text(found)
        if text != shown:
            emit(begin + text)
            sys.stdout.flush()
            shown = text
        time.sleep(_LOOK_SECONDS)
        found = kept()


def _text(found: Notes) -> str:
    from tuisim.demos.notes import lines
    from tuisim.figures.drawing.wrapping import wrapped

    width = max(shutil.get_terminal_size().columns, 20)
    rows = (row for line in lines(found) for row in (wrapped(line, width) or [""]))
    return writable("".join(f"{row}\n" for row in rows), sys.stdout)
