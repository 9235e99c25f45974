"""Taken: a net out of its training, as a layer in memory and as an experiment with it."""

from __future__ import annotations

import numpy as np

from tuisim.engine.base.gates import candidate_place
from tuisim.engine.cells.draws import draw_start
from tuisim.engine.trained.finding import keep_signal
from tuisim.engine.trained.layer import Layer, given_away
from tuisim.engine.trained.orders import gate_letters
from tuisim.engine.training.parameters import Layout
from tuisim.engine.training.tasks import TASKS
from tuisim.engine.training.training import State
from tuisim.values.experiment import Experiment

#: What a layer is called, as torch calls the lowest of a stack.
NAME = "l0"

#: Fields of the net in training that its layer does not decide.
_KEPT = (
    "depth",
    "batch",
    "leak",
    "residual",
    "skip",
    "skip_share",
    "norm",
    "clip",
    "clip_threshold",
    "seed",
)


def taken_layer(experiment: Experiment, task: str, state: State) -> Layer:
    """The net in this state without its readout.

    What the experiment adds to a gate's bias lies in the layer's own, and its start is the h_0
    that all sequences of the training begin with.
    """
    e, n = experiment, experiment.width
    p = Layout(e, TASKS[task]).split(state.theta)
    bias = p.bias.reshape(-1, n).copy()
    inside = np.zeros_like(bias)
    if e.cell == "lstm":
        bias[gate_letters(e.cell).index("f")] += e.forget_bias
    elif e.cell == "gru":
        bias[gate_letters(e.cell).index("z")] += e.update_bias
        # What is added to the candidate stands within its reset.
        candidate = candidate_place(len(bias))
        inside[candidate], bias[candidate] = bias[candidate], 0.0
    return Layer(
        NAME,
        e.cell,
        given_away(p.weights.reshape(-1, n, n).copy()),
        given_away(p.inputs.reshape(-1, n, p.inputs.shape[-1]).copy()),
        bias=given_away(bias),
        recurrent_bias=given_away(inside),
        start=draw_start(e, 0)[0],
        activation=e.activation,
    )


def taken(experiment: Experiment, task: str, state: State) -> Experiment:
    """The net in this state, driven by the batch that its next update would meet.

    Layer and input are kept in memory by their digests, and lie in no file.
    """
    batch = TASKS[task].batch(experiment, state.update)
    kept = {name: getattr(experiment, name) for name in _KEPT}
    return taken_layer(experiment, task, state).experiment(
        **kept, **keep_signal(task, batch.inputs)
    )
