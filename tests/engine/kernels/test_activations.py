"""The compiled φ and φ′ against mpmath over the whole range of float64."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.support.twin import ACTIVATIONS as TRUTH
from tests.support.twin import mp
from tuisim.engine.kernels.activations import evaluate
from tuisim.values.experiment import ACTIVATIONS


def ulps(ours: np.ndarray, exact: list[object]) -> np.ndarray:
    """Distance to the exact value in units in the last place of its rounding."""
    found = []
    for value, true in zip(ours, exact, strict=True):
        unit = math.ulp(float(true))
        found.append(float(abs(mp.mpf(float(value)) - true) / mp.mpf(unit)))
    return np.array(found)


def whole_range() -> np.ndarray:
    """Points everywhere, dense where argument reduction turns over and where forms change."""
    rng = np.random.default_rng(0)
    turns = (np.arange(40) + 0.5) * math.log(2) / 2
    around = np.concatenate([turn + np.linspace(-1e-13, 1e-13, 11) for turn in turns])
    # Where e^(−2|x|) passes 0.33, tanh goes over to another form.
    border = -0.5 * math.log(0.33) + np.linspace(-1e-3, 1e-3, 101)
    positive = np.concatenate(
        [
            rng.uniform(0, 1, 600),
            rng.uniform(0, 20, 600),
            10 ** rng.uniform(-320, 2.4, 500),
            around,
            2 * around,
            border,
            [5e-324, 2.2e-308, 1e-16, 0.5, 1.0, 18.0, 19.1, 22.0, 36.8, 300.0, 708.3, 740.0],
        ]
    )
    return np.concatenate([positive, -positive])


POINTS = whole_range()


@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
def test_values_are_within_two_units_in_the_last_place(name: str) -> None:
    values, _ = evaluate(name, POINTS)
    exact = [TRUTH[name][0](mp.mpf(x)) for x in POINTS]
    distance = ulps(values, exact)
    assert distance.max() < 2, POINTS[distance.argmax()]


@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
def test_slopes_keep_their_relative_accuracy_far_out(name: str) -> None:
    near = POINTS[np.abs(POINTS) < (340 if name == "tanh" else 700)]
    _, slopes = evaluate(name, near)
    assert (slopes > 0).all()
    exact = [TRUTH[name][1](mp.mpf(x)) for x in near]
    distance = ulps(slopes, exact)
    assert distance.max() < 5, near[distance.argmax()]
    assert evaluate(name, np.array([340.0]))[1][0] > 0


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_values_and_slopes_of_all(name: str) -> None:
    near = POINTS[(np.abs(POINTS) < 37) & (np.abs(POINTS) > 1e-300)]
    values, slopes = evaluate(name, near)
    exact = np.array([[float(f(mp.mpf(float(x)))) for f in TRUTH[name]] for x in near])
    # gelu's tail e^(−x²/2) turns the rounding of its argument into x² roundings.
    room = 1e-14 + (near * near * 4e-16 if name == "gelu" else 0)
    # gelu's slope passes through zero near −0.75: there the terms decide.
    terms = (name == "gelu") & (near > -1) & (near < -0.5)
    for ours, true, least in zip(
        (values, slopes), exact.T, (1e-307, np.where(terms, 2e-16, 1e-307)), strict=True
    ):
        right = np.abs(ours - true) <= np.maximum(room * np.abs(true), least)
        assert right.all(), near[~right]


def test_tanh_slope_where_one_minus_its_square_has_lost_all() -> None:
    # sech²(18) and sech²(19): 1 − tanh² is 4 % wrong at the first and 0 at the second.
    _, slopes = evaluate("tanh", np.array([18.0, 19.0]))
    expected = [float(mp.sech(18) ** 2), float(mp.sech(19) ** 2)]
    np.testing.assert_allclose(slopes, expected, rtol=1e-15)
    assert 1 - math.tanh(19.5) ** 2 == 0


@pytest.mark.parametrize("name", ["tanh", "identity", "hard_tanh"])
def test_the_sign_of_zero_is_kept(name: str) -> None:
    values, _ = evaluate(name, np.array([0.0, -0.0]))
    assert values.tolist() == [0, 0]
    assert np.signbit(values).tolist() == [False, True]


@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
def test_subnormals(name: str) -> None:
    tiny = np.array([5e-324, -5e-324, 1e-310, -1e-310, 2.3e-308])
    values, slopes = evaluate(name, tiny)
    np.testing.assert_array_equal(values, tiny if name == "tanh" else np.full(5, 0.5))
    np.testing.assert_array_equal(slopes, np.full(5, 1.0 if name == "tanh" else 0.25))


LIMITS = {
    "identity": (-math.inf, math.inf),
    "tanh": (-1, 1),
    "sigmoid": (0, 1),
    "relu": (0, math.inf),
    "leaky_relu": (-math.inf, math.inf),
    "elu": (-1, math.inf),
    "selu": (-1.7580993408473766, math.inf),
    "gelu": (0, math.inf),
    "softplus": (0, math.inf),
    "hard_tanh": (-1, 1),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_infinities_give_the_limits(name: str) -> None:
    for huge in (math.inf, 1e300, 1.7e308):
        values, slopes = evaluate(name, np.array([-huge, huge]))
        for value, limit in zip(values, LIMITS[name], strict=True):
            if math.isinf(limit) and math.isfinite(huge):
                assert abs(value) >= 0.01 * huge
            else:
                assert value == pytest.approx(limit, rel=1e-15)
        assert not np.isnan(slopes).any()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_nan_is_never_hidden(name: str) -> None:
    x = np.full(19, math.nan)
    x[3:6] = [1.0, -2.0, 0.0]
    values, slopes = evaluate(name, x)
    assert np.isnan(values).tolist() == np.isnan(x).tolist()
    # The identity's slope is 1 wherever it is taken.
    assert np.isnan(slopes).tolist() == (np.isnan(x) & (name != "identity")).tolist()


def test_slopes_at_kinks_are_pytorchs() -> None:
    zero = np.array([0.0, -0.0])
    assert evaluate("relu", zero)[1].tolist() == [0, 0]
    assert evaluate("leaky_relu", zero)[1].tolist() == [0.01, 0.01]
    assert evaluate("elu", zero)[1].tolist() == [1, 1]
    # Klambauer et al. 2017: scale · alpha
    np.testing.assert_allclose(evaluate("selu", zero)[1], 1.0507009873554805 * 1.6732632423543772)
    edges = np.array([-1.0, 1.0, np.nextafter(-1, 0), np.nextafter(1, 0)])
    assert evaluate("hard_tanh", edges)[1].tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slopes_at_kinks_against_autograd(name: str) -> None:
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    phi = {
        "identity": lambda x: x * 1,
        "hard_tanh": functional.hardtanh,
    }.get(name) or getattr(functional, name)
    points = [0.0, -0.0, -1.0, 1.0, 0.3, -0.3, 5.0, -5.0]
    x = torch.tensor(points, dtype=torch.float64, requires_grad=True)
    y = phi(x)
    y.sum().backward()
    values, slopes = evaluate(name, np.array(points))
    np.testing.assert_allclose(values, y.detach().numpy(), rtol=1e-13, atol=1e-16)
    np.testing.assert_allclose(slopes, x.grad.numpy(), rtol=1e-13, atol=1e-16)


def test_the_shape_of_the_points_is_kept() -> None:
    values, slopes = evaluate("tanh", np.zeros((2, 3)))
    assert values.shape == slopes.shape == (2, 3)
    assert evaluate("tanh", np.float64(0.5))[0].shape == ()
