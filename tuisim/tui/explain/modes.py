"""View 5 in words: the state along the eigenvectors of W."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tuisim.figures.drawing.numbers import format_value

if TYPE_CHECKING:
    from tuisim.tui.state.computing import Computed


def modes(computed: Computed, measures: Mapping[str, Any]) -> str:
    """The coefficients."""
    e, found = computed.experiment, measures.get("modes")
    lines = [
        "MODES: THE STATE ALONG THE EIGENVECTORS",
        "",
        "    W = V Λ V⁻¹,   c(t) = V⁻¹ h_t,   linear:  c_k(t) = λ_kᵗ c_k(0)",
        "",
        "Each curve is |c_k|, of a conjugate pair √2|c_k|, whose two halves turn together. "
        "In a linear net modes do not know of one another; φ mixes them.",
    ]
    if found is not None:
        lines += [
            "",
            f"κ(V) = {format_value(found.condition, 3)}"
            + (
                ": W is normal, its eigenvectors are orthogonal."
                if found.normal
                else ": the eigenvectors are not orthogonal, and coefficients of up to so many "
                "times ‖h_t‖ cancel one another."
            ),
        ]
        lines.append(
            "Dashed is |c_k(0)|·|λ_k|ᵗ: the net is linear and tied."
            if found.predicted_log10 is not None
            else "No λ_kᵗ is drawn: it is exact only in a linear, tied net without skip, norm, "
            "bias and drive."
        )
        if e.leak != 1 or e.residual:
            lines.append("With leak or residual 1 − leak + residual + leak·λ stands for λ.")
        if not e.tied:
            lines.append("The net is not tied: these are the eigenvectors of W₁ alone.")
    start = e.start_eigenvector
    lines += [
        "",
        "m starts the net along the next eigenvector, after the last in a random direction again"
        + (f" (now: number {start})." if start is not None else " (now: random)."),
    ]
    return "\n".join(lines)


def share(computed: Computed, measures: Mapping[str, Any]) -> str:
    """The share of the leading modes."""
    found = measures.get("modes")
    lines = [
        "THE LEADING MODE TAKES OVER",
        "",
        "    Σ_leading |c_k|² / Σ |c_k|²",
        "",
        "Leading are the modes with the largest |λ| (with leak or residual: of 1 − leak + residual "
        "+ leak·λ). In a linear net the others fall behind by |λ_k/λ_1| a step, so the share goes "
        "to 100 % and h_t into their direction. Where W is normal the squares add up to ‖h_t‖².",
    ]
    if found is not None and found.leading_share is not None:
        first, last = 100 * found.leading_share[[0, -1]]
        lines += [
            "",
            f"{first:.1f} % at step 0, {last:.1f} % at step {computed.experiment.depth}.",
        ]
    return "\n".join(lines)
