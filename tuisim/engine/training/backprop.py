"""A task's loss and its gradient in every parameter, by the cells' own kernels.

    x_t = W_in u_t enters the pre-activation,  y_t = W_out h_t + b_out comes out

One forward and one backward pass; each matrix's gradient is then a single product.
"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.cells.beyond.common import kernel_arrays
from tuisim.engine.cells.network import Network, draw
from tuisim.engine.cells.table import CELLS
from tuisim.engine.maths.ordered import gathered
from tuisim.engine.runs.run import member_buffers
from tuisim.engine.runs.weight_gradients import balanced, true_sum
from tuisim.engine.training.parameters import Layout, Parameters
from tuisim.engine.training.tasks import Batch, Judged, Task
from tuisim.values.experiment import Experiment

_LARGEST = float(np.log10(np.finfo(np.float64).max))


@attrs.frozen
class Trouble:
    """The first value that is not finite, in the order in which an update computes.

    Attributes:
        array: "h_t", "c_t", "y_t", "loss", "∂L/∂h_t", "∂L/∂c_t", "∂L/∂W" or another parameter's
            gradient, or the parameter itself, "W", after the update.
        value: "inf" or "nan".
        t: the time step where there is one; the first met, so going back for a gradient.
    """

    array: str
    value: str
    t: int | None = None

    @property
    def words(self) -> str:
        """What happened, in a sentence without an end."""
        at = "" if self.t is None else f" at t = {self.t}"
        if self.value == "nan":
            met = " (inf − inf in its sum)" if self.array.endswith("_t") else ""
            return f"{self.array} is not a number{at}{met}"
        if self.array.startswith("∂") and self.array.endswith("_t"):
            return f"{self.array} grew past every float64 on its way back{at}"
        return f"{self.array} grew past every float64{at}"


@attrs.frozen(eq=False)
class Pass:
    """What one batch gave.

    Attributes:
        loss, accuracy: of the batch; nan where the forward pass met trouble.
        gradient: ∂L/∂θ, (size of the layout,); None where trouble came before.
        hidden_log10, gradient_log10: (T+1,), log10 ‖h_t‖ and log10 ‖∂L/∂h_t‖ over the batch; nan
            where there was no such pass.
    """

    loss: float
    accuracy: float
    gradient: Array | None
    hidden_log10: Array
    gradient_log10: Array
    trouble: Trouble | None = None


class Backprop:
    """Passes of one experiment on one task, in buffers that are used again."""

    def __init__(self, experiment: Experiment, task: Task) -> None:
        self.experiment, self.task = experiment, task
        self.layout = Layout(experiment, task)
        self.network = draw(experiment)
        # A net has one state to start from, whatever the sequence.
        self._start = np.repeat(self.network.start[:1], experiment.batch, axis=0)
        self._cell = CELLS[experiment.cell]
        self._buffers = member_buffers(self._cell.allocate(experiment, 1, experiment.depth), 0)

    @property
    def arrays(self) -> tuple[Array, ...]:
        """The buffers that kernels take."""
        return kernel_arrays(self._buffers)

    def run(self, theta: Array, batch: Batch) -> Pass:
        """The loss of these parameters on this batch, and its gradient."""
        e, buffers = self.experiment, self._buffers
        p = self.layout.split(theta)
        with np.errstate(over="ignore", invalid="ignore"):
            network = self._forth(p, batch)
            hidden = buffers.hidden_log10.copy()
            unknown = np.full(e.depth + 1, np.nan)
            trouble = self._forward_trouble()
            if trouble is not None:
                return Pass(np.nan, np.nan, None, hidden, unknown, trouble)
            states = self._asked_states(batch.asked)
            outputs = _along(states, p.outputs) + p.output_bias
            judged = self.task.judge(outputs, batch.targets)
            trouble = self._loss_trouble(outputs, judged)
            if trouble is not None:
                return Pass(judged.loss, judged.accuracy, None, hidden, unknown, trouble)
            self._back(network, _along(judged.gradient, p.outputs.T))
            gradient_log10 = buffers.gradient_log10.copy()
            trouble = self._backward_trouble()
            if trouble is not None:
                return Pass(judged.loss, judged.accuracy, None, hidden, gradient_log10, trouble)
            gradient = self._gradient(network, batch, states, judged.gradient)
        name = self.layout.first_not_finite(gradient)
        if name is not None:
            trouble = Trouble(f"∂L/∂{name}", _value(gradient))
        return Pass(judged.loss, judged.accuracy, gradient, hidden, gradient_log10, trouble)

    def states(self, theta: Array, batch: Batch) -> Array:
        """h_t at the steps asked for, (K, batch, n), by a forward pass alone; inf or nan kept."""
        with np.errstate(over="ignore", invalid="ignore"):
            self._forth(self.layout.split(theta), batch)
            return self._asked_states(batch.asked)

    def _forth(self, p: Parameters, batch: Batch) -> Network:
        """The forward pass, and the network that it went through."""
        network = self._network(p, batch)
        self._cell.begin_at(self.experiment, network, self._buffers)
        self._cell.forth(self.experiment, network, self._buffers, 0, self.experiment.depth)
        return network

    def _network(self, p: Parameters, batch: Batch) -> Network:
        e = self.experiment
        drive = _along(batch.inputs, p.inputs.reshape(-1, batch.inputs.shape[-1]))
        by_gate = drive.reshape(e.depth, e.batch, self._cell.gates, e.width).transpose(0, 2, 1, 3)
        return Network(
            weights=p.weights,
            bias=p.bias,
            drive=by_gate.reshape(self.network.drive.shape),
            start=self._start,
            probe=self._start,
        )

    def _asked_states(self, asked: int) -> Array:
        """h_t of the last steps, (asked, batch, n)."""
        e = self.experiment
        exponents = self._buffers.state_exponents[-asked:].clip(-5000, 5000).astype(int)
        states = np.ldexp(self._buffers.states[-asked:], exponents[:, np.newaxis])
        return np.asarray(states.reshape(asked, e.batch, e.width))

    def _back(self, network: Network, parts: Array) -> None:
        """The backward pass, from the loss's own ∂L/∂h_t (K, batch, n) at the last K steps."""
        e, cell, buffers = self.experiment, self._cell, self._buffers
        rows = parts.reshape(len(parts), 1, -1)
        if e.skip:
            cell.clear_gradients(buffers, 0, e.depth)
        cell.seed_gradient(rows[-1], e.depth, buffers)
        t = e.depth
        for row in rows[-2::-1]:
            cell.back(e, network, buffers, t - 1, t)
            t -= 1
            cell.add_gradient(row[0], t, buffers)
        cell.back(e, network, buffers, 0, t)

    def _gradient(self, network: Network, batch: Batch, states: Array, errors: Array) -> Array:
        e, cell, buffers = self.experiment, self._cell, self._buffers
        delta, back = cell.deltas(e, network, buffers)
        source, scales = cell.sources(e, buffers)
        behind = cell.input_deltas(e, buffers, delta)
        at_input, up = balanced(behind, back)
        # One column of ones beside the rest would do for the bias, but not behind a reset gate.
        if behind is delta:
            delta, back = at_input, up
        else:
            delta, back = balanced(delta, back)
        source, scales = balanced(source, scales)
        ones = np.ones((e.depth, e.batch, 1))
        flat = errors.reshape(-1, errors.shape[-1])
        return self.layout.join(
            Parameters(
                weights=true_sum(delta, source, back + scales),
                bias=true_sum(delta, ones, back),
                inputs=true_sum(at_input, batch.inputs, up),
                outputs=gathered(flat, states.reshape(len(flat), -1)),
                output_bias=flat.sum(axis=0),
            )
        )

    def _forward_trouble(self) -> Trouble | None:
        curves = {"c_t": getattr(self._buffers, "cell_log10", None)}
        curves["h_t"] = self._buffers.hidden_log10
        return _first(curves, backward=False)

    def _backward_trouble(self) -> Trouble | None:
        curves = {"∂L/∂h_t": self._buffers.gradient_log10}
        curves["∂L/∂c_t"] = getattr(self._buffers, "cell_gradient_log10", None)
        return _first(curves, backward=True)

    def _loss_trouble(self, outputs: Array, judged: Judged) -> Trouble | None:
        if not np.isfinite(outputs).all():
            bad = ~np.isfinite(outputs).all(axis=(1, 2))
            first = int(np.argmax(bad))
            t = self.experiment.depth - len(outputs) + 1 + first
            return Trouble("y_t", _value(outputs[first]), t)
        if not np.isfinite(judged.loss):
            return Trouble("loss", _value(np.array([judged.loss])))
        return None


def _along(rows: Array, matrix: Array) -> Array:
    """rows · matrixᵀ of (…, k) and (m, k), (…, m)."""
    flat = rows.reshape(-1, rows.shape[-1])
    return gathered(flat.T, matrix.T).reshape(*rows.shape[:-1], matrix.shape[0])


def _first(curves: dict[str, Any], backward: bool) -> Trouble | None:
    """The first step of any of the log10 curves (T+1,) that left float64; −inf is a zero.

    The kernels know norms beyond float64 where they can; what is trained with does not.
    """
    found: list[tuple[int, str, str]] = []
    for name, curve in curves.items():
        if curve is None:
            continue
        bad = np.nonzero(np.isnan(curve) | (curve > _LARGEST))[0]
        if bad.size:
            t = int(bad[-1] if backward else bad[0])
            value = "nan" if np.isnan(curve[t]) else "inf"
            found.append((-t if backward else t, name, value))
    if not found:
        return None
    order, name, value = min(found, key=lambda one: one[0])
    return Trouble(name, value, abs(order))


def _value(values: Array) -> str:
    # What overflows turns into nan soon: where both stand side by side, inf came first.
    return "inf" if np.isinf(values).any() else "nan"
