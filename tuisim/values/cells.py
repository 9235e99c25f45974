"""The cells there are, and of each what can be said without a number.

A new cell is a line here, and the module of its name in tuisim/engine/cells.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs


@attrs.frozen
class CellFacts:
    """What is known of a cell before its kernels are.

    Attributes:
        gates: the names of a step's matrices in their order, and what each one's random arrays are
            keyed by beyond their step. The one with no key of its own, the third or the last, is
            the candidate: φ is applied to it, and its matrix is the one that the rnn cell has.
        kept: numbers that a run keeps for each unit and step beside its input: states, gradients,
            slopes, and what else the backward pass needs.
        kept_by_step: those that it keeps for each step alone: exponents, norms, and two references
            to records.
        module: where its class lies, if not in tuisim.engine.cells under its name.
    """

    gates: Mapping[str, tuple[int, ...]]
    kept: int
    kept_by_step: int
    module: str = ""

    @property
    def candidate(self) -> str:
        """The name of the gate that φ is applied to."""
        return next(name for name, key in self.gates.items() if key == ())


#: Name → the cell.
CELLS: dict[str, CellFacts] = {
    "rnn": CellFacts({"a": ()}, 3, 6),
    "lstm": CellFacts({"i": (1,), "f": (2,), "g": (), "o": (3,)}, 14, 9),
    "gru": CellFacts({"r": (4,), "z": (5,), "m": ()}, 9, 6),
}
