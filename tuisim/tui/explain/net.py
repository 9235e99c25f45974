"""The net of a run in words: one step of it, and its matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuisim.tui.explain.cells import number, words

if TYPE_CHECKING:
    from tuisim.values.experiment import Experiment


def formula(e: Experiment) -> str:
    """One step of this very net."""
    lines = _rnn(e) if e.cell == "rnn" else _gated(e)
    return "\n".join(f"    {line}" for line in lines)


def gradient_formula(e: Experiment) -> str:
    """One step back of the gradient g_t = ∂L/∂h_t of this very net."""
    w = "Wᵀ" if e.tied else "W_tᵀ"
    if e.cell != "rnn":
        lines = [line.replace("Σ W δ", f"Σ {w} δ") for line in words(e.cell).back]
    else:
        diagonal = "diag(φ′(a_t))" if e.leak == 1 else f"{number(e.leak)}·diag(φ′(a_t))"
        carry = 1 - e.leak + e.residual
        path = f"{number(carry)}·g_t + " if carry else ""
        more = "  (and the paths of skip and norm)" if e.skip or e.norm != "none" else ""
        lines = [f"g_{{t−1}} = {path}{w} {diagonal} g_t{more}"]
    return "\n".join(f"    {line}" for line in lines)


def _gated(e: Experiment) -> list[str]:
    a = "W h_{t−1}" if e.tied else "W_t h_{t−1}"
    b = (" + b" if e.tied else " + b_t") if e.bias else ""
    x = " + x_t" if e.drive != "none" else ""
    phi = "" if e.activation == "identity" else e.activation
    return words(e.cell).formula(e, f"{a}{b}", x, phi)


def _rnn(e: Experiment) -> list[str]:
    s = "h_{t−1}"
    lines = []
    if e.skip:
        lines.append(
            f"s_t = {number(1 - e.skip_share)}·h_{{t−1}} + {number(e.skip_share)}·"
            f"h_{{max(t−{e.skip}, 0)}}"
        )
        s = "s_t"
    terms = [f"{'W' if e.tied else 'W_t'} {s}"]
    terms += ["b" if e.tied else "b_t"] if e.bias else []
    terms += ["x_t"] if e.drive != "none" else []
    phi = " + ".join(terms)
    phi = f"{e.norm}norm({phi})" if e.norm != "none" else phi
    phi = f"{e.activation}({phi})" if e.activation != "identity" else phi
    if e.leak != 1:
        # The leak takes its share of all that φ is of, where nothing holds that together.
        bare = len(terms) > 1 and e.norm == "none" and e.activation == "identity"
        phi = f"{number(e.leak)}·({phi})" if bare else f"{number(e.leak)}·{phi}"
    carry = 1 - e.leak + e.residual
    lines.append(f"h_t = {number(carry)}·h_{{t−1}} + {phi}" if carry else f"h_t = {phi}")
    return lines


def matrix(e: Experiment) -> str:
    """How W was drawn, and whether it is one for all steps."""
    tied = "one W for all steps" if e.tied else "a fresh W at every step"
    if e.layer:
        scaled = f", times {e.radius:g}" if e.radius != 1.0 else ""
        kept = "the eigenvalues chosen, the rest" if e.eigenvalues else "as trained,"
        return f"{kept} from {e.layer}{scaled}"
    if e.spectrum == "eigenvalues":
        return f"chosen eigenvalues, {tied}"
    return f"{e.spectrum}, radius {e.radius:g}, {tied}"
