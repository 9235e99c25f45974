"""Every curve of a Run against the slow twin in 50 digits, over random experiments."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from hypothesis import assume, example, given, settings

from tests.support.strategies import experiments
from tests.support.twin import Twin, log10_norm, mp, norm
from tuisim.engine.base.facts import FACTS
from tuisim.engine.cells.network import draw
from tuisim.engine.runs.run import Run
from tuisim.engine.runs.simulate import simulate
from tuisim.values.experiment import Experiment

#: Rounding of a few hundred operations; nets here are too short to amplify it further.
CLOSE = 1e-9


def twins(run: Run) -> list[Twin]:
    """One a member, of a net whose derivative float64 can follow.

    Left out are inputs of a norm that hardly vary, what a matrix leaves almost nothing of, and
    pre-activations so near to a kink that rounding decides; exactly on it is fine, a dead relu's
    zeros being zeros in both.
    """
    found = [Twin(run.experiment, network) for network in run.networks]
    for twin in found:
        assume(twin.spread > 1e-4)
        assume(not cancels(twin))
        assume(not near_a_kink(twin))
    return found


def near_a_kink(twin: Twin) -> bool:
    kinks = FACTS[twin.experiment.activation].kinks
    for a in map(twin._normalised, twin.linear):
        if any(0 < abs(x - kink) < 1e-10 for x in a.flat for kink in kinks):
            return True
    return False


def cancels(twin: Twin) -> bool:
    """Whether a matrix takes nearly all of a vector away, as a nilpotent one does in the end.

    Such a W, rounded, is no longer nilpotent, and what it leaves hangs on the last digits of all
    that came before, of W's own entries too. Exactly nothing is fine: it is nothing in both.
    """
    for w, source, delta in zip(twin.weights, twin._sources, twin._at_linear, strict=True):
        for heard, left in ((source, source.dot(w.T)), (delta, delta.dot(w))):
            if 0 < norm(left) < 1e-5 * norm(w) * norm(heard):
                return True
    return False


NILPOTENT = Experiment(radius=0.0, departure=0.1875, width=4, depth=6, activation="elu", seed=661)


def test_what_a_nilpotent_matrix_leaves_is_rounding() -> None:
    """W⁴ = 0 but for rounding; on the identity's basis there is none, and all is followed."""
    assert cancels(Twin(NILPOTENT, draw(NILPOTENT)))
    exactly = attrs.evolve(NILPOTENT, spectrum="identity", activation="identity")
    twin = Twin(exactly, draw(exactly))
    assert not cancels(twin)
    assert_log10_close(
        simulate(exactly).hidden_log10[0], [log10_norm(h) for h in twin.states], "hidden_log10"
    )
    assert not norm(twin.states[4])


def left_over(twin: Twin) -> float:
    """Under this size a gradient is what a norm left of far larger terms.

    A norm takes the size of its input out, so that derivatives along it cancel: exactly, but for
    what 1e-12 in the denominator makes of them.
    """
    if twin.experiment.norm == "none":
        return 0.0
    return CLOSE * float(max(norm(gradient) for gradient in twin.gradients))


def assert_close(ours: Any, exact: Any, what: str, least: float = 0.0) -> None:
    """Within rounding of the whole array's size, or of `least` where that is larger."""
    scale = max(float(norm(exact)), least)
    error = float(norm(ours.astype(object) - exact))
    assert error <= CLOSE * max(scale, 1e-300), f"{what}: off by {error} of {scale}"


def assert_log10_close(ours: Any, exact: Any, what: str) -> None:
    np.testing.assert_allclose(ours, exact, rtol=CLOSE, atol=CLOSE, err_msg=what)


@settings(max_examples=100, deadline=None)
@given(experiments())
@example(NILPOTENT)
def test_states_gradients_and_their_norms(experiment: Experiment) -> None:
    run = simulate(experiment)
    for member, twin in enumerate(twins(run)):
        least = left_over(twin)
        for t in range(experiment.depth + 1):
            assert_close(run.states[member, t], twin.states[t], f"h_{t}")
            assert_close(run.gradients[member, t], twin.gradients[t], f"∂L/∂h_{t}", least)
        hidden = [log10_norm(h) for h in twin.states]
        assert_log10_close(run.hidden_log10[member], hidden, "hidden_log10")
        whole = np.array([float(norm(g)) >= least for g in twin.gradients])
        gradient = [log10_norm(g) for g in twin.gradients]
        ours = run.gradient_log10[member]
        assert_log10_close(ours[whole], np.array(gradient)[whole], "gradient_log10")


@settings(max_examples=50, deadline=None)
@given(experiments(skip=0))
def test_slope_and_matrix_parts(experiment: Experiment) -> None:
    run = simulate(experiment)
    slope, matrix = run.slope_log10, run.matrix_log10
    assert slope is not None
    assert matrix is not None
    with np.errstate(invalid="ignore"):
        change = run.gradient_log10[:, :-1] - run.gradient_log10[:, 1:]
        gap = np.abs(slope + matrix - change)
    whole = np.isfinite(slope) & np.isfinite(matrix)
    room = 1e-12 * np.maximum(1, np.maximum(np.abs(slope), np.abs(matrix)))
    assert (gap[whole] <= room[whole]).all()
    for member, twin in enumerate(twins(run)):
        for t in range(experiment.depth, 0, -1):
            before, after = twin.gradients[t], twin.gradients[t - 1]
            if not norm(before):
                assert np.isnan(matrix[member, t - 1])
                assert np.isnan(slope[member, t - 1])
                continue
            expected = log10_norm(twin.matrix_only[t - 1]) - log10_norm(before)
            np.testing.assert_allclose(matrix[member, t - 1], expected, rtol=CLOSE, atol=CLOSE)
            if norm(after) and np.isfinite(expected):
                rest = log10_norm(after) - log10_norm(before) - expected
                np.testing.assert_allclose(slope[member, t - 1], rest, rtol=CLOSE, atol=CLOSE)


@settings(max_examples=50, deadline=None)
@given(experiments())
@example(NILPOTENT)
def test_weight_gradients_and_their_clipping(experiment: Experiment) -> None:
    run = simulate(experiment)
    for member, twin in enumerate(twins(run)):
        for t, matrix in enumerate(twin.weight_gradients):
            ours = mp.mpf(10) ** run.weight_gradient_log10[member, t]
            assert abs(ours - norm(matrix)) <= CLOSE * twin.weight_terms[t], f"step {t + 1}"
        whole = np.stack(twin.whole_weight_gradient())
        size = norm(whole)
        limit = mp.mpf(experiment.clip_threshold)
        clipped = whole
        if experiment.clip == "norm" and size > limit:
            clipped = whole * (limit / size)
        elif experiment.clip == "value":
            clipped = np.clip(whole, -limit, limit)
        room = CLOSE * float(mp.fsum(twin.weight_terms))
        assert abs(run.weight_gradient_norm[member] - float(size)) <= room
        assert abs(run.clipped_weight_gradient_norm[member] - float(norm(clipped))) <= room
        if float(size) <= 1e3 * room:
            continue
        dot = mp.fsum((whole * clipped).flat)
        cosine = float(dot / (size * norm(clipped)))
        assert abs(run.clip_cosine[member] - cosine) <= 10 * room / float(size)


@settings(max_examples=30, deadline=None)
@given(experiments())
def test_saturation_is_the_share_of_small_slopes(experiment: Experiment) -> None:
    run = simulate(experiment)
    floor = 0.1 * {"sigmoid": 0.25, "gelu": 1.1289, "selu": 1.7581}.get(experiment.activation, 1.0)
    for member, twin in enumerate(twins(run)):
        for t, slopes in enumerate(twin.slopes):
            sizes = [abs(float(slope)) for slope in slopes.flat]
            assume(not any(abs(size - floor) < 1e-4 for size in sizes))
            share = sum(size < floor for size in sizes) / len(sizes)
            np.testing.assert_allclose(run.saturation[member, t], share, rtol=1e-15)
