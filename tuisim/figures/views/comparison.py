"""Nets side by side: their curves in one figure, their numbers in one table."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

from tuisim.figures.drawing.curves import (
    decades,
    finite_ends,
    linear,
    linear_limits,
    median_curve,
    power,
    steps_name,
    steps_of,
)
from tuisim.figures.drawing.figure import Axis, Figure, Floats, Mark, Marker, Role, Series
from tuisim.figures.drawing.numbers import ascii_text, format_log10, one_cell_each
from tuisim.figures.drawing.wrapping import shortened
from tuisim.figures.views.norms import TITLES, Which
from tuisim.figures.words.rates import factor_words, horizon_steps, horizon_words
from tuisim.figures.words.verdict import split_fates

if TYPE_CHECKING:
    from tuisim.engine.diagnosis.comparison import Compared
    from tuisim.engine.runs.run import Run

#: Roles and patterns of the curves, in turn, the first being the one that others are compared with.
#: Numbers at the curves' ends tell them apart in any case.
_FIRST: Role = "plain"
_HUES: tuple[Role, ...] = ("hue1", "hue2", "hue3", "hue4", "hue5", "hue6", "hue7")
_MARKERS: tuple[Marker, ...] = ("line", "dashed", "dotted", "line", "dashed", "dotted", "sparse")

#: The columns of the table: heading, and whether it is a number, which stands to the right.
COLUMNS = (
    ("", True),
    ("net", False),
    ("verdict", False),
    ("a step back", True),
    ("10⁻³ or 10³", True),
    ("‖∂L/∂h_0‖", True),
    ("saturated", True),
    ("theory", False),
)
#: The headings where there is little width; cells are shorter too.
_NARROW = ("", "net", "verdict", "a step", "10^±3 at", "‖∂L/∂h_0‖", "sat.", "theory")
_NARROW_NAME = 18
# What goes first where even that is too wide.
_DROPPED_FIRST = ("verdict", "saturated", "theory", "10⁻³ or 10³")
_THEORY = [heading for heading, _ in COLUMNS].index("theory")


def comparison_figure(
    nets: Sequence[Compared], which: Which = "gradient", log: bool = True
) -> Figure:
    """The median curves of all nets over one another, each with its number at its end."""
    series, marks = [], []
    for rank, one in enumerate(nets):
        median = median_curve(np.asarray(getattr(one.run, f"{which}_log10"), np.float64))
        role, marker = net_role(rank), _MARKERS[rank % len(_MARKERS)]
        series.append(Series(f"{rank + 1} {one.name}", steps_of(median), median, role, marker))
        marks += _number(rank, median, role, which)
    ends = [found for found in (finite_ends(one.y) for one in series) if found] or [(0.0, 0.0)]
    low, high = decades(min(one for one, _ in ends), max(one for _, one in ends))
    if not log:
        series = [linear(one) for one in series]
        marks = [attrs.evolve(one, y=float(power(np.array(one.y)))) for one in marks]
        low, high = linear_limits(high)
    longest = max(one.x.size for one in series) - 1.0
    return Figure(
        title=TITLES[which],
        x=Axis(steps_name(nets[0].run), 0.0, longest),
        y=Axis("", low, high, log=log),
        series=tuple(reversed(series)),
        marks=tuple(marks),
    )


def net_role(rank: int) -> Role:
    """The colour of a net's curve and of its row in the table."""
    return _HUES[(rank - 1) % len(_HUES)] if rank else _FIRST


def _number(rank: int, curve: Floats, role: Role, which: Which) -> list[Mark]:
    """A curve's number where it ends: the gradient at its first step, the state at its last."""
    known = np.flatnonzero(np.isfinite(curve))
    if not known.size:
        return []
    at, inward = (known[0], 2) if which == "gradient" else (known[-1], -2)
    return [Mark(float(at), float(curve[at]), f"{rank + 1}"[-1], role, inward=inward)]


@attrs.frozen
class Row:
    """The numbers of one net, as they are; rates in nats per step back, norms as log10.

    The horizon is in steps back, None where the run is shorter.
    """

    name: str
    regime: str
    gradient_rate: float
    horizon: int | None
    gradient_log10: float
    saturation: float
    theory: str
    theory_rate: float | None


def comparison_rows(nets: Sequence[Compared]) -> tuple[Row, ...]:
    """The numbers of each net."""
    rows = []
    for one in nets:
        end = float(median_curve(one.run.gradient_log10[:, :1])[0])
        rows.append(
            Row(
                name=one.name,
                regime=one.run.regime,
                gradient_rate=one.run.gradient_rate,
                horizon=one.run.horizon,
                gradient_log10=end,
                saturation=float(one.run.saturation.mean()),
                theory=one.prediction.name,
                theory_rate=one.prediction.gradient_rate,
            )
        )
    return tuple(rows)


def comparison_table(
    nets: Sequence[Compared], width: int | None = None, ascii: bool = False
) -> list[str]:
    """The rows as lines of text of at most `width`: shorter, then with columns left out.

    Where the names of the theories have no room in their column they stand in a line of their own,
    and so do the headings of columns that are left out.
    """
    rows = [(row, one.run) for row, one in zip(comparison_rows(nets), nets, strict=True)]
    wide = [[heading for heading, _ in COLUMNS], *(_wide(*one) for one in enumerate(rows, 1))]
    narrow = [[*_NARROW], *(_narrow(*one) for one in enumerate(rows, 1))]
    everything = list(range(len(COLUMNS)))
    whole, shorter = (_aligned(table, everything, ascii) for table in (wide, narrow))
    if width is None or max(map(len, whole)) <= width:
        return whole
    if max(map(len, shorter)) <= width:
        return shorter
    named = _wrapped(_theories([row for row, _ in rows]), width, ascii)
    for cells, (row, _) in zip(narrow[1:], rows, strict=True):
        cells[_THEORY] = _theory_rate(row) or "none"
    kept, gone = everything, list[str]()
    for name in ("", *_DROPPED_FIRST):
        if name:
            kept = [one for one in kept if COLUMNS[one][0] != name]
            gone.append(name)
        lines = _aligned(narrow, kept, ascii)
        if max(map(len, lines)) <= width:
            break
    shown = [shortened(line, width, ascii) for line in lines]
    if _THEORY in kept:
        shown += named
    return shown + (_wrapped(f"left out: {', '.join(gone)}", width, ascii) if gone else [])


def _wide(rank: int, shown: tuple[Row, Run]) -> list[str]:
    row, run = shown
    rate = _theory_rate(row)
    return [
        f"{rank}",
        row.name,
        _regime(run),
        factor_words(row.gradient_rate),
        horizon_words(run),
        format_log10(row.gradient_log10),
        f"{100 * row.saturation:.0f} %" if math.isfinite(row.saturation) else "nan",
        f"{row.theory} {rate}" if rate else "none",
    ]


def _narrow(rank: int, shown: tuple[Row, Run]) -> list[str]:
    number, name, regime, rate, _, *rest = _wide(rank, shown)
    name = name if len(name) <= _NARROW_NAME else f"{name[: _NARROW_NAME - 1]}…"
    return [number, name, regime, rate, horizon_steps(shown[1]), *rest]


def _regime(run: Run) -> str:
    """The verdict, and of how many members it is true where these differ: dead 3/6."""
    if not split_fates(run):
        return run.regime
    fates = run.member_regimes
    return f"{run.regime} {fates.count(run.regime)}/{len(fates)}"


def _theories(rows: Sequence[Row]) -> str:
    """Which theories the rates are of, each with the numbers of its nets."""
    numbers: dict[str, list[str]] = {}
    for rank, row in enumerate(rows, 1):
        if row.theory_rate is not None:
            numbers.setdefault(row.theory, []).append(f"{rank}")
    return "theory: " + "; ".join(f"{' '.join(of)} {name}" for name, of in numbers.items())


def _wrapped(text: str, width: int, ascii: bool) -> list[str]:
    return textwrap.wrap(ascii_text(text) if ascii else text, max(width, 1))


def _theory_rate(row: Row) -> str:
    return "" if row.theory_rate is None else factor_words(row.theory_rate)


def _aligned(lines: list[list[str]], kept: list[int], ascii: bool) -> list[str]:
    cells = [[one_cell_each(ascii_text(one) if ascii else one) for one in line] for line in lines]
    widths = {one: max(len(line[one]) for line in cells) for one in kept}
    return [
        "  ".join(
            line[one].rjust(widths[one]) if COLUMNS[one][1] else line[one].ljust(widths[one])
            for one in kept
        ).rstrip()
        for line in cells
    ]
