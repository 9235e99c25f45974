"""A layer that runs on reads the whole of its input's file again and again, in any window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.layer_twin import Net, states
from tests.support.trained import run_stack
from tuisim import Layer, simulate
from tuisim.engine.base.memo import Array
from tuisim.engine.cells import layered
from tuisim.engine.runs.stream import Stream
from tuisim.engine.trained.stacks import stacked

UNITS, INPUTS, WINDOW = 4, 3, 4
GATES = {"rnn": 1, "lstm": 4, "gru": 3}
NAMES = ("l0", "l0.reversed", "l1", "l1.reversed")


def stack(cell: str, seed: int = 0, **own: Any) -> dict[str, Layer]:
    """Two levels of both directions, by name."""
    random = np.random.default_rng(seed)
    found = []
    for name in NAMES:
        shape, inputs = (GATES[cell], UNITS), 2 * UNITS if name[1] == "1" else INPUTS
        arrays = {
            "weights": random.standard_normal((*shape, UNITS)) * 0.7,
            "input_weights": random.standard_normal((*shape, inputs)),
            "bias": random.standard_normal(shape),
            "start": random.standard_normal(UNITS),
        }
        found.append(Layer(name=name, cell=cell, **{**arrays, **own}))
    return {one.name: one for one in stacked(found)}


def file_of(path: Path, steps: int, seed: int = 1) -> tuple[str, Array]:
    signal = np.random.default_rng(seed).standard_normal((steps, INPUTS))
    np.save(path / "x.npy", signal)
    return str(path / "x.npy"), signal


@pytest.mark.parametrize("steps", [3, 7])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("cell", GATES)
def test_a_stream_is_one_long_run_over_the_file_again_and_again(
    cell: str, name: str, steps: int, tmp_path: Path
) -> None:
    """Files that are shorter and longer than a window, which ends in the middle of them."""
    layer = stack(cell)[name]
    path, signal = file_of(tmp_path, steps)
    stream = Stream(layer.experiment(depth=WINDOW, input=path))
    # A reversed direction begins at the file's end, and so does what lies below.
    twin = Net.of(layer, np.tile(run_stack(layer.below, signal), (8, 1)))
    norms = np.log10(np.linalg.norm(states(twin)[0], axis=1))
    for by in (1, WINDOW, 3, 2 * WINDOW, 2):
        stream.advance(by)
        look = stream.look()
        expected = norms[look.first : look.now + 1]
        np.testing.assert_allclose(look.hidden_log10[0], expected, rtol=0, atol=1e-11)


def test_a_change_in_the_middle_of_a_window_reads_on(tmp_path: Path) -> None:
    layer = stack("rnn")["l1.reversed"]
    path, signal = file_of(tmp_path, 7)
    e = layer.experiment(depth=WINDOW, input=path)
    stream = Stream(e)
    for seed in range(1, 4):
        stream.advance(3)
        # Another seed changes the probe alone.
        assert stream.going_on_as(layer.experiment(depth=WINDOW, input=path, seed=seed)) is stream
    twin = Net.of(layer, np.tile(run_stack(layer.below, signal), (2, 1)))
    norms = np.log10(np.linalg.norm(states(twin)[0], axis=1))
    np.testing.assert_allclose(stream.look().hidden_log10[0], norms[1:10], rtol=0, atol=1e-11)


def test_what_lies_below_runs_over_a_file_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    plain = layered.run_levels

    def counted(levels: Any, signal: Array) -> Array:
        asked.append(len(signal))
        return plain(levels, signal)

    monkeypatch.setattr(layered, "run_levels", counted)
    path, _ = file_of(tmp_path, 7, seed=2)
    stream = Stream(stack("gru")["l1"].experiment(depth=WINDOW, input=path, members=2))
    stream.advance(9 * WINDOW)
    assert asked == [7]


@pytest.mark.parametrize("name", NAMES[1:])
def test_noise_that_no_window_can_hold_is_refused_where_a_stream_begins(name: str) -> None:
    layer = stack("lstm")[name]
    e = layer.experiment(depth=WINDOW, input="noise")
    assert np.isfinite(simulate(e).hidden_log10).all()
    with pytest.raises(ValueError, match=rf"^input: got 'noise' in a stream of {name}, ") as caught:
        Stream(e)
    assert "\n" not in str(caught.value)


def test_noise_that_a_layer_reads_itself_goes_on() -> None:
    layer = stack("lstm")["l0"]
    stream = Stream(layer.experiment(depth=WINDOW, input="noise"))
    stream.advance(3 * WINDOW + 1)
    look = stream.look()
    long = simulate(layer.experiment(depth=3 * WINDOW + 1, input="noise"))
    np.testing.assert_array_equal(look.hidden_log10, long.hidden_log10[:, look.first :])


def test_a_young_stream_s_hidden_rate_counts_from_the_first_state_that_is_not_zero(
    tmp_path: Path,
) -> None:
    zeros = {"bias": np.zeros((1, UNITS)), "start": np.zeros(UNITS)}
    path, signal = file_of(tmp_path, 9)
    signal[:2] = 0.0
    np.save(path, signal)
    stream = Stream(stack("rnn", **zeros)["l0"].experiment(depth=WINDOW, input=path))
    assert stream.look().hidden_rate == 0.0
    stream.advance(2)
    assert np.isnan(stream.look().hidden_rate)
    for by in (2, 1, WINDOW):
        stream.advance(by)
        look = stream.look()
        log10 = look.newest.hidden_log10[0]
        awake = log10[~np.isneginf(log10)]
        rate = (awake[-1] - awake[0]) * np.log(10) / (awake.size - 1)
        assert look.hidden_rate == pytest.approx(rate)
