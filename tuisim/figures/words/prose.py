"""A run in sentences, for who hears a screen read out, and for logs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tuisim.figures.drawing.curves import median_curve
from tuisim.figures.drawing.numbers import format_log10
from tuisim.figures.words.cause import cause_line, cause_pieces, saturated_word
from tuisim.figures.words.rates import factor_words, horizon_words
from tuisim.figures.words.status import Piece, fit_pieces, status_line
from tuisim.figures.words.verdict import verdict_pieces

if TYPE_CHECKING:
    from tuisim.engine.diagnosis.advice import Advice
    from tuisim.engine.runs.run import Run
    from tuisim.engine.theory.theory import Prediction

#: A screen reader pauses at it.
_APART = ", "


def advice_words(advice: Advice | None, run: Run) -> str:
    """What would mend it: "radius 1.11: ×0.991 a step back instead of ×0.891"; or nothing does.

    Empty of a run that needs nothing.
    """
    if advice is None:
        return ""
    if advice.best is None:
        return f"none of the {len(advice.tried)} changes tried brings it half as near to stable"
    best = advice.best
    before = f" instead of {factor_words(run.gradient_rate)}"
    known = before if math.isfinite(run.gradient_rate) else ""
    return f"{change_words(best.changes)}: {factor_words(best.rate)} a step back{known}"


def advice_line(
    advice: Advice | None, run: Run, key: str, width: int | None = None, ascii: bool = False
) -> str:
    """The same in a line, with the key that makes the change; empty of a run that needs nothing."""
    if advice is None:
        return ""
    best = advice.best
    if best is None:
        return fit_pieces([Piece(advice_words(advice, run))], width, ascii)
    effect = f"{'mends it' if best.mended else 'eases it'}: {advice_words(advice, run)}"
    found = f"best of {len(advice.tried)} runs"
    pieces = [Piece(effect, effect.partition(" instead")[0])]
    pieces += [Piece(f"{key} makes the change", f"{key} does it", 1)] if key else []
    return fit_pieces([*pieces, Piece(found, "", 2)], width, ascii)


def change_words(changes: Mapping[str, Any]) -> str:
    """The fields and their new values: "forget bias 3", "activation selu"."""
    return _APART.join(
        f"{name.replace('_', ' ')} {value:g}" if isinstance(value, float | int)
        else f"{name.replace('_', ' ')} {value}"
        for name, value in changes.items()
    )  # fmt: skip


def sentences(
    run: Run, prediction: Prediction | None, advice: Advice | None, tried: Run | None = None
) -> tuple[str, ...]:
    """What was run, the state, the gradient, who changes it, and what theory and remedies say.

    Args:
        tried: the run of fewer steps that the advice is on, where it is not on this one.
    """
    told = _net(run), _state(run), _gradient(run), _cause(run)
    return (*filter(None, told), _rest(prediction, advice, run, tried or run))


def untried(run: Run, tried: Run | None) -> str:
    """The sentence on a run for which no change was tried that it needs; else "".

    Args:
        tried: what changes were to be tried on, None where that takes long.
    """
    if run.regime == "stable" or (tried is not None and tried.regime != "stable"):
        return ""
    if tried is None:
        return "What would mend it was not tried: each run of it takes long."
    steps = tried.experiment.depth
    return (
        f"What would mend it was not tried: {run.experiment.depth} steps take long, and over the "
        f"first {steps} the gradient is stable."
    )


def _net(run: Run) -> str:
    return f"The net: {status_line(run.experiment).replace(' · ', _APART)}."


def _state(run: Run) -> str:
    first, last = (float(one) for one in median_curve(run.hidden_log10[:, [0, -1]]))
    share, state = 100 * float(run.saturation.mean()), saturated_word(run.experiment)
    # A state that is 0 throughout has no rate.
    rate = "" if math.isnan(run.hidden_rate) else f", {factor_words(run.hidden_rate)} a step"
    return (
        f"The norm of the hidden state goes from {format_log10(first)} at t = 0 to "
        f"{format_log10(last)} at t = {run.experiment.depth}{rate}; {share:.0f} % of the units "
        f"are {state}."
    )


def _gradient(run: Run) -> str:
    words = _APART.join(one.text for one in verdict_pieces(run))
    crossed = horizon_words(run)
    if run.horizon is None:
        steps = f"{run.experiment.depth} steps"
        still = f"within {steps} it does not change a thousandfold"
        return f"The gradient on its way back: {words}; {still}."
    return f"The gradient on its way back: {words}; it first passes {crossed}."


def _cause(run: Run) -> str:
    """Who changes the gradient, by the two parts that multiply to its factor; "" if unknown."""
    said = cause_line(cause_pieces(run))
    if said:
        return f"That is {said}."
    endless = math.isnan(run.gradient_rate)
    return "From where it is no number nothing changes it any more." if endless else ""


def _rest(prediction: Prediction | None, advice: Advice | None, run: Run, tried: Run) -> str:
    theory = "no theory speaks of it"
    if prediction is not None and prediction.gradient_rate is not None:
        theory = (
            f"{prediction.name} theory has {factor_words(prediction.gradient_rate)} a step back"
        )
    mended = advice_words(advice, tried)
    if not mended:
        return f"As for theory, {theory}."
    steps = tried.experiment.depth
    over = "" if steps == run.experiment.depth else f" over its first {steps} steps"
    return f"As for theory, {theory}; what mends it, measured{over}: {mended}."
