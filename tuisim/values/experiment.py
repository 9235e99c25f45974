"""Experiment: the one frozen value that decides a run."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from operator import attrgetter
from typing import Any

import attrs

from tuisim.values.activations import WRITTEN
from tuisim.values.cells import CELLS as _CELLS
from tuisim.values.conflicts import CONFLICTS
from tuisim.values.eigenvalues import checked_eigenvalues
from tuisim.values.fields import choice, flag, number
from tuisim.values.layered import ENTRANCES, digest, layer, signal

CELLS = tuple(_CELLS)
#: Those that are drawn; "layer" is the file's.
SPECTRA = ("orthogonal", "symmetric", "gaussian", "reservoir", "identity", "eigenvalues")
ACTIVATIONS = tuple(WRITTEN)
NORMS = ("none", "batch", "layer")
DRIVES = ("none", "impulse", "noise", "sine")
CLIPS = ("none", "norm", "value")


@attrs.frozen(kw_only=True)
class Experiment:
    """Everything that decides a run; equal values give equal runs.

    Every field is checked when the value is made (also by `attrs.evolve`).

    Raises:
        ValueError: names the field, what it got and what it allows.
    """

    cell: str = choice("cell", _CELLS, "kind of cell")
    width: int = number(
        "width", 32, "units n", "1…2048", lambda n: 1 <= n <= 2048, whole=True, limits=(1, 2048)
    )
    depth: int = number(
        "depth",
        100,
        "time steps, or layers, T",
        "1…100000",
        lambda n: 1 <= n <= 100_000,
        whole=True,
        limits=(1, 100_000),
    )
    tied: bool = flag("tied", True, "one matrix at every step, or a fresh draw a step")
    spectrum: str = choice("spectrum", (*SPECTRA, "layer"), "how the recurrent matrix is drawn")
    radius: float = number(
        "radius", 0.9, "scale of the spectrum", "≥ 0", lambda x: x >= 0, limits=(0, math.inf)
    )
    eigenvalues: tuple[complex, ...] = attrs.field(
        default=(),
        converter=checked_eigenvalues,
        metadata={
            "help": "the eigenvalues themselves: reals and conjugate pairs",
            "kind": "eigenvalues",
            "allowed": "reals and conjugate pairs, exactly `width` of them",
        },
    )
    departure: float = number(
        "departure",
        0.0,
        "departure from normality: Frobenius norm of the upper Schur part over √n",
        "≥ 0",
        lambda x: x >= 0,
        limits=(0, math.inf),
    )
    activation: str = choice("activation", ACTIVATIONS, "φ", default="tanh")
    bias: float = number(
        "bias", 0.0, "σ_b, b ~ N(0, σ_b²)", "≥ 0", lambda x: x >= 0, limits=(0, math.inf)
    )
    leak: float = number(
        "leak", 1.0, "update rate of a leaky unit", "(0, 1]", lambda x: 0 < x <= 1, limits=(0, 1)
    )
    residual: float = number(
        "residual",
        0.0,
        "weight of the identity path",
        "≥ 0",
        lambda x: x >= 0,
        limits=(0, math.inf),
    )
    skip: int = number(
        "skip",
        0,
        "distance of a skip connection through time",
        "0 or 2…depth",
        lambda n: n == 0 or n >= 2,
        whole=True,
        limits=(0, 100_000),
    )
    skip_share: float = number(
        "skip_share",
        0.5,
        "share of the input that the skip connection takes",
        "[0, 1]",
        lambda x: 0 <= x <= 1,
        limits=(0, 1),
    )
    norm: str = choice("norm", NORMS, "normalisation of the pre-activation")
    batch: int = number(
        "batch",
        1,
        "rows run side by side",
        "1…4096",
        lambda n: 1 <= n <= 4096,
        whole=True,
        limits=(1, 4096),
    )
    drive: str = choice("drive", DRIVES, "input added to the pre-activation")
    drive_gain: float = number(
        "drive_gain", 1.0, "scale of the input", "≥ 0", lambda x: x >= 0, limits=(0, math.inf)
    )
    start_eigenvector: int | None = number(
        "start_eigenvector",
        None,
        "start along that eigenvector, largest modulus first",
        "none or 0…width−1",
        lambda n: n >= 0,
        whole=True,
        optional=True,
        limits=(0, 2047),
    )
    start_rms: float = number(
        "start_rms",
        1.0,
        "root mean square of the start's entries",
        "> 0",
        lambda x: x > 0,
        limits=(0, math.inf),
    )
    forget_bias: float = number(
        "forget_bias", 1.0, "added to the forget gate (lstm)", "a finite number", lambda x: True
    )
    update_bias: float = number(
        "update_bias", 0.0, "added to the update gate (gru)", "a finite number", lambda x: True
    )
    layer: str = layer("layer", "a trained layer of a file, in place of what is drawn")
    input: str = signal("input", "what the layer reads")
    input_at: str = choice("input_at", ENTRANCES, "enters below the layers under it, or directly")
    layer_digest: str = digest("layer_digest", "SHA-256 of the layer's file, checked if given")
    input_digest: str = digest("input_digest", "SHA-256 of the input's file, checked if given")
    clip: str = choice("clip", CLIPS, "clipping of the weight gradient")
    clip_threshold: float = number(
        "clip_threshold",
        1.0,
        "threshold of the clipping",
        "> 0",
        lambda x: x > 0,
        limits=(0, math.inf),
    )
    members: int = number(
        "members",
        1,
        "independent draws shown as a median and a band",
        "1…1024",
        lambda n: 1 <= n <= 1024,
        whole=True,
        limits=(1, 1024),
    )
    seed: int = number(
        "seed",
        0,
        "everything random comes from it",
        "a whole number ≥ 0",
        lambda n: n >= 0,
        whole=True,
        limits=(0, math.inf),
    )

    def __attrs_post_init__(self) -> None:
        for conflict in CONFLICTS:
            message = conflict.message(self)
            if message is not None:
                raise ValueError(message)

    def adjusted(self, **changes: Any) -> tuple[Experiment, tuple[str, ...]]:
        """Make the change and reset what it conflicts with.

        Numbers past their limit stay at it. The fields named in `changes` win over the others.

        Returns:
            the new experiment, and a note for each thing that was reset.

        Raises:
            ValueError: a change that no reset can make right (an unknown choice, say).
        """
        notes: list[str] = []
        changes = {name: self._clamped(name, value, notes) for name, value in changes.items()}
        values = attrs.asdict(self, recurse=False) | changes
        if self.layer and values["layer"] == self.layer and "eigenvalues" in changes:
            # They take the place of its own.
            values["spectrum"] = "layer"
        shape = values["cell"], values["width"]
        if self.layer and values["layer"] == self.layer and shape != (self.cell, self.width):
            values["layer"] = ""
            notes.append("layer is none: it is of one cell and one width")
        for conflict in CONFLICTS:
            trial = _unchecked(values)
            if conflict.message(trial) is None:
                continue
            for name, value in conflict.resets(trial, frozenset(changes)).items():
                if values[name] != value:
                    values[name] = value
                    notes.append(f"{name} is {_spoken(value)}: {conflict.why}")
        return Experiment(**values), tuple(notes)

    def with_converted(self, changes: Mapping[str, Any]) -> Experiment:
        """As `attrs.evolve`, of values that their fields have already converted, but faster.

        Raises:
            ValueError: fields that contradict each other.
        """
        made = object.__new__(Experiment)
        place = object.__setattr__
        for name, value in zip(FIELDS, _values(self), strict=True):
            place(made, name, value)
        for name, value in changes.items():
            place(made, name, value)
        made.__attrs_post_init__()
        return made

    def _clamped(self, name: str, value: Any, notes: list[str]) -> Any:
        if name not in FIELDS:
            raise ValueError(f"{name}: no such field, allowed: {', '.join(FIELDS)}")
        low, high = FIELDS[name].metadata.get("limits", (None, None))
        real = isinstance(value, numbers.Real)
        # Not math.isfinite: a seed may be too long for a float.
        if low is None or not real or not -math.inf < value < math.inf:
            return value
        exclusive = FIELDS[name].metadata["allowed"][0] in "(>"
        if value > high or value < low or (value == low and exclusive):
            # Next to an open limit there is no last value: what it was may stay.
            limit = high if value > high else getattr(self, name) if exclusive else low
            notes.append(
                f"{name} stays at {_spoken(limit)}: allowed are {FIELDS[name].metadata['allowed']}"
            )
            return limit
        return value


FIELDS: Mapping[str, attrs.Attribute[Any]] = attrs.fields_dict(Experiment)
_values = attrgetter(*FIELDS)


def _spoken(value: object) -> str:
    if value is None or value == "":
        return "none"
    if isinstance(value, tuple):
        return f"{len(value)} values" if value else "none"
    return str(value)


def _unchecked(values: Mapping[str, Any]) -> Experiment:
    """An Experiment whose fields are converted but whose conflicts are not looked at."""
    experiment = object.__new__(Experiment)
    for name, field in FIELDS.items():
        convert = field.converter
        value = convert(values[name]) if callable(convert) else values[name]
        object.__setattr__(experiment, name, value)
    return experiment
