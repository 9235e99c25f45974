"""View 4 in words: the slopes' part and the matrix's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tuisim.figures.views.shrink import shares
from tuisim.figures.views.weights import clip_facts
from tuisim.tui.explain.cells import number

if TYPE_CHECKING:
    from tuisim.tui.state.computing import Computed


def shrink(computed: Computed, measures: Mapping[str, Any]) -> str:
    """Who shrinks the gradient."""
    e, found = computed.experiment, measures.get("parts")
    lines = ["WHO SHRINKS THE GRADIENT?", ""]
    if e.skip or e.cell not in ("rnn", "lstm"):
        what = "a skip joins two steps" if e.skip else f"a {e.cell}'s gates act on several paths"
        lines.append(f"Of this net that cannot be said in two parts: {what} at once.")
        return "\n".join(lines)
    if e.cell == "lstm":
        lines += [
            "The change of log10 ‖d_t‖, d_t = ∂L/∂c_t, from step t to t − 1, in two parts that add "
            "up:",
            "",
            "    carried = log10 ‖f_t ⊙ d_t‖ − log10 ‖d_t‖      the forget gate alone",
            "    rest    = what the other paths, through h, make of it",
            "",
            "Both are added up from T back, so that the curves meet at 1 at the last step.",
        ]
    else:
        carry = 1 - e.leak + e.residual
        path = f"{number(carry)}·g_t + " if carry else ""
        factor = f"{number(e.leak)}·" if e.leak != 1 else ""
        w = ("Wᵀ" if e.tied else "W_tᵀ") + (" N′ᵀ" if e.norm != "none" else "")
        lines += [
            "The change of log10 ‖g_t‖, g_t = ∂L/∂h_t, from step t to t − 1, in two parts that add "
            "up exactly:",
            "",
            f"    matrix = log10 ‖{path}{factor}{w} g_t‖ − log10 ‖g_t‖      had every slope been 1",
            "    slope  = the rest, which the φ′(a_t) make",
            *(["", f"N′ is the Jacobian of {e.norm} norm."] if e.norm != "none" else []),
            "",
            "Both are added up from T back, so that the curves meet at 1 at the last step; their "
            "sum is the curve of view 1.",
        ]
    lines.append("At a step of the cursor the note gives the numbers there.")
    if found is not None:
        lines += ["", f"{shares(found)}."]
    if computed.run.gradient_log10.shape[0] > 1:
        lines += ["Curves are medians over members; the numbers are those of the middle member."]
    return "\n".join(lines)


def weights(computed: Computed, measures: Mapping[str, Any]) -> str:
    """What each step adds to the weight gradient, and clipping."""
    e = computed.experiment
    lines = [
        "THE WEIGHT GRADIENT, STEP BY STEP",
        "",
        "Each step adds its share to the gradient of the weights,",
        "",
        "    ∂L/∂W = Σ_t δ_t s_tᵀ,  δ_t = ∂L/∂(W s_t)",
        "",
        "A share is as small as the gradient that reaches its step: where that has vanished, what "
        "happened there teaches the weights nothing, however large the whole is.",
        "",
        "Clipping by norm scales the whole gradient down to the threshold and keeps its direction; "
        "by value it cuts each entry to ±threshold and turns it. Neither makes a small share "
        "larger: what has vanished stays vanished.",
    ]
    facts = clip_facts(computed.run)
    if facts:
        lines += ["", *(f"{what}: {words}." for what, words in facts)]
    else:
        lines += ["", "This net is not clipped; type : clip norm, or clip value."]
    if e.clip != "none" and computed.run.gradient_log10.shape[0] > 1:
        lines += ["Numbers are medians over members."]
    return "\n".join(lines)
