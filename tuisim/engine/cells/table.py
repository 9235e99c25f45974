"""The cells by their names. Importing it imports numba, which drawing a Network does not."""

from __future__ import annotations

from importlib import import_module

from tuisim.engine.cells.cell import Cell
from tuisim.values.cells import CELLS as LINES

_ROOM = __name__.rpartition(".")[0]


class _Cells(dict[str, Cell]):
    """Every cell that has a line by its name, one that got it later too."""

    def __missing__(self, name: str) -> Cell:
        found: Cell = import_module(LINES[name].module or f"{_ROOM}.{name}").CELL
        self[name] = found
        return found


CELLS = _Cells()
for _name in LINES:
    CELLS[_name]
