"""The one-unit net's surface against mpmath, closed forms and a naive twin; grids; descent."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import attrs
import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.twin import ACTIVATIONS as ACTIVATIONS_OF_TWIN
from tuisim.engine.base.facts import LEAKY_SLOPE, SELU_ALPHA, SELU_SCALE
from tuisim.engine.base.stopping import StoppedError, stoppable
from tuisim.engine.surfaces.landscape import COARSEST, FARTHEST, Losses, descend, loss_grid, middles
from tuisim.engine.surfaces.one_unit import OneUnit, SquaredError
from tuisim.values.experiment import ACTIVATIONS

PASCANU = OneUnit()
#: Where the wall is, and where plain descent is thrown off it.
START, RATE, THRESHOLD = (5.0, -2.2), 0.3, 0.1

mp = mpmath.mp.clone()
mp.dps = 60


def _either(below: Callable[[Any], Any], above: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: above(x) if x > 0 else below(x)


EXACT: dict[str, Callable[[Any], Any]] = {
    "identity": lambda x: x,
    "tanh": mp.tanh,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "relu": _either(lambda x: mp.mpf(0), lambda x: x),
    "leaky_relu": _either(lambda x: mp.mpf(LEAKY_SLOPE) * x, lambda x: x),
    "elu": _either(mp.expm1, lambda x: x),
    "selu": _either(lambda x: SELU_SCALE * SELU_ALPHA * mp.expm1(x), lambda x: SELU_SCALE * x),
    "gelu": lambda x: x * mp.erfc(-x / mp.sqrt(2)) / 2,
    "softplus": lambda x: mp.log1p(mp.exp(x)),
    "hard_tanh": lambda x: max(min(x, mp.mpf(1)), mp.mpf(-1)),
}


def exact_loss(unit: OneUnit, w: Any, b: Any) -> Any:
    h = mp.mpf(unit.start)
    for _ in range(unit.steps):
        h = EXACT[unit.activation](w * h + b)
    return mp.mpf(unit.loss.scale) * (h - mp.mpf(unit.loss.target)) ** 2


def exact_gradient(unit: OneUnit, w: float, b: float) -> tuple[Any, Any]:
    """By central differences in 60 digits and more: about half of them are right."""
    x, y = mp.mpf(w), mp.mpf(b)
    d = mp.mpf(10) ** -(mp.dps // 3)
    return (
        (exact_loss(unit, x + d, y) - exact_loss(unit, x - d, y)) / (2 * d),
        (exact_loss(unit, x, y + d) - exact_loss(unit, x, y - d)) / (2 * d),
    )


def chain_rule(unit: OneUnit, w: float, b: float) -> tuple[Any, Any]:
    """The gradient by the chain rule, for slopes that no difference of 60 digits shows."""
    value, slope = ACTIVATIONS_OF_TWIN[unit.activation]
    h, by_w, by_b = mp.mpf(unit.start), mp.mpf(0), mp.mpf(0)
    for _ in range(unit.steps):
        a = mp.mpf(w) * h + mp.mpf(b)
        by_w, by_b = slope(a) * (h + mp.mpf(w) * by_w), slope(a) * (1 + mp.mpf(w) * by_b)
        h = value(a)
    outer = 2 * mp.mpf(unit.loss.scale) * (h - mp.mpf(unit.loss.target))
    return outer * by_w, outer * by_b


def at(unit: OneUnit, w: float, b: float) -> Losses:
    return unit.evaluate(np.array([w]), np.array([b]))


def log10_of(x: Any) -> float:
    return float(mp.log10(abs(x))) if x else -math.inf


def test_the_printed_gradient_of_the_linear_net() -> None:
    """Of L = ½(w⁵⁰ − 1)² at w = 1.1: 50·1.1⁴⁹·(1.1⁵⁰ − 1)."""
    unit = OneUnit("identity", 50, 1.0, SquaredError(target=1.0, scale=0.5))
    found = at(unit, 1.1, 0.0)
    assert found.gradient[0, 0] == pytest.approx(621055.522, abs=5e-4)
    assert 10 ** found.loss_log10[0] == pytest.approx(0.5 * (1.1**50 - 1) ** 2, rel=1e-12)
    whole = attrs.evolve(unit, loss=SquaredError(1.0))
    assert at(whole, 1.1, 0.0).gradient[0, 0] == pytest.approx(2 * 621055.522, abs=1e-3)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(
    ("w", "b"), [(4.3, -2.05), (0.7, 0.3), (-1.2, 0.4), (1.1, -0.06), (5.0, -2.4), (-0.9, -0.7)]
)
def test_loss_and_gradient_against_many_digits(activation: str, w: float, b: float) -> None:
    unit = OneUnit(activation)
    found, exact = at(unit, w, b), exact_gradient(unit, w, b)
    assert found.loss_log10[0] == pytest.approx(log10_of(exact_loss(unit, w, b)), abs=1e-9)
    norm = math.hypot(*map(float, exact))
    # A cliff multiplies what rounding does to a state as it does any change.
    assert found.gradient[0].tolist() == pytest.approx(
        [*map(float, exact)], rel=1e-8, abs=1e-9 * norm
    )
    assert found.gradient_log10[0] == pytest.approx(
        math.log10(norm) if norm else -math.inf, abs=1e-8
    )


@pytest.mark.parametrize("activation", ["identity", "relu", "leaky_relu", "elu", "selu", "gelu",
                                        "softplus"])  # fmt: skip
@pytest.mark.parametrize(("w", "b", "start"), [(30.0, 1.5, 0.5), (-40.0, 0.3, -2.0)])
def test_sizes_beyond_float64(activation: str, w: float, b: float, start: float) -> None:
    unit = OneUnit(activation, steps=400, start=start)
    found, (by_w, by_b) = at(unit, w, b), chain_rule(unit, w, b)
    assert found.loss_log10[0] == pytest.approx(log10_of(exact_loss(unit, w, b)), abs=1e-9)
    assert found.gradient_log10[0] == pytest.approx(log10_of(mp.sqrt(by_w**2 + by_b**2)), abs=1e-9)
    if found.gradient_log10[0] > 320:
        assert np.isinf(found.gradient[0]).any()
        assert np.sign(found.gradients[0]).tolist() == [float(mp.sign(one)) for one in (by_w, by_b)]


@pytest.mark.parametrize(
    ("activation", "w", "b", "start", "steps"),
    [
        ("tanh", 500.0, 0.0, 0.9, 5),
        ("tanh", 1e80, 0.0, 0.5, 2),
        ("sigmoid", 900.0, 0.0, 1.0, 3),
        ("sigmoid", -900.0, 0.0, 1.0, 3),
        ("gelu", -40.0, 0.0, 1.0, 1),
        ("gelu", -40.0, -1.0, 1.0, 2),
        ("gelu", -1.0, -38.0, 0.0, 1),
        ("softplus", -900.0, 0.0, 1.0, 2),
        ("softplus", -900.0, -700.0, 1.0, 2),
        ("elu", 3.0, -700.0, 0.1, 4),
        ("selu", 700.0, 0.0, -2.0, 3),
        ("selu", -1e80, 0.0, 1e60, 2),
    ],
)
def test_slopes_beyond_float64(
    activation: str, w: float, b: float, start: float, steps: int
) -> None:
    """Where φ′ is 10⁻⁴⁰⁰ the gradient is not 0, and neither side lends the other its scale."""
    unit = OneUnit(activation, steps=steps, start=start)
    exact = [log10_of(one) for one in chain_rule(unit, w, b)]
    found = at(unit, w, b)
    assert found.side_log10[0].tolist() == pytest.approx(exact, rel=1e-12, abs=1e-9)
    assert found.gradient_log10[0] == pytest.approx(max(exact), rel=1e-12, abs=0.151)


@pytest.mark.parametrize(
    ("activation", "start"),
    [
        (name, start)
        for name in ("identity", "tanh", "relu", "leaky_relu", "elu", "selu", "gelu", "hard_tanh")
        for start in (0.5, -0.5)
        # There relu stays on its kink.
        if (name, start) != ("relu", -0.5)
    ],
)
def test_sizes_below_float64(activation: str, start: float) -> None:
    unit = OneUnit(activation, steps=170, start=start, loss=SquaredError(target=0.0))
    # Differences at a point that small need a step far smaller.
    mp.dps = 1000
    try:
        exact = exact_loss(unit, mp.mpf(0.01), mp.mpf(0))
        d = mp.mpf(10) ** -800
        by_b = (exact_loss(unit, mp.mpf(0.01), d) - exact_loss(unit, mp.mpf(0.01), -d)) / (2 * d)
        by_w = (exact_loss(unit, 0.01 + d, mp.mpf(0)) - exact) / d
    finally:
        mp.dps = 60
    found = at(unit, 0.01, 0.0)
    assert found.loss_log10[0] == pytest.approx(log10_of(exact), abs=1e-9)
    assert found.gradient_log10[0] == pytest.approx(log10_of(mp.sqrt(by_w**2 + by_b**2)), abs=1e-9)


@given(
    st.sampled_from(["tanh", "sigmoid", "gelu", "softplus", "identity"]),
    st.floats(-1.5, 1.5),
    st.floats(-1.5, 1.5),
    st.floats(-2, 2),
    st.integers(1, 12),
)
def test_the_gradient_against_finite_differences(
    activation: str, w: float, b: float, start: float, steps: int
) -> None:
    unit = OneUnit(activation, steps, start, SquaredError(0.3, 0.8))
    d = 1e-5

    def loss(w: float, b: float) -> float:
        return float(unit.loss.scale * (unit.final(np.array([w]), np.array([b]))[0] - 0.3) ** 2)

    differences = [
        (loss(w + d, b) - loss(w - d, b)) / (2 * d),
        (loss(w, b + d) - loss(w, b - d)) / (2 * d),
    ]
    found = at(unit, w, b)
    assert 10 ** found.loss_log10[0] == pytest.approx(loss(w, b), rel=1e-9, abs=1e-300)
    size = max(1.0, loss(w, b), *map(abs, differences))
    assert found.gradient[0].tolist() == pytest.approx(differences, rel=1e-4, abs=1e-6 * size)


def test_points_do_not_depend_on_their_neighbours() -> None:
    w, b = np.linspace(-8, 8, 40), np.linspace(-3, 3, 40)
    for activation in ACTIVATIONS:
        unit = OneUnit(activation, 30)
        together = unit.evaluate(w, b)
        for k in range(0, 40, 7):
            alone = at(unit, w[k], b[k])
            assert alone.loss_log10[0] == together.loss_log10[k]
            assert (alone.gradient[0] == together.gradient[k]).all()


@pytest.mark.parametrize("w", [4.5, 5.0, 6.5])
def test_the_wall_stands_where_the_start_is_the_unstable_fixed_point(w: float) -> None:
    """σ(0.5 w + b) = 0.5 at b = −w/2, with slope w/4 > 1: each side goes to a stable one."""

    def stable(h: float, b: float) -> float:
        for _ in range(5000):
            h = 1 / (1 + math.exp(-(w * h + b)))
        return h

    unit = OneUnit("sigmoid", 400)
    for b, side in ((-w / 2 - 1e-3, 0.0), (-w / 2 + 1e-3, 1.0)):
        found = unit.final(np.array([w]), np.array([b]))[0]
        assert found == pytest.approx(stable(side, b), abs=1e-9)
    assert at(PASCANU, w, -w / 2).gradient_log10[0] > 10 * math.log10(w / 4)


def test_a_slope_of_exactly_zero_gives_no_gradient() -> None:
    found = at(OneUnit("relu"), -1.0, -1.0)
    assert found.gradient_log10[0] == -math.inf
    assert (found.gradient == 0).all()
    assert found.loss_log10[0] == pytest.approx(2 * math.log10(0.7), abs=1e-12)
    met = at(OneUnit("identity", 3, 0.7), 1.0, 0.0)
    assert met.loss_log10[0] == -math.inf
    assert met.gradient_log10[0] == -math.inf


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"activation": "swish"}, "activation: got 'swish', allowed: identity"),
        ({"steps": 0}, "steps: got 0, allowed: 1…100000"),
        ({"start": math.nan}, "start: got nan"),
    ],
)
def test_a_net_that_makes_no_sense(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        OneUnit(**changes)


@pytest.mark.parametrize(
    ("target", "scale", "words"),
    [
        (math.inf, 1.0, "target: got inf, allowed: a finite number"),
        (0.0, 0.0, "scale: got 0.0, allowed: > 0"),
        (0.0, math.inf, "scale: got inf, allowed: > 0"),
    ],
)
def test_a_loss_that_makes_no_sense(target: float, scale: float, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SquaredError(target, scale)


@pytest.mark.parametrize("target", [0.0, 0.7, -1e250, 1e-250])
@pytest.mark.parametrize("scale", [1e-250, 3.0, 1e250])
@pytest.mark.parametrize(("w", "start"), [(1.1, 1.0), (60.0, 0.5), (1e-3, 1e-5), (1.5, 1e200)])
def test_a_loss_of_any_size(target: float, scale: float, w: float, start: float) -> None:
    unit = OneUnit("identity", 50, start, SquaredError(target, scale))
    exact = 2 * scale * (mp.mpf(start) * mp.mpf(w) ** 50 - mp.mpf(target))
    sides = (exact * 50 * start * mp.mpf(w) ** 49, exact * (mp.mpf(w) ** 50 - 1) / (mp.mpf(w) - 1))
    found = at(unit, w, 0.0)
    assert found.side_log10[0].tolist() == pytest.approx([log10_of(one) for one in sides], abs=1e-9)
    assert np.sign(found.gradients[0]).tolist() == [float(mp.sign(one)) for one in sides]
    assert found.gradient_log10[0] == pytest.approx(log10_of(mp.hypot(*sides)), abs=1e-9)
    assert found.loss_log10[0] == pytest.approx(log10_of(exact_loss(unit, w, 0)), abs=1e-9)


def test_a_point_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="b: allowed: numbers up to"):
        at(PASCANU, 1.0, math.nan)


@given(st.integers(1, 40), st.integers(1, 25))
def test_a_grid_fills_coarse_first_and_ends_whole(columns: int, rows: int) -> None:
    x, y = np.linspace(3, 6, columns), np.linspace(-3, -1, rows)
    unit = attrs.evolve(PASCANU, steps=5)
    grids, done = zip(*loss_grid(unit, x, y), strict=True)
    assert (done[0], done[-1]) == (-(-columns // 8) * -(-rows // 8), columns * rows)
    for row in range(rows):
        assert grids[-1][row] == pytest.approx(unit.losses(x, np.full(columns, y[row])), abs=1e-12)
    coarse = grids[0]
    assert not np.isnan(coarse).any()
    for row in range(rows):
        for column in range(columns):
            assert coarse[row, column] == coarse[row - row % COARSEST, column - column % COARSEST]
            if row % COARSEST == column % COARSEST == 0:
                assert coarse[row, column] == grids[-1][row, column]


def test_a_slow_grid_shows_what_it_has() -> None:
    class Slow:
        at_a_time = 3
        asked = 0

        def losses(self, x: Any, y: Any) -> Any:
            self.asked += x.size
            return x + 10 * y

    slow: Any = Slow()
    x, y = np.arange(20.0), np.arange(9.0)
    grids, done = zip(*loss_grid(slow, x, y), strict=True)
    assert (slow.asked, done[-1], np.diff(done).max()) == (180, 180, 3)
    assert np.isnan(grids[0]).any()
    assert (grids[-1] == x + 10 * y[:, None]).all()
    with pytest.raises(StoppedError), stoppable(lambda: True):
        next(loss_grid(slow, x, y))


def test_middles() -> None:
    assert middles(np.array([0.0, 1.0, 3.0])).tolist() == [0.5, 2.0]


def naive_path(threshold: float | None, steps: int) -> list[tuple[float, float, float, float]]:
    """(w, b, loss, ‖gradient‖) of descent on Pascanu's net, by back-propagation in plain Python."""
    w, b = START
    rows = []
    for _ in range(steps + 1):
        h = [0.5]
        for _ in range(50):
            h.append(1 / (1 + math.exp(-(w * h[-1] + b))))
        back, by_w, by_b = 2 * (h[-1] - 0.7), 0.0, 0.0
        for t in range(50, 0, -1):
            delta = back * h[t] * (1 - h[t])
            by_w, by_b, back = by_w + delta * h[t - 1], by_b + delta, delta * w
        norm = math.hypot(by_w, by_b)
        rows.append((w, b, (h[-1] - 0.7) ** 2, norm))
        factor = RATE * (1.0 if threshold is None else min(1.0, threshold / norm))
        w, b = w - factor * by_w, b - factor * by_b
    return rows


@pytest.mark.parametrize(("threshold", "steps"), [(None, 33), (THRESHOLD, 60)])
def test_descent_against_plain_back_propagation(threshold: float | None, steps: int) -> None:
    path = descend(PASCANU, START, RATE, threshold, steps)
    rows = np.array(naive_path(threshold, steps))
    assert path.steps == steps
    assert path.points == pytest.approx(rows[:, :2], abs=1e-8)
    assert path.loss_log10 == pytest.approx(np.log10(rows[:, 2]), abs=1e-6)
    assert path.gradient_log10 == pytest.approx(np.log10(rows[:, 3]), abs=1e-6)
    assert (path.clipped == (rows[:, 3] > (threshold or math.inf))).all()


def test_the_wall_throws_plain_descent_off_and_clipping_holds_it() -> None:
    plain = descend(PASCANU, START, RATE, None, 200)
    held = descend(PASCANU, START, RATE, THRESHOLD, 200)
    leap = np.linalg.norm(np.diff(plain.points, axis=0), axis=1)
    hops = np.linalg.norm(np.diff(held.points, axis=0), axis=1)
    assert leap.max() > 30
    assert plain.loss_log10[-1] == pytest.approx(math.log10(0.09), abs=1e-6)
    assert hops.max() <= RATE * THRESHOLD * (1 + 1e-12)
    assert held.clipped.any()
    assert not plain.clipped.any()
    assert held.loss_log10[-1] < -3


def test_descent_that_leaves_all_numbers_ends_there_and_says_so() -> None:
    unit = OneUnit("identity", 50, 1.0)
    path = descend(unit, (9.0, 0.0), 1e40, None, 50)
    assert path.steps == 0
    assert path.ended == "step 1 left for beyond 1e90"
    assert path.gradient_log10[0] > 90
    # With a threshold even a gradient beyond float64 has a direction.
    far = attrs.evolve(unit, steps=1000)
    held = descend(far, (9.0, 0.0), 0.1, 1.0, 5)
    assert held.gradient_log10[0] > 320
    assert held.ended == ""
    assert np.linalg.norm(np.diff(held.points, axis=0), axis=1) == pytest.approx([0.1] * 5)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (((math.nan, 0.0), 0.1), "start: got"),
        (((0.0, 10 * FARTHEST), 0.1), "start: got"),
        (((0.0, 0.0), 0.0), "learning_rate: got 0.0, allowed: > 0"),
        (((0.0, 0.0), math.inf), "learning_rate: got inf, allowed: > 0"),
        (((0.0, 0.0), 0.1, -1.0), "clip_threshold: got -1.0, allowed: > 0"),
        (((0.0, 0.0), 0.1, None, -1), "steps: got -1, allowed: 0…100000"),
        (((0.0, 0.0), 0.1, None, 100_001), "steps: got 100001, allowed: 0…100000"),
    ],
)
def test_descent_that_makes_no_sense(arguments: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        descend(PASCANU, *arguments)
