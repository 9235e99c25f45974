"""Rows of cells as pieces: the longest of one role, by a loop over the cells."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tuisim.figures.drawing.cells import Cells
from tuisim.figures.drawing.figure import ROLES, Role
from tuisim.figures.drawing.frame import ROLE_NUMBER

ENDING = ("title", "here")
#: Few, so that neighbours are often alike, and any.
NUMBERS = st.one_of(
    st.sampled_from([0, 0, ROLE_NUMBER["title"], ROLE_NUMBER["here"], ROLE_NUMBER["label"]]),
    st.integers(0, len(ROLES) - 1),
)


def naive(text: str, roles: list[int], grounds: list[int]) -> Iterator[tuple[str, Role, Role]]:
    start = 0
    present, behind = roles[0], grounds[0]
    for place, (role, ground) in enumerate(zip(roles, grounds, strict=True)):
        other = role != present and (role or ROLES[present] in ENDING)
        if other or ground != behind:
            yield text[start:place], ROLES[present], ROLES[behind]
            start, present, behind = place, role, ground
    yield text[start:], ROLES[present], ROLES[behind]


@given(st.data(), st.integers(1, 30), st.booleans())
def test_pieces_of_a_row(data: st.DataObject, columns: int, filled: bool) -> None:
    row = st.lists(NUMBERS, min_size=columns, max_size=columns)
    roles, grounds = data.draw(row), data.draw(row) if filled else [0] * columns
    text = "".join(chr(ord("a") + place % 26) for place in range(columns))
    cells = Cells(
        np.array([list(text)], "<U1"),
        np.array([roles], np.uint8),
        np.array([grounds], np.uint8) if filled else None,
    )
    assert [*cells.runs(0)] == [*naive(text, roles, grounds)]


def test_a_row_of_no_cells_has_no_pieces() -> None:
    nothing = np.zeros((1, 0), np.uint8)
    assert [*Cells(np.zeros((1, 0), "<U1"), nothing).runs(0)] == []
