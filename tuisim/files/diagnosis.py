"""A diagnosis as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tuisim.figures.words.diagnosis import diagnosis_sentence, line_name
from tuisim.files.export import experiment_fields, plain
from tuisim.system.version import __version__

if TYPE_CHECKING:
    from tuisim.engine.diagnosis.ablation import Diagnosis, Effect, Measured

_NUMBERS = (
    "kind",
    "value",
    "regime",
    "rate",
    "horizon",
    "gradient_log10",
    "saturation",
    "weight_gradient_log10",
)


def diagnosis_json(found: Diagnosis, command: str) -> str:
    """A diagnosis as a JSON object, ending in a newline.

    `lines` has every net, as trained first; rates in nats a step back, the horizon in steps, null
    where the run is shorter. `carries` and `loses` name the part and the rates with it and without
    it, null where no part does. Numbers that are not finite are the strings "-inf", "inf", "nan".
    """
    content = {
        "tuisim": __version__,
        "command": command,
        "experiment": experiment_fields(found.experiment),
        "lines": [_line(found, one) for one in found.lines],
        "carries": _effect(found, found.carries),
        "loses": _effect(found, found.loses),
        "sentence": diagnosis_sentence(found),
    }
    return json.dumps(plain(content), ensure_ascii=False) + "\n"


def _line(found: Diagnosis, one: Measured) -> dict[str, Any]:
    return {"name": line_name(found, one)} | {name: getattr(one, name) for name in _NUMBERS}


def _effect(found: Diagnosis, effect: Effect | None) -> dict[str, Any] | None:
    if effect is None:
        return None
    sides = {"present": effect.present, "absent": effect.absent}
    return {"part": effect.part} | {
        name: {"name": line_name(found, one), "rate": one.rate} for name, one in sides.items()
    }
