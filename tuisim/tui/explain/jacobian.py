"""View 6 in words: the Jacobian and the Lyapunov exponents. Imports the figures' words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tuisim.figures.jacobian import exponents_note
from tuisim.figures.numbers import format_log10

if TYPE_CHECKING:
    from tuisim.tui.computing import Computed


def jacobian(computed: Computed, measures: Mapping[str, Any]) -> str:
    """The singular values."""
    e, found = computed.experiment, measures.get("jacobian")
    w = "W" if e.tied else "W_s"
    lines = [
        "SINGULAR VALUES OF ∂h_T/∂h_t",
        "",
        f"    ∂h_T/∂h_t = Π_{{s=T…t+1}} (carry·I + leak·diag(φ′(a_s)) {w})",
        "    ‖∂L/∂h_t‖ lies between σ_n·‖∂L/∂h_T‖ and σ₁·‖∂L/∂h_T‖",
        "",
        "whatever the loss. Dashed is the bound (σ₁γ)^(T−t) of view 2, which every step would have "
        "to reach in one and the same direction.",
    ]
    if found is not None:
        first, last = (format_log10(float(one), 3) for one in found.singular_log10[0, [0, -1]])
        lines += ["", f"At t = 0: largest {first}, smallest {last}."]
        if found.bound_log10 is not None:
            lines.append(f"The bound there: {format_log10(float(found.bound_log10[0]), 3)}.")
    return "\n".join(lines)


def lyapunov(computed: Computed, measures: Mapping[str, Any]) -> str:
    """The exponents."""
    found = measures.get("jacobian")
    lines = [
        "LYAPUNOV EXPONENTS",
        "",
        "    λ_i = lim (1/T) ln σ_i(∂h_T/∂h_0),   Σ λ_i = mean of ln|det ∂h_t/∂h_{t−1}|",
        "",
        "in nats a step, largest first. All under 0: nearby states meet, and gradients vanish. One "
        "over 0: chaos, and gradients explode.",
    ]
    if found is not None:
        lines += ["", f"{exponents_note(found)}."]
    return "\n".join(lines)
