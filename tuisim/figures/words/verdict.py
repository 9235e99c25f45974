"""The outcome of an experiment in one line of words."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tuisim.figures.drawing.curves import median_curve
from tuisim.figures.drawing.numbers import format_log10, format_value
from tuisim.figures.words.dtypes import survival
from tuisim.figures.words.rates import crossing_words, factor_words
from tuisim.figures.words.status import Piece, fit_pieces

if TYPE_CHECKING:
    from tuisim.engine.runs.run import Run
    from tuisim.engine.runs.stream import StreamRun
    from tuisim.engine.theory.theory import Prediction

_ADDED = re.compile(r", (float32 .*|\d+ steps? back)$")


def verdict_line(
    run: Run,
    prediction: Prediction | None = None,
    linearised: Prediction | None = None,
    width: int | None = None,
    ascii: bool = False,
) -> str:
    """The outcome in words.

    "vanishing · ×0.891 a step back · 1.0·10⁻⁵ after 100 · float16 keeps it · linearised ×0.900";
    what matters least goes first where `width` is too narrow.
    """
    return fit_pieces(verdict_pieces(run, prediction, linearised), width, ascii)


def verdict_pieces(
    run: Run, prediction: Prediction | None = None, linearised: Prediction | None = None
) -> tuple[Piece, ...]:
    """The parts of the verdict in reading order, which is the order of importance too."""
    troubles, rest = added_words(run, prediction, linearised)
    factor, over = headline(run)
    texts = [run.regime, *troubles, *([factor] if factor else []), *([over] if over else []), *rest]
    return ranked(texts)


def headline(run: Run) -> tuple[str, str]:
    """What is said first of a verdict: the factor a step back, and what it comes to over the run.

    Each is empty where there is no such number.
    """
    end = float(median_curve(run.gradient_log10[:, :1])[0])
    depth = run.gradient_log10.shape[1] - 1
    factor = f"{factor_words(run.gradient_rate)} a step back"
    over = f"{'median ' if split_fates(run) else ''}{format_log10(end)} after {depth}"
    return factor if math.isfinite(run.gradient_rate) else "", "" if math.isnan(end) else over


def added_words(
    run: Run, prediction: Prediction | None = None, linearised: Prediction | None = None
) -> tuple[list[str], list[str]]:
    """What a verdict says besides: what is odd about it; dtypes, clipping and theories."""
    end = float(median_curve(run.gradient_log10[:, :1])[0])
    split, crossed = split_fates(run), crossing_words(run)
    troubles = [
        *rest_words(run),
        *([crossed] if crossed else []),
        *([f"members: {split}"] if split else []),
    ]
    troubles += [*_troubles(run), *rounding_words(prediction)]
    rest = [_survival(end, _largest_entry(run, end))] if math.isfinite(end) else []
    rest += _clipped(run)
    named = set()
    for one in (prediction, linearised):
        rate = None if one is None else one.gradient_rate
        if one is not None and rate is not None and not math.isnan(rate) and one.name not in named:
            named.add(one.name)
            rest.append(f"{one.name} {factor_words(rate)}")
        cell = None if one is None else getattr(one, "cell_gradient_rate", None)
        if one is not None and cell is not None and not math.isnan(cell):
            rest.append(f"∂L/∂c by {one.name} {factor_words(cell)}")
    return troubles, rest


def ranked(texts: Sequence[str]) -> tuple[Piece, ...]:
    """Parts of a line in the order of their importance.

    What becomes of the gradient in float32, and where a line was crossed, is left out first.
    """
    shorter = [_ADDED.sub("", text) for text in texts]
    return tuple(
        Piece(text, short, rank)
        for rank, (text, short) in enumerate(zip(texts, shorter, strict=True))
    )


def split_fates(run: Run | StreamRun) -> str:
    """How many members have which verdict, where not all have the same: "3 dead, 3 vanishing".

    The median is then a number that may be none of theirs.
    """
    fates = Counter(getattr(run, "member_regimes", ()))
    if len(fates) < 2:
        return ""
    return ", ".join(f"{count} {fate}" for fate, count in fates.most_common())


def rounding_words(prediction: Prediction | None, verb: str = "is rounding ") -> list[str]:
    """Where the curves of a run are float64's rounding, not the net."""
    state = getattr(prediction, "hidden_rounding", None)
    back = getattr(prediction, "gradient_rounding", None)
    words = [] if state is None else [f"state {verb}from step {state}"]
    return words if back is None else [*words, f"gradient {verb}from step {back} back"]


def rest_words(run: Run) -> list[str]:
    """That a trained layer was looked at without what it is there for."""
    e = getattr(run, "experiment", None)
    if e is None or not getattr(e, "layer", ""):
        return []
    silent = e.input == "none" and e.drive == "none"
    return ["of the net at rest: it has no input"] if silent else []


def _survival(norm: float, entry: float) -> str:
    """What becomes of a gradient, from log10 of its norm and of its largest entry."""
    words = survival(entry)
    return words if words == survival(norm) else f"largest entry {format_log10(entry)}: {words}"


def _clipped(run: Run) -> list[str]:
    """What clipping makes of the weight gradient's size, where there is any."""
    experiment = getattr(run, "experiment", None)
    if experiment is None or experiment.clip == "none" or not hasattr(run, "clip_cosine"):
        return []
    before, after = (
        float(np.median(norms))
        for norms in (run.weight_gradient_norm, run.clipped_weight_gradient_norm)
    )
    if before == after or not math.isfinite(before):
        return []
    return [f"‖∂L/∂W‖ {format_value(before)} clipped to {format_value(after)}"]


def _troubles(run: Run) -> list[str]:
    """Where inf, nan or an exact zero began, in words."""
    found = []
    for what, name in (("state", "hidden"), ("gradient", "gradient")):
        firsts = getattr(run, f"{name}_nonfinite_step", None) or ()
        steps = [one for one in firsts if one is not None]
        if steps:
            # The gradient runs back, so that its first trouble is at the largest step.
            step = min(steps) if name == "hidden" else max(steps)
            found.append(f"{what} not finite from step {step}{'' if name == 'hidden' else ' back'}")
    if run.regime == "dead":
        dead = run.gradient_log10[run.gradient_log10[:, 0] == -np.inf]
        members, alive = len(run.gradient_log10), len(run.gradient_log10) - len(dead)
        # Of some dead ones the step by which all of them are, else that of the median.
        zeros = (dead == -np.inf).all(axis=0) if alive else median_curve(dead) == -np.inf
        if zeros.any():
            which = f" in {members - alive} of {members}" if alive else ""
            found.append(f"gradient exactly 0{which} from step {np.flatnonzero(zeros)[-1]} back")
    return found


def _largest_entry(run: Run, norm: float) -> float:
    """log10 of the largest entry of ∂L/∂h_0, the median over members."""
    gradients = getattr(run, "gradients", None)
    if gradients is None:
        return norm
    flat = np.abs(np.asarray(gradients)[:, 0].reshape(len(gradients), -1)).max(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        entries = np.log10(flat)
    # Entries beyond float64 are known by their norm alone, which they are at most.
    norms = run.gradient_log10[:, 0]
    return float(np.median(np.where(np.isfinite(entries), entries, norms)))
