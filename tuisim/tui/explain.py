"""What a panel shows, in words with its formula and the current numbers. Imports figures' words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuisim.figures.numbers import format_log10
from tuisim.tui.words import factor_words, middle

if TYPE_CHECKING:
    from tuisim.engine.run import Run
    from tuisim.experiment import Experiment
    from tuisim.tui.computing import Computed, Diagnosis


def explanation(panel: str, computed: Computed | None) -> str:
    """Help on a panel ("hidden", "gradient", "plane") with the numbers of what is shown."""
    if computed is None:
        return "There is no run yet: the kernels are still being prepared."
    run, found = computed.run, computed.diagnosis
    if panel == "plane":
        return _plane(run.experiment, found)
    return _gradient(run, found) if panel == "gradient" else _hidden(run, found)


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


def _hidden(run: Run, found: Diagnosis | None) -> str:
    e = run.experiment
    start, end = middle(run.hidden_log10[:, 0]), middle(run.hidden_log10[:, -1])
    return "\n".join(
        [
            "HIDDEN STATE ‖h_t‖",
            "",
            "The norm of the state at every step t of the forward pass:",
            "",
            formula(e),
            "",
            f"n = {e.width} units, T = {e.depth} steps, {_matrix(e)}.",
            f"‖h_0‖ = {format_log10(start)}, ‖h_T‖ = {format_log10(end)}: "
            f"{factor_words(run.hidden_rate)} a step in the mean.",
            "",
            "In a linear net the part of h along an eigenvector of W is multiplied by its "
            "eigenvalue λ at each step: |λ| < 1 decays, |λ| > 1 blows up and takes over. "
            "A saturating φ stops the blow-up, not the decay.",
            "",
            *_theory(found, "hidden"),
        ]
    )


def _gradient(run: Run, found: Diagnosis | None) -> str:
    e = run.experiment
    end = middle(run.gradient_log10[:, 0])
    diagonal = "diag(φ′(a_t))" if e.leak == 1 else f"{e.leak:g}·diag(φ′(a_t))"
    carry = 1 - e.leak + e.residual
    path = f"{carry:g}·g_t + " if carry else ""
    w = "Wᵀ" if e.tied else "W_tᵀ"
    return "\n".join(
        [
            "GRADIENT ‖∂L/∂h_t‖",
            "",
            "The loss is L = p·h_T with a random unit vector p, so the gradient is 1 at T, and "
            "at t it is the factor by which T − t steps of back-propagation scale it:",
            "",
            f"    g_{{t−1}} = {path}{w} {diagonal} g_t"
            + ("  (and the paths of skip and norm)" if e.skip or e.norm != "none" else ""),
            "",
            f"‖∂L/∂h_0‖ = {format_log10(end)} after {e.depth} steps: {run.regime}.",
            f"Each step back multiplies it by {factor_words(run.gradient_rate)} in the mean.",
            f"Saturated units (|φ′| under a tenth of the largest): "
            f"{100 * float(run.saturation.mean()):.0f} %.",
            "",
            "float16 reads 0 where every entry is at most 2⁻²⁵ = 3.0e-08, float32 at 2⁻¹⁵⁰.",
            "",
            *_theory(found, "gradient"),
        ]
    )


def _plane(e: Experiment, found: Diagnosis | None) -> str:
    lines = [
        "EIGENVALUES OF W",
        "",
        "Each bullet is an eigenvalue λ = |λ|·e^{iθ} of the recurrent matrix; the dotted circle "
        "is |λ| = 1. Inside, a linear net forgets; outside, it explodes; θ turns the state.",
        "",
        f"W: {_matrix(e)}, n = {e.width}.",
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


def _theory(found: Diagnosis | None, which: str) -> list[str]:
    if found is None:
        return []
    theory = found.prediction
    if not theory.applies:
        return [f"No theory drawn: {theory.why}."]
    rate = theory.gradient_rate if which == "gradient" else theory.hidden_rate
    lines = [f"Dashed: {theory.name} ({theory.average})."]
    if theory.reference:
        lines.append(f"{theory.reference}")
    if rate is not None:
        lines.append(f"It says {factor_words(rate)} a step.")
    if theory.warning:
        lines.append(theory.warning)
    return lines


def _matrix(e: Experiment) -> str:
    tied = "one W for all steps" if e.tied else "a fresh W at every step"
    if e.spectrum == "eigenvalues":
        return f"chosen eigenvalues, {tied}"
    return f"{e.spectrum}, radius {e.radius:g}, {tied}"
