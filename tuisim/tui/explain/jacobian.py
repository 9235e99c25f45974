"""View 6 in words: the Jacobian and the Lyapunov exponents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tuisim.figures.drawing.numbers import format_log10
from tuisim.figures.views.jacobian import exponents_note
from tuisim.tui.explain.cells import number, words

if TYPE_CHECKING:
    from tuisim.tui.state.computing import Computed
    from tuisim.values.experiment import Experiment


def jacobian(computed: Computed, measures: Mapping[str, Any]) -> str:
    """The singular values."""
    e, found = computed.experiment, measures.get("jacobian")
    lines = [
        "SINGULAR VALUES OF ∂h_T/∂h_t",
        "",
        f"    ∂h_T/∂h_t = Π_{{s=T…t+1}} {_step(e)}",
        "    ‖∂L/∂h_t‖ lies between σ_n·‖∂L/∂h_T‖ and σ₁·‖∂L/∂h_T‖",
        "",
        "whatever the loss.",
    ]
    if e.cell == "lstm":
        lines.append(
            "J_s is the Jacobian of a step of (h, c); shown is its (h, h) block, c_t held."
        )
    if found is not None and found.bound_log10 is not None:
        lines.append(
            "Dashed is the bound Π (|1 − leak + residual| + leak·σ₁γ), which every step would have "
            "to reach in one and the same direction."
        )
    if found is not None:
        first, last = (format_log10(float(one), 3) for one in found.singular_log10[0, [0, -1]])
        lines += ["", f"At t = 0: largest {first}, smallest {last}."]
        if found.rounded:
            lines.append(
                "Of what lies along h layer norm leaves 1e-12 a step, which rounding hides: small "
                "values, and all of them once few units are active, are not to be relied on."
            )
        if found.bound_log10 is not None:
            lines.append(f"The bound there: {format_log10(float(found.bound_log10[0]), 3)}.")
    return "\n".join(lines)


def _step(e: Experiment) -> str:
    """A step's Jacobian."""
    if e.cell != "rnn":
        return words(e.cell).step
    w = ("N′ " if e.norm != "none" else "") + ("W" if e.tied else "W_s")
    carry = 1 - e.leak + e.residual
    diagonal = f"{number(e.leak)}·diag(φ′(a_s))" if e.leak != 1 else "diag(φ′(a_s))"
    return f"({number(carry)}·I + {diagonal} {w})" if carry else f"{diagonal} {w}"


def lyapunov(computed: Computed, measures: Mapping[str, Any]) -> str:
    """The exponents."""
    e, found = computed.experiment, measures.get("lyapunov")
    state = "h" if e.cell == "rnn" else words(e.cell).state
    lines = [
        f"LYAPUNOV EXPONENTS OVER T = {e.depth} STEPS",
        "",
        "    λ_i = (1/T) Σ_t ln |R_t,ii|,   Q_t R_t = J_t Q_{t−1},   Σ λ_i = mean of ln|det J_t|",
        "",
        f"J_t being the Jacobian of step t of {state},",
        "",
        "in nats a step, largest first. They are of these steps, the first ones included; for many "
        "steps they tend to lim (1/T) ln σ_i(J_T … J_1). All under 0: nearby states meet, and "
        "gradients vanish. One over 0: chaos, and gradients explode.",
    ]
    if found is not None:
        lines += ["", f"{exponents_note(found)}."]
    return "\n".join(lines)
