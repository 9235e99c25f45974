"""What is said of nets that were made so that the truth is known."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from tuisim import Layer
from tuisim.engine.base.memo import Array
from tuisim.engine.diagnosis.ablation import Diagnosis, diagnose
from tuisim.figures.words.diagnosis import diagnosis_lines, diagnosis_sentence

UNITS, STEPS = 4, 60


def lstm(forget_bias: float = 0.0, hears: float = 0.0) -> Layer:
    """Gates that hear the state little; the forget gate has a bias, and hears an input."""
    random = np.random.default_rng(0)
    weights = 0.3 * random.standard_normal((4, UNITS, UNITS))
    weights[1] = 0.0
    inputs = 0.1 * random.standard_normal((4, UNITS, 1))
    inputs[1] = hears
    bias = np.zeros((4, UNITS))
    bias[1] = forget_bias
    return Layer("made", "lstm", weights, inputs, bias)


def gru(update_bias: float) -> Layer:
    random = np.random.default_rng(1)
    weights = 0.3 * random.standard_normal((3, UNITS, UNITS))
    weights[1] = 0.0
    bias = np.zeros((3, UNITS))
    bias[1] = update_bias
    return Layer("made", "gru", weights, np.zeros((3, UNITS, 1)), bias)


def rnn(radius: float, hears: float) -> Layer:
    turned, _ = np.linalg.qr(np.random.default_rng(2).standard_normal((UNITS, UNITS)))
    return Layer("made", "rnn", radius * turned[np.newaxis], np.full((1, UNITS, 1), hears))


def diagnosed(layer: Layer, path: Path, signal: Array | None = None, **changes: Any) -> Diagnosis:
    np.save(path / "x.npy", np.ones((STEPS, 1)) if signal is None else signal)
    changes = {"depth": STEPS, "input": str(path / "x.npy")} | changes
    return diagnose(layer.experiment(**changes))


def parts(found: Diagnosis) -> tuple[str | None, str | None]:
    carries, loses = found.carries, found.loses
    return carries and carries.part, loses and loses.part


def test_a_forget_gate_that_is_all_bias(tmp_path: Path) -> None:
    found = diagnosed(lstm(forget_bias=2.0), tmp_path)
    assert parts(found) == ("gate's bias", "input")
    alone, half = found.line("gate on its bias"), found.line("gate pinned", 0.5)
    assert alone is not None
    assert half is not None
    # It hears nothing, so that nothing changes.
    assert alone.rate == found.lines[0].rate > half.rate
    said = diagnosis_sentence(found)
    assert said.startswith("Under its input, memory is carried by the forget gate's bias: ×0.")
    assert "on it alone" in said
    assert "the input loses it" in said


def test_a_forget_gate_that_is_held_open_by_what_it_hears(tmp_path: Path) -> None:
    found = diagnosed(lstm(forget_bias=-3.0, hears=8.0), tmp_path)
    assert parts(found) == ("gate's weights", None)
    # Taking the input away does the same, and is no part of the net.
    rest = found.line("at rest")
    assert rest is not None
    assert rest.rate < 10 * found.lines[0].rate
    assert "by what the forget gate hears" in diagnosis_sentence(found)
    # The bias is there, and holds it shut: it must not be said to carry anything.
    assert "gate's bias" not in diagnosis_sentence(found)


def test_a_forget_gate_that_is_shut_by_what_it_hears(tmp_path: Path) -> None:
    found = diagnosed(lstm(forget_bias=5.0, hears=-8.0), tmp_path)
    carries, loses = parts(found)
    assert carries == "gate's bias"
    assert loses == "gate's weights"
    assert "what the forget gate hears loses it: ×0.97" in diagnosis_sentence(found)


def test_a_gate_that_is_missed_by_nobody(tmp_path: Path) -> None:
    found = diagnosed(lstm(), tmp_path)
    assert parts(found) == (None, "gate")
    assert diagnosis_sentence(found).startswith("Under its input, no part carries the memory by")


def test_an_update_gate(tmp_path: Path) -> None:
    found = diagnosed(gru(4.0), tmp_path, input="none")
    assert parts(found) == ("gate's bias", None)
    said = diagnosis_sentence(found)
    assert said.startswith("At rest, memory is carried by the update gate's bias")
    assert "forget" not in "\n".join(diagnosis_lines(found, 80))


def test_slopes_that_an_input_flattens(tmp_path: Path) -> None:
    signal = np.random.default_rng(3).choice([-3.0, 3.0], (STEPS, 1))
    found = diagnosed(rnn(1.0, 1.0), tmp_path, signal)
    assert parts(found) == (None, "slopes")
    said = diagnosis_sentence(found)
    assert "W alone gives ×1.000 a step back (φ identity)" in said
    assert "the slopes of tanh lose it: ×1.000 without them" in said


def test_a_radius_over_1_is_no_explosion_where_none_was_measured(tmp_path: Path) -> None:
    signal = np.random.default_rng(3).choice([-3.0, 3.0], (STEPS, 1))
    found = diagnosed(rnn(1.5, 2.0), tmp_path, signal)
    assert found.lines[0].rate < 0
    said = "\n".join(diagnosis_lines(found, 80))
    assert "explo" not in said
    assert "it grows" not in said
    grown = diagnosed(rnn(1.5, 0.0), tmp_path, activation="identity")
    assert grown.loses is None
    assert "it grows over 60 steps" in diagnosis_sentence(grown)


def test_a_linear_net_loses_by_w_alone(tmp_path: Path) -> None:
    found = diagnosed(rnn(0.8, 1.0), tmp_path, activation="identity")
    assert parts(found) == (None, None)
    said = diagnosis_sentence(found)
    assert "W alone gives" not in said
    assert "no part loses it by itself" in said


def test_a_gradient_that_is_no_number_is_not_spoken_of(tmp_path: Path) -> None:
    layer = lstm()
    found = diagnosed(attrs.evolve(layer, weights=np.full_like(layer.weights, np.nan)), tmp_path)
    assert parts(found)[0] is None
    assert "not a number" in diagnosis_sentence(found)
    said = "\n".join(diagnosis_lines(found, 80))
    # Nothing was measured, and nothing tried.
    assert not re.search(r"> \d|wherever tried", said)


def test_a_net_that_was_changed_is_as_given(tmp_path: Path) -> None:
    found = diagnosed(lstm(), tmp_path, radius=1.1)
    said = "\n".join(diagnosis_lines(found, 80))
    assert "as given " in said
    assert "as trained" not in said
    # Nothing was scaled, so that nothing is said of it.
    given = diagnosed(rnn(0.9, 1.0), tmp_path, eigenvalues=(0.1, 0.2, 0.3, 0.4))
    assert "wherever tried" not in "\n".join(diagnosis_lines(given, 80))


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("ascii", [False, True])
def test_it_fits(width: int, ascii: bool, tmp_path: Path) -> None:
    for layer in (lstm(2.0), gru(1.0), rnn(0.9, 1.0)):
        found = diagnosed(layer, tmp_path, input="noise")
        lines = diagnosis_lines(found, width, ascii)
        assert max(map(len, lines)) <= width
        assert not ascii or all(one.isascii() for one in lines)
        if width >= 80:
            assert not any("…" in one or "..." in one for one in lines[1:-3])
            assert len([one for one in lines if "%" in one]) == len(found.lines)


@pytest.mark.parametrize("ascii", [False, True])
def test_huge_numbers_fit_too(ascii: bool, tmp_path: Path) -> None:
    # By its exponent alone its gradient under noise leaves float64.
    found = diagnosed(rnn(1e100, 1.0), tmp_path, input="noise")
    assert any(abs(one.rate) > 1e50 for one in found.lines)
    head, *rows = diagnosis_lines(found, 80, ascii)[1 : 2 + len(found.lines)]
    for one in rows:
        assert len(one) == len(head) <= 80
        assert "…" not in one
        assert "..." not in one


def test_a_row_has_the_numbers_of_its_run(tmp_path: Path) -> None:
    found = diagnosed(lstm(forget_bias=2.0), tmp_path)
    lines = diagnosis_lines(found, 80)
    assert lines[0].startswith("made: lstm of 4 units, φ tanh; 60 steps, input")
    row = next(one for one in lines if one.startswith("forget gate at 0.5"))
    half = found.line("gate pinned", 0.5)
    assert half is not None
    numbers = row.removeprefix("forget gate at 0.5").split()
    assert float(numbers[0].removeprefix("×")) == pytest.approx(np.exp(half.rate), abs=1e-3)
    assert float(numbers[1].replace("−", "-")) == pytest.approx(half.rate, abs=1e-4)
    assert int(numbers[2]) == half.horizon
    assert float(numbers[3]) == pytest.approx(100 * half.saturation, abs=0.5)
    assert float(numbers[5]) == pytest.approx(10**half.weight_gradient_log10, rel=0.05)
