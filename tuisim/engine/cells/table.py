"""The cells by their names. Importing it imports numba, which drawing a Network does not.

A new cell is a module beside this one and an entry here.
"""

from __future__ import annotations

from tuisim.engine.cells.cell import Cell
from tuisim.engine.cells.gru import Gru
from tuisim.engine.cells.lstm import Lstm
from tuisim.engine.cells.rnn_cell import Rnn

CELLS: dict[str, Cell] = {cell.name: cell for cell in (Rnn(), Lstm(), Gru())}
