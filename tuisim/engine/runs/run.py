"""Run: the results of a simulation, most of them computed when first asked for."""

from __future__ import annotations

import math
from functools import cached_property
from itertools import chain
from typing import Any

import attrs
import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.cells.network import Network
from tuisim.engine.cells.table import cell_of
from tuisim.engine.kernels.vectors import log10_norms
from tuisim.engine.runs.input_gradients import hears, input_gradient_log10
from tuisim.engine.runs.verdicts import (
    Regime,
    earliest,
    horizon,
    member_regimes,
    rate,
    rate_since_awake,
    verdict,
)
from tuisim.engine.runs.weight_gradients import (
    balanced_pair,
    blocks,
    clipping,
    joined,
    summed,
    whole_gradients,
)
from tuisim.values.experiment import Experiment

_SATURATED = 0.1


def member_buffers(buffers: Any, member: int) -> Any:
    """The buffers of one member, as views."""
    return type(buffers)(*[array[member] for array in buffers])


@attrs.frozen(eq=False, slots=False)
class Run:
    """What one experiment gave. M members, T steps, B rows of a batch, n units.

    log10 curves hold true values even where the norm itself leaves float64: −inf is exactly
    zero, inf and nan stand for themselves.
    """

    experiment: Experiment
    networks: tuple[Network, ...] = attrs.field(repr=False)
    _buffers: Any = attrs.field(repr=False)

    @property
    def hidden_log10(self) -> Array:
        """log10 ‖h_t‖ over the batch, (M, T+1)."""
        return self._buffers.hidden_log10  # type: ignore[no-any-return]

    @property
    def gradient_log10(self) -> Array:
        """log10 ‖∂L/∂h_t‖ over the batch, (M, T+1); 0 at T, the probe being a unit vector."""
        return self._buffers.gradient_log10  # type: ignore[no-any-return]

    @property
    def hidden_norms(self) -> Array:
        """10 to the power of hidden_log10, (M, T+1); 0 or inf where that leaves float64."""
        return _power_of_ten(self.hidden_log10)

    @property
    def gradient_norms(self) -> Array:
        """10 to the power of gradient_log10, (M, T+1)."""
        return _power_of_ten(self.gradient_log10)

    @property
    def cell_log10(self) -> Array | None:
        """log10 ‖c_t‖, (M, T+1), for cells that have a c."""
        return getattr(self._buffers, "cell_log10", None)

    @property
    def cell_gradient_log10(self) -> Array | None:
        """log10 ‖∂L/∂c_t‖, (M, T+1), for cells that have a c."""
        return getattr(self._buffers, "cell_gradient_log10", None)

    @cached_property
    def _carried(self) -> tuple[Array, Array] | None:
        log10 = self.cell_gradient_log10
        carried = None if log10 is None else self.of_members("carried_part")
        if carried is None or log10 is None:
            return None
        return split_change(log10, carried)

    @property
    def carried_log10(self) -> Array | None:
        """The forget gate's part of the change of log10 ‖∂L/∂c‖ from t to t−1, (M, T).

        For the lstm, else None.
        """
        return None if self._carried is None else self._carried[0]

    @property
    def rest_log10(self) -> Array | None:
        """The rest of that change, (M, T), for the lstm."""
        return None if self._carried is None else self._carried[1]

    @cached_property
    def states(self) -> Array:
        """h_t, (M, T+1, B, n), 0 or inf where the true value leaves float64."""
        return self._unscaled(self._buffers.states, self._buffers.state_exponents)

    @cached_property
    def state_vectors(self) -> tuple[Array, ...]:
        """All that a state is made of, h_t and an lstm's c_t, (M, T+1, B, n) each, likewise."""
        cells = getattr(self._buffers, "cells", None)
        # They lie on one scale.
        exponents = self._buffers.state_exponents
        return (self.states,) if cells is None else (self.states, self._unscaled(cells, exponents))

    @cached_property
    def gradients(self) -> Array:
        """∂L/∂h_t, (M, T+1, B, n), 0 or inf where the true value leaves float64."""
        return self._unscaled(self._buffers.gradients, self._buffers.gradient_exponents)

    @property
    def slopes(self) -> Array:
        """φ′(a_t) in row t − 1, (M, T, B, n)."""
        return self._in_rows(self._buffers.slopes)

    @cached_property
    def saturation(self) -> Array:
        """Share of units with |φ′| under a tenth of φ's largest, (M, T); gates count as units."""
        cell = cell_of(self.experiment, self.networks[0])
        floors = _SATURATED * cell.largest_slopes(self.experiment, self.networks[0])
        slopes = np.abs(self._slopes)
        share: Array = (slopes < floors[:, np.newaxis]).mean(axis=(2, 3))
        # A nan compares as not saturated, which nobody knows.
        share[np.isnan(slopes).any(axis=(2, 3))] = np.nan
        return share

    @property
    def _slopes(self) -> Array:
        """Every slope of every step, (M, T, slopes a step, B·n)."""
        slopes, size = self._buffers.slopes, self.experiment.batch * self.experiment.width
        return slopes.reshape(slopes.shape[0], self.experiment.depth, -1, size)  # type: ignore[no-any-return]

    @cached_property
    def gradient_rate(self) -> float:
        """Median over members of the mean change of ln ‖∂L/∂h‖ per step back, in nats."""
        return rate(self.gradient_log10[:, ::-1])

    @cached_property
    def hidden_rate(self) -> float:
        """Median over members of the mean change of ln ‖h‖ per step, in nats.

        From the first step with a state that is not zero; nan where there is none.
        """
        return rate_since_awake(self.hidden_log10)

    @cached_property
    def horizon(self) -> int | None:
        """The first step back at which the median norm has changed a thousandfold since T.

        None where it has not within T.
        """
        return horizon(self.gradient_log10)

    @cached_property
    def regime(self) -> Regime:
        """The verdict on the median over members of log10 ‖∂L/∂h_0‖."""
        return verdict(self.gradient_log10[:, 0])

    @cached_property
    def member_regimes(self) -> tuple[Regime, ...]:
        """The verdict on each member alone, (M,)."""
        return member_regimes(self.gradient_log10[:, 0])

    @cached_property
    def hidden_nonfinite_step(self) -> tuple[int | None, ...]:
        """For each member the first step with an inf or nan in h_t, None where there is none."""
        return tuple(earliest(_not_finite(curve)) for curve in self.hidden_log10)

    @cached_property
    def gradient_nonfinite_step(self) -> tuple[int | None, ...]:
        """For each member the last step, the first met going back, with an inf or nan gradient."""
        found = (earliest(_not_finite(curve[::-1])) for curve in self.gradient_log10)
        return tuple(None if back is None else self.experiment.depth - back for back in found)

    @cached_property
    def _parts(self) -> tuple[Array, Array] | None:
        if self.experiment.skip:
            return None
        log10 = self.gradient_log10
        pulled = self.of_members("matrix_part")
        if pulled is None:
            return None
        matrix, slope = split_change(log10, pulled)
        return slope, matrix

    def of_members(self, part: str) -> Array | None:
        """A curve (T,) of the cell's for each member, (M, T); None where the cell has none."""
        rows = []
        for member, network in enumerate(self.networks):
            buffers = member_buffers(self._buffers, member)
            cell = cell_of(self.experiment, network)
            row = getattr(cell, part)(self.experiment, network, buffers)
            if row is None:
                return None
            rows.append(row)
        return np.stack(rows)

    @property
    def slope_log10(self) -> Array | None:
        """The part of the change of log10 ‖∂L/∂h‖ from t to t−1 that the slopes make, (M, T).

        None with a skip connection.
        """
        return None if self._parts is None else self._parts[0]

    @property
    def matrix_log10(self) -> Array | None:
        """What that change would have been had every slope at step t been 1, (M, T).

        Matrix, norm and carried paths together. None with a skip connection.
        """
        return None if self._parts is None else self._parts[1]

    @cached_property
    def _weight_factors(self) -> list[list[tuple[Array, Array, Array]]]:
        """Of each member δ (T, B, gates·n), s (T, B, n) and exponents (T,) of their product.

        In two parts where the last gate's matrix hears something of its own.
        """
        cell, e = cell_of(self.experiment, self.networks[0]), self.experiment
        found = []
        for member, network in enumerate(self.networks):
            buffers = member_buffers(self._buffers, member)
            delta, back = cell.deltas(e, network, buffers)
            heard = [(delta, *cell.sources(e, buffers))]
            own = cell.own_sources(e, network, buffers)
            if own is not None:
                # What balances an array takes it whole.
                others, last = np.split(delta, [-e.width], axis=2)
                heard = [(others.copy(), *heard[0][1:]), (last.copy(), *own)]
            # Slopes of a saturated net are 10⁻²⁰⁰ and less: their squares must not be.
            found.append([balanced_pair(rows, back, *source) for rows, *source in heard])
        return found

    @cached_property
    def weight_gradient_log10(self) -> Array:
        """log10 ‖∂L/∂W_t‖_F, one step's share, (M, T)."""
        rows = []
        for parts in self._weight_factors:
            of_parts = []
            for delta, source, exponents in parts:
                if self.experiment.batch == 1:
                    with np.errstate(invalid="ignore"):
                        log10 = _log10_norms(delta) + _log10_norms(source)
                else:
                    log10 = np.concatenate([_log10_norms(block) for block in blocks(delta, source)])
                of_parts.append(log10 + exponents * math.log10(2))
            rows.append(_together(of_parts))
        return np.stack(rows)

    @cached_property
    def input_gradient_log10(self) -> Array | None:
        """log10 ‖∂L/∂x_t‖ over the batch, (M, T), of the input; None for a net without one.

        x_t is what a trained layer reads, else the drive, of all gates together.
        """
        if not hears(self.experiment):
            return None
        found = [
            input_gradient_log10(self.experiment, network, member_buffers(self._buffers, member))
            for member, network in enumerate(self.networks)
        ]
        return np.stack(found)

    @cached_property
    def _weight_gradients(self) -> tuple[Array, Array, Array]:
        """Norms before and after clipping by value, and the cosine between the two; each (M,)."""
        limit = self.experiment.clip_threshold
        found = []
        for parts in self._weight_factors:
            each = (whole_gradients(part, self.experiment.tied) for part in parts)
            of_blocks = [clipping(*block, limit) for block in chain.from_iterable(each)]
            before, top, after, low, cosines = np.array(of_blocks).T
            (whole, shares), (clipped, kept) = joined(before, top), joined(after, low)
            # A block of zeros has no direction, and adds none.
            found.append((whole, clipped, (shares * kept * cosines)[before != 0.0].sum()))
        wholes, clipped_wholes, turned = np.array(found).T
        return wholes, clipped_wholes, turned

    @property
    def weight_gradient_norm(self) -> Array:
        """Norm of the whole weight gradient, summed over the steps where tied, (M,)."""
        return self._weight_gradients[0]

    @cached_property
    def weight_gradient_norm_log10(self) -> Array:
        """log10 of weight_gradient_norm, (M,), right where that leaves float64."""
        if not self.experiment.tied:
            shares = self.weight_gradient_log10
            with np.errstate(divide="ignore", invalid="ignore"):
                top = shares.max(axis=1, keepdims=True)
                rest = (10.0 ** (2 * np.where(np.isneginf(top), -np.inf, shares - top))).sum(axis=1)
                return np.asarray(top[:, 0] + 0.5 * np.log10(rest))
        found = []
        for parts in self._weight_factors:
            sums = [summed(*factors) for factors in parts]
            of_parts = [log10_norms(total.reshape(1, -1), exponent) for total, exponent in sums]
            found.append(_together(of_parts)[0])
        return np.array(found)

    @property
    def clipped_weight_gradient_norm(self) -> Array:
        """The same after the experiment's clipping; inf and nan are never made into a number."""
        before, by_value, _ = self._weight_gradients
        clip, limit = self.experiment.clip, self.experiment.clip_threshold
        if clip == "none":
            return before
        clipped = by_value if clip == "value" else np.minimum(before, limit)
        return np.where(np.isfinite(before), clipped, before)

    @property
    def clip_cosine(self) -> Array:
        """Cosine of the angle by which clipping turns the whole weight gradient, (M,).

        1 where it keeps the direction, as clipping by norm does; nan where the gradient has none,
        being zero or not finite.
        """
        before, _, by_value = self._weight_gradients
        cosine = by_value if self.experiment.clip == "value" else np.ones_like(before)
        return np.where(np.isfinite(before) & (before > 0.0), cosine, np.nan)

    def _in_rows(self, rows: Array) -> Array:
        return rows.reshape(*rows.shape[:2], self.experiment.batch, self.experiment.width)

    def _unscaled(self, rows: Array, exponents: Array) -> Array:
        if exponents.any():
            with np.errstate(over="ignore", under="ignore"):
                rows = np.ldexp(rows, exponents.clip(-5000, 5000).astype(int)[..., np.newaxis])
        return self._in_rows(rows)


def _together(log10: list[Array]) -> Array:
    """log10 of the norm of what has parts with these."""
    if len(log10) == 1:
        return log10[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        top = np.maximum.reduce(log10)
        scale = np.where(np.isneginf(top), 0.0, top)
        squares = sum(100.0 ** (one - scale) for one in log10)
        return np.asarray(scale + 0.5 * np.log10(squares))


def split_change(log10: Array, part: Array) -> tuple[Array, Array]:
    """The change of log10 (M, T+1) from t to t−1, up to `part` (M, T) and from there."""
    with np.errstate(invalid="ignore"):
        # From a zero vector on there is no change to speak of: −inf − (−inf) is nan.
        first = part - log10[:, 1:]
        change = log10[:, :-1] - log10[:, 1:]
        rest = change - first
    # What maps to zero explains all of it.
    rest[np.isneginf(first) & np.isneginf(change)] = 0.0
    return first, rest


def _log10_norms(matrices: Array) -> Array:
    """log10 of the Frobenius norms of (steps, rows, n)."""
    return log10_norms(matrices.reshape(len(matrices), -1))


def _power_of_ten(log10: Array) -> Array:
    with np.errstate(over="ignore", under="ignore"):
        power: Array = np.power(10.0, log10)
    return power


def _not_finite(log10: Array) -> np.ndarray:
    # −inf is an exact zero.
    return np.isnan(log10) | np.isposinf(log10)
