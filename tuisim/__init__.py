"""tuisim: why gradients vanish and explode, in a terminal. The public API, imported on demand."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from tuisim.version import __version__ as __version__

if TYPE_CHECKING:
    from tuisim.engine.jacobian import jacobian_singular_values, lyapunov_exponents
    from tuisim.engine.network import Network, draw
    from tuisim.engine.plan import Plan
    from tuisim.engine.run import Run
    from tuisim.engine.simulate import simulate
    from tuisim.engine.sweep import Sweep, sweep
    from tuisim.engine.theory import Prediction, predict
    from tuisim.engine.training import train
    from tuisim.experiment import Experiment

__all__ = [
    "Experiment",
    "Network",
    "Plan",
    "Prediction",
    "Run",
    "Sweep",
    "draw",
    "jacobian_singular_values",
    "lyapunov_exponents",
    "predict",
    "simulate",
    "sweep",
    "train",
]

# numba takes half a second to import; the app paints its first frame before that.
_HOMES = {
    "Experiment": "tuisim.experiment",
    "Network": "tuisim.engine.network",
    "Plan": "tuisim.engine.plan",
    "Prediction": "tuisim.engine.theory",
    "Run": "tuisim.engine.run",
    "Sweep": "tuisim.engine.sweep",
    "draw": "tuisim.engine.network",
    "jacobian_singular_values": "tuisim.engine.jacobian",
    "lyapunov_exponents": "tuisim.engine.jacobian",
    "predict": "tuisim.engine.theory",
    "simulate": "tuisim.engine.simulate",
    "sweep": "tuisim.engine.sweep",
    "train": "tuisim.engine.training",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(importlib.import_module(_HOMES[name]), name)
    except AttributeError as error:
        # Python would say that there is no such name here, and not why.
        raise ImportError(f"{_HOMES[name]}: {error}") from error
