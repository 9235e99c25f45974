"""Layers by the names that torch gives their parameters: in its own files, safetensors and npz.

torch.nn.RNN, LSTM, GRU: `weight_hh_l0` and so on, `_reverse` for the other direction; their cells
and others' modules: `weight_hh`. Rows of a matrix go by gates (torch.nn.LSTM, "Variables").
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.trained.asking import Asking
from tuisim.engine.trained.building import Parts, built, too_large, without_arrays
from tuisim.engine.trained.layer import Layer
from tuisim.engine.trained.orders import BY_GATES, ORDERS
from tuisim.engine.trained.stored import DTYPES, OF_NUMPY, Stored
from tuisim.values.cells import CELLS

_PARAMETER = r"(?P<what>(?:weight|bias)_(?:ih|hh|hr))(?P<place>(?:_l\d+)?(?:_reverse)?)"
_PLAIN = re.compile(rf"(?P<prefix>.*[./])?{_PARAMETER}(?:_(?P<form>orig|mask|g|v))?", re.DOTALL)
_PARAMETRISED = re.compile(
    rf"(?P<prefix>.*\.)?parametrizations\.{_PARAMETER}\.(?P<form>original[01]?)", re.DOTALL
)
#: Parts of a path under which arrays of weights' shapes are no weights.
_OPTIMISER = re.compile(
    r"optim.*|opt(_?state)?s?|exp_avg.*|max_exp_avg.*|momentum(_buffer)?|grads?|adam\w*|sgd",
    re.IGNORECASE,
)
_NORM = re.compile(r"(.*_)?(layer_?norm|norm|ln)(_?\w+)?(\..*)?", re.IGNORECASE)
#: The recurrent matrix of one gate in a cell of Flax, whose parameters a tree of names leads to.
_FLAX = re.compile(r"(.*[^A-Za-z0-9])?h[ifgorzn][^A-Za-z0-9]kernel", re.DOTALL)
JAX = (
    "save its arrays as npz under names of torch's: weight_ih, weight_hh, bias_ih (gates i f g o, "
    "or r z n, by rows)"
)
_NUMPY = (
    "{} is an array of NumPy within a pickle, which would have to be run; save torch's own "
    "(torch.from_numpy), or an npz"
)
_PADDLE = re.compile(r"(?P<stack>.*?)(?P<place>\d+)\.cell(?P<direction>_fw|_bw)?")

#: The objects in which torch's quantised layers and cells keep their arrays.
_QUANTISED = re.compile(
    r"(?:(?P<prefix>.*)\.)?(?:_all_weight_values\.(?P<place>\d+)\.param|_packed_weight_[ih]h)"
    r"\.state\..*",
    re.DOTALL,
)

_Forms = dict[str, Stored]


@attrs.define
class _Group:
    """The parameters of one layer: what each is of, and in which forms it is there."""

    path: str
    place: str
    found: dict[str, _Forms] = attrs.Factory(dict)

    @property
    def prefix(self) -> str:
        """The path without the parameter: `encoder.rnn`."""
        return self.path.rstrip("./").replace("/", ".")

    def name(self, as_stored: bool = False) -> str:
        """Such as `encoder.rnn.l1.reversed`.

        Args:
            as_stored: with the separators that the file has in the path.
        """
        level = self.place.removesuffix("_reverse").lstrip("_")
        parts = [one for one in (self.prefix, level) if one] or ["cell"]
        if as_stored:
            parts = [self.path + level]
        return ".".join([*parts, "reversed"] if self.place.endswith("_reverse") else parts)


class _Refused(Exception):
    """A reason why a layer cannot be run."""


@attrs.frozen
class _Effective:
    """A parameter as the net uses it: its shape, and what reads it."""

    shape: tuple[int, ...]
    read: Callable[[], Array]


def layers_by_name(arrays: Mapping[str, Stored], asking: Asking, spoken: bool) -> list[Layer]:
    """Every layer among the arrays.

    Args:
        spoken: whether the names are torch's own for certain, and with them the order of gates
            and the place of the reset; else they go to `assumed`.

    Raises:
        ValueError: an array cannot be read.
    """
    groups: dict[tuple[str, str], _Group] = {}
    for name, stored in arrays.items():
        match = _PARAMETRISED.fullmatch(name) or _PLAIN.fullmatch(name)
        if match is None:
            continue
        # Names that differ by their separators alone are of two layers.
        key = match["prefix"] or "", match["place"]
        group = groups.get(key) or _Group(*key)
        if any(_OPTIMISER.fullmatch(one) for one in group.prefix.split(".")):
            continue
        groups[key] = group
        group.found.setdefault(match["what"], {})[match["form"] or ""] = stored
    recurrent = [one for one in groups.values() if "weight_hh" in one.found]
    names = Counter(one.name() for one in recurrent)
    layers = [
        _layer(one, one.name(as_stored=names[one.name()] > 1), arrays, asking, spoken)
        for one in recurrent
    ]
    found = _without_doubles([*layers, *_quantised(arrays)])
    if not found and (flax := next(filter(_FLAX.fullmatch, arrays), "")):
        raise ValueError(
            f"no recurrent layer is in it by torch's names; {flax!r} is one of Flax's, which are "
            "not read: put the kernels of the gates one below the other, each transposed, and "
            f"{JAX}"
        )
    return found


def _quantised(arrays: Mapping[str, Stored]) -> Iterator[Layer]:
    """Those in packed objects: the matrix of the input comes first, the recurrent one last."""
    found: dict[str, list[tuple[int, ...]]] = {}
    for name, one in arrays.items():
        match = _QUANTISED.fullmatch(name)
        if match is not None and len(one.shape) == 2:
            parts = match["prefix"], match["place"] and f"l{match['place']}"
            found.setdefault(".".join(filter(None, parts)) or "cell", []).append(one.shape)
    for name, shapes in found.items():
        cell, width = _cell(shapes[-1])
        refused = (
            "quantised: its matrices are packed for torch alone; save the net as it was before"
        )
        yield without_arrays(name, cell or "rnn", width, shapes[0][1], refused)


def _layer(
    group: _Group, name: str, names: Mapping[str, Stored], asking: Asking, spoken: bool
) -> Layer:
    shape = _first_shape(group.found["weight_hh"])
    inputs = _first_shape(group.found.get("weight_ih", {}))[1:2]
    m = inputs[0] if inputs else 0
    if "weight_hr" in group.found:
        refused = "projection: a further matrix (proj_size) stands between h_t and the next step"
        return without_arrays(name, "lstm", shape[0] // 4 if shape else 0, m, refused)
    cell, width = _cell(shape)
    try:
        if not cell:
            raise _Refused(
                f"recurrent matrix of shape {shape}: known are rows for 1 (rnn), 3 (gru) or 4 "
                "(lstm) gates of as many columns"
            )
        if norm := "" if group.place else _inner_norm(group.prefix, names):
            raise _Refused(f"layer norm inside the cell ({norm})")
        if reason := too_large(cell, width, m):
            raise _Refused(reason)
        parameters = _parameters(_with_bias(group, names, cell, width), cell, width, m)
    except _Refused as reason:
        return without_arrays(name, cell or "rnn", width, m, str(reason))
    assumed = _ways(group)
    known, forget_bias = _unsaid(cell, asking, spoken, assumed)
    gates = len(CELLS[cell].gates)
    read = {
        what: one.read().reshape(gates, width, *one.shape[1:]) for what, one in parameters.items()
    }
    first, second = read.get("bias_ih"), read.get("bias_hh")
    parts = Parts("torch", cell, read["weight_hh"], read["weight_ih"], first, second, known)
    return built(name, parts, forget_bias)


def _first_shape(forms: _Forms) -> tuple[int, ...]:
    """The shape of a parameter, which its larger form has: that of a norm has one column."""
    return max((one.shape for one in forms.values()), key=math.prod, default=())


def _cell(shape: tuple[int, ...]) -> tuple[str, int]:
    """The cell whose recurrent matrix has this shape, or "", and its units."""
    if len(shape) != 2 or not shape[1] or shape[0] % shape[1]:
        return "", shape[-1] if shape else 0
    return BY_GATES.get(shape[0] // shape[1], ""), shape[1]


def _inner_norm(prefix: str, names: Mapping[str, Stored]) -> str:
    """The name of a norm's array beside those of a cell, or ""."""
    start = f"{prefix}." if prefix else ""
    inner = (name.removeprefix(start) for name in names if name.startswith(start))
    return next((one for one in inner if _NORM.fullmatch(one)), "")


def _with_bias(group: _Group, names: Mapping[str, Stored], cell: str, width: int) -> _Group:
    """A cell with the one `bias` of others than torch, and the `bias_n` inside a gru's product.

    Equinox calls them so: the first is added beside both products.
    """
    if group.place or not {"bias_ih", "bias_hh"}.isdisjoint(group.found):
        return group
    start = f"{group.prefix}." if group.prefix else ""
    outer, inner = (names.get(f"{start}{name}") for name in ("bias", "bias_n"))
    found = dict(group.found)
    if outer is not None:
        found["bias_ih"] = {"": outer}
    if inner is not None and cell == "gru":
        found["bias_hh"] = {"": _of_the_candidate(inner, width)}
    return attrs.evolve(group, found=found)


def _of_the_candidate(inner: Stored, width: int) -> Stored:
    """A bias of all gates of a gru from that of the last alone."""

    def read() -> Array:
        return np.concatenate([np.zeros(2 * width), inner.read()])

    if inner.shape != (width,):
        raise _Refused(f"bias_n of shape {inner.shape}, not {(width,)}")
    return Stored((3 * width,), inner.dtype, read)


def _parameters(group: _Group, cell: str, width: int, inputs: int) -> dict[str, _Effective]:
    rows = width * len(CELLS[cell].gates)
    matrices = {"weight_hh": (rows, width), "weight_ih": (rows, inputs)}
    found = {}
    for what, shape in (matrices | {"bias_ih": (rows,), "bias_hh": (rows,)}).items():
        if what not in group.found and what in matrices:
            raise _Refused(f"{what}{group.place} is missing")
        if what in group.found:
            found[what] = _effective(f"{what}{group.place}", group.found[what])
            if found[what].shape != shape:
                raise _Refused(f"{what}{group.place} of shape {found[what].shape}, not {shape}")
    return found


def _effective(name: str, forms: _Forms) -> _Effective:
    """A parameter from the forms in which it is there."""
    for one in forms.values():
        if one.dtype == OF_NUMPY:
            raise _Refused(_NUMPY.format(name))
        if one.dtype not in DTYPES:
            raise _Refused(f"{name} holds {one.dtype}, allowed: {', '.join(DTYPES)}")
    if "" in forms:
        return _Effective(forms[""].shape, forms[""].read)
    if {"orig", "mask"} <= set(forms):
        original, mask = forms["orig"], forms["mask"]
        if original.shape != mask.shape:
            raise _Refused(f"{name} is pruned by a mask of another shape")
        return _Effective(original.shape, lambda: original.read() * mask.read())
    for g, v in (("g", "v"), ("original0", "original1")):
        if {g, v} <= set(forms):
            return _normed(name, forms[g], forms[v])
    raise _Refused(
        f"{name} is parametrised: what the file holds is not W, which is made of it; take that off "
        "before saving, which leaves W"
    )


def _normed(name: str, g: Stored, v: Stored) -> _Effective:
    """torch's weight norm: g·v/‖v‖, the norm over the axes along which g has one number."""
    shape = g.shape or (1,) * len(v.shape)
    if (
        len(shape) != len(v.shape)
        or any(one not in (1, whole) for one, whole in zip(shape, v.shape, strict=True))
        # Any two arrays that stand for one have these names: their sum, say.
        or sum(one != 1 for one in shape) > 1
    ):
        raise _Refused(
            f"{name} is parametrised by two arrays that are no weight norm; take that off before "
            "saving, which leaves W"
        )
    axes = tuple(axis for axis, one in enumerate(shape) if one == 1)

    def read() -> Array:
        direction = v.read()
        norm = np.sqrt((direction**2).sum(axis=axes, keepdims=True))
        effective: Array = direction * (g.read().reshape(shape) / norm)
        return effective

    return _Effective(v.shape, read)


def _ways(group: _Group) -> list[str]:
    """How the arrays came to be W, where the file holds others."""
    forms = {form for one in group.found.values() for form in one if "" not in one}
    said = []
    if forms & {"g", "original0"}:
        said.append("weight norm: W is g·v/‖v‖ of the two arrays that stand for it")
    if "mask" in forms:
        said.append("pruned: W is the array times its mask")
    return said


def _unsaid(
    cell: str, asking: Asking, spoken: bool, assumed: list[str]
) -> tuple[dict[str, Any], float]:
    """The fields of the layer that no name says, and its forget bias."""
    known: dict[str, Any] = {}
    forget_bias = 0.0
    if not spoken and cell != "rnn":
        assumed.append(f"order of gates: torch's, {' '.join(ORDERS['torch', cell])}")
        known["gate_activation"] = asking.word("gates", "sigmoid", assumed)
    if cell == "rnn":
        known["activation"] = asking.word("activation", "tanh", assumed)
    elif cell == "gru":
        known["reset"] = "after" if spoken else asking.word("reset", "after", assumed)
    elif not spoken:
        forget_bias = asking.number("forget_bias", 0.0, assumed)
    return known | {"assumed": tuple(assumed)}, forget_bias


def _without_doubles(layers: list[Layer]) -> list[Layer]:
    """Without those that Paddle lists again under the name of the cell inside."""
    by_name = {layer.name: layer for layer in layers}

    def again(layer: Layer) -> bool:
        match = _PADDLE.fullmatch(layer.name)
        if match is None:
            return False
        reverse = ".reversed" if match["direction"] == "_bw" else ""
        other = by_name.get(f"{match['stack']}l{match['place']}{reverse}")
        return other is not None and all(
            np.array_equal(getattr(layer, one), getattr(other, one), equal_nan=True)
            for one in ("weights", "input_weights", "bias", "recurrent_bias")
        )

    return [layer for layer in layers if not again(layer)]
