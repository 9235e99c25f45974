"""tuisim watch: gradient norms and losses that any training logs, live."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tuisim.commands.run.app import run_app
from tuisim.commands.run.look import look_of, look_options
from tuisim.commands.run.options import Asked, Grouped, PathName, named_file, refusals
from tuisim.commands.run.out import check_svg, force_option, paper, paper_options, shared_out
from tuisim.terminal.terminal import is_terminal
from tuisim.values.experiment import Experiment

if TYPE_CHECKING:
    from tuisim.commands.run.out import Paper
    from tuisim.tui.logbook import LogbookApp

#: A plot with fewer rows says nothing.
_LEAST_ROWS = 8


@click.command(cls=Grouped)
@click.argument("file", type=PathName())
@paper_options
@force_option("the file of --svg that is there")
@click.option("--linear", is_flag=True, help="a linear axis, not a log10 one, where it is drawn")
@look_options
def watch(
    file: Path,
    columns: int | None,
    rows: int | None,
    only_ascii: bool,
    svg: Path | None,
    force: bool,
    linear: bool,
    theme: str | None,
    marker: str | None,
    no_mouse: bool,
    fps: int | None,
) -> int:
    """Watch the log of a training: JSON lines, or CSV with a header.

    Every column of numbers over step, update or epoch, gradient norms and losses first, as they
    are logged. To anything but a terminal, and with --svg, it is drawn once.
    """
    check_svg(svg, force)
    if svg is not None or not is_terminal(sys.stdout):
        _draw(file, paper(columns, rows, only_ascii, svg), not linear)
        return 0
    given = {"columns": columns, "rows": rows, "force": force or None, "linear": linear or None}
    for name in (name for name, value in given.items() if value is not None):
        raise click.UsageError(f"--{name}: got it in the app, allowed: where it is drawn once")
    # What is no file, or may not be read, is no reason to open an app.
    from tuisim.files.logs import opened

    with named_file(file), refusals(f"{file}: "), opened(file):
        pass

    def make(experiment: Experiment, *, prepared: object, **options: Any) -> LogbookApp:
        from tuisim.tui.logbook import LogbookApp

        return LogbookApp(file, **options)

    look = look_of(theme, marker, only_ascii, no_mouse, fps)
    return run_app(Asked(Experiment(), ()), make, look)


def _draw(file: Path, on: Paper, log: bool) -> None:
    from tuisim.figures.views.logged import logged_figure, panels_of
    from tuisim.files.logs import LogReader

    reader = LogReader(file)
    with named_file(file):
        for _ in reader.read_on(whole=True):
            pass
    found = reader.columns
    panels = panels_of([*found])[: max(on.rows // _LEAST_ROWS, 1)]
    shares = shared_out(on.rows, len(panels))
    figures = [logged_figure(one, found, reader.label, log=log) for one in panels]
    drawn = [
        on.drawn(figure, on.columns, share) for figure, share in zip(figures, shares, strict=True)
    ]
    on.put([line for part in drawn for line in part])
