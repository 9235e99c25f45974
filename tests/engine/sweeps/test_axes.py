"""The axes of a sweep: what can be typed, and what is refused in words that name it."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tuisim.engine.sweeps.axes import SweepAxis


@pytest.mark.parametrize(
    ("text", "field", "values"),
    [
        ("radius=0.5:1.5:5", "radius", (0.5, 0.75, 1.0, 1.25, 1.5)),
        ("radius=0.1:0.4:4", "radius", (0.1, 0.2, 0.3, 0.4)),
        ("radius=1.5:0.5:3", "radius", (1.5, 1.0, 0.5)),
        ("depth=10:400:40", "depth", tuple(range(10, 401, 10))),
        ("depth=1:1000:4:log", "depth", (1, 10, 100, 1000)),
        ("bias=0.01:1:3:log", "bias", (0.01, 0.1, 1.0)),
        ("forget-bias=-1,0,1", "forget_bias", (-1.0, 0.0, 1.0)),
        ("activation=tanh, relu", "activation", ("tanh", "relu")),
        ("tied=true,false", "tied", (True, False)),
        ("start_eigenvector=none,0", "start_eigenvector", (None, 0)),
    ],
)
def test_what_is_typed(text: str, field: str, values: tuple[object, ...]) -> None:
    axis = SweepAxis.parse(text)
    assert (axis.field, axis.values) == (field, values)
    assert [type(one) for one in axis.values] == [type(one) for one in values]
    assert SweepAxis.parse(axis.spelled()) == axis


def test_ranges_end_where_they_were_asked_to() -> None:
    axis = SweepAxis.geometric("radius", 0.1, 0.7, 7)
    assert (axis.values[0], axis.values[-1]) == (0.1, 0.7)
    ratios = np.divide(axis.values[1:], axis.values[:-1])
    np.testing.assert_allclose(ratios, 7 ** (1 / 6), rtol=1e-10)


def test_numbers_of_numpy_are_numbers() -> None:
    assert SweepAxis("depth", np.arange(3, 5)) == SweepAxis("depth", (3, 4))
    assert SweepAxis("radius", np.array([1, 2])).values == (1.0, 2.0)


def test_what_is_numeric() -> None:
    assert SweepAxis.parse("depth=1,2").numeric
    assert not SweepAxis.parse("tied=true,false").numeric
    assert not SweepAxis.parse("cell=rnn,lstm").numeric
    assert not SweepAxis.parse("start_eigenvector=none,1").numeric


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("radius", "axis: got 'radius', allowed: FIELD=FIRST:LAST:COUNT"),
        ("radius=", "axis: got 'radius=', allowed: FIELD="),
        ("rho=0:1:3", "axis: got 'rho', allowed: cell, width"),
        ("rho=0", "axis: got 'rho', allowed: cell, width"),
        ("eigenvalues=0.5,1", "axis: got 'eigenvalues', allowed: cell"),
        ("radius=0:1", "radius: got '0:1', allowed: FIELD="),
        ("radius=0:1:3:lin", "radius: got '0:1:3:lin', allowed: FIELD="),
        ("radius=0:x:3", "radius: got '0:x:3', allowed: FIELD="),
        ("radius=0:1:1", "radius: got 1 values, allowed: 2…10000"),
        ("radius=0:1:10001", "radius: got 10001 values, allowed: 2…10000"),
        ("radius=0:inf:3", "radius: got 0:inf, allowed: two numbers that differ"),
        ("radius=1:1:3", "radius: got 1:1, allowed: two numbers that differ"),
        ("radius=0:1:3:log", "radius: got 0:1, allowed: > 0 for even ratios"),
        ("radius=-1:1:3", "radius: got -1.0, allowed: ≥ 0"),
        ("radius=0.5,x", "radius: got 'x', allowed: ≥ 0"),
        ("depth=10:20:40", "depth: got 10 twice, allowed: each value once"),
        ("depth=1:1001:2000", "depth: got 2000 values of which 1001 differ"),
        ("depth=1.5,2", "depth: got '1.5', allowed: 1…100000 (a whole number)"),
        ("skip=2.5", "skip: got '2.5', allowed: 0 or 2…depth (a whole number)"),
        ("steps=10.5", "steps: got '10.5', allowed: 1…1000000 (a whole number)"),
        ("cell=rnn,gru,rnn", "cell: got 'rnn' twice, allowed: each value once"),
        ("cell=1:2:3", "cell: got a range, allowed: a list of rnn, lstm, gru"),
        ("activation=tanh,sine", "activation: got 'sine', allowed: identity"),
    ],
)
def test_what_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(words)):
        SweepAxis.parse(text)


def test_no_values_are_refused() -> None:
    with pytest.raises(ValueError, match="radius: got 0 values"):
        SweepAxis("radius", ())


def test_a_whole_number_is_asked_for_once() -> None:
    with pytest.raises(ValueError, match=r"^seed: got '0.5', allowed: a whole number ≥ 0$"):
        SweepAxis.parse("seed=0.5")
