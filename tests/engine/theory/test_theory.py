"""Which theory is chosen, and where each applies and does not."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import attrs
import numpy as np
import pytest

from tests.support.theories import (
    BATCH_NORM,
    BOUND,
    EXACT,
    LINEARISED,
    MEAN_FIELD,
    MEAN_LOG,
    MEAN_SQUARE,
    ORTHOGONAL,
    PURE_SKIP,
    of,
)
from tuisim.engine.cells.network import draw
from tuisim.engine.maths import linear
from tuisim.engine.theory.prediction import Case, Theory
from tuisim.engine.theory.theory import THEORIES, Prediction, linearised, predict
from tuisim.values.experiment import Experiment


def test_the_defaults_are_linearised_and_the_verdict_line_can_quote_it() -> None:
    experiment = Experiment()
    found = predict(experiment)
    assert found.name == LINEARISED
    assert found.average == "local to rest"
    assert found.gradient_rate == pytest.approx(math.log(0.9), rel=1e-13)
    assert found.gradient_log10 is not None
    assert found.gradient_log10[[0, -1]].tolist() == [pytest.approx(100 * math.log10(0.9)), 0.0]
    assert found.hidden_log10 is not None
    assert found.hidden_log10[0] == pytest.approx(0.5 * math.log10(32))
    assert linearised(experiment).gradient_rate == found.gradient_rate
    assert not found.warning


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"activation": "identity"}, EXACT),
        ({"activation": "identity", "spectrum": "gaussian"}, EXACT),
        ({"activation": "identity", "spectrum": "gaussian", "tied": False}, MEAN_LOG),
        ({"activation": "identity", "spectrum": "gaussian", "tied": False, "bias": 1}, MEAN_FIELD),
        (
            {"activation": "identity", "spectrum": "gaussian", "tied": False, "batch": 2},
            MEAN_SQUARE,
        ),
        (
            {"activation": "identity", "spectrum": "gaussian", "tied": False, "leak": 0.5},
            MEAN_SQUARE,
        ),
        ({"activation": "identity", "tied": False}, ORTHOGONAL),
        ({"activation": "identity", "tied": False, "departure": 0.5}, BOUND),
        ({"activation": "identity", "skip": 3, "skip_share": 1}, PURE_SKIP),
        ({"activation": "identity", "skip": 3}, "none"),
        (
            {
                "activation": "relu",
                "spectrum": "gaussian",
                "tied": False,
                "norm": "batch",
                "batch": 8,
            },
            BATCH_NORM,
        ),
        ({"spectrum": "gaussian"}, MEAN_FIELD),
        ({"spectrum": "gaussian", "tied": False, "activation": "relu"}, MEAN_FIELD),
        ({"spectrum": "gaussian", "leak": 0.5}, LINEARISED),
        ({"activation": "gelu", "residual": 0.5}, LINEARISED),
        ({"activation": "relu"}, BOUND),
        ({"tied": False}, BOUND),
        ({"bias": 0.1}, BOUND),
        ({"drive": "sine"}, BOUND),
        ({"drive": "sine", "drive_gain": 0}, LINEARISED),
        ({"activation": "identity", "skip": 3, "skip_share": 0}, EXACT),
        ({"skip": 3}, "none"),
        ({"norm": "layer"}, "none"),
        ({"cell": "lstm"}, LINEARISED),
        ({"cell": "lstm", "radius": 0.0}, "exact, carousel"),
        ({"cell": "lstm", "bias": 0.5}, "carousel"),
        ({"cell": "gru"}, LINEARISED),
        ({"cell": "gru", "bias": 0.5}, "none"),
    ],
)
def test_the_most_specific_theory_is_chosen(changes: dict[str, Any], name: str) -> None:
    found = predict(Experiment(width=6, depth=9, **changes))
    assert found.name == name
    assert found.applies == (name != "none")
    if name == "none":
        assert found.gradient_rate is found.hidden_rate is None
        assert found.gradient_log10 is found.hidden_log10 is None
        assert all(theory.name in found.why for theory in THEORIES)


@pytest.mark.parametrize(
    ("name", "changes", "because"),
    [
        (EXACT, {"activation": "tanh"}, "activation is tanh"),
        (EXACT, {"tied": False}, "not tied"),
        (EXACT, {"skip": 2}, "skip is 2"),
        (EXACT, {"norm": "layer"}, "norm is layer"),
        (EXACT, {"bias": 0.5}, "bias is 0.5"),
        (EXACT, {"drive": "noise"}, "drive is noise"),
        (EXACT, {"cell": "gru"}, "cell is gru"),
        (PURE_SKIP, {"activation": "tanh"}, "activation is tanh"),
        (PURE_SKIP, {"tied": False}, "not tied"),
        (PURE_SKIP, {"skip": 0}, "skip is 0: it is for nets with a skip"),
        (PURE_SKIP, {"skip_share": 0.5}, "skip_share is 0.5"),
        (PURE_SKIP, {"leak": 0.5}, "leak is 0.5"),
        (PURE_SKIP, {"residual": 0.5}, "residual is 0.5"),
        (PURE_SKIP, {"norm": "layer"}, "norm is layer"),
        (PURE_SKIP, {"bias": 0.5}, "bias is 0.5"),
        (PURE_SKIP, {"drive": "noise"}, "drive is noise"),
        (PURE_SKIP, {"cell": "lstm", "skip": 0, "skip_share": 0.5}, "it is for the rnn cell"),
        (ORTHOGONAL, {"activation": "tanh"}, "activation is tanh"),
        (ORTHOGONAL, {"spectrum": "gaussian"}, "spectrum is gaussian"),
        (ORTHOGONAL, {"spectrum": "symmetric"}, "stretches some directions more"),
        (ORTHOGONAL, {"departure": 0.1}, "stretches some directions more"),
        (ORTHOGONAL, {"leak": 0.5}, "leak is 0.5"),
        (ORTHOGONAL, {"residual": 0.5}, "residual is 0.5"),
        (ORTHOGONAL, {"skip": 2}, "skip is 2"),
        (ORTHOGONAL, {"norm": "layer"}, "norm is layer"),
        (ORTHOGONAL, {"bias": 0.5}, "bias is 0.5"),
        (ORTHOGONAL, {"drive": "noise"}, "drive is noise"),
        (MEAN_LOG, {"spectrum": "orthogonal"}, "spectrum is orthogonal"),
        (MEAN_LOG, {"tied": True}, "net is tied"),
        (MEAN_LOG, {"leak": 0.5}, "leak is 0.5"),
        (MEAN_LOG, {"residual": 0.5}, "residual is 0.5"),
        (MEAN_LOG, {"batch": 3}, "3 rows"),
        (MEAN_SQUARE, {"spectrum": "reservoir"}, "spectrum is reservoir"),
        (MEAN_SQUARE, {"activation": "relu"}, "activation is relu"),
        (MEAN_SQUARE, {"tied": True}, "net is tied"),
        (MEAN_SQUARE, {"skip": 2}, "skip is 2"),
        (MEAN_SQUARE, {"norm": "layer"}, "norm is layer"),
        (MEAN_SQUARE, {"bias": 0.5}, "bias is 0.5"),
        (MEAN_SQUARE, {"drive": "noise"}, "drive is noise"),
        (BATCH_NORM, {"norm": "layer"}, "norm is layer"),
        (BATCH_NORM, {"spectrum": "orthogonal"}, "spectrum is orthogonal"),
        (BATCH_NORM, {"activation": "tanh"}, "activation is tanh"),
        (BATCH_NORM, {"tied": True}, "net is tied"),
        (BATCH_NORM, {"leak": 0.5}, "leak is 0.5"),
        (BATCH_NORM, {"residual": 0.5}, "residual is 0.5"),
        (BATCH_NORM, {"skip": 2}, "skip is 2"),
        (BATCH_NORM, {"drive": "noise"}, "drive is noise"),
        (BATCH_NORM, {"start_eigenvector": 1}, "rows start along one eigenvector"),
        (BATCH_NORM, {"radius": 0}, "lost beside the norm's floor"),
        (BATCH_NORM, {"start_rms": 1e-5}, "lost beside the norm's floor"),
        (BATCH_NORM, {"radius": 1e160}, "in float64"),
        (BATCH_NORM, {"bias": 1e9}, "drowns the rows' part"),
        (MEAN_FIELD, {"spectrum": "reservoir"}, "spectrum is reservoir"),
        (MEAN_FIELD, {"leak": 0.5}, "leak is 0.5"),
        (MEAN_FIELD, {"residual": 0.5}, "residual is 0.5"),
        (MEAN_FIELD, {"skip": 2}, "skip is 2"),
        (MEAN_FIELD, {"norm": "layer"}, "norm is layer"),
        (MEAN_FIELD, {"drive": "impulse"}, "drive is impulse"),
        (LINEARISED, {"activation": "relu"}, "relu is not differentiable at 0"),
        (LINEARISED, {"activation": "leaky_relu"}, "leaky_relu is not differentiable at 0"),
        (LINEARISED, {"activation": "selu"}, "selu is not differentiable at 0"),
        (LINEARISED, {"tied": False}, "not tied"),
        (LINEARISED, {"skip": 2}, "skip is 2"),
        (LINEARISED, {"norm": "layer"}, "norm is layer"),
        (LINEARISED, {"bias": 0.5}, "bias is 0.5"),
        (LINEARISED, {"drive": "noise"}, "drive is noise"),
        (BOUND, {"skip": 2}, "skip is 2"),
        (BOUND, {"norm": "layer"}, "norm is layer"),
        (BOUND, {"cell": "lstm"}, "cell is lstm"),
    ],
)
def test_one_broken_condition_is_named(name: str, changes: dict[str, Any], because: str) -> None:
    fits: dict[str, Any] = {"width": 5, "depth": 6}
    fits |= {
        EXACT: {"activation": "identity"},
        PURE_SKIP: {"activation": "identity", "skip": 2, "skip_share": 1.0},
        ORTHOGONAL: {"activation": "identity", "tied": False},
        MEAN_LOG: {"activation": "identity", "spectrum": "gaussian", "tied": False},
        MEAN_SQUARE: {"activation": "identity", "spectrum": "gaussian", "tied": False},
        BATCH_NORM: {
            "activation": "relu",
            "spectrum": "gaussian",
            "tied": False,
            "norm": "batch",
            "batch": 8,
        },
        MEAN_FIELD: {"spectrum": "gaussian"},
    }.get(name, {})
    assert of(name, Experiment(**fits)).applies
    refused = of(name, Experiment(**fits | changes))
    assert refused.why.startswith("does not apply, because ")
    assert because in refused.why
    assert refused.gradient_rate is refused.gradient_log10 is refused.hidden_log10 is None
    assert refused.reference


def test_a_theory_says_which_cells_it_is_for() -> None:
    gated = Theory("gated", "none", lambda case: Prediction(gradient_rate=0.0), ("lstm", "gru"))
    gru, rnn = Experiment(cell="gru"), Experiment()
    assert gated.of(Case(gru, [draw(gru)])).applies
    refused = gated.of(Case(rnn, [draw(rnn)]))
    assert refused.why == (
        "does not apply, because the cell is rnn: it is for the lstm or gru cell"
    )
    assert of(BOUND, gru, [draw(gru)]).why == (
        "does not apply, because the cell is gru: it is for the rnn cell"
    )


def test_members_are_a_median() -> None:
    e = Experiment(width=5, depth=12, activation="identity", spectrum="gaussian", members=3)
    networks = [draw(e, member) for member in range(3)]
    single = [predict(attrs.evolve(e, members=1), [one]) for one in networks]
    found = predict(e, networks)
    assert np.array_equal(
        found.gradient_log10, np.median([one.gradient_log10 for one in single], axis=0)
    )
    assert found.gradient_rate == np.median([one.gradient_rate for one in single])
    assert "median over members" in found.average
    assert np.array_equal(predict(e).hidden_log10, found.hidden_log10)


def test_too_much_work_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    e = Experiment(width=8, depth=50, activation="identity", spectrum="gaussian")
    networks = [draw(e)]
    monkeypatch.setattr(linear, "WORK", 1.0)
    assert "would take too long" in of(EXACT, e, networks).why
    assert (
        "would take too long"
        in of(BOUND, Experiment(width=8, depth=50, tied=False, spectrum="gaussian")).why
    )


@pytest.mark.filterwarnings("error")
def test_a_given_network_counts_and_not_only_its_experiment() -> None:
    e = Experiment(width=4, depth=5, activation="identity")
    network = draw(e)
    biased = attrs.evolve(network, bias=np.ones(4))
    driven = attrs.evolve(network, drive=np.ones((5, 1, 4)))
    broken = attrs.evolve(network, weights=np.full((4, 4), np.nan))
    for name in (EXACT, LINEARISED):
        assert "bias of its own" in of(name, e, [biased]).why
        assert "input of its own" in of(name, e, [driven]).why
        assert "not finite" in of(name, e, [broken]).why
    assert "weights has entries that are not finite" in of(BOUND, e, [broken]).why
    lost = attrs.evolve(network, start=np.full((1, 4), np.inf))
    assert "start has entries that are not finite" in predict(e, [lost]).why
    huge = attrs.evolve(e, spectrum="identity", radius=1.7e308, residual=1e308)
    assert "does not fit" in of(EXACT, huge).why
    mine = attrs.evolve(network, weights=np.diag([0.5, 0.4, 0.3, 0.2]))
    assert linearised(e, [mine]).gradient_rate == pytest.approx(math.log(0.5))


def test_theory_needs_no_compiler_and_no_terminal() -> None:
    program = (
        "import sys; from tuisim import Experiment, predict; predict(Experiment());"
        "print([m for m in ('numba', 'textual', 'plotext', 'click', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=300
    )
    assert done.stdout.strip() == "[]", done.stderr
