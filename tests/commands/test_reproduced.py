"""The command that a file names writes the same file again, whatever the options were."""

from __future__ import annotations

import contextlib
import io
import json
import shlex
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tests.support.strategies import experiments
from tuisim import cli
from tuisim.values import toml
from tuisim.values.command_line import command_line, option_words
from tuisim.values.experiment import Experiment
from tuisim.values.plan import NEEDED

#: The plan's fields and the protocol's, freely; as many updates as nobody asked for take seconds.
STEPS = {"steps": st.integers(1, 6)}
PLANS = {
    "task": st.sampled_from(["recall", "adding", "copy"]),
    "learning_rate": st.floats(1e-6, 2.0),
    "momentum": st.floats(0.0, 0.99),
    "l2": st.sampled_from([0.0, 1e-7, 0.125]),
}
PROTOCOLS = {
    "washout": st.integers(1, 60),
    "train": st.integers(30, 90),
    "test": st.integers(20, 60),
    "ridge": st.sampled_from([0.0, 1e-8, 0.1, 3.0]),
    "delays": st.integers(1, 30),
}


#: The files with all arrays of a run.
ARRAYS = ["npz", *(["parquet"] if find_spec("pyarrow") else [])]


def about(path: Path) -> Any:
    """What such a file says that it is of."""
    if path.suffix == ".npz":
        return json.loads(str(np.load(path)["about"]))
    from pyarrow import parquet

    return json.loads(parquet.read_schema(path).metadata[b"tuisim"])


def written(words: list[str]) -> Any:
    """What a command writes to stdout; None where it refuses."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        code = cli.main(words)
    assert code in (0, 2)
    return json.loads(out.getvalue()) if code == 0 else None


def of(name: str, experiment: Experiment, options: Mapping[str, Any]) -> list[str]:
    words = shlex.split(command_line(experiment, f"tuisim {name}"))
    return [*words[1:], *option_words(options), "--json"]


def check_again(words: list[str]) -> None:
    found = written(words)
    assume(found is not None)
    again = shlex.split(found["command"])
    assert again[0] == "tuisim"
    assert written(again[1:]) == found


@settings(max_examples=25, deadline=None)
@given(experiments(), st.sampled_from(["rnn", "lstm", "gru"]))
def test_run(experiment: Experiment, cell: str) -> None:
    check_again(of("run", experiment.adjusted(cell=cell)[0], {}))


@settings(max_examples=10, deadline=None)
@given(experiments(), st.sampled_from(["rnn", "lstm", "gru"]), st.sampled_from(ARRAYS))
@example(Experiment(width=3, depth=4, members=2), "lstm", ARRAYS[-1])
def test_arrays(experiment: Experiment, cell: str, ending: str) -> None:
    words = of("run", experiment.adjusted(cell=cell)[0], {})[:-1]
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        path, again = Path(f"mine.{ending}"), Path(f"run.{ending}")
        with contextlib.redirect_stderr(io.StringIO()):
            code = cli.main([*words, "--out", str(path)])
        assume(code == 0)
        command = shlex.split(about(path)["command"])
        assert command[0] == "tuisim"
        assert cli.main(command[1:]) == 0
        assert again.read_bytes() == path.read_bytes()


@settings(max_examples=15, deadline=None)
@given(experiments(max_width=4, max_depth=5), st.fixed_dictionaries(STEPS, optional=PLANS))
@example(Experiment(width=3, depth=4, seed=7), {})
@example(Experiment(width=2, depth=3, activation="relu", clip="norm"), {"task": "adding"})
def test_train(experiment: Experiment, plan: Mapping[str, Any]) -> None:
    needed = {name: allowed for name, allowed, _ in NEEDED}
    experiment, _ = experiment.adjusted(depth=11 + experiment.depth, **needed)
    check_again(of("train", experiment, plan))


@settings(max_examples=15, deadline=None)
@given(experiments(), st.fixed_dictionaries({}, optional=PROTOCOLS))
@example(Experiment(width=5, depth=9), {"washout": 100, "train": 60, "test": 50, "delays": 10})
@example(Experiment(width=5, depth=9), {"washout": 7, "train": 60, "test": 50, "ridge": 0.5})
def test_reservoir(experiment: Experiment, protocol: Mapping[str, Any]) -> None:
    experiment, _ = experiment.adjusted(norm="none", batch=1)
    check_again(of("reservoir", experiment, {"train": 60, "test": 50} | protocol))


@settings(max_examples=25, deadline=None)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "w": st.floats(-6, 6),
            "b": st.floats(-4, 4),
            "rate": st.floats(1e-4, 2),
            "clip": st.floats(1e-3, 5),
            "steps": st.integers(0, 9),
            "window": st.sampled_from(["3:5:-3:-1", "-1e-3:0.5:0.1:7"]),
            "activation": st.sampled_from(["tanh", "identity", "relu"]),
            "depth": st.integers(1, 20),
            "start": st.floats(-1, 1),
            "target": st.floats(-1, 1),
            "scale": st.floats(0.1, 3),
            "columns": st.integers(20, 60),
            "rows": st.integers(8, 30),
            "ascii": st.just(""),
        },
    )
)
@example({})
def test_cliff(options: Mapping[str, Any]) -> None:
    words = [one for one in option_words(options) if one]
    check_again(["cliff", *words, "--json"])


@settings(max_examples=10, deadline=None)
@given(
    st.fixed_dictionaries(
        {"width": st.integers(4, 6), "depth": st.integers(12, 15)},
        optional={
            "tied": st.booleans(),
            "start_eigenvector": st.none() | st.integers(0, 3),
            "seed": st.integers(0, 99),
            "radius": st.floats(0, 2),
            "leak": st.floats(0.1, 1),
        },
    ),
    st.sampled_from([[], ["essay"], ["leaky", "lstm", "skip"]]),
)
def test_compare(changes: Mapping[str, Any], names: list[str]) -> None:
    check_again(["compare", *names, *option_words(changes), "--json"])


def test_compare_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "my net.toml"
    path.write_text(toml.dumps(Experiment(width=5, leak=0.25)))
    check_again(["compare", "gru", str(path), "--depth", "12", "--json"])
