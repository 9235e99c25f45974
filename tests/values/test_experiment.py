"""The Experiment: frozen, hashable, checked field by field, and adjusted without ever failing."""

from __future__ import annotations

import copy
import math
import pickle
import re
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.strategies import eigenvalue_tuples, experiments
from tuisim.values.eigenvalues import resized_eigenvalues
from tuisim.values.experiment import (
    ACTIVATIONS,
    CELLS,
    CLIPS,
    DRIVES,
    FIELDS,
    NORMS,
    SPECTRA,
    Experiment,
)
from tuisim.values.layered import ENTRANCES

DEFAULTS = {
    "cell": "rnn",
    "width": 32,
    "depth": 100,
    "tied": True,
    "spectrum": "orthogonal",
    "radius": 0.9,
    "eigenvalues": (),
    "departure": 0,
    "activation": "tanh",
    "bias": 0,
    "leak": 1,
    "residual": 0,
    "skip": 0,
    "skip_share": 0.5,
    "norm": "none",
    "batch": 1,
    "drive": "none",
    "drive_gain": 1,
    "start_eigenvector": None,
    "start_rms": 1,
    "forget_bias": 1,
    "update_bias": 0,
    "layer": "",
    "input": "none",
    "input_at": "stack",
    "layer_digest": "",
    "input_digest": "",
    "clip": "none",
    "clip_threshold": 1,
    "members": 1,
    "seed": 0,
}
CHOICES = {
    "cell": ("rnn", "lstm", "gru"),
    "spectrum": ("orthogonal", "symmetric", "gaussian", "reservoir", "identity", "eigenvalues"),
    "activation": (
        *("identity", "tanh", "sigmoid", "relu", "leaky_relu"),
        *("elu", "selu", "gelu", "softplus", "hard_tanh"),
    ),
    "norm": ("none", "batch", "layer"),
    "drive": ("none", "impulse", "noise", "sine"),
    "input_at": ("stack", "layer"),
    "clip": ("none", "norm", "value"),
}


def test_fields_and_defaults() -> None:
    assert attrs.asdict(Experiment(), recurse=False) == DEFAULTS
    assert tuple(CHOICES.values()) == (
        *(CELLS, SPECTRA, ACTIVATIONS, NORMS, DRIVES, ENTRANCES),
        CLIPS,
    )


def test_frozen_hashable_and_equal_by_value() -> None:
    one, same, other = Experiment(), Experiment(radius=0.9), Experiment(radius=0.91)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        one.radius = 2.0  # type: ignore[misc]
    assert one == same
    assert one != other
    assert hash(one) == hash(same)
    assert len({one, same, other}) == 2
    assert copy.deepcopy(other) == pickle.loads(pickle.dumps(other)) == other


def test_equal_numbers_of_any_type_make_equal_experiments() -> None:
    pairs: list[tuple[str, Any, Any]] = [
        ("width", np.int64(8), 8),
        ("radius", 1, 1.0),
        ("radius", np.float64(0.5), 0.5),
        ("radius", -0.0, 0.0),
        ("seed", np.uint64(2**63), 2**63),
        ("skip", np.int8(4), 4),
    ]
    for name, left, right in pairs:
        one, other = Experiment(**{name: left}), Experiment(**{name: right})
        assert one == other
        assert hash(one) == hash(other)
        assert repr(one) == repr(other)
    left = Experiment(width=2, spectrum="eigenvalues", eigenvalues=[1, np.float64(2)])
    assert left == Experiment(width=2, spectrum="eigenvalues", eigenvalues=(1 + 0j, 2 - 0j))
    assert isinstance(hash(left), int)


#: Wrong values that each kind of field has to refuse.
NOT_WHOLE = [0.5, 2.0, "3", None, math.nan, math.inf, True, [], 1j]
NOT_REAL = ["0.5", None, math.nan, math.inf, -math.inf, True, [], 1j, 10**400]
WRONG: dict[str, tuple[list[Any], str]] = {
    "width": ([*NOT_WHOLE, 0, -1, 2049], "1…2048"),
    "depth": ([*NOT_WHOLE, 0, 100_001], "1…100000"),
    "batch": ([*NOT_WHOLE, 0, 4097], "1…4096"),
    "members": ([*NOT_WHOLE, 0, 1025], "1…1024"),
    "seed": ([*NOT_WHOLE, -1], "≥ 0"),
    "skip": ([*NOT_WHOLE, 1, -2, 101], "0 or 2…depth"),
    "start_eigenvector": ([0.5, 2.0, "3", math.nan, True, -1, 32], "0…width−1"),
    "radius": ([*NOT_REAL, -0.1], "≥ 0"),
    "departure": ([*NOT_REAL, -0.1], "≥ 0"),
    "bias": ([*NOT_REAL, -0.1], "≥ 0"),
    "residual": ([*NOT_REAL, -1e-300], "≥ 0"),
    "drive_gain": ([*NOT_REAL, -2], "≥ 0"),
    "leak": ([*NOT_REAL, 0, -0.5, 1.0000001], "(0, 1]"),
    "skip_share": ([*NOT_REAL, -0.1, 1.1], "[0, 1]"),
    "start_rms": ([*NOT_REAL, 0, -1], "> 0"),
    "clip_threshold": ([*NOT_REAL, 0, -1], "> 0"),
    "forget_bias": (NOT_REAL, "finite"),
    "update_bias": (NOT_REAL, "finite"),
    "layer": (["net.pt", "net.pt#", "a\nb#c", None, 3, ["net.pt#l0"]], "FILE#NAME"),
    "input": (["x.txt", "", "a\n.npy", None, 3], "FILE.npy"),
    "layer_digest": (["abc", "g" * 64, None, 3], "64 hexadecimal digits"),
    "input_digest": (["abc", "0" * 63, None, 3], "64 hexadecimal digits"),
    "tied": ([0, 1, "true", None, 0.0], "true, false"),
    "eigenvalues": (
        ["0.5", None, 3, [math.nan], [math.inf], ["a"], [1j], [1 + 1j, 1 - 2j]],
        "pairs",
    ),
}
WRONG |= {
    name: ([choices[0].upper(), "", None, 0, [choices[0]]], choices[-1])
    for name, choices in CHOICES.items()
}


@pytest.mark.parametrize("name", FIELDS)
def test_a_wrong_value_is_refused_by_field_by_what_it_got_and_by_what_is_allowed(name: str) -> None:
    values, allowed = WRONG[name]
    for value in values:
        for make in (
            lambda: Experiment(**{name: value}),  # noqa: B023
            lambda: attrs.evolve(Experiment(), **{name: value}),  # noqa: B023
        ):
            with pytest.raises(ValueError, match=f"^{name}: ") as refusal:
                make()
            message = str(refusal.value)
            assert "allowed: " in message
            assert allowed in message
            if name != "eigenvalues":
                assert repr(value) in message
            assert "\n" not in message


def test_limits_themselves_are_allowed() -> None:
    Experiment(width=1, depth=1, batch=1, members=1, seed=0, radius=0, bias=0, skip_share=0)
    Experiment(width=2048, depth=100_000, batch=4096, members=1024, seed=2**200, skip=100_000)
    Experiment(leak=1, skip_share=1, radius=1e308, start_rms=5e-324, clip_threshold=5e-324)
    Experiment(skip=2, depth=2, start_eigenvector=31, forget_bias=-1e308)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"cell": "lstm", "leak": 0.5}, "leak"),
        ({"cell": "gru", "residual": 0.5}, "residual"),
        ({"cell": "gru", "skip": 2}, "skip"),
        ({"cell": "lstm", "norm": "layer"}, "norm"),
        ({"skip": 7, "depth": 6}, "skip"),
        ({"norm": "batch"}, "batch"),
        ({"norm": "batch", "batch": 3}, "batch"),
        ({"spectrum": "gaussian", "departure": 0.1}, "departure"),
        ({"spectrum": "reservoir", "departure": 0.1}, "departure"),
        ({"eigenvalues": (1,) * 32}, "eigenvalues"),
        ({"layer": "a#b"}, "spectrum"),
        ({"spectrum": "layer"}, "spectrum"),
        ({"input": "noise"}, "input"),
        ({"input_at": "layer"}, "input_at"),
        ({"layer_digest": "a" * 64}, "layer_digest"),
        ({"layer": "a#b", "spectrum": "layer", "tied": False}, "tied"),
        ({"layer": "a#b", "spectrum": "layer", "start_rms": 2}, "start_rms"),
        ({"layer": "a#b", "spectrum": "layer", "input_digest": "b" * 64}, "input_digest"),
        ({"spectrum": "eigenvalues"}, "eigenvalues"),
        ({"spectrum": "eigenvalues", "eigenvalues": (1,), "width": 2}, "eigenvalues"),
        ({"start_eigenvector": 4, "width": 4}, "start_eigenvector"),
    ],
)
def test_fields_that_contradict_each_other_are_refused(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=f"^{named}: got .* allowed: "):
        Experiment(**fields)


LAYERED = {"layer": "a#b", "spectrum": "layer", "layer_digest": "a" * 64}


@pytest.mark.parametrize(
    ("start", "changes", "expected", "named"),
    [
        ({"leak": 0.5, "residual": 1.0}, {"cell": "lstm"}, {"leak": 1, "residual": 0}, "leak"),
        ({"cell": "gru"}, {"leak": 0.5}, {"cell": "rnn", "leak": 0.5}, "cell"),
        ({"skip": 50}, {"depth": 20}, {"skip": 20, "depth": 20}, "skip"),
        ({"skip": 2, "depth": 2}, {"depth": 1}, {"skip": 0}, "skip"),
        ({"depth": 20}, {"skip": 50}, {"skip": 50, "depth": 50}, "depth"),
        ({}, {"norm": "batch"}, {"batch": 4}, "batch"),
        ({"norm": "batch", "batch": 4}, {"batch": 2}, {"batch": 2, "norm": "none"}, "norm"),
        ({"departure": 0.3}, {"spectrum": "gaussian"}, {"departure": 0}, "departure"),
        ({"spectrum": "gaussian"}, {"departure": 0.3}, {"spectrum": "orthogonal"}, "spectrum"),
        ({"start_eigenvector": 31}, {"width": 4}, {"start_eigenvector": 3}, "start_eigenvector"),
        ({}, {"start_eigenvector": 40}, {"width": 41}, "width"),
        (
            {"spectrum": "eigenvalues", "width": 2, "eigenvalues": (1j, -1j)},
            {"start_eigenvector": 2},
            {"width": 3, "eigenvalues": (1j, -1j, 0)},
            "width",
        ),
        ({"width": 3}, {"spectrum": "eigenvalues"}, {"eigenvalues": (0.9,) * 3}, "eigenvalues"),
        ({}, {"eigenvalues": (1j, -1j)}, {"width": 2, "spectrum": "eigenvalues"}, "width"),
        ({"bias": 0.5}, {"layer": "a#b"}, {"spectrum": "layer", "bias": 0}, "bias"),
        (LAYERED, {"bias": 0.5}, {"layer": "", "layer_digest": "", "bias": 0.5}, "layer"),
        (LAYERED, {"spectrum": "gaussian"}, {"layer": "", "layer_digest": ""}, "layer"),
        (LAYERED, {"width": 5}, {"layer": "", "layer_digest": ""}, "layer"),
        (LAYERED | {"input": "noise"}, {"cell": "gru"}, {"layer": "", "input": "none"}, "input"),
        (LAYERED | {"width": 2}, {"eigenvalues": (1, 1, 1)}, {"eigenvalues": ()}, "eigenvalues"),
    ],
)
def test_adjusted_resets_what_conflicts_and_says_so(
    start: dict[str, Any], changes: dict[str, Any], expected: dict[str, Any], named: str
) -> None:
    adjusted, notes = Experiment(**start).adjusted(**changes)
    for name, value in (changes | expected).items():
        assert getattr(adjusted, name) == value
    assert any(note.startswith(f"{named} is ") for note in notes)
    untouched = set(FIELDS) - set(start) - set(changes) - set(expected)
    for name in untouched - {"spectrum", "eigenvalues"}:
        assert getattr(adjusted, name) == DEFAULTS[name]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"width": 5000}, {"width": 2048}),
        ({"width": 0}, {"width": 1}),
        ({"depth": 10**9}, {"depth": 100_000}),
        ({"radius": -0.1}, {"radius": 0}),
        ({"skip_share": 1.5}, {"skip_share": 1}),
        ({"leak": 1.5}, {"leak": 1}),
        ({"seed": -3}, {"seed": 0}),
        ({"start_eigenvector": 9999}, {"start_eigenvector": 2047}),
    ],
)
def test_a_value_at_its_limit_stays_there_with_a_notice(
    changes: dict[str, Any], expected: dict[str, Any]
) -> None:
    adjusted, notes = Experiment().adjusted(**changes)
    for name, value in expected.items():
        assert getattr(adjusted, name) == value
        assert any(note.startswith(name) for note in notes)


@pytest.mark.parametrize("name", ["leak", "start_rms", "clip_threshold"])
def test_stepping_below_an_open_limit_changes_nothing(name: str) -> None:
    experiment = Experiment(**{name: 0.05})
    for below in (0.0, -0.05):
        adjusted, notes = experiment.adjusted(**{name: below})
        assert adjusted == experiment
        assert len(notes) == 1
        assert notes[0].startswith(f"{name} stays at 0.05")


def test_without_a_conflict_there_is_nothing_to_note() -> None:
    adjusted, notes = Experiment().adjusted(radius=1.37, depth=10, seed=10**400)
    assert adjusted == Experiment(radius=1.37, depth=10, seed=10**400)
    assert notes == ()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"activation": "swish"}, "activation"),
        ({"colour": 3}, "colour"),
        ({"width": [3]}, "width"),
        ({"width": "3"}, "width"),
        ({"radius": math.nan}, "radius"),
        ({"radius": 1j}, "radius"),
        ({"eigenvalues": (1j,)}, "eigenvalues"),
    ],
)
def test_what_no_reset_can_make_right_is_refused(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=f"^{named}: "):
        Experiment().adjusted(**changes)


@st.composite
def changes(draw: st.DrawFn) -> dict[str, Any]:
    """What one key, or one line of the form, may ask for."""
    kinds: dict[str, st.SearchStrategy[Any]] = {
        name: st.sampled_from(choices) for name, choices in CHOICES.items()
    }
    kinds |= {
        "width": st.integers(1, 2048),
        "depth": st.integers(1, 100_000),
        "tied": st.booleans(),
        "batch": st.integers(1, 4096),
        "members": st.integers(1, 1024),
        "seed": st.integers(0, 2**70),
        "skip": st.just(0) | st.integers(2, 100_000),
        "start_eigenvector": st.none() | st.integers(0, 2047),
        "eigenvalues": st.integers(1, 9).flatmap(lambda n: eigenvalue_tuples(width=n)),
        "leak": st.floats(0, 1, exclude_min=True),
        "skip_share": st.floats(0, 1),
        "forget_bias": st.floats(-1e9, 1e9),
        "update_bias": st.floats(-1e9, 1e9),
        "layer": st.sampled_from(("", "net.pt#l0", "other#1.pt#enc.l0")),
        "input": st.sampled_from(("none", "noise", "x.npy")),
        "layer_digest": st.sampled_from(("", "a" * 64)),
        "input_digest": st.sampled_from(("", "b" * 64)),
        "start_rms": st.floats(1e-300, 1e300),
        "clip_threshold": st.floats(1e-300, 1e300),
    }
    kinds |= {
        name: st.floats(0, 1e300)
        for name in ("radius", "departure", "bias", "residual", "drive_gain")
    }
    assert set(kinds) == set(FIELDS)
    name = draw(st.sampled_from(sorted(kinds)))
    return {name: draw(kinds[name])}


@settings(max_examples=150, deadline=None)
@given(experiments(), st.lists(changes(), min_size=1, max_size=6))
def test_no_key_ever_fails(experiment: Experiment, keys: list[dict[str, Any]]) -> None:
    for change in keys:
        adjusted, notes = experiment.adjusted(**change)
        ((asked, value),) = change.items()
        assert getattr(adjusted, asked) == value or any(note.startswith(asked) for note in notes)
        # Whatever else has changed is named in a note, and nothing is noted that has not.
        for name in FIELDS:
            changed = getattr(adjusted, name) != getattr(experiment, name)
            noted = any(note.startswith(f"{name} is ") for note in notes)
            if name != asked:
                assert changed == noted, (name, notes)
        experiment = adjusted


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 9).flatmap(lambda n: eigenvalue_tuples(width=n)), st.integers(1, 20))
def test_resized_eigenvalues_are_still_reals_and_pairs(
    values: tuple[complex, ...], width: int
) -> None:
    resized = resized_eigenvalues(values, width)
    assert len(resized) == width
    assert Experiment(width=width, spectrum="eigenvalues", eigenvalues=resized)
    again = resized_eigenvalues(values, len(values))
    assert sorted(again, key=repr) == sorted((v + 0 for v in values), key=repr)


@given(st.integers(1, 9), st.sampled_from((0.5, 2.0)), st.sampled_from(("rnn", "gru")))
def test_converted_values_make_what_evolve_makes(depth: int, radius: float, cell: str) -> None:
    e = Experiment(skip=4, width=5, leak=0.5)
    changes = {"depth": depth, "radius": radius, "cell": cell}
    try:
        expected = attrs.evolve(e, **changes)
    except ValueError as error:
        with pytest.raises(ValueError, match=f"^{re.escape(str(error))}$"):
            e.with_converted(changes)
    else:
        made = e.with_converted(changes)
        assert made == expected
        assert hash(made) == hash(expected)
    assert e == Experiment(skip=4, width=5, leak=0.5)
