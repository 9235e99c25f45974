"""Experiment: the one frozen value that decides a run. Imports attrs only."""

from __future__ import annotations

import math
import numbers
import operator
from collections.abc import Callable, Mapping
from typing import Any

import attrs

CELLS = ("rnn", "lstm", "gru")
SPECTRA = ("orthogonal", "symmetric", "gaussian", "reservoir", "identity", "eigenvalues")
ACTIVATIONS = (
    "identity",
    "tanh",
    "sigmoid",
    "relu",
    "leaky_relu",
    "elu",
    "selu",
    "gelu",
    "softplus",
    "hard_tanh",
)
NORMS = ("none", "batch", "layer")
DRIVES = ("none", "impulse", "noise", "sine")
CLIPS = ("none", "norm", "value")

#: Spectra that are not normal to begin with, so that `departure` means nothing there.
NON_NORMAL_SPECTRA = ("gaussian", "reservoir")

#: The fields that belong to the rnn cell alone.
RNN_ONLY = ("leak", "residual", "skip", "norm")

BATCH_NORM_ROWS = 4


def _refuse(name: str, got: object, allowed: str) -> ValueError:
    return ValueError(f"{name}: got {got!r}, allowed: {allowed}")


def _choice(name: str, choices: tuple[str, ...], help: str, default: str | None = None) -> Any:
    allowed = ", ".join(choices)

    def convert(value: object) -> str:
        if not isinstance(value, str) or value not in choices:
            raise _refuse(name, value, allowed)
        return value

    return attrs.field(
        default=default or choices[0],
        converter=convert,
        metadata={"help": help, "choices": choices, "allowed": allowed},
    )


def _number(
    name: str,
    default: float | None,
    help: str,
    allowed: str,
    accepts: Callable[[Any], bool],
    *,
    whole: bool = False,
    optional: bool = False,
    limits: tuple[float, float] = (-math.inf, math.inf),
) -> Any:
    def convert(value: Any) -> float | None:
        if value is None and optional:
            return None
        try:
            if isinstance(value, bool | str | bytes):
                raise TypeError
            number = operator.index(value) if whole else float(value)
        except (TypeError, ValueError, OverflowError):
            raise _refuse(name, value, allowed) from None
        if not (whole or math.isfinite(number)) or not accepts(number):
            raise _refuse(name, value, allowed)
        # -0.0 equals 0.0, so it must not reach a curve or a saved file as something else.
        return number if whole else number + 0.0

    kind = "whole" if whole else "real"
    return attrs.field(
        default=default,
        converter=convert,
        metadata={
            "help": help,
            "allowed": allowed,
            "kind": kind,
            "optional": optional,
            "limits": limits,
        },
    )


def _eigenvalues(value: Any) -> tuple[complex, ...]:
    allowed = "finite reals and conjugate pairs, exactly `width` of them"
    try:
        if isinstance(value, str | bytes):
            raise TypeError
        numbers = tuple(complex(one) + 0 for one in value)
    except (TypeError, ValueError, OverflowError):
        raise _refuse("eigenvalues", value, allowed) from None
    if not all(math.isfinite(one.real) and math.isfinite(one.imag) for one in numbers):
        raise _refuse("eigenvalues", value, allowed)
    complex_ones = [one for one in numbers if one.imag]
    for one in complex_ones:
        if complex_ones.count(one) != complex_ones.count(one.conjugate()):
            raise ValueError(f"eigenvalues: {one!r} has no conjugate partner, allowed: {allowed}")
    return numbers


def _flag(name: str, default: bool, help: str) -> Any:
    def convert(value: object) -> bool:
        if value is True or value is False:
            return bool(value)
        raise _refuse(name, value, "true, false")

    return attrs.field(
        default=default,
        converter=convert,
        metadata={"help": help, "kind": "flag", "allowed": "true, false"},
    )


@attrs.frozen(kw_only=True)
class Experiment:
    """Everything that decides a run; equal values give equal runs.

    Every field is checked when the value is made (also by `attrs.evolve`).

    Raises:
        ValueError: names the field, what it got and what it allows.
    """

    cell: str = _choice("cell", CELLS, "kind of cell")
    width: int = _number(
        "width", 32, "units n", "1…2048", lambda n: 1 <= n <= 2048, whole=True, limits=(1, 2048)
    )
    depth: int = _number(
        "depth",
        100,
        "time steps, or layers, T",
        "1…100000",
        lambda n: 1 <= n <= 100_000,
        whole=True,
        limits=(1, 100_000),
    )
    tied: bool = _flag("tied", True, "one matrix at every step, or a fresh draw a step")
    spectrum: str = _choice("spectrum", SPECTRA, "how the recurrent matrix is drawn")
    radius: float = _number(
        "radius", 0.9, "scale of the spectrum", "≥ 0", lambda x: x >= 0, limits=(0, math.inf)
    )
    eigenvalues: tuple[complex, ...] = attrs.field(
        default=(),
        converter=_eigenvalues,
        metadata={
            "help": "the eigenvalues themselves: reals and conjugate pairs",
            "kind": "eigenvalues",
            "allowed": "reals and conjugate pairs, exactly `width` of them",
        },
    )
    departure: float = _number(
        "departure",
        0.0,
        "departure from normality: Frobenius norm of the upper Schur part over √n",
        "≥ 0",
        lambda x: x >= 0,
        limits=(0, math.inf),
    )
    activation: str = _choice("activation", ACTIVATIONS, "φ", default="tanh")
    bias: float = _number(
        "bias", 0.0, "σ_b, b ~ N(0, σ_b²)", "≥ 0", lambda x: x >= 0, limits=(0, math.inf)
    )
    leak: float = _number(
        "leak", 1.0, "update rate of a leaky unit", "(0, 1]", lambda x: 0 < x <= 1, limits=(0, 1)
    )
    residual: float = _number(
        "residual",
        0.0,
        "weight of the identity path",
        "≥ 0",
        lambda x: x >= 0,
        limits=(0, math.inf),
    )
    skip: int = _number(
        "skip",
        0,
        "distance of a skip connection through time",
        "0 or 2…depth",
        lambda n: n == 0 or n >= 2,
        whole=True,
        limits=(0, 100_000),
    )
    skip_share: float = _number(
        "skip_share",
        0.5,
        "share of the input that the skip connection takes",
        "[0, 1]",
        lambda x: 0 <= x <= 1,
        limits=(0, 1),
    )
    norm: str = _choice("norm", NORMS, "normalisation of the pre-activation")
    batch: int = _number(
        "batch",
        1,
        "rows run side by side",
        "1…4096",
        lambda n: 1 <= n <= 4096,
        whole=True,
        limits=(1, 4096),
    )
    drive: str = _choice("drive", DRIVES, "input added to the pre-activation")
    drive_gain: float = _number(
        "drive_gain", 1.0, "scale of the input", "≥ 0", lambda x: x >= 0, limits=(0, math.inf)
    )
    start_eigenvector: int | None = _number(
        "start_eigenvector",
        None,
        "start along that eigenvector, largest modulus first",
        "none or 0…width−1",
        lambda n: n >= 0,
        whole=True,
        optional=True,
        limits=(0, 2047),
    )
    start_rms: float = _number(
        "start_rms",
        1.0,
        "root mean square of the start's entries",
        "> 0",
        lambda x: x > 0,
        limits=(0, math.inf),
    )
    forget_bias: float = _number(
        "forget_bias", 1.0, "added to the forget gate (lstm)", "a finite number", lambda x: True
    )
    clip: str = _choice("clip", CLIPS, "clipping of the weight gradient")
    clip_threshold: float = _number(
        "clip_threshold",
        1.0,
        "threshold of the clipping",
        "> 0",
        lambda x: x > 0,
        limits=(0, math.inf),
    )
    members: int = _number(
        "members",
        1,
        "independent draws shown as a median and a band",
        "1…1024",
        lambda n: 1 <= n <= 1024,
        whole=True,
        limits=(1, 1024),
    )
    seed: int = _number(
        "seed",
        0,
        "everything random comes from it",
        "a whole number ≥ 0",
        lambda n: n >= 0,
        whole=True,
        limits=(0, math.inf),
    )

    def __attrs_post_init__(self) -> None:
        for conflict in _CONFLICTS:
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
        for conflict in _CONFLICTS:
            trial = _unchecked(values)
            if conflict.message(trial) is None:
                continue
            for name, value in conflict.resets(trial, frozenset(changes)).items():
                if values[name] != value:
                    values[name] = value
                    notes.append(f"{name} is {_spoken(value)}: {conflict.why}")
        return Experiment(**values), tuple(notes)

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


def default_of(name: str) -> Any:
    """The default of a field of Experiment."""
    return FIELDS[name].default


def _spoken(value: object) -> str:
    if value is None:
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


@attrs.frozen
class _Conflict:
    """Fields that contradict each other: what is wrong, and which to reset."""

    why: str
    message: Callable[[Experiment], str | None]
    resets: Callable[[Experiment, frozenset[str]], dict[str, Any]]


def _rnn_only_message(e: Experiment) -> str | None:
    if e.cell == "rnn":
        return None
    for name in RNN_ONLY:
        if getattr(e, name) != default_of(name):
            return (
                f"{name}: got {getattr(e, name)!r} with cell {e.cell!r}, "
                f"allowed: {default_of(name)!r} (it belongs to the rnn cell)"
            )
    return None


def _skip_message(e: Experiment) -> str | None:
    if e.skip > e.depth:
        return f"skip: got {e.skip!r} with depth {e.depth!r}, allowed: 0 or 2…depth"
    return None


def _skip_resets(e: Experiment, asked: frozenset[str]) -> dict[str, Any]:
    if "skip" in asked and "depth" not in asked:
        return {"depth": e.skip}
    return {"skip": e.depth if e.depth >= 2 else 0}


def _batch_norm_message(e: Experiment) -> str | None:
    if e.norm == "batch" and e.batch < BATCH_NORM_ROWS:
        return (
            f"batch: got {e.batch!r} with norm 'batch', "
            f"allowed: {BATCH_NORM_ROWS}…4096 (batch norm needs rows to average over)"
        )
    return None


def _batch_norm_resets(e: Experiment, asked: frozenset[str]) -> dict[str, Any]:
    if "batch" in asked and "norm" not in asked:
        return {"norm": "none"}
    return {"batch": BATCH_NORM_ROWS}


def _departure_message(e: Experiment) -> str | None:
    if e.departure and e.spectrum in NON_NORMAL_SPECTRA:
        return (
            f"departure: got {e.departure!r} with spectrum {e.spectrum!r}, "
            f"allowed: 0 (that spectrum has a departure of its own)"
        )
    return None


def _departure_resets(e: Experiment, asked: frozenset[str]) -> dict[str, Any]:
    if "departure" in asked and "spectrum" not in asked:
        return {"spectrum": default_of("spectrum")}
    return {"departure": 0.0}


def _unused_eigenvalues_message(e: Experiment) -> str | None:
    if e.eigenvalues and e.spectrum != "eigenvalues":
        return (
            f"eigenvalues: got {len(e.eigenvalues)} with spectrum {e.spectrum!r}, "
            f"allowed: none (they belong to spectrum 'eigenvalues')"
        )
    return None


def _unused_eigenvalues_resets(e: Experiment, asked: frozenset[str]) -> dict[str, Any]:
    if "eigenvalues" in asked and "spectrum" not in asked:
        return {"spectrum": "eigenvalues"}
    return {"eigenvalues": ()}


def _eigenvalue_count_message(e: Experiment) -> str | None:
    if e.spectrum == "eigenvalues" and len(e.eigenvalues) != e.width:
        return (
            f"eigenvalues: got {len(e.eigenvalues)} with width {e.width!r}, "
            f"allowed: reals and conjugate pairs, exactly `width` of them"
        )
    return None


def _eigenvalue_count_resets(e: Experiment, asked: frozenset[str]) -> dict[str, Any]:
    if "eigenvalues" in asked and "width" not in asked and e.eigenvalues:
        return {"width": len(e.eigenvalues)}
    return {"eigenvalues": resized_eigenvalues(e.eigenvalues or (complex(e.radius),), e.width)}


def _start_message(e: Experiment) -> str | None:
    if e.start_eigenvector is not None and e.start_eigenvector >= e.width:
        return (
            f"start_eigenvector: got {e.start_eigenvector!r} with width {e.width!r}, "
            f"allowed: none or 0…width−1"
        )
    return None


def _start_resets(e: Experiment, asked: frozenset[str]) -> dict[str, Any]:
    return {"start_eigenvector": e.width - 1}


_CONFLICTS = (
    _Conflict(
        "it belongs to the rnn cell",
        _rnn_only_message,
        lambda e, asked: (
            {"cell": "rnn"}
            if asked & set(RNN_ONLY) and "cell" not in asked
            else {name: default_of(name) for name in RNN_ONLY}
        ),
    ),
    _Conflict("a skip is at most as long as the depth", _skip_message, _skip_resets),
    _Conflict("batch norm needs 4 rows", _batch_norm_message, _batch_norm_resets),
    _Conflict(
        "eigenvalues belong to their own spectrum",
        _unused_eigenvalues_message,
        _unused_eigenvalues_resets,
    ),
    _Conflict(
        "there are exactly as many eigenvalues as units",
        _eigenvalue_count_message,
        _eigenvalue_count_resets,
    ),
    _Conflict("that spectrum has a departure of its own", _departure_message, _departure_resets),
    _Conflict("there are only as many eigenvectors as units", _start_message, _start_resets),
)


def resized_eigenvalues(eigenvalues: tuple[complex, ...], width: int) -> tuple[complex, ...]:
    """Repeat or cut eigenvalues to `width` of them, keeping conjugate pairs whole.

    A pair that would be cut in half leaves its real part, so that the rest stays as it was.
    """
    units = conjugate_units(eigenvalues)
    kept: list[complex] = []
    while len(kept) < width:
        for unit in units:
            room = width - len(kept)
            if room == 0:
                break
            kept.extend(unit if len(unit) <= room else (complex(unit[0].real),))
    return tuple(kept)


def conjugate_units(eigenvalues: tuple[complex, ...]) -> tuple[tuple[complex, ...], ...]:
    """Group eigenvalues into units that move together: (real,) or (λ, λ̄) with Im λ > 0."""
    return tuple(
        (one,) if one.imag == 0 else (one, one.conjugate()) for one in eigenvalues if one.imag >= 0
    )
