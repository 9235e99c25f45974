"""What agrees with an expectation, and what a caption shows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuisim.demos.grammar.fields import IN_WORDS, MEASURED, PERHAPS, agrees, check_expected
from tuisim.demos.grammar.tape import Expect
from tuisim.demos.measures import _IN_WORDS, _MEASURES, _OF_TRAINING, difference, filled_in, value
from tuisim.engine.runs.simulate import simulate
from tuisim.engine.training.training import train
from tuisim.testing import make_app, press, settled
from tuisim.values.experiment import Experiment
from tuisim.values.plan import Plan


@pytest.mark.parametrize(
    ("field", "written", "within", "found", "holds"),
    [
        ("radius", "0.9", None, 0.94, True),
        ("radius", "0.9", None, 0.951, False),
        ("radius", "0.90", None, 0.91, False),
        ("radius", "0.90", 0.02, 0.91, True),
        ("radius", "1", None, 1.4, True),
        ("gradient_log10", "-5.0", None, -4.96, True),
        ("gradient_log10", "-5.0", None, -4.94, False),
        ("gradient_log10", "1e3", None, 1400.0, True),
        ("gradient_log10", "1e3", None, 1600.0, False),
        ("gradient_log10", "-inf", None, -math.inf, True),
        ("gradient_log10", "-inf", 1.0, 0.0, False),
        ("gradient_log10", "-5", 1.0, -math.inf, False),
        ("gradient_log10", "-5", 1.0, math.nan, False),
        ("gradient_rate", "nan", None, math.nan, True),
        ("gradient_rate", "nan", None, 0.0, False),
        ("depth", "100", None, 100, True),
        ("depth", "100", None, 110, False),
        ("horizon", "none", None, None, True),
        ("horizon", "none", None, 66, False),
        ("horizon", "66", None, None, False),
        ("start_eigenvector", "none", None, None, True),
        ("tied", "true", None, True, True),
        ("tied", "false", None, True, False),
        ("cell", "lstm", None, "lstm", True),
        ("regime", "dead", None, "stable", False),
        ("eigenvalues", "0.5,0.9+0.3j,0.9-0.3j", None, (0.5, 0.9 + 0.3j, 0.9 - 0.3j), True),
    ],
)
def test_what_agrees(field: str, written: str, within: Any, found: Any, holds: bool) -> None:
    assert agrees(field, written, within, found) is holds


@given(st.floats(-1e6, 1e6), st.integers(0, 6))
def test_a_number_agrees_with_itself_as_it_is_written(found: float, digits: int) -> None:
    assert agrees("hidden_rate", f"{found:.{digits}f}", None, found)
    far = found + 1.01 * 10**-digits
    assert not agrees("hidden_rate", f"{found:.{digits}f}", None, far)


@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), st.floats(0, 10))
def test_within_is_a_distance(expected: float, found: float, within: float) -> None:
    if abs(abs(found - expected) - within) > 1e-9:
        near = abs(found - expected) < within
        assert agrees("gradient_log10", f"{expected:.12f}", within, found) is near


def test_each_field_is_measured() -> None:
    assert {*_MEASURES, *_OF_TRAINING} == set(MEASURED)
    assert set(_IN_WORDS) == set(IN_WORDS)


async def test_values_are_those_of_the_run() -> None:
    e = Experiment(width=8, depth=40, members=3, radius=0.8)
    run = simulate(e)
    app = make_app(e)
    async with app.run_test() as pilot:
        await settled(pilot)
        for name in ("regime", "gradient_rate", "hidden_rate", "horizon"):
            assert value(app, name) == getattr(run, name)
        assert value(app, "width") == 8
        # Of three members the median is the one in the middle.
        assert value(app, "gradient_log10") == sorted(run.gradient_log10[:, 0])[1]
        assert value(app, "hidden_log10") == sorted(run.hidden_log10[:, 40])[1]
        await press(pilot, "home,full_stop*7")
        assert value(app, "gradient_log10") == sorted(run.gradient_log10[:, 7])[1]
        assert value(app, "hidden_log10") == sorted(run.hidden_log10[:, 7])[1]


async def test_a_difference_says_what_was_expected_and_what_was_got() -> None:
    app = make_app(Experiment(width=8, depth=40))
    async with app.run_test() as pilot:
        await settled(pilot)
        assert difference(app, Expect("radius", "0.90")) == ""
        said = difference(app, Expect("radius", "0.92", 0.01))
        assert said == "radius: expected 0.92 within 0.01, got 0.9"
        assert difference(app, Expect("tied", "false")) == "tied: expected false, got true"
        rate = simulate(app.experiment).gradient_rate
        said = difference(app, Expect("gradient_rate", "1.0"))
        assert said == f"gradient_rate: expected 1.0, got {rate:.10g}"


async def test_a_run_that_failed_has_no_values() -> None:
    app = make_app(Experiment(width=4))
    async with app.run_test() as pilot:
        await settled(pilot)
        app.laboratory.history.change(Experiment(width=8), "other")
        assert value(app, "gradient_rate") is None
        assert difference(app, Expect("regime", "stable")) == "regime: expected stable, got none"
        assert filled_in(app, "×{gradient_factor}") == "×none"


async def test_a_caption_shows_what_the_app_says_elsewhere() -> None:
    app = make_app(Experiment())
    async with app.run_test() as pilot:
        await settled(pilot)
        said = filled_in(app, "{cell} {radius} ×{gradient_factor} {gradient_norm} {horizon} {tied}")
        assert said == "rnn 0.90 ×0.891 1.0·10⁻⁵ 66 true"
        assert filled_in(app, "{gradient_rate} {start_eigenvector} {}") == "−0.115 none {}"


async def test_of_a_training_the_newest_update_is_meant() -> None:
    app = make_app(Experiment(width=4, depth=5, batch=8))
    async with app.run_test() as pilot:
        await settled(pilot)
        assert [value(app, name) for name in _OF_TRAINING] == [None] * len(_OF_TRAINING)
        assert filled_in(app, "{updates} {right}") == "none none"
        await press(pilot, "8,full_stop*7")
        *steps, after = train(app.experiment, Plan(steps=8))
        assert value(app, "updates") == 7
        assert value(app, "accuracy") == pytest.approx(np.mean([one.accuracy for one in steps]))
        assert value(app, "trained_radius") == pytest.approx(after.spectral_radius)
        log10 = steps[-1].gradient_log10
        rate = np.mean(np.diff(log10[::-1])) * math.log(10)
        assert value(app, "trained_rate") == pytest.approx(rate)
        assert filled_in(app, "{updates}, ×{trained_factor}") == f"7, ×{math.exp(rate):.3f}"
        assert filled_in(app, "{right}") == f"{100 * value(app, 'accuracy'):.0f} %"


@pytest.mark.parametrize("field", sorted(PERHAPS))
def test_what_may_be_missing_may_be_expected_to_be(field: str) -> None:
    check_expected(field, "none")
    assert agrees(field, "none", None, None)
    with pytest.raises(ValueError, match="a number, inf, -inf, nan or none"):
        check_expected(field, "nothing")
