"""What there is to say of a cell alone: its formulas, and how its parts are called.

A cell that has no words here is spoken of in those of any gated cell.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs

from tuisim.engine.base.gates import gate_names
from tuisim.values.cells import CELLS

if TYPE_CHECKING:
    from tuisim.values.experiment import Experiment


@attrs.frozen
class Words:
    """A gated cell's.

    Attributes:
        formula: (experiment, W h + b as it is written, + x likewise, φ or "") → one step.
        back: one step back, with W for what the matrix is called there.
        state: how the state is written.
        step: a step's Jacobian.
        counted: whose slopes are counted as saturated.
    """

    formula: Callable[[Experiment, str, str, str], list[str]]
    back: tuple[str, ...]
    state: str
    step: str
    counted: str


def _lstm(e: Experiment, heard: str, x: str, phi: str) -> list[str]:
    sign = "+" if e.forget_bias > 0 else "−"
    forget = f"  (f: {sign} {number(abs(e.forget_bias))})" if e.forget_bias else ""
    shown = f"{phi}(c_t)" if phi else "c_t"
    return [
        f"i, f, o = σ({heard}{x}){forget},  g = {phi}({heard}{x}), {_EACH}",
        f"c_t = f·c_{{t−1}} + i·g,  h_t = o·{shown}",
    ]


def _gru(e: Experiment, heard: str, x: str, phi: str) -> list[str]:
    sign = "+" if e.update_bias > 0 else "−"
    update = f"  (z: {sign} {number(abs(e.update_bias))})" if e.update_bias else ""
    return [
        f"r, z = σ({heard}{x}){update},  m = {phi}(r·({heard}){x}), {_EACH}",
        "h_t = (1 − z)·m + z·h_{t−1}",
    ]


def number(value: float) -> str:
    """A factor as it was typed, without what subtracting it from 1 leaves of rounding."""
    return f"{value:.12g}".replace("-", "−")


_EACH = "each with matrices of its own"

WORDS = {
    "lstm": Words(
        _lstm,
        (
            "∂L/∂c_{t−1} = f·∂L/∂c_t + o_{t−1}·φ′(c_{t−1})·g_{t−1}",
            "g_{t−1} = Σ W δ over the gates i f g o, δ = ∂L/∂(pre-activation)",
        ),
        "(h, c)",
        "J_s",
        "the gates i f o, of g, and of φ(c)",
    ),
    "gru": Words(
        _gru,
        ("g_{t−1} = z·g_t + Σ W δ over r z m, δ = ∂L/∂(W h)",),
        "h",
        "∂h_s/∂h_{s−1}, through r, z and m",
        "the gates r z, and of m",
    ),
}


def words(cell: str) -> Words:
    """Those of a gated cell."""
    return WORDS.get(cell) or _of_any(cell)


def _of_any(cell: str) -> Words:
    names, candidate = gate_names(cell), CELLS[cell].candidate
    gates = " ".join(name for name in names if name != candidate)

    def formula(e: Experiment, heard: str, x: str, phi: str) -> list[str]:
        return [f"{gates} by σ, {candidate} by {phi or 'the identity'}, of {heard}{x}, {_EACH}"]

    return Words(
        formula,
        (f"g_{{t−1}} = what h_t keeps of h_{{t−1}} + Σ W δ over {' '.join(names)}",),
        "h",
        f"∂h_s/∂h_{{s−1}}, through {', '.join(names[:-1])} and {names[-1]}",
        f"the gates {gates}, and of {candidate}",
    )
