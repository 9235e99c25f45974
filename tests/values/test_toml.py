"""Experiments as TOML and as command lines, there and back."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.command import from_words
from tuisim.values import toml
from tuisim.values.command_line import command_line
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

REAL = st.floats(0, 1e300, allow_nan=False)
SHARE = st.floats(0, 1, exclude_min=True)
PARTS = st.floats(-1e300, 1e300, allow_nan=False)


@st.composite
def eigenvalues(draw: st.DrawFn) -> tuple[complex, ...]:
    reals = draw(st.lists(PARTS, max_size=4))
    pairs = draw(st.lists(st.tuples(PARTS, PARTS), max_size=3))
    found = [complex(one) for one in reals]
    for real, imaginary in pairs:
        found += [complex(real, imaginary), complex(real, -imaginary)]
    return tuple(found) or (0.5 + 0j,)


FREELY: dict[str, st.SearchStrategy[Any]] = {
    "cell": st.sampled_from(CELLS),
    "width": st.integers(1, 2048),
    "depth": st.integers(1, 100_000),
    "tied": st.booleans(),
    "spectrum": st.sampled_from(SPECTRA[:-1]),
    "radius": REAL,
    "departure": REAL,
    "activation": st.sampled_from(ACTIVATIONS),
    "bias": REAL,
    "leak": SHARE,
    "residual": REAL,
    "skip": st.just(0) | st.integers(2, 1000),
    "skip_share": st.floats(0, 1),
    "norm": st.sampled_from(NORMS),
    "batch": st.integers(1, 4096),
    "drive": st.sampled_from(DRIVES),
    "drive_gain": REAL,
    "start_eigenvector": st.none() | st.integers(0, 2047),
    "start_rms": st.floats(1e-300, 1e300),
    "forget_bias": PARTS,
    "update_bias": PARTS,
    "layer": st.sampled_from(("", "net.pt#l0", "a #1/x.pt#enc.l0.reversed")),
    "input": st.sampled_from(("none", "noise", "x.npy")),
    "input_at": st.sampled_from(("stack", "layer")),
    "layer_digest": st.sampled_from(("", "a" * 64)),
    "input_digest": st.sampled_from(("", "b" * 64)),
    "clip": st.sampled_from(CLIPS),
    "clip_threshold": st.floats(1e-300, 1e300),
    "members": st.integers(1, 1024),
    "seed": st.integers(0, 2**80),
}


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    """Any experiment: drawn freely, then freed of its contradictions."""
    experiment, _ = Experiment().adjusted(**draw(st.fixed_dictionaries({}, optional=FREELY)))
    if draw(st.booleans()):
        experiment, _ = experiment.adjusted(eigenvalues=draw(eigenvalues()))
    return experiment


def test_the_strategy_knows_every_field() -> None:
    assert {"eigenvalues", *FREELY} == set(FIELDS)


@given(experiments())
def test_toml_round_trip(experiment: Experiment) -> None:
    read = toml.loads(toml.dumps(experiment, 'a "description"\n'))
    assert Experiment(**toml.with_implied(read.changes)) == experiment
    assert read.description == 'a "description"\n'


@given(experiments())
def test_command_line_round_trip(experiment: Experiment) -> None:
    words = shlex.split(command_line(experiment))
    assert words[0] == "tuisim"
    assert from_words(words[1:]) == experiment


def test_only_what_differs_is_written() -> None:
    text = toml.dumps(Experiment(radius=1.1, tied=False, activation="relu"))
    assert [line.split(" =")[0] for line in text.splitlines()] == ["tied", "radius", "activation"]
    assert all("  # " in line for line in text.splitlines())
    assert command_line(Experiment()) == "tuisim"
    assert command_line(Experiment(radius=1.1, tied=False)) == "tuisim --untied --radius 1.1"


def test_eigenvalues_may_be_numbers_or_words() -> None:
    read = toml.loads('eigenvalues = [0.5, 1, "0.9+0.3j", "0.9 - 0.3j"]')
    assert read.changes["eigenvalues"] == (0.5, 1, 0.9 + 0.3j, 0.9 - 0.3j)
    assert toml.with_implied(read.changes)["width"] == 4


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("radius = ", "not valid TOML"),
        ("radius = 'x'", "radius: got 'x', allowed: ≥ 0"),
        ("raduis = 1", "raduis: no such field, allowed: cell, width"),
        ("description = 1", "description: got 1, allowed: a text"),
        ("tied = 1", "tied: got 1, allowed: true, false"),
        ("width = 3.5", "width: got 3.5, allowed: 1…2048"),
        ("eigenvalues = ['a']", "eigenvalues: got 'a', allowed"),
        ("eigenvalues = '0.5'", "eigenvalues: got '0.5', allowed"),
        ("eigenvalues = [[0.5]]", "eigenvalues: got"),
        ("[radius]\nx = 1", "radius: got {'x': 1}, allowed: ≥ 0"),
        ("radius = 1979-05-27", "radius: got"),
        ("x = " + "[" * 100_000, "not valid TOML"),
    ],
)
def test_a_bad_file_is_one_clear_line(text: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"bad\.toml") as caught:
        toml.load(path)
    assert complaint in str(caught.value)


def test_files_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(b"radius = '\xff'")
    with pytest.raises(ValueError, match=r"bad\.toml"):
        toml.load(path)
    path.write_bytes(b"#" * 1_000_001)
    with pytest.raises(ValueError, match="larger than"):
        toml.load(path)


def test_what_is_typed() -> None:
    assert toml.read("radius", "1.37") == 1.37
    assert toml.read("depth", "1e3") == toml.read("depth", "1000.0") == 1000
    assert toml.read("seed", "9007199254740993") == 9007199254740993
    assert toml.read("tied", "False") is False
    assert toml.read("start_eigenvector", "none") is None
    for name, text in [("tied", "maybe"), ("speed", "1"), ("width", "none")]:
        with pytest.raises(ValueError, match=f"^{name}: "):
            toml.read(name, text)


def test_a_file_does_not_reset_what_it_does_not_name() -> None:
    document = toml.loads("radius = 1.1")
    assert dict(document.changes) == {"radius": 1.1}
    assert attrs.evolve(Experiment(depth=7), **document.changes).depth == 7
