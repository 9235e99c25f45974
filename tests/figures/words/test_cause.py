"""Why a gradient vanishes or explodes: the parts against closed forms and the run's own arrays."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np
import pytest

from tuisim.engine.diagnosis.cause import cause
from tuisim.engine.diagnosis.preactivations import pre_activations
from tuisim.engine.runs.simulate import simulate
from tuisim.figures.words.cause import cause_line, cause_pieces
from tuisim.figures.words.rates import factor_words
from tuisim.values.experiment import Experiment

NET = Experiment(width=8, depth=40)
#: One line of the smallest terminal that shows it.
ROOM = 78


def said(**changes: Any) -> str:
    return cause_line(cause_pieces(simulate(attrs.evolve(NET, **changes))))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        # An orthogonal matrix does nothing but scale, and the identity has slope 1.
        (
            {"activation": "identity", "radius": 1.2},
            "because the matrix gives ×1.200 a step, the slopes of identity ×1.000",
        ),
        (
            {"activation": "identity", "radius": 0.9998},
            "because the matrix gives ×0.99980 a step, the slopes of identity ×1.000",
        ),
        (
            {"activation": "identity", "radius": 0.5, "residual": 1.0, "spectrum": "identity"},
            "because the matrix and the carried path give ×1.500 a step, "
            "the slopes of identity ×1.000",
        ),
        # Without a matrix a gate is its bias alone: σ(1) and σ(0).
        (
            {"cell": "lstm", "radius": 0.0},
            "because the forget gate carries ×0.731 of ∂L/∂c's ×0.731 a step, "
            "the rest gives ×1.000",
        ),
        (
            {"cell": "gru", "radius": 0.0},
            "because the update gate carries ×0.500 a step, the rest gives ×1.000",
        ),
        ({"radius": 0.0}, "because the matrix makes it exactly 0 at step 40"),
        (
            {"skip": 5},
            "because it comes back a step at a time (share 0.50) and 5 steps at once (share 0.50)",
        ),
        ({"skip": 5, "skip_share": 1.0}, "because it comes back 5 steps at once (share 1.00)"),
    ],
)
def test_closed_forms(changes: dict[str, Any], words: str) -> None:
    assert said(**changes) == words


def test_a_linear_sigmoid_at_rest_has_a_quarter_of_slope() -> None:
    """So small a matrix leaves every a_t next to 0, where σ′ is ¼."""
    assert said(activation="sigmoid", radius=1e-3).endswith("the slopes of sigmoid ×0.250")


@pytest.mark.parametrize("members", [1, 3, 4])
@pytest.mark.parametrize(
    "changes",
    [{"radius": 2.0}, {"activation": "relu", "radius": 1.6, "spectrum": "gaussian"},
     {"leak": 0.3, "norm": "layer"}, {"cell": "gru", "radius": 1.5}, {"cell": "lstm"}],
)  # fmt: skip
def test_the_parts_add_up_to_the_median_and_are_of_the_members_in_the_middle(
    changes: dict[str, Any], members: int
) -> None:
    run = simulate(attrs.evolve(NET, members=members, **changes))
    found = cause(run)
    assert found is not None
    log10 = run.gradient_log10 if run.cell_gradient_log10 is None else run.cell_gradient_log10
    per_member = (log10[:, 0] - log10[:, -1]) * math.log(10) / NET.depth
    assert found.first + found.second == pytest.approx(float(np.median(per_member)), abs=1e-12)
    if run.cell_gradient_log10 is None:
        assert found.first + found.second == pytest.approx(run.gradient_rate, abs=1e-12)
    arrays = {"matrix": run.matrix_log10, "forget gate": run.carried_log10}.get(found.names[0])
    if arrays is not None:
        means = arrays.mean(axis=1) * math.log(10)
        ranks = sorted(range(members), key=lambda one: float(per_member[one]))
        middle = ranks[(members - 1) // 2 : members // 2 + 1]
        assert found.first == pytest.approx(float(np.mean(means[middle])), abs=1e-12)
    line = cause_line(cause_pieces(run))
    assert factor_words(found.first) in line
    assert factor_words(found.second) in line
    whole = f"∂L/∂c's {factor_words(found.first + found.second)}"
    assert (whole in line) == (run.cell_gradient_log10 is not None)
    assert ("in the middle of" in line) == (members > 1)
    assert len(cause_line(cause_pieces(run), ROOM)) <= ROOM


def test_what_the_update_gate_carries_is_its_share_of_the_gradient() -> None:
    """Against z from the pre-activations: ‖z_t ⊙ ∂L/∂h_t‖ over ‖∂L/∂h_t‖, its mean in decades."""
    run = simulate(attrs.evolve(NET, cell="gru", radius=1.5, batch=3))
    z = 1 / (1 + np.exp(-pre_activations(run)["z"].reshape(NET.depth, 3, NET.width)))
    back = run.gradients[0, 1:]
    kept = np.sqrt(((z * back) ** 2).sum(axis=(1, 2)) / (back**2).sum(axis=(1, 2)))
    found = cause(run)
    assert found is not None
    assert found.first == pytest.approx(float(np.log(kept).mean()), rel=1e-12)


def test_units_that_pass_nothing_are_counted() -> None:
    run = simulate(attrs.evolve(NET, activation="relu", spectrum="gaussian", radius=1.5, width=32))
    share = f"{100 * float((run.slopes == 0).mean()):.0f} % of units off"
    assert cause_line(cause_pieces(run)).endswith(f", {share}")


def test_of_a_dead_gradient_it_says_which_step_and_what_made_it_zero() -> None:
    run = simulate(Experiment(activation="relu", radius=0.5, width=2, seed=3))
    assert run.regime == "dead"
    step = int(np.flatnonzero(run.gradient_log10[0] == -np.inf)[-1]) + 1
    assert (run.slopes[0, step - 1] * run.gradients[0, step] == 0).all()
    words = f"because the slopes of relu make it exactly 0 at step {step}"
    assert cause_line(cause_pieces(run)) == words


def test_of_what_is_no_number_nothing_is_said() -> None:
    e = attrs.evolve(NET, activation="softplus", radius=1e200, depth=100)
    run = simulate(e)
    assert run.regime == "not a number" or cause_pieces(run)
    broken = attrs.evolve(NET, width=1, depth=5)
    network = simulate(broken).networks[0]
    given = attrs.evolve(network, weights=np.full_like(network.weights, np.nan))
    assert cause_pieces(simulate(broken, [given])) == ()


@pytest.mark.parametrize("ascii", [False, True])
def test_it_fits_any_width(ascii: bool) -> None:
    pieces = cause_pieces(simulate(attrs.evolve(NET, norm="batch", batch=4, leak=0.5, members=3)))
    for width in range(200):
        line = cause_line(pieces, width, ascii)
        assert len(line) <= width
        assert line.isascii() or not ascii
    assert cause_line((), 40) == ""
