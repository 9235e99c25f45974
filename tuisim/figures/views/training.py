"""View 8: a net being trained, its loss, its gradients and its eigenvalues."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

from tuisim.figures.drawing.curves import decades, finite_ends, pinned_marker, pinned_name
from tuisim.figures.drawing.figure import (
    Axis,
    Band,
    Figure,
    Floats,
    Mark,
    Marker,
    Reference,
    Role,
    Series,
)
from tuisim.figures.drawing.numbers import format_log10, format_value, nice_step
from tuisim.figures.views.norms import gradient_figure
from tuisim.figures.views.plane import Places, eigenvalue_figure, matrix_name
from tuisim.figures.words.status import Piece, fit_pieces, status_pieces

if TYPE_CHECKING:
    from tuisim.engine.training.course import Look, PinnedCourse
    from tuisim.values.experiment import Experiment
    from tuisim.values.plan import Plan

#: A curve of more points could not be seen on a terminal: it is drawn by its ends in as many bins.
MOST_POINTS = 1200

#: As many columns a panel has about: of more updates some go together.
_COLUMNS = 75

#: Accuracies of single batches jump about; their mean over so many updates says how good it is.
AVERAGED = 50

#: No axis is shorter than this.
_SHORTEST = 50.0
#: Decades by which a pinned run may stretch an axis that spans fewer itself.
_STRETCH = 3.0
_LEAST_LOG10 = -12.0
#: Of losses that have one.
_UNITS = {"cross-entropy": " in nats"}
_LARGEST_LOG10 = 300.0


@attrs.frozen(eq=False)
class _Curve:
    """All that the figure of a gradient over t reads of a run."""

    gradient_log10: Floats


def loss_figure(look: Look) -> Figure:
    """The loss of each update's batch on a log10 axis, with what guessing costs."""
    task = look.task
    pinned = _pinned(look, lambda one: _log10(one.curves.loss))
    own = _log10(look.curves.loss)
    chance = math.log10(task.chance_loss)
    low, high = _limits([own, np.array([chance])], [one.y for one in pinned])
    marks = [
        Mark(float(update), float(own[update]), "!", "warning", "overshoot: ×10")
        for update in look.overshoots
        if update < own.size and math.isfinite(own[update])
    ]
    x = _updates(look)
    curve, bands = condensed(_series("loss", own, "loss"), own, x.high)
    return Figure(
        title=f"loss: {task.loss_name}{_UNITS.get(task.loss_name, '')}",
        x=x,
        y=Axis("", low, high, log=True),
        series=(*pinned, curve),
        bands=bands,
        references=(Reference("chance", chance, "limit", words=format_value(task.chance_loss, 3)),),
        marks=(*_change_marks(look, high), *marks, *_trouble_marks(look, high)),
    )


def accuracy_figure(look: Look) -> Figure:
    """The mean accuracy of the newest updates in per cent, with what guessing earns."""
    pinned = _pinned(look, lambda one: 100 * running_mean(one.curves.accuracy))
    own = 100 * running_mean(look.curves.accuracy)
    chance = 100 * look.task.chance_accuracy
    return Figure(
        title=f"accuracy %, mean of {AVERAGED}",
        x=_updates(look),
        y=Axis("", 0.0, 100.0),
        series=(*pinned, _series("accuracy", own, "accuracy")),
        references=(Reference("chance", chance, "limit", words=_percent(chance / 100)),),
    )


def clipping_figure(look: Look) -> Figure:
    """The norm of the whole gradient before and after clipping, and how far an update moves θ."""
    before, after = _log10(look.curves.gradient_norm), _log10(look.curves.clipped_gradient_norm)
    e = look.experiment
    x = _updates(look)
    curve, bands = condensed(_series("‖∂L/∂θ‖", before, "gradient", toned=True), before, x.high)
    ratio = _log10(look.curves.update_ratio)
    # The first gives the readout.
    series = [curve, condensed(_series("‖Δθ‖/‖θ‖", ratio, "hue7", "dashed"), ratio, x.high)[0]]
    references = []
    shown = [before, ratio]
    if e.clip != "none" or not np.array_equal(before, after, equal_nan=True):
        # Where nothing is clipped both are one, whose size is to be seen.
        series.insert(0, condensed(_series("clipped", after, "pinned", "dotted"), after, x.high)[0])
        shown.append(after)
    if e.clip != "none":
        limit = math.log10(e.clip_threshold)
        name = f"clip {e.clip} {e.clip_threshold:g}"
        references.append(Reference(name, limit, "limit"))
        shown.append(np.array([limit]))
    low, high = _limits(shown)
    return Figure(
        title="gradient ‖∂L/∂θ‖, dashed ‖Δθ‖/‖θ‖",
        x=x,
        y=Axis("", low, high, log=True),
        series=tuple(series),
        bands=bands,
        references=tuple(references),
        marks=_trouble_marks(look, high),
    )


def wandering_figure(look: Look) -> Figure:
    """The eigenvalues of W in the plane, with where they were before as pale dots."""
    values = look.eigenvalues
    return eigenvalue_figure(
        values,
        look.recurrent.largest_singular_value if _is_newest(look) else None,
        pinned=Places(one.eigenvalues for one in look.places).within(values),
        title=f"eigenvalues of {matrix_name(look.experiment)}, wandering",
    )


def over_time_figure(look: Look) -> Figure:
    """‖∂L/∂h_t‖ over t of this update, with that of the first one."""
    first = None if look.step.update == 0 else _Curve(look.first[np.newaxis])
    run = _Curve(look.step.gradient_log10[np.newaxis])
    figure = gradient_figure(run, None, [] if first is None else [first])  # type: ignore[arg-type, list-item]
    named = {"simulated": "now", "pinned": "at first"}
    return attrs.evolve(
        figure,
        title=f"gradient ‖∂L/∂h_t‖ of update {look.step.update}",
        series=tuple(attrs.evolve(one, name=named[one.name]) for one in figure.series),
    )


#: What the panels are called while there is nothing to show.
TITLES: Mapping[str, str] = {
    "loss": "loss",
    "accuracy": "accuracy",
    "clipping": "gradient ‖∂L/∂θ‖",
    "wandering": "eigenvalues of W",
    "over_time": "gradient ‖∂L/∂h_t‖",
}

#: The panels of the view, by name.
PANELS: Mapping[str, Callable[[Look], Figure]] = {
    "loss": loss_figure,
    "accuracy": accuracy_figure,
    "clipping": clipping_figure,
    "wandering": wandering_figure,
    "over_time": over_time_figure,
}


def training_figures(look: Look) -> dict[str, Figure]:
    """All figures of the view."""
    return {name: figure(look) for name, figure in PANELS.items()}


def training_status(
    experiment: Experiment, plan: Plan, width: int | None = None, ascii: bool = False
) -> str:
    """What is trained in words: "recall · tanh rnn · 32 units · 50 steps · … · seed 0"."""
    # How it is clipped stands in the line below, with all that can be changed on the way.
    net = attrs.evolve(experiment, clip="none")
    return fit_pieces((Piece(f"training {plan.task}"), *status_pieces(net)), width, ascii)


def training_line(look: Look, width: int | None = None, ascii: bool = False) -> str:
    """Where it stands in words: loss, accuracy, gradient, the share clipped, ρ and σ₁ of W.

    The loss is that of the newest batch, where an overshoot is seen; the accuracy a mean.
    """
    step, task = look.step, look.task
    right = f"mean accuracy {_percent(mean_accuracy(look))}"
    chance = f"{format_value(task.chance_loss, 3)}, {_percent(task.chance_accuracy)}"
    pieces = [
        Piece(f"loss now {format_value(step.loss, 3)}"),
        Piece(f"{right} (chance {chance})", right),
        Piece(f"‖∂L/∂θ‖ {_gradient_words(look)}", "", 1),
    ]
    if look.experiment.clip != "none":
        pieces.append(Piece(f"{_percent(step.clipped_share)} clipped so far", "", 2))
    if _is_newest(look):
        rho, sigma = look.recurrent.spectral_radius, look.recurrent.largest_singular_value
        pieces.append(Piece(f"ρ {format_value(rho, 3)} σ₁ {format_value(sigma, 3)}", "", 3))
    return fit_pieces(pieces, width, ascii)


def plan_line(look: Look, width: int | None = None, ascii: bool = False) -> str:
    """How it is trained in words: learning rate, momentum or Adam, clipping, L2, batch."""
    e, plan = look.experiment, look.plan
    clip = "clip off"
    if e.clip != "none":
        whole = "all parameters together" if e.clip == "norm" else "every entry"
        clip = f"clip {e.clip} {e.clip_threshold:g} ({whole})"
    kept = f"momentum {plan.momentum:g}" if plan.momentum else "no momentum"
    pieces = [
        Piece(f"learning rate {plan.learning_rate:g}", f"rate {plan.learning_rate:g}"),
        Piece(clip, clip.split(" (")[0], 1),
        Piece(f"L2 {plan.l2:g}" if plan.l2 else "L2 off", "", 2),
        Piece("Adam" if plan.optimizer == "adam" else kept, "", 3),
        Piece(f"batch {e.batch}", "", 3),
    ]
    return fit_pieces(pieces, width, ascii)


def trouble_line(look: Look) -> str:
    """What stopped it, and what was before, in words; empty where nothing did."""
    trouble, step = look.trouble, look.step
    if trouble is None:
        return ""
    words = f"update {step.update}: {trouble.words}, the first value that is not finite"
    norms = look.curves.gradient_norm
    # The failed update has an entry of its own.
    before = norms[step.update - 1] if 0 < step.update <= norms.size else math.nan
    if math.isfinite(before):
        rho = format_value(look.recurrent.spectral_radius, 2)
        words += f"; the update before had a gradient of {format_value(float(before), 2)}"
        words += f" and left ρ(W) at {rho}"
    return words


def mean_accuracy(look: Look) -> float:
    """The share that was right over the newest updates; before them, what the first will get."""
    accuracy = running_mean(look.curves.accuracy)
    return float(accuracy[-1] if accuracy.size else look.step.accuracy)


def running_mean(values: Floats, count: int = AVERAGED) -> Floats:
    """At each place the mean of the values up to there, of at most `count`; nan is left out."""
    known = np.isfinite(values)
    sums = np.concatenate([[0.0], np.cumsum(np.where(known, values, 0.0))])
    counts = np.concatenate([[0], np.cumsum(known)])
    starts = np.maximum(np.arange(1, values.size + 1) - count, 0)
    of = counts[1:] - counts[starts]
    with np.errstate(invalid="ignore"):
        mean: Floats = (sums[1:] - sums[starts]) / np.where(of, of, np.nan)
    return mean


def thinned(y: Floats, most: int = MOST_POINTS) -> tuple[Floats, Floats]:
    """x = 0, 1, … and y, or of each of so many bins its least and its largest value."""
    x = np.arange(y.size, dtype=np.float64)
    if y.size <= most:
        return x, y
    size = -(-2 * y.size // most)
    padded = np.full(-(-y.size // size) * size, np.nan)
    padded[: y.size] = y
    bins = padded.reshape(-1, size)
    low = np.where(np.isnan(bins), np.inf, bins).argmin(axis=1)
    high = np.where(np.isnan(bins), -np.inf, bins).argmax(axis=1)
    starts = np.arange(len(bins)) * size
    places = np.sort(np.stack([starts + low, starts + high], axis=1), axis=1).ravel()
    places = places[places < y.size]
    return x[places], y[places]


def condensed(curve: Series, y: Floats, page: float) -> tuple[Series, tuple[Band, ...]]:
    """The curve of y, or where many updates would fall into one column their medians and range.

    Args:
        page: where the axis of the updates ends, on which it depends alone how many go together.
    """
    size = round(page / _COLUMNS)
    if size < 2 or not np.isfinite(y).any():
        return curve, ()
    padded = np.full(-(-y.size // size) * size, np.nan)
    padded[: y.size] = y
    bins = padded.reshape(-1, size)
    bins = bins[np.isfinite(bins).any(axis=1)]
    starts = np.flatnonzero(np.isfinite(padded.reshape(-1, size)).any(axis=1)) * float(size)
    within = [float(np.flatnonzero(np.isfinite(one)).mean()) for one in bins]
    x = np.array(within) + starts
    low, middle, high = (of(bins, axis=1) for of in (np.nanmin, np.nanmedian, np.nanmax))
    name = f"{curve.name}, median of {size}"
    return attrs.evolve(curve, name=name, x=x, y=middle), (Band("range", x, low, high),)


def _series(
    name: str, y: Floats, role: Role, marker: Marker = "line", toned: bool = False
) -> Series:
    return Series(name, *thinned(y), role, marker, toned=toned)


def _pinned(look: Look, curve: Callable[[PinnedCourse], Floats]) -> list[Series]:
    found = [
        _series(pinned_name(rank), curve(one), "pinned", pinned_marker(rank))
        for rank, one in enumerate(look.pinned)
    ]
    return found[::-1]


def _updates(look: Look) -> Axis:
    """The axis of updates, which ends where a page does."""
    longest = max([look.updates, *(len(one.curves) for one in look.pinned), _SHORTEST])
    page = nice_step(longest, 1)
    return Axis("update", 0.0, page)


def _log10(values: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log10(values).clip(-_LARGEST_LOG10, _LARGEST_LOG10)


def _limits(curves: Sequence[Floats], others: Sequence[Floats] = ()) -> tuple[float, float]:
    """Whole decades about the curves; others stretch them by as much again at most."""
    ends = [one for one in map(finite_ends, curves) if one] or [(0.0, 0.0)]
    low = max(min(one for one, _ in ends), _LEAST_LOG10)
    high = max(low, *(one for _, one in ends))
    room = max(high - low, _STRETCH)
    beyond = [one for one in map(finite_ends, others) if one]
    low = min([low, *(max(one, low - room) for one, _ in beyond)])
    return decades(low, max([high, *(min(one, high + room) for _, one in beyond)]))


def _change_marks(look: Look, top: float) -> tuple[Mark, ...]:
    marks = [Mark(float(update), top, "┬", "guide") for update, _ in look.changes]
    return tuple(marks)


def _trouble_marks(look: Look, top: float) -> tuple[Mark, ...]:
    trouble = look.trouble
    if trouble is None:
        return ()
    text = "∞" if trouble.value == "inf" else "?"
    return (
        Mark(float(look.step.update), top, text, "warning", f"{trouble.array} {trouble.value}"),
    )


def _is_newest(look: Look) -> bool:
    """Whether the eigenvalues are those of W as it is."""
    return look.eigenvalues is look.recurrent.__dict__.get("eigenvalues")


def _gradient_words(look: Look) -> str:
    before, after = look.step.gradient_norm, look.step.clipped_gradient_norm
    words = format_value(before, 3)
    return words if before == after or math.isnan(after) else f"{words} → {format_value(after, 3)}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if math.isfinite(share) else "unknown"


def pinned_words(pinned: PinnedCourse) -> str:
    """What a pinned run was, in few words."""
    e, plan = pinned.experiment, pinned.plan
    clip = "" if e.clip == "none" else f", clip {e.clip} {e.clip_threshold:g}"
    losses = pinned.curves.loss[np.isfinite(pinned.curves.loss)]
    end = format_log10(math.log10(losses[-1])) if losses.size and losses[-1] > 0 else "0"
    return f"{plan.task}, {e.cell}, rate {plan.learning_rate:g}{clip}: loss {end}"
