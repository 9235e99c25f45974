"""What help says in numbers and formulas beyond the step of a net, evaluated."""

from __future__ import annotations

import math
import re

import attrs
import numpy as np
import pytest

from tuisim import Experiment, jacobian_singular_values, lyapunov_exponents, simulate
from tuisim.engine.base.facts import FACTS, slope
from tuisim.engine.diagnosis.jacobian import log_det
from tuisim.engine.diagnosis.measures import MEASURES
from tuisim.engine.diagnosis.preactivations import pre_activations
from tuisim.engine.diagnosis.tangent import step_jacobian
from tuisim.engine.runs.run import member_buffers
from tuisim.engine.surfaces.one_unit import OneUnit, SquaredError
from tuisim.engine.training.success import JUDGED, success
from tuisim.engine.training.tasks import TASKS
from tuisim.engine.training.training import OVERSHOOT
from tuisim.figures.views.training import AVERAGED
from tuisim.tui.explain import cliff, jacobian, norms, shrink, spectrum
from tuisim.tui.state.computing import Computed, Diagnosis
from tuisim.values.measured import MEASURED


def sigma(a: float) -> float:
    return 1 / (1 + math.exp(-a))


def test_the_gradient_of_the_one_unit_net() -> None:
    text = "\n".join(cliff._UNIT)
    assert "from h_0 = 0.5:" in text
    assert "h_t = σ(w h_{t−1} + b),   L = (h_50 − 0.7)²" in text
    assert "∂L/∂w = 2(h_50 − 0.7)·Σ_t h_{t−1} σ′(a_t) ∏_{s>t} w σ′(a_s)" in text
    unit = OneUnit("sigmoid", 50, 0.5, SquaredError(0.7, 1.0))
    for w, b in ((4.6, -2.2), (3.1, -1.0), (5.0, -2.4)):
        states = [0.5]
        for _ in range(50):
            states.append(sigma(w * states[-1] + b))
        slopes = [h * (1 - h) for h in states[1:]]
        total = sum(
            states[t - 1] * slopes[t - 1] * math.prod(w * one for one in slopes[t:])
            for t in range(1, 51)
        )
        found = unit.evaluate(np.array([w]), np.array([b]))
        assert found.gradient[0, 0] == pytest.approx(2 * (states[-1] - 0.7) * total, rel=1e-9)
        assert 10 ** found.loss_log10[0] == pytest.approx((states[-1] - 0.7) ** 2, rel=1e-9)


@pytest.mark.parametrize("w", [4.5, 5.0, 8.0])
def test_where_the_one_unit_net_has_two_stable_states(w: float) -> None:
    """Beyond w = 4, from h = ½ on the line b = −w/2; a hair beside it leads to one or the other."""
    ends = []
    for b in (-w / 2 - 1e-3, -w / 2 + 1e-3):
        h = 0.5
        for _ in range(5000):
            h = sigma(w * h + b)
        assert w * h * (1 - h) < 1
        ends.append(h)
    assert ends[1] - ends[0] > 0.3
    assert w * 0.25 > 1


@pytest.mark.parametrize("changes", [{}, {"leak": 0.3}, {"residual": 0.5, "leak": 0.6}])
@pytest.mark.parametrize("norm", ["none", "layer"])
def test_a_steps_jacobian(changes: dict[str, float], norm: str) -> None:
    e = Experiment(width=4, depth=3, norm=norm, bias=0.2, **changes)
    run = simulate(e)
    shown = jacobian._step(e)
    found = re.fullmatch(r"(?:\(([\d.]+)·I \+ )?(?:([\d.]+)·)?diag\(φ′\(a_s\)\) (N′ )?W\)?", shown)
    assert found is not None
    assert bool(found[3]) == (norm == "layer")
    carry, leak = float(found[1] or 0), float(found[2] or 1)
    for t in range(1, 4):
        a = pre_activations(run, t)["a"][0]
        inner = np.eye(4)
        if norm == "layer":
            raw = run.networks[0].weights @ run.states[0, t - 1, 0] + run.networks[0].bias
            centred = np.eye(4) - 0.25
            deviation = math.sqrt(raw.var() + 1e-12)
            inner = (centred - np.outer(a, a) / 4) / deviation
        expected = carry * np.eye(4) + leak * slope("tanh", a)[:, None] * (
            inner @ run.networks[0].weights
        )
        assert step_jacobian(
            e, run.networks[0], member_buffers(run._buffers, 0), t
        ) == pytest.approx(expected, abs=1e-7)


def test_lyapunov_exponents_as_they_are_explained() -> None:
    e = Experiment(width=4, depth=400, spectrum="gaussian", radius=1.5)
    run = simulate(e)
    computed = Computed(run, None)
    text = jacobian.lyapunov(computed, {"lyapunov": MEASURES["lyapunov"](run, None)})
    assert "LYAPUNOV EXPONENTS OVER T = 400 STEPS" in text
    assert "λ_i = (1/T) Σ_t ln |R_t,ii|,   Q_t R_t = J_t Q_{t−1}" in text
    frame, sums, logs = np.eye(4), np.zeros(4), []
    for slopes in run.slopes[0, :, 0]:
        j = slopes[:, None] * run.networks[0].weights
        frame, r = np.linalg.qr(j @ frame)
        sums += np.log(np.abs(np.diag(r)))
        logs.append(log_det(j))
    found = lyapunov_exponents(e)
    # The frame to begin with makes a difference of a few nats over all of the steps.
    assert found == pytest.approx(np.sort(sums)[::-1] / 400, abs=5 / 400)
    assert found.sum() == pytest.approx(np.mean(logs))
    values = jacobian_singular_values(run, steps=[0])[0] * math.log(10)
    assert found == pytest.approx(values / 400, abs=5 / 400)


@pytest.mark.parametrize(
    "changes",
    [{}, {"leak": 0.1}, {"residual": 0.5}, {"tied": False, "leak": 0.3}, {"activation": "gelu"}],
)
def test_the_two_parts_of_the_shrinking(changes: dict[str, object]) -> None:
    e = attrs.evolve(Experiment(width=5, depth=6, bias=0.3), **changes)
    run = simulate(e)
    text = shrink.shrink(Computed(run, None), {})
    found = re.search(r"matrix = log10 ‖(?:([\d.]+)·g_t \+ )?(?:([\d.]+)·)?(W_?t?ᵀ) g_t‖", text)
    assert found is not None
    assert run.matrix_log10 is not None
    assert run.slope_log10 is not None
    carry, leak = float(found[1] or 0), float(found[2] or 1)
    for t in range(1, 7):
        w = run.networks[0].weights if e.tied else run.networks[0].weights[t - 1]
        g = run.gradients[0, t, 0]
        matrix = np.log10(np.linalg.norm(carry * g + leak * w.T @ g) / np.linalg.norm(g))
        assert run.matrix_log10[0, t - 1] == pytest.approx(matrix, abs=1e-12)
        change = run.gradient_log10[0, t - 1] - run.gradient_log10[0, t]
        assert run.matrix_log10[0, t - 1] + run.slope_log10[0, t - 1] == pytest.approx(change)


@pytest.mark.parametrize("departure", [0.0, 0.7])
def test_departure_and_bound(departure: float) -> None:
    e = Experiment(width=6, depth=8, departure=departure, leak=0.4, residual=0.2, activation="selu")
    run = simulate(e)
    w = run.networks[0].weights
    eigenvalues = np.linalg.eigvals(w)
    henrici = math.sqrt(max((w**2).sum() - (np.abs(eigenvalues) ** 2).sum(), 0.0) / 6)
    text = spectrum.plane(
        Computed(run, Diagnosis(None, None, eigenvalues, 1.0, departure)),  # type: ignore[arg-type]
        {},
    )
    assert ("Departure from normality √(‖W‖² − Σ|λ|²)/√n = 0.7" in text) == bool(departure)
    assert henrici == pytest.approx(departure, abs=1e-7)
    shown = spectrum.singular(Computed(run, None), {"spectrum": MEASURES["spectrum"](run, None)})
    stretch = np.linalg.norm(w, 2) * FACTS["selu"].largest_slope
    bound = abs(1 - 0.4 + 0.2) + 0.4 * stretch
    assert f"|1 − leak + residual| + leak·σ₁γ = {bound:.3f}" in shown
    largest = jacobian_singular_values(run)[:, 0]
    assert (largest <= (8 - np.arange(9)) * math.log10(bound) + 1e-12).all()


def test_a_singular_value_that_is_rounding_is_zero() -> None:
    run = simulate(Experiment(width=7, depth=3, spectrum="symmetric"))
    text = spectrum.singular(Computed(run, None), {"spectrum": MEASURES["spectrum"](run, None)})
    assert "σ_n = 0," in text
    small = Experiment(
        width=2, depth=3, spectrum="eigenvalues", eigenvalues=(0.5, 1e-9), activation="identity"
    )
    found = MEASURES["spectrum"](simulate(small), None)
    assert "σ_n = 1e-09," in spectrum.singular(Computed(simulate(small), None), {"spectrum": found})


@pytest.mark.parametrize(("leak", "residual"), [(1.0, 0.0), (0.1, 0.0), (1.0, 0.5), (0.3, 0.2)])
def test_what_stands_for_an_eigenvalue(leak: float, residual: float) -> None:
    e = Experiment(
        width=3, depth=5, leak=leak, residual=residual, activation="identity",
        spectrum="eigenvalues", eigenvalues=(0.8, -0.3, 0.1), start_eigenvector=0,
    )  # fmt: skip
    run = simulate(e)
    text = norms.hidden(Computed(run, None), {})
    found = re.search(r"Here ([\d.]+) \+ ([\d.]+)·λ stands for λ", text)
    assert (found is None) == (leak == 1 and not residual)
    carry, share = (float(found[1]), float(found[2])) if found else (0.0, 1.0)
    assert 10 ** np.diff(run.hidden_log10[0]) == pytest.approx(carry + share * 0.8)


def test_limits_of_float_types() -> None:
    text = norms.gradient(Computed(simulate(Experiment(width=2, depth=3)), None), {})
    assert "at most 2⁻²⁵ = 3.0e-08, float32 at 2⁻¹⁵⁰" in text
    assert f"{2.0**-25:.1e}" == "3.0e-08"
    assert np.float16(2.0**-25) == 0 < np.float16(np.nextafter(2.0**-25, 1))
    assert np.float32(2.0**-150) == 0 < np.float32(np.nextafter(2.0**-150, 1))


def test_the_tasks() -> None:
    e = Experiment(depth=40, batch=400)
    recall, adding, copy = (TASKS[name].batch(e, 0) for name in ("recall", "adding", "copy"))
    assert "N(0, 0.2²) in each channel" in TASKS["recall"].words
    assert "one of four classes" in TASKS["recall"].words
    assert np.std(recall.inputs[1:]) == pytest.approx(0.2, rel=0.02)
    assert set(recall.targets.ravel().tolist()) == {0, 1, 2, 3}
    words = TASKS["adding"].words
    assert "0.5 + (x + y)/4 of the marked two; within 0.04 is right" in words
    numbers, marks = adding.inputs[..., 0], adding.inputs[..., 1]
    assert (np.abs(numbers) <= 1).all()
    assert (marks[:20].sum(axis=0) == 1).all()
    assert (marks[20:].sum(axis=0) == 1).all()
    assert adding.targets[0, :, 0] == pytest.approx(0.5 + (numbers * marks).sum(axis=0) / 4)
    near = TASKS["adding"].judge(adding.targets + 0.0399, adding.targets)
    far = TASKS["adding"].judge(adding.targets + 0.0401, adding.targets)
    assert (near.accuracy, far.accuracy) == (1.0, 0.0)
    assert "one of eight at a step" in TASKS["copy"].words
    assert set(copy.targets.ravel().tolist()) == set(range(8))


def test_numbers_of_training() -> None:
    assert OVERSHOOT == 10
    assert AVERAGED == 50
    assert JUDGED == 1000
    assert "nine of ten outputs are right over the newest 1000" in MEASURED["success"].words
    assert "nine of ten outputs are right" in (success.__doc__ or "")
