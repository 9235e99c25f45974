"""The cells: one module each, forward kernel beside backward kernel, and the table of them."""

from __future__ import annotations

from types import ModuleType

from tuisim.engine.cells import rnn

#: Cell name → the module with its allocate, run and what a Run asks for later.
CELLS: dict[str, ModuleType] = {"rnn": rnn}
