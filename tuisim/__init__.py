"""tuisim: why gradients vanish and explode, in a terminal. The public API, imported on demand.

What a net is, and running it:

>>> from tuisim import Experiment, draw, simulate
>>> experiment = Experiment(activation="identity", width=8, depth=50, radius=0.9)
>>> run = simulate(experiment)
>>> run.regime, run.gradient_log10.shape
('stable', (1, 51))
>>> round(run.gradient_rate, 4)   # ln 0.9, in nats a step back
-0.1054

The arrays, which may be others: `simulate` takes them in place of those drawn.

>>> import attrs
>>> network = draw(experiment)
>>> network.weights.shape
(8, 8)
>>> twice = attrs.evolve(network, weights=2 * network.weights)
>>> simulate(experiment, [twice]).regime
'exploding'

What theory says of it, and the Jacobian over the whole run:

>>> from tuisim import jacobian_singular_values, lyapunov_exponents, predict
>>> predict(experiment).name
'exact, linear'
>>> [round(float(x), 3) for x in jacobian_singular_values(run)[0][:2]]   # log10 of 0.9 ** 50
[-2.288, -2.288]
>>> round(float(lyapunov_exponents(experiment)[0]), 4)
-0.1054

One of its numbers over two of its fields, and training it:

>>> from tuisim import Plan, sweep, train
>>> sweep(experiment, "radius=0.9,1.1", "depth=10,20").values.shape
(2, 2)
>>> steps = list(train(Experiment(width=16, depth=10), Plan(steps=3)))
>>> [step.update for step in steps], round(steps[0].loss, 2)
([0, 1, 2], 1.8)

A trained layer, from a file of torch, safetensors, ONNX, Keras (with the extra `models`) or NumPy:

>>> import tempfile, numpy
>>> from tuisim import read_layers
>>> path = tempfile.mkdtemp() + "/net.npz"
>>> numpy.savez(path, w_ih=numpy.ones((8, 3)), w_hh=numpy.ones((8, 2)), b_ih=numpy.zeros(8))
>>> (layer,) = read_layers(path)
>>> layer.cell, layer.width, layer.input_width, layer.assumed[0]
('lstm', 2, 3, "order of gates: torch's, i f g o")

`Layer`, `Network`, `Run`, `Sweep` and `Prediction` are the classes of what these return.
Shapes, units and errors stand in each one's own words: `help(tuisim.simulate)`.
"""

from __future__ import annotations

from tuisim.system.version import __version__ as __version__

# As typing has it, which the program would wait for before it can take an interrupt.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from tuisim.engine.cells.network import Network, draw
    from tuisim.engine.diagnosis.jacobian import jacobian_singular_values, lyapunov_exponents
    from tuisim.engine.runs.run import Run
    from tuisim.engine.runs.simulate import simulate
    from tuisim.engine.sweeps.sweep import Sweep, sweep
    from tuisim.engine.theory.theory import Prediction, predict
    from tuisim.engine.trained.layer import Layer
    from tuisim.engine.trained.reading import read_layers
    from tuisim.engine.training.training import train
    from tuisim.values.experiment import Experiment
    from tuisim.values.plan import Plan

__all__ = [
    "Experiment",
    "Layer",
    "Network",
    "Plan",
    "Prediction",
    "Run",
    "Sweep",
    "draw",
    "jacobian_singular_values",
    "lyapunov_exponents",
    "predict",
    "read_layers",
    "simulate",
    "sweep",
    "train",
]

# numba takes half a second to import; the app paints its first frame before that.
_HOMES = {
    "Experiment": "tuisim.values.experiment",
    "Layer": "tuisim.engine.trained.layer",
    "Network": "tuisim.engine.cells.network",
    "Plan": "tuisim.values.plan",
    "Prediction": "tuisim.engine.theory.theory",
    "Run": "tuisim.engine.runs.run",
    "Sweep": "tuisim.engine.sweeps.sweep",
    "draw": "tuisim.engine.cells.network",
    "jacobian_singular_values": "tuisim.engine.diagnosis.jacobian",
    "lyapunov_exponents": "tuisim.engine.diagnosis.jacobian",
    "predict": "tuisim.engine.theory.theory",
    "read_layers": "tuisim.engine.trained.reading",
    "simulate": "tuisim.engine.runs.simulate",
    "sweep": "tuisim.engine.sweeps.sweep",
    "train": "tuisim.engine.training.training",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    try:
        return getattr(importlib.import_module(_HOMES[name]), name)
    except AttributeError as error:
        # Python would say that there is no such name here, and not why.
        raise ImportError(f"{_HOMES[name]}: {error}") from error
