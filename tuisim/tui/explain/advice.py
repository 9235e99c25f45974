"""What would mend the net in words: how it was found, and all that was tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuisim.figures.drawing.numbers import format_log10
from tuisim.figures.words.prose import advice_words, change_words
from tuisim.figures.words.rates import factor_words

if TYPE_CHECKING:
    from tuisim.engine.diagnosis.advice import Advice
    from tuisim.engine.runs.run import Run


def explained(advice: Advice, run: Run) -> str:
    """The advice on a run, with its effect, and every other change with its own."""
    lines = [
        "WHAT WOULD MEND IT?",
        "",
        f"{len(advice.tried)} nets were run, each this one with one field changed, on the same "
        "seed: "
        "nothing here is a rule of thumb. Of those whose gradient is stable the least change is "
        "named, and of that the value whose gradient comes nearest to keeping its norm; a radius "
        "near this one is the least of all, then come forget bias, a farther radius, activation, "
        "leak, skip, residual, clipping. Where none is stable, it is the one nearest to that, if "
        "it halves the decades.",
        "",
        f"Named: {advice_words(advice, run)}.",
        "",
        f"  {'change':<24} {'a step back':<14} {'‖∂L/∂h_0‖':<12}",
    ]
    for one in advice.tried:
        mark = "  ← named" if one is advice.best else "  stable" if one.mended else ""
        row = f"  {change_words(one.changes):<24} {factor_words(one.rate):<14} "
        lines.append(f"{row}{format_log10(one.decades):<12}{mark}".rstrip())
    return "\n".join(lines)
