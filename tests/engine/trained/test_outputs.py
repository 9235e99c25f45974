"""A net read from a file does what its framework does: gates, biases, directions, stacks."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.trained import FILES, MODELS, kept, run_stack
from tuisim import read_layers


@pytest.mark.parametrize("file", FILES)
def test_states_are_the_framework_s(file: str) -> None:
    known = kept(file)
    layers = {layer.name: layer for layer in read_layers(MODELS / file)}
    for net in known.nets:
        stack = [[layers[name] for name in level] for level in net.stack]
        assert all(not one.refused for level in stack for one in level)
        found = run_stack(stack, known.signal)
        assert np.abs(found - net.output).max() < known.tolerance, net.name
    named = {name for net in known.nets for level in net.stack for name in level}
    # Whatever else is found is not run, and says why.
    assert all(layer.refused for name, layer in layers.items() if name not in named)


def test_there_are_nets_of_each_cell_direction_and_type() -> None:
    nets = [net for file in FILES for net in kept(file).nets]
    assert len(nets) > 20
    assert all(net.output.std() > 0.05 for net in nets)
