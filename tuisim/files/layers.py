"""Trained layers as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from tuisim.engine.trained.layer import Layer
from tuisim.engine.trained.measures import GateMeasures, measured_gates
from tuisim.files.export import plain
from tuisim.system.version import __version__
from tuisim.values.cells import CELLS

_SAID = (
    "name",
    "cell",
    "width",
    "input_width",
    "activation",
    "gate_activation",
    "reset",
    "assumed",
    "refused",
    "between",
)


def layers_json(layers: Sequence[Layer], command: str) -> str:
    """The layers of one file as a JSON object, ending in a newline.

    Each has the fields of Layer but its arrays; `below` holds the names of each level below it,
    from the bottom. In place of the arrays stands `gates`: of each gate `spectral_radius`,
    `largest_singular_value`, `departure` and `mean_bias`. `departure` and `mean_forget_bias` beside
    them are the candidate's and the forget gate's, null where there is
    none. Numbers that are not finite are the strings "-inf", "inf", "nan".
    """
    content = {
        "tuisim": __version__,
        "command": command,
        "path": layers[0].path,
        "format": layers[0].format,
        "layers": [
            _layer(layer, gates)
            for layer, gates in zip(layers, measured_gates(layers), strict=True)
        ],
    }
    return json.dumps(plain(content)) + "\n"


def _layer(layer: Layer, gates: Mapping[str, GateMeasures]) -> dict[str, Any]:
    candidate, forget = gates.get(CELLS[layer.cell].candidate), gates.get("f")
    return {
        **{name: getattr(layer, name) for name in _SAID},
        "below": [[one.name for one in level] for level in layer.below],
        "gates": {gate: attrs.asdict(one) for gate, one in gates.items()},
        "departure": None if candidate is None else candidate.departure,
        "mean_forget_bias": None if forget is None else forget.mean_bias,
    }
