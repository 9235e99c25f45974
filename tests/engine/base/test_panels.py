"""Panels: packed once for all networks of some weights, and as float32 where that loses nothing."""

from __future__ import annotations

import math

import attrs
import numpy as np
import pytest

from tuisim import Experiment, draw, simulate
from tuisim.engine.base import panels as module
from tuisim.engine.base.panels import narrowed, panels


@pytest.mark.parametrize("value", [0.0, -0.0, 1.5, -(2.0**-126), 2.0**127, 1.0 - 2.0**-24])
def test_numbers_that_float32_holds_take_half_the_room(value: float) -> None:
    matrices = np.random.default_rng(0).standard_normal((2, 64, 64)).astype(np.float32)
    matrices[1, 5, 40] = value
    packed = panels(matrices.astype(np.float64))
    found = narrowed(packed, 64)
    assert found.shape == (2, 64 * 64 // 2)
    assert found.view(np.float32).astype(np.float64).tobytes() == packed.tobytes()


@pytest.mark.parametrize(
    # More digits than float32 has, out of its range, and of those that some threads take for 0.
    "value",
    [0.1, 1.0 - 2.0**-25, 2.0**128, 2.0**-127, 2.0**-150, math.inf, math.nan],
)
@pytest.mark.parametrize("place", [(0, 0, 0), (1, 5, 40)])
def test_one_other_number_keeps_all_of_them_as_they_are(
    value: float, place: tuple[int, int, int]
) -> None:
    matrices = np.ones((2, 64, 64))
    matrices[place] = value
    packed = panels(matrices)
    assert narrowed(packed, 64) is packed


def test_a_rest_beside_whole_panels_keeps_them_as_they_are() -> None:
    packed = panels(np.ones((2, 40, 40)))
    assert narrowed(packed, 40) is packed


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("tied", [False, True])
def test_a_run_of_narrow_matrices_has_the_bytes_of_one_of_wide_ones(
    cell: str, tied: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    e = Experiment(cell=cell, width=64, depth=5, batch=2, bias=0.3, drive="noise", tied=tied)
    network = draw(e)
    network = attrs.evolve(network, weights=network.weights.astype(np.float32))
    found = []
    for large in (0, 1 << 60):
        monkeypatch.setattr(module, "_LARGE", large)
        # Nothing that is packed is handed on to these.
        one = attrs.evolve(network, _packed={})
        assert (one.panels.shape[1] < 64 * 64) == (large == 0)
        found.append(simulate(e, [one])._buffers)
    for name in ("states", "gradients", "slopes", "hidden_log10", "gradient_log10"):
        narrow, wide = (getattr(one, name) for one in found)
        assert narrow.tobytes() == wide.tobytes()


def test_weights_are_packed_once_for_all_networks_that_share_them() -> None:
    first = draw(Experiment(cell="lstm", width=5, depth=3))
    second = attrs.evolve(first, bias=first.bias + 1.0)
    assert second.panels is first.panels
    assert second.transposed_panels is first.transposed_panels
    other = attrs.evolve(first, weights=2.0 * first.weights)
    np.testing.assert_array_equal(other.panels, 2.0 * first.panels)
    assert attrs.evolve(second, drive=first.drive + 1.0).panels is first.panels
