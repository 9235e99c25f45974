"""An experiment and its outcome in one line of words each. Imports attrs and numpy only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

from tuisim.figures.dtypes import survival
from tuisim.figures.numbers import ascii_text, format_log10, format_value, power_of_ten
from tuisim.figures.rates import factor_words

if TYPE_CHECKING:
    from tuisim.engine.run import Run
    from tuisim.engine.theory import Prediction
    from tuisim.experiment import Experiment

SEPARATOR = " · "


@attrs.frozen
class Piece:
    """A part of a line: the words, a shorter form, and how soon it goes (the highest first)."""

    text: str
    short: str = ""
    rank: int = 0


def fit_pieces(
    pieces: Sequence[Piece],
    width: int | None = None,
    ascii: bool = False,
    separator: str = SEPARATOR,
) -> str:
    """Join pieces into at most `width` characters: whole, then shortened, then left out."""

    def joined(kept: Sequence[Piece], short: bool) -> str:
        line = separator.join(one.short if short and one.short else one.text for one in kept)
        return ascii_text(line) if ascii else line

    kept = list(pieces)
    line = joined(kept, short=False)
    if width is None or len(line) <= width:
        return line
    while len(kept) > 1 and len(joined(kept, short=True)) > width:
        kept.remove(max(reversed(kept), key=lambda one: one.rank))
    line = joined(kept, short=False)
    if len(line) > width:
        line = joined(kept, short=True)
    return line[: max(width, 0)]


def status_line(experiment: Experiment, width: int | None = None, ascii: bool = False) -> str:
    """The experiment in words: "tanh rnn · 32 units · 100 steps · tied · orthogonal ρ 0.90 · …".

    Fields that have their default and no place in that line are left out.
    """
    return fit_pieces(status_pieces(experiment), width, ascii)


def status_pieces(experiment: Experiment) -> tuple[Piece, ...]:
    """The parts of the status line in reading order."""
    e = experiment
    steps = "steps" if e.tied else "layers"
    pieces = [
        Piece(f"{e.activation} {e.cell}"),
        Piece(_count(e.width, "unit"), f"n {e.width}", 3),
        Piece(_count(e.depth, steps[:-1]), f"T {e.depth}", 2),
        Piece("tied" if e.tied else "not tied", "", 6 if e.tied else 2),
        Piece(_spectrum(e), "", 1),
    ]
    if e.departure:
        pieces.append(Piece(f"departure {_short(e.departure)}", "", 2))
    if e.bias:
        pieces.append(Piece(f"bias {_short(e.bias)}", "", 4))
    if e.leak != 1:
        pieces.append(Piece(f"leak {_short(e.leak)}", "", 2))
    if e.residual:
        pieces.append(Piece(f"residual {_short(e.residual)}", "", 2))
    if e.skip:
        share = _short(e.skip_share)
        pieces.append(Piece(f"skip {e.skip}, share {share}", f"skip {e.skip}", 2))
    if e.norm != "none":
        pieces.append(Piece(f"{e.norm} norm", "", 2))
    if e.batch > 1:
        pieces.append(Piece(f"batch {e.batch}", "", 5))
    if e.drive != "none":
        pieces.append(Piece(f"{e.drive} drive ×{_short(e.drive_gain)}", f"{e.drive} drive", 4))
    if e.cell == "lstm" and e.forget_bias != 1:
        pieces.append(Piece(f"forget bias {_short(e.forget_bias)}", "", 3))
    if e.clip != "none":
        pieces.append(Piece(f"clip {e.clip} {_short(e.clip_threshold)}", f"clip {e.clip}", 4))
    if e.start_eigenvector is not None:
        pieces.append(Piece(f"start along eigenvector {e.start_eigenvector}", "start along v", 5))
    if e.start_rms != 1:
        pieces.append(Piece(f"start rms {_short(e.start_rms)}", "", 5))
    if e.members > 1:
        pieces.append(Piece(f"{e.members} members", "", 4))
    pieces.append(Piece(f"seed {e.seed}", "", 7))
    return tuple(pieces)


def verdict_line(
    run: Run,
    prediction: Prediction | None = None,
    linearised: Prediction | None = None,
    width: int | None = None,
    ascii: bool = False,
) -> str:
    """The outcome in words.

    "vanishing · ×0.891 a step back · 10⁻⁵ after 100 · float16 keeps it · linearised ×0.900"; what
    matters least goes first where `width` is too narrow.
    """
    return fit_pieces(verdict_pieces(run, prediction, linearised), width, ascii)


def verdict_pieces(
    run: Run, prediction: Prediction | None = None, linearised: Prediction | None = None
) -> tuple[Piece, ...]:
    """The parts of the verdict in reading order, which is the order of importance too."""
    end = _median_at_start(run.gradient_log10)
    depth = run.gradient_log10.shape[1] - 1
    texts = [run.regime, *_troubles(run)]
    if math.isfinite(run.gradient_rate):
        texts.append(f"{factor_words(run.gradient_rate)} a step back")
    if not math.isnan(end):
        texts.append(f"{_rough(end)} after {depth}")
    if math.isfinite(end):
        texts.append(survival(_largest_entry(run, end)))
    texts += _clipped(run)
    named = set()
    for one in (prediction, linearised):
        rate = None if one is None else one.gradient_rate
        if one is not None and rate is not None and not math.isnan(rate) and one.name not in named:
            named.add(one.name)
            texts.append(f"{one.name} {factor_words(rate)}")
        cell = None if one is None else getattr(one, "cell_gradient_rate", None)
        if one is not None and cell is not None and not math.isnan(cell):
            texts.append(f"∂L/∂c by {one.name} {factor_words(cell)}")
    # Only what becomes of the gradient in float32 beside float16 has a comma.
    return tuple(Piece(text, text.split(", float32")[0], rank) for rank, text in enumerate(texts))


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
        median = np.median(run.gradient_log10, axis=0)
        zeros = np.nonzero(median == -np.inf)[0]
        if zeros.size:
            found.append(f"gradient exactly 0 from step {zeros[-1]} back")
    return found


def _median_at_start(log10: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    with np.errstate(invalid="ignore"):
        return float(np.median(log10[:, 0]))


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


def _rough(log10: float) -> str:
    """A norm to the nearest power of ten, or in two digits where a verdict may hang on them."""
    if not math.isfinite(log10) or abs(log10) < 3.5:
        return format_log10(log10)
    return power_of_ten(round(log10))


def _short(value: float) -> str:
    return f"{value:.2f}" if round(value, 2) == value and value < 1e4 else f"{value:.4g}"


def _count(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _spectrum(e: Experiment) -> str:
    if e.spectrum == "eigenvalues":
        return f"eigenvalues ρ {_short(round(max(abs(one) for one in e.eigenvalues), 4))}"
    symbol = "σ_w" if e.spectrum == "gaussian" else "ρ"
    return f"{e.spectrum} {symbol} {_short(e.radius)}"
