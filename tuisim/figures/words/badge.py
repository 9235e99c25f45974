"""The badge: a verdict to be read first and from afar, as cells."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import attrs
import numpy as np

from tuisim.engine.runs.verdicts import median, member_regimes, verdict
from tuisim.figures.drawing.cells import Cells
from tuisim.figures.drawing.figure import Role
from tuisim.figures.drawing.frame import ROLE_NUMBER
from tuisim.figures.drawing.lettering import lettered
from tuisim.figures.drawing.numbers import ascii_text, format_log10
from tuisim.figures.words.cause import cause_line
from tuisim.figures.words.rates import factor_words
from tuisim.figures.words.status import SEPARATOR, Piece, fit_pieces
from tuisim.figures.words.verdict import added_words, headline, ranked

if TYPE_CHECKING:
    from tuisim.engine.runs.run import Run
    from tuisim.engine.theory.theory import Prediction

#: The sign of each verdict, so that colour is not the only one.
SIGNS: dict[str, str] = {
    "vanishing": "▼",
    "stable": "●",
    "exploding": "▲",
    "dead": "✕",
    "not a number": "!",
    "forward": "▶",
}

#: Rows of a badge with large letters, and the size of a screen that has room for it.
TALL = 3
_TALL_FROM = (100, 36)
#: From so many rows on a screen has room for a line on why.
_WHY_FROM = 24


@attrs.frozen
class Badge:
    """A verdict in its parts.

    Attributes:
        word: the verdict, or what is being played while there is none.
        role: what its colour stands for.
        factor: a step's, "×0.891 a step back"; empty where there is none.
        over: what that comes to over the run, "1.0·10⁻⁵ after 100".
        added: all else there is to say, the most important first.
        before: whether it is of the net before the one that was asked for.
        why: the parts of the factor, in words.
        of: which of several nets it is of; empty where there is but one.
        share: of how many members it is true, "4 of 8"; empty where it is of all.
    """

    word: str
    role: Role
    factor: str = ""
    over: str = ""
    added: tuple[Piece, ...] = ()
    before: bool = False
    why: tuple[Piece, ...] = ()
    of: str = ""
    share: str = ""

    @property
    def label(self) -> str:
        """What stands before the word: of which net it is, where that is not plain."""
        return "before: " if self.before else f"{self.of}: " if self.of else ""


def badge_of(
    run: Run,
    prediction: Prediction | None = None,
    linearised: Prediction | None = None,
    before: bool = False,
    why: tuple[Piece, ...] = (),
) -> Badge:
    """The verdict on a whole run; `why` takes another pass over it, and is asked for elsewhere."""
    factor, over = headline(run)
    troubles, rest = added_words(run, prediction, linearised)
    added, share = ranked([*troubles, *rest]), _share(run.regime, run.member_regimes)
    return Badge(run.regime, run.regime, factor, over, added, before, why, share=share)


def badge_at(run: Run, step: int, phase: Literal["forward", "backward"]) -> Badge:
    """The verdict as far as it is played: on the state up to a step, on the gradient back to it."""
    steps = step
    if phase == "backward":
        log10, there = run.gradient_log10, step
        steps = log10.shape[1] - 1 - step
        first, what = log10[:, -1], " back"
    else:
        log10, there = run.hidden_log10, step
        first, what = log10[:, 0], ""
    now = log10[:, there]
    with np.errstate(invalid="ignore"):
        rate = float(median(now - first)) * math.log(10) / max(steps, 1)
    factor = f"{factor_words(rate)} a step{what}" if steps and math.isfinite(rate) else ""
    end = format_log10(float(median(now)))
    if phase == "forward":
        return Badge("forward", "neutral", factor, f"‖h_t‖ {end} at {step}")
    regime = verdict(now)
    share = _share(regime, member_regimes(now))
    return Badge(regime, regime, factor, f"{end} after {steps}", share=share)


def _share(regime: str, fates: tuple[str, ...]) -> str:
    """Of how many members the median's verdict is true, where it is not true of all."""
    count = fates.count(regime)
    return f"{count} of {len(fates)}" if count < len(fates) else ""


def badge_rows(columns: int, rows: int, ascii: bool) -> int:
    """How many rows a badge has on a screen of this size."""
    roomy = columns >= _TALL_FROM[0] and rows >= _TALL_FROM[1]
    return TALL if roomy and not ascii else 2 if rows >= _WHY_FROM else 1


def badge_line(badge: Badge, width: int | None = None, ascii: bool = False) -> str:
    """The badge in words: "▼ vanishing  ×0.891 a step back · 1.0·10⁻⁵ after 100 · …"."""
    head = f"{ascii_text(badge.label) if ascii else badge.label}{_head(badge, ascii)}"
    room = None if width is None else max(width - len(head) - 2, 0)
    words = _fitted(badge, room, ascii)
    return f"{head}  {words}".rstrip()


def badge_cells(badge: Badge, columns: int, rows: int, ascii: bool = False) -> Cells:
    """The badge on a grid of columns × rows cells, in large letters where there are three rows."""
    chars = np.full((rows, columns), " ", "<U1")
    roles, grounds = np.zeros(chars.shape, np.uint8), np.zeros(chars.shape, np.uint8)
    # Of two rows the second says why.
    middle, column = (rows - 1) // 2, 0

    def write(row: int, column: int, text: str, role: Role) -> int:
        shown = text[: max(columns - column, 0)]
        chars[row, column : column + len(shown)] = list(shown)
        roles[row, column : column + len(shown)] = ROLE_NUMBER[role]
        return column + len(shown)

    column = write(middle, column, ascii_text(badge.label) if ascii else badge.label, "label")
    first, head = column, f" {_head(badge, ascii)} "
    if rows >= TALL:
        head = f" {head} "
    column = write(middle, column, head, badge.role)
    block = (slice(0, TALL if rows >= TALL else 1), slice(first, column))
    roles[block] = grounds[block] = ROLE_NUMBER[badge.role]
    column = min(column + 1 + int(rows >= TALL), columns)
    if rows < TALL:
        words = _fitted(badge, max(columns - column, 0), ascii)
        _write_parts(write, middle, column, words, badge, ascii)
        if rows > 1:
            write(1, 1, cause_line(badge.why, max(columns - 1, 0), ascii), "readout")
        return Cells(chars, roles, grounds)
    number, _, unit = badge.factor.partition(" ")
    large = lettered(number)
    if large.shape[1] and column + large.shape[1] + 2 < columns:
        area = (slice(0, TALL), slice(column, column + large.shape[1]))
        chars[area] = large
        roles[area] = ROLE_NUMBER[badge.role]
        column += large.shape[1] + 2
    else:
        unit = badge.factor
    room, at = max(columns - column, 0), write(0, column, unit, badge.role)
    between = SEPARATOR if unit else ""
    added = [attrs.evolve(one, rank=one.rank + 1) for one in badge.added]
    if at + len(between) + len(badge.over) <= columns:
        write(0, write(0, at, between, "label"), badge.over, "readout")
    else:
        added.insert(0, Piece(badge.over))
    write(1, column, cause_line(badge.why, room), "readout")
    write(2, column, fit_pieces(added, room) if added else "", "label")
    return Cells(chars, roles, grounds)


def _head(badge: Badge, ascii: bool) -> str:
    text = f"{SIGNS[badge.word]} {badge.word} {badge.share}".rstrip()
    return ascii_text(text) if ascii else text


def _fitted(badge: Badge, room: int | None, ascii: bool) -> str:
    """What is said beside the word in so many characters; half a number would be a wrong one."""
    number, first = badge.factor.partition(" ")[0], badge.factor or badge.over
    if room is not None:
        wide, narrow = (len(ascii_text(one) if ascii else one) for one in (first, number))
        if wide > room:
            return fit_pieces([Piece(number)], None, ascii) if narrow <= room else ""
    own = [Piece(badge.factor), Piece(badge.over, "", 1)]
    added = [attrs.evolve(one, rank=one.rank + 2) for one in badge.added]
    return fit_pieces([one for one in (*own, *added) if one.text], room, ascii)


def _write_parts(write: Any, row: int, column: int, words: str, badge: Badge, ascii: bool) -> None:
    """The words, each part in the colour of what it says."""
    between = ascii_text(SEPARATOR) if ascii else SEPARATOR
    large = [text for text in (badge.factor, badge.over) if text]
    for rank, part in enumerate(words.split(between)):
        if rank:
            column = write(row, column, between, "label")
        role: Role = "label"
        if rank < len(large):
            role = badge.role if large[rank] == badge.factor else "readout"
        column = write(row, column, part, role)
