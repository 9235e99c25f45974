"""The plane and view 2 in words: eigenvalues and singular values."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tuisim.engine.base.facts import FACTS
from tuisim.figures.drawing.numbers import format_log10, format_step_factor
from tuisim.figures.views.plane import matrix_name
from tuisim.tui.explain.net import matrix

if TYPE_CHECKING:
    from tuisim.tui.state.computing import Computed


def plane(computed: Computed, measures: Mapping[str, Any]) -> str:
    """The eigenvalues."""
    e, found = computed.experiment, computed.diagnosis
    name = matrix_name(e)
    of = "" if e.cell == "rnn" else " of the candidate gate"
    lines = [
        f"EIGENVALUES OF {name}",
        "",
        f"Each bullet is an eigenvalue λ = |λ|·e^{{iθ}} of the recurrent matrix{of}; the dotted "
        "circle is |λ| = 1. Inside, a linear net forgets; outside, it explodes; θ turns the state.",
        "",
        f"{name}: {matrix(e)}, n = {e.width}.",
    ]
    if found is not None:
        radius = max(abs(one) for one in found.eigenvalues)
        lines += [
            f"Spectral radius ρ = max|λ| = {radius:.4g}; largest singular value σ₁ = "
            f"{found.largest_singular:.4g}.",
            "One step can stretch a vector by σ₁; in the long run ρ decides.",
        ]
        if found.departure:
            lines.append(
                f"Departure from normality √(‖W‖² − Σ|λ|²)/√n = {found.departure:.4g}: the norm "
                "can grow at first even where ρ < 1."
            )
        else:
            lines.append("W is normal: its eigenvectors are orthogonal, and σ₁ = ρ.")
    lines += ["", "e edits single eigenvalues; the curves follow."]
    return "\n".join(lines)


def singular(computed: Computed, measures: Mapping[str, Any]) -> str:
    """The singular values, and the bound that follows from them."""
    e, found = computed.experiment, measures.get("spectrum")
    lines = [
        "SINGULAR VALUES OF W",
        "",
        "σ_k, largest first, are the half axes of the ellipsoid that W makes of the unit ball; "
        "dotted beside them are the moduli |λ_k|. Where W is normal the two are the same; the "
        "further apart, the less the eigenvalues say of a single step. Both have one product, "
        "|det W|.",
        "",
        f"W: {matrix(e)}, n = {e.width}.",
    ]
    if found is None:
        return "\n".join(lines)
    first, last = float(found.singular_values[0]), float(found.singular_values[-1])
    # Under the rounding of the largest there is none, as the picture has it.
    last = last if last > e.width * sys.float_info.epsilon * first else 0.0
    gamma = FACTS[e.activation].largest_slope
    lines += [
        f"σ₁ = {first:.4g}, σ_n = {last:.3g}, ρ = {found.radius:.4g}, "
        f"departure from normality {found.departure:.4g}.",
        "",
        "The growth bound (Pascanu, Mikolov & Bengio 2013): with γ = max φ′,",
        "",
        "    ‖∂h_T/∂h_t‖ ≤ (σ₁γ)^(T−t)",
        "",
    ]
    bound = found.growth_bound
    if bound is None:
        lines.append(
            "It does not hold as it stands with skip, norm or gates, which add paths, nor with W₁ "
            "alone where every step has a matrix of its own."
        )
    else:
        carry = 1 - e.leak + e.residual
        factor = "σ₁γ" if e.leak == 1 and not carry else "|1 − leak + residual| + leak·σ₁γ"
        whole = e.depth * math.log10(bound) if bound else -math.inf
        lines += [
            f"γ = {gamma:.4g} for {e.activation}: {factor} = {format_step_factor(bound)} a step, "
            f"{format_log10(whole)} over {e.depth}.",
            "Under 1 gradients must vanish; over 1 they may explode, or not: it is a bound.",
        ]
    lines += ["", "e edits single eigenvalues; l switches to a linear axis."]
    return "\n".join(lines)
