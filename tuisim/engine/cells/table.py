"""The cells by their names, each imported when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from tuisim.engine.cells.cell import Cell
from tuisim.engine.cells.network import Network
from tuisim.values.cells import CELLS as LINES
from tuisim.values.experiment import Experiment

_ROOM = __name__.rpartition(".")[0]


class _Cells(dict[str, Cell]):
    """Every cell that has a line by its name, one that got it later too."""

    def __missing__(self, name: str) -> Cell:
        found: Cell = import_module(LINES[name].module or f"{_ROOM}.{name}").CELL
        self[name] = found
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(LINES)


CELLS = _Cells()


class _Variants(dict[str, Cell]):
    """What runs a trained layer's gates of its own, for the cells that have any, likewise."""

    def __missing__(self, name: str) -> Cell:
        found: Cell = import_module(f"{_ROOM}.variants.{name}").CELL
        self[name] = found
        return found


_variants = _Variants()


def cell_of(experiment: Experiment, network: Network) -> Cell:
    """The cell of this experiment whose step is the network's."""
    return (_variants if network.varied else CELLS)[experiment.cell]
