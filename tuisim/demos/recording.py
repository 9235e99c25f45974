"""Recording: a tape as a cast with a mark for each step, and a picture for each screenshot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

import attrs
from textual.strip import Strip

from tuisim.demos.acts import Passed
from tuisim.demos.casts import Cast, Version
from tuisim.demos.grammar.tape import Screenshot, Step, Tape
from tuisim.demos.playing import Moment, differing, played, unheard
from tuisim.demos.still import StillTapeApp
from tuisim.testing.pictures import coded, strips, svg, text_of


@attrs.frozen
class Recorded:
    """What came of a tape.

    Attributes:
        cast: the text of its file.
        pictures: SVGs by the names of their files.
        screen: the last screen as text.
        found: (line, words) of each expectation that does not hold.
    """

    cast: str
    pictures: Mapping[str, str]
    screen: str
    found: tuple[tuple[int, str], ...]


def picture_names(tape: Tape) -> tuple[str, ...]:
    """The names of the files of a tape's pictures."""
    shots = (one for one in tape.commands if isinstance(one, Screenshot))
    return tuple(map(_name, shots))


async def recorded(
    tape: Tape,
    app: StillTapeApp,
    title: str,
    version: Version = 2,
    each: Callable[[Moment], object] = unheard,
) -> Recorded:
    """Play a tape and record it; `each` hears of every moment.

    Raises:
        PlayError: as `played`.
    """
    cast = Cast(app.without_terminal, title, version)
    pictures: dict[str, str] = {}
    found: list[tuple[int, str]] = []
    seconds, rows = 0.0, list[Strip]()
    async with app.run_test() as pilot:
        async for moment in played(tape, pilot):
            seconds = moment.seconds
            each(moment)
            found += differing(app, moment)
            await app.told(moment.of)
            if app.return_code is not None:
                continue
            if not moment.hidden:
                rows = strips(app)
                cast.show(seconds, coded(rows))
            match moment.of:
                case Passed(Step(name)):
                    cast.mark(seconds, name)
                case Passed(Screenshot() as shot):
                    pictures[_name(shot)] = svg(app)
    return Recorded(cast.text(seconds), pictures, text_of(rows), tuple(found))


def _name(shot: Screenshot) -> str:
    return f"{PurePosixPath(shot.path).stem}.svg"
