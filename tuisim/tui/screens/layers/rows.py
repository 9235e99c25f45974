"""The rows of the list: a layer's name, its verdict, a small curve of its gradient; no widget."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import PurePath

from tuisim.figures.drawing.figure import Role
from tuisim.figures.drawing.numbers import ascii_text, one_cell_each, power_of_ten
from tuisim.figures.drawing.wrapping import shortened
from tuisim.figures.words.badge import SIGNS
from tuisim.figures.words.rates import factor_words
from tuisim.tui.state.bench.checkpoints import short_name
from tuisim.tui.state.bench.opened import FileNet, Opened, Ran
from tuisim.values.experiment import Experiment

#: From the lowest level to the highest.
_BARS, _ASCII_BARS = "▁▂▃▄▅▆▇█", "_.-:=+*#"
#: A small curve is over these decades, so that one that keeps its norm runs in the middle.
DECADES = 6.0
#: Characters of a verdict, a factor and a small curve; with less room there is no curve.
_VERDICT, _FACTOR, _CURVE = 14, 8, 16
_LEAST_WITH_CURVE = 56
_GAP = "  "

_WHAT = (
    "THE LAYERS OF A FILE",
    "Every recurrent layer that the file holds, run as it was trained: the verdict on its "
    "gradient, what a step back multiplies it by, and the norm of ∂L/∂h_t from t = 0 on the left "
    "to T on the right. The middle of a small curve is 1, its lower edge a millionth, its upper "
    "edge a million.",
    "The farthest from keeping its gradient stands first; a layer that cannot be run stands last, "
    "with the reason.",
    "Without an input (`--input`) every number is of a net at rest, which may differ from the same "
    "net under its input even in sign.",
)
EXPLAINED = "\n\n".join(_WHAT)


def heading(opened: Opened, experiment: Experiment, width: int, ascii: bool) -> str:
    """The file, how many layers it holds, and what they hear."""
    e = experiment
    hears = {"none": "at rest: no input", "noise": "input noise"}.get(e.input, f"input {e.input}")
    count = len(opened.nets)
    layers = "1 layer" if count == 1 else f"{count} layers"
    name = PurePath(opened.path).name
    if opened.history is not None:
        paths = opened.history.paths
        place = f"{paths.index(opened.path) + 1} of {len(paths)}"
        name = f"{short_name(opened.path, paths)} ({place})"
    parts = [name, layers, f"{e.depth} steps", hears]
    return shortened(_plain(" · ".join(parts), ascii), width, ascii)


def row(net: FileNet, found: Ran | str | None, width: int, ascii: bool) -> list[tuple[str, Role]]:
    """A line of the list in parts, each with its role."""
    curve = _CURVE if width >= _LEAST_WITH_CURVE else 0
    room = width - _VERDICT - _FACTOR - 2 * len(_GAP) - (curve + len(_GAP) if curve else 0)
    name: tuple[str, Role] = (
        _ending(_plain(net.name, ascii), room, ascii).ljust(room) + _GAP,
        "blank",
    )
    if found is None:
        return [name, ("…" if not ascii else "...", "label")]
    if isinstance(found, str):
        left = width - room - len(_GAP)
        return [name, (shortened(_plain(f"refused: {found}", ascii), left, ascii), "label")]
    word = _plain(f"{SIGNS[found.regime]} {found.regime}", ascii)
    # One that is long goes into what a short verdict leaves.
    beside = _VERDICT + len(_GAP) + _FACTOR - len(word)
    told = word + _factor(found.rate, beside - 1, ascii).rjust(beside)
    role: Role = found.regime  # type: ignore[assignment]
    drawn = _GAP + small_curve(found.curve, curve, ascii) if curve else ""
    return [name, (told[:_VERDICT], role), (told[_VERDICT:], role), (drawn, role)]


def small_curve(curve: Sequence[float], columns: int, ascii: bool) -> str:
    """log10 norms in a row of characters, over DECADES both ways; a blank for no number."""
    bars = _ASCII_BARS if ascii else _BARS
    last, drawn = len(curve) - 1, ""
    for column in range(columns):
        log10 = curve[round(column * last / max(columns - 1, 1))]
        share = (min(max(log10, -DECADES), DECADES) + DECADES) / (2 * DECADES)
        drawn += " " if math.isnan(log10) else bars[min(int(share * len(bars)), len(bars) - 1)]
    return drawn


def _factor(rate: float, room: int, ascii: bool) -> str:
    """A step's factor, without its digits where they have no room."""
    words = _plain(factor_words(rate), ascii)
    if len(words) > room and math.isfinite(rate):
        words = _plain(f"×{power_of_ten(round(rate / math.log(10)))}", ascii)
    return shortened(words, room, ascii)


def _plain(text: str, ascii: bool) -> str:
    return one_cell_each(ascii_text(text) if ascii else text)


def _ending(name: str, room: int, ascii: bool) -> str:
    """The end of a name, by which layers of one file differ."""
    mark = "..." if ascii else "…"
    return name if len(name) <= room else mark + name[len(name) - max(room - len(mark), 0) :]
