"""Members whose networks have other gates than others are refused, whichever comes first."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import attrs
import numpy as np
import pytest

from tuisim import Experiment, draw, simulate

E = Experiment(cell="lstm", width=4, depth=5, members=2)
OWN: list[dict[str, Any]] = [
    {},
    {"gate_activation": "hard_sigmoid_0.2"},
    {"peepholes": np.ones((3, 4))},
]


@pytest.mark.parametrize("pair", [*permutations(OWN, 2)], ids=str)
def test_members_of_other_gates(pair: tuple[dict[str, Any], ...]) -> None:
    networks = [attrs.evolve(draw(E, one), **own) for one, own in enumerate(pair)]
    with pytest.raises(ValueError, match="got gates of several kinds"):
        simulate(E, networks)
