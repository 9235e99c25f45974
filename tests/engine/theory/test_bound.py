"""The bound of Pascanu, Mikolov & Bengio 2013: it bounds, and it is reached."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.theories import BOUND, of, plain_run
from tuisim.engine.base.facts import FACTS
from tuisim.engine.cells.network import draw
from tuisim.values.experiment import ACTIVATIONS, Experiment


@settings(max_examples=120, deadline=None)
@given(
    activation=st.sampled_from(ACTIVATIONS),
    spectrum=st.sampled_from(["orthogonal", "symmetric", "gaussian", "identity"]),
    radius=st.floats(0.2, 3),
    tied=st.booleans(),
    leak=st.floats(0.1, 1),
    residual=st.floats(0, 1),
    bias=st.floats(0, 2),
    batch=st.integers(1, 3),
    drive=st.sampled_from(["none", "noise"]),
    seed=st.integers(0, 10**6),
)
def test_the_bound_bounds(**fields: Any) -> None:
    e = Experiment(width=5, depth=15, start_rms=0.5, **fields)
    network = draw(e)
    found = of(BOUND, e, [network])
    singular = np.linalg.norm(network.weights_by_step, 2, axis=(1, 2))
    largest = FACTS[e.activation].largest_slope
    factors = 1 - e.leak + e.residual + e.leak * np.broadcast_to(singular, 15) * largest
    expected = np.log10(np.concatenate([np.cumprod(factors[::-1])[::-1], [1.0]]))
    assert np.allclose(found.gradient_log10, expected, rtol=0, atol=1e-10)
    assert found.hidden_log10 is None
    gradient = plain_run(e, network)[1]
    assert (gradient <= found.gradient_log10 + 1e-10).all()


@pytest.mark.filterwarnings("error")
def test_the_bound_of_a_net_without_weights_is_zero() -> None:
    found = of(BOUND, Experiment(radius=0, depth=3, tied=False))
    assert found.gradient_log10 is not None
    assert found.gradient_log10[:3].tolist() == [-math.inf] * 3
    carried = of(BOUND, Experiment(radius=0, depth=3, leak=0.5))
    assert carried.gradient_log10 is not None
    assert carried.gradient_log10[0] == pytest.approx(3 * math.log10(0.5))


def test_the_bound_is_reached() -> None:
    e = Experiment(width=5, depth=15, tied=False, activation="identity", radius=1.1)
    network = draw(e)
    found = of(BOUND, e, [network])
    assert np.allclose(found.gradient_log10, plain_run(e, network)[1], rtol=0, atol=1e-12)
    assert found.gradient_rate == pytest.approx(math.log(1.1), rel=1e-12)


def test_the_bound_of_members_holds_for_each() -> None:
    e = Experiment(width=4, depth=6, tied=False, spectrum="gaussian", members=3, bias=0.1)
    networks = [draw(e, member) for member in range(3)]
    single = [of(BOUND, e, [one]).gradient_log10 for one in networks]
    found = of(BOUND, e, networks)
    assert np.array_equal(found.gradient_log10, np.max(single, axis=0))
    assert found.average == "bound on every member"
