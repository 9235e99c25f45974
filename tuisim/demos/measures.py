"""Measures: the values of a tape's fields, read from the app as it is now."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tuisim.demos.grammar.fields import MEASURED, NONE, SHOWN, agrees
from tuisim.demos.grammar.tape import Expect
from tuisim.figures.drawing.curves import median_curve
from tuisim.figures.drawing.numbers import format_fixed, format_log10
from tuisim.figures.views.training import mean_accuracy
from tuisim.figures.words.rates import factor_words
from tuisim.figures.words.status import short
from tuisim.tui.app import SimulatorApp
from tuisim.values.command_line import spoken_value

if TYPE_CHECKING:
    from tuisim.engine.runs.run import Run
    from tuisim.engine.training.course import Look


def value(app: SimulatorApp, field: str) -> Any:
    """What a field has now: as Experiment and Run have it; None where there is no run of it."""
    if field not in MEASURED:
        return getattr(app.experiment, field)
    if field in _OF_TRAINING:
        training = app.laboratory.training
        newest = None if training is None else training.newest
        return None if newest is None else _OF_TRAINING[field](newest.look)
    run = app.current_run
    if run is None or run.experiment != app.experiment:
        return None
    return _MEASURES[field](run, app.main.playback.step)


def filled_in(app: SimulatorApp, caption: str) -> str:
    """A caption with the value now for each {FIELD} in it, as the app writes it elsewhere."""
    return SHOWN.sub(lambda one: _shown(app, one[1]), caption)


def _shown(app: SimulatorApp, field: str) -> str:
    if field in _IN_WORDS:
        of, words = _IN_WORDS[field]
        found = value(app, of)
        return NONE if found is None else words(found)
    found = value(app, field)
    if isinstance(found, float):
        return format_fixed(found, 3) if field in MEASURED else short(found)
    return spoken_value(found)


def difference(app: SimulatorApp, expected: Expect) -> str:
    """What differs from what was expected, in words; empty where nothing does."""
    found = value(app, expected.field)
    if agrees(expected.field, expected.value, expected.within, found):
        return ""
    near = "" if expected.within is None else f" within {expected.within:g}"
    got = NONE if found is None else f"{found:.10g}" if isinstance(found, float) else found
    if not isinstance(got, str):
        got = spoken_value(got)
    return f"{expected.field}: expected {expected.value}{near}, got {got}"


def _gradient_log10(run: Run, step: int | None) -> float:
    return float(median_curve(run.gradient_log10)[0 if step is None else step])


def _hidden_log10(run: Run, step: int | None) -> float:
    return float(median_curve(run.hidden_log10)[-1 if step is None else step])


def _trained_rate(look: Look) -> float:
    log10 = look.step.gradient_log10
    return float(log10[0] - log10[-1]) * math.log(10) / look.experiment.depth


_MEASURES: Mapping[str, Callable[[Run, int | None], Any]] = {
    "regime": lambda run, _: run.regime,
    "gradient_rate": lambda run, _: float(run.gradient_rate),
    "hidden_rate": lambda run, _: float(run.hidden_rate),
    "horizon": lambda run, _: run.horizon,
    "gradient_log10": _gradient_log10,
    "hidden_log10": _hidden_log10,
}
_OF_TRAINING: Mapping[str, Callable[[Look], Any]] = {
    "updates": lambda look: look.updates,
    "overshoots": lambda look: len(look.overshoots),
    "accuracy": mean_accuracy,
    "trained_radius": lambda look: float(abs(look.eigenvalues).max()),
    "trained_rate": _trained_rate,
}
_IN_WORDS: Mapping[str, tuple[str, Callable[[float], str]]] = {
    # Without the sign ×, which a caption has or not.
    "gradient_factor": ("gradient_rate", lambda rate: factor_words(rate)[1:]),
    "hidden_factor": ("hidden_rate", lambda rate: factor_words(rate)[1:]),
    "gradient_norm": ("gradient_log10", format_log10),
    "hidden_norm": ("hidden_log10", format_log10),
    "right": ("accuracy", lambda share: f"{100 * share:.0f} %"),
    "trained_factor": ("trained_rate", lambda rate: factor_words(rate)[1:]),
}
