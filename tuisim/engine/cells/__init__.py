"""The cells: one module each, forward kernel beside backward kernel, and the table of them.

May import maths, kernels and base. Begin at network.py for the arrays, and at gru.py for what a
cell is; a new one is a module here and a line in CELLS below.
"""

from __future__ import annotations

from tuisim.engine.cells.cell import Cell
from tuisim.engine.cells.gru import Gru
from tuisim.engine.cells.lstm import Lstm
from tuisim.engine.cells.rnn_cell import Rnn

CELLS: dict[str, Cell] = {cell.name: cell for cell in (Rnn(), Lstm(), Gru())}
