"""Names beside curves: of hidden ones, of lines, of axes without ticks; what lies behind."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from tuisim.figures.drawing.drawing import Drawing
from tuisim.figures.drawing.figure import Axis, Figure, Reference, Reveal, Series
from tuisim.figures.drawing.frame import ROLE_NUMBER
from tuisim.figures.drawing.layers import layers_of
from tuisim.figures.views.plane import eigenvalue_figure

X = np.linspace(0.0, 10.0, 200)
TWO = Figure(
    "two",
    Axis("t", 0.0, 10.0),
    Axis("", 0.0, 10.0),
    (Series("falls", X, 10.0 - X, "theory", "dashed"), Series("rises", X, X, "hidden")),
)
#: Of which no corner is free for a legend.
FULL = attrs.evolve(
    TWO,
    series=(
        *TWO.series,
        *(Series("", X, np.full_like(X, one), "pinned") for one in np.linspace(0, 10, 24)),
    ),
)


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("figure", [TWO, FULL], ids=["on the canvas", "under it"])
def test_what_is_hidden_says_so_without_a_colour_too(figure: Figure, ascii: bool) -> None:
    drawing = Drawing(figure, 80, 24, ascii=ascii)
    whole, alone = drawing.cells(), drawing.cells(Reveal(alone="rises"))
    (row,) = [at for at, line in enumerate(whole.text()) if "falls" in line]
    column = whole.text()[row].index("falls")
    assert drawing.entry_at(column, row) == drawing.entry_at(column - 3, row) == "falls"
    entry = slice(column - 6, column + 5)
    assert "off" not in "".join(whole.text())
    assert "".join(alone.chars[row, entry]).split() == ["off", "falls"]
    shown = alone.chars[row, entry] != " "
    assert set(alone.roles[row, entry][shown].tolist()) == {ROLE_NUMBER["guide"]}
    assert "".join(alone.text()).count("off") == 1


def covered(figure: Figure, name: str, columns: int, rows: int) -> int:
    """How many cells of curves a name covers, wherever it stands."""
    drawing = Drawing(figure, columns, rows, border=False)
    lines = drawing.cells().text()
    (row,) = [at for at, line in enumerate(lines) if name in line]
    column = lines[row].index(name) - drawing._origin[0] - drawing._left
    row -= drawing._origin[1]
    bits = sum(layer.bits != 0 for layer in layers_of(figure, drawing.canvas))
    return int(np.count_nonzero(bits[row, column : column + len(name)]))


@pytest.mark.parametrize("rows", [9, 12, 24])
def test_the_name_of_a_line_lies_on_no_curve(rows: int) -> None:
    """Of a net that learns nothing the loss lies on chance all the way."""
    flat = Series("loss", X, np.full_like(X, 5.0), "loss")
    figure = attrs.evolve(
        TWO, series=(flat,), references=(Reference("chance", 5.0, "limit"),)
    )  # fmt: skip
    assert covered(figure, "chance", 60, rows) == 0


def test_the_axes_of_a_plane_are_named_where_nothing_is() -> None:
    figure = eigenvalue_figure(0.5 * np.exp(1j * np.linspace(0, 6, 7)))
    text = "\n".join(Drawing(figure, 50, 20).cells().text())
    assert "Re λ" in text
    assert "Im λ" in text
    small = "\n".join(Drawing(figure, 12, 6).cells().text())
    assert "λ" not in small


def test_what_lies_behind_leaves_the_cells_of_others_alone() -> None:
    bars = Series("", X, 10.0 * (np.floor(X) % 2), "pinned", behind=True)
    front = Series("", X, X, "hidden")
    alone = Drawing(attrs.evolve(TWO, series=(front,)), 60, 20, border=False)
    both = Drawing(attrs.evolve(TWO, series=(bars, front)), 60, 20, border=False)
    (layer,) = layers_of(alone.figure, alone.canvas)
    area = (
        slice(both._origin[1], both._origin[1] + both.canvas.rows),
        slice(both._left, both._left + both.canvas.columns),
    )
    where = layer.bits != 0
    assert (both.cells().chars[area][where] == alone.cells().chars[area][where]).all()
    assert (both.cells().roles[area][where] == ROLE_NUMBER["hidden"]).all()
    assert (both.cells().roles[area] == ROLE_NUMBER["pinned"]).sum() > 40
