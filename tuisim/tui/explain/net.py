"""The net of a run in words: one step of it, and its matrix. Imports Experiment's words only."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuisim.experiment import Experiment


def formula(e: Experiment) -> str:
    """One step of this very net."""
    s = "h_{t−1}"
    lines = []
    if e.skip:
        lines.append(
            f"s_t = {1 - e.skip_share:g}·h_{{t−1}} + {e.skip_share:g}·h_{{max(t−{e.skip}, 0)}}"
        )
        s = "s_t"
    w = "W" if e.tied else "W_t"
    a = f"{w} {s}"
    a += f" + {'b' if e.tied else 'b_t'}" if e.bias else ""
    a += " + x_t" if e.drive != "none" else ""
    a = f"{e.norm}norm({a})" if e.norm != "none" else a
    phi = a if e.activation == "identity" else f"{e.activation}({a})"
    carry = 1 - e.leak + e.residual
    phi = f"{e.leak:g}·{phi}" if e.leak != 1 else phi
    lines.append(f"h_t = {carry:g}·h_{{t−1}} + {phi}" if carry else f"h_t = {phi}")
    return "\n".join(f"    {line}" for line in lines)


def matrix(e: Experiment) -> str:
    """How W was drawn, and whether it is one for all steps."""
    tied = "one W for all steps" if e.tied else "a fresh W at every step"
    if e.spectrum == "eigenvalues":
        return f"chosen eigenvalues, {tied}"
    return f"{e.spectrum}, radius {e.radius:g}, {tied}"
