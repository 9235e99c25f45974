"""tuisim record: a tape as a cast, and its pictures."""

from __future__ import annotations

from pathlib import Path

import click

from tuisim.commands.demos.sources import (
    TapeType,
    bar_of,
    forget_environment,
    loaded,
    run_apart,
    size_option,
)
from tuisim.commands.run.options import PathName
from tuisim.commands.run.out import check_ending, check_out, out_options
from tuisim.system.files import holds_something, write_whole
from tuisim.terminal.terminal import emit, warn


@click.command()
@click.argument("name", metavar="NAME|FILE.tape", type=TapeType())
@out_options("write the cast to FILE.cast: whole, or not at all")
@click.option("--v3", is_flag=True, help="asciicast v3, with times since the event before")
@click.option(
    "--svg-dir",
    type=PathName(file_okay=False),
    metavar="FOLDER",
    help="write a picture there for each Screenshot",
)
@size_option
@click.pass_context
def record(
    ctx: click.Context,
    /,
    name: str,
    out: Path | None,
    force: bool,
    v3: bool,
    svg_dir: Path | None,
    size: tuple[int, int] | None,
) -> int:
    """Record a tape without a terminal, as fast as it goes: an asciicast with a mark a step.

    The same bytes in whatever environment. A line on stderr for each expectation that does not
    hold, as `tuisim check` has it; the cast is written all the same, and the exit code is 1.
    """
    forget_environment()
    check_ending(out, [".cast", ".json"])
    one = loaded(ctx, name)
    check_out(out, force)

    from tuisim.demos.playing import USUAL_SIZE
    from tuisim.demos.recording import picture_names, recorded
    from tuisim.demos.still import StillTapeApp
    from tuisim.testing import Clock

    if svg_dir is not None:
        svg_dir.mkdir(parents=True, exist_ok=True)
        for picture in picture_names(one.tape):
            if not force and holds_something(svg_dir / picture):
                raise click.UsageError(
                    f"svg-dir: {svg_dir / picture} is there already; --force replaces it"
                )
    columns = size or one.tape.size or USUAL_SIZE
    app = StillTapeApp(clock=Clock(), size=columns, **one.opening.options())
    with bar_of(one.tape, f"recording {one.name}") as each:
        done = run_apart(recorded(one.tape, app, Path(name).stem, 3 if v3 else 2, each), name)
    if out is None:
        emit(done.cast)
    else:
        write_whole(out, done.cast)
    if svg_dir is not None:
        for picture, svg in done.pictures.items():
            write_whole(svg_dir / picture, svg)
    for line, words in done.found:
        warn(f"{name}:{line}: {words}")
    one.say_notes()
    return int(bool(done.found))
