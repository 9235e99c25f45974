"""View 3 in words: φ over its pre-activations, and saturation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tuisim.engine.base.facts import FACTS
from tuisim.figures.drawing.numbers import format_value
from tuisim.tui.explain.cells import words
from tuisim.values.activations import WRITTEN

if TYPE_CHECKING:
    from tuisim.tui.state.computing import Computed


def activation(computed: Computed, measures: Mapping[str, Any]) -> str:
    """φ, φ′ and the histogram."""
    e, found = computed.experiment, measures.get("pre_activations")
    value, slope = WRITTEN[e.activation]
    lines = [
        "φ OVER ITS PRE-ACTIVATIONS",
        "",
        f"    φ(a) = {value}",
        f"    φ′(a) = {slope}",
        "",
        "Back-propagation multiplies what passes a unit by φ′(a) where its pre-activation a lies. "
        "The shaded histogram is of the a_t there really are: of all units at the cursor's step "
        "(comma and full stop move it), or of all steps where there is no cursor.",
    ]
    if found is not None:
        last = format_value(float(found.rms[-1]))
        lines += [
            "",
            f"Root mean square of a: {format_value(float(found.rms[0]))} at step 1, {last} at step "
            f"{e.depth}.",
            f"Mean of φ′: {float(found.slope[0]):.3g} at step 1, {float(found.slope[-1]):.3g} at "
            f"step {e.depth}; its largest is γ = {FACTS[e.activation].largest_slope:.4g}.",
            _near_zero(e.activation),
        ]
    return "\n".join(lines)


def _near_zero(activation: str) -> str:
    """What φ is to a net whose pre-activations are all small."""
    facts = FACTS[activation]
    if facts.slope_at_zero is not None:
        return "A net whose a all lie near 0 is as good as linear: there W decides, not φ."
    slopes = f"{facts.left_slope:.5g} left of it and {facts.right_slope:.5g} right of it"
    return f"φ has a kink at 0, with slopes {slopes}: no a is too small for φ to matter."


def saturation(computed: Computed, measures: Mapping[str, Any]) -> str:
    """The share of saturated units."""
    run = computed.run
    floor = 0.1 * FACTS[run.experiment.activation].largest_slope
    return "\n".join(
        [
            "SATURATED UNITS",
            "",
            *_counted(run.experiment.cell, floor),
            "",
            f"{100 * float(run.saturation.mean()):.1f} % of units over all steps, "
            f"{100 * float(run.saturation[:, -1].mean()):.1f} % at the last.",
        ]
    )


def _counted(cell: str, floor: float) -> list[str]:
    if cell == "rnn":
        return [
            "The share of units with",
            "",
            f"    |φ′(a_t)| < γ/10 = {floor:.3g}",
            "",
            f"at each step: of a gradient that passes them φ′ leaves less than {floor:.3g}.",
        ]
    names = words(cell).counted
    return [
        f"The share, over {names}, of activations whose slope is under a tenth of its largest:",
        "",
        f"    |φ′| < γ/10 = {floor:.3g},  σ′ < 0.025",
        "",
        "A gate whose σ is saturated stands open or shut, over 0.974 or under 0.026: it passes on "
        "nearly all or nearly nothing, and hardly learns any more.",
    ]
