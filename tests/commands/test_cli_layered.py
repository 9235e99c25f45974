"""--layer and --input: what they bring along, what is said of them, and what is refused."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import numpy as np
import pytest

from tests.support.command import failure, from_words, opened
from tests.support.trained import MODELS
from tuisim import cli, draw, read_layers, simulate
from tuisim.figures import status_line
from tuisim.values import toml
from tuisim.values.command_line import command_line

NET = f"{MODELS}/net.safetensors"
LAYER = f"{NET}#encoder.l1"


@pytest.fixture
def signal(tmp_path: Path) -> str:
    np.save(tmp_path / "x.npy", np.random.default_rng(0).standard_normal((60, 2, 3)))
    return str(tmp_path / "x.npy")


def test_the_file_decides_the_cell_and_the_input_the_depth_and_the_batch(signal: str) -> None:
    e = from_words(["--layer", LAYER, "--input", signal])
    layer = next(one for one in read_layers(NET) if one.name == "encoder.l1")
    assert (e.cell, e.width, e.activation, e.radius, e.forget_bias) == ("lstm", 5, "tanh", 1, 0)
    assert (e.depth, e.batch, e.layer_digest) == (60, 2, layer.digest)
    np.testing.assert_array_equal(draw(e).weights, layer.weights)
    given = from_words(["--layer", LAYER, "--input", signal, "--depth", "9", "--radius", "1.5"])
    assert (given.depth, given.batch, given.radius) == (9, 2, 1.5)


def test_what_is_made_of_files_is_made_again_of_words_and_of_toml(signal: str) -> None:
    e = from_words(["--layer", LAYER, "--input", signal, "--activation", "relu"])
    assert opened(*shlex.split(command_line(e))[1:])["experiment"] == e
    assert toml.loads(toml.dumps(e)).changes["layer_digest"] == e.layer_digest


def test_a_run_of_a_layer(capsys: pytest.CaptureFixture[str], signal: str) -> None:
    assert cli.main(["run", "--layer", LAYER, "--input", signal, "--depth", "70"]) == 0
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    assert found["experiment"]["layer"] == LAYER
    assert captured.err == f"tuisim: input: 60 steps in {signal}, and 0 from step 61 on\n"
    assert cli.main(["run", "--words", "--layer", LAYER, "--input", signal]) == 0
    assert "at rest" not in capsys.readouterr().out


def test_without_an_input_the_verdict_is_of_the_net_at_rest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["run", "--words", "--layer", LAYER, "--depth", "20"]) == 0
    assert "of the net at rest: it has no input" in capsys.readouterr().out
    assert cli.main(["run", "--words", "--layer", LAYER, "--input", "noise", "--depth", "20"]) == 0
    assert "at rest" not in capsys.readouterr().out


def test_the_status_says_which_layer_and_what_it_hears(signal: str) -> None:
    e = from_words(["--layer", LAYER, "--input", signal, "--radius", "1.5"])
    assert "encoder.l1 W × 1.50" in status_line(e)
    assert "input x.npy" in status_line(e)
    assert "forget bias" not in status_line(e)
    as_trained = from_words(["--layer", LAYER])
    assert "encoder.l1 as trained · no input" in status_line(as_trained)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "--layer", NET], f"layer: got '{NET}', allowed: FILE#NAME, or empty"),
        (["run", "--layer", f"{NET}#x"], f"layer: got 'x', allowed in {NET}: decoder.l0, "),
        (["run", "--layer", "gone.pt#x"], "layer: gone.pt: No such file or directory"),
        (["run", "--input", "noise"], "input: got 'noise' without a layer, allowed: 'none'"),
        (["run", "--layer", LAYER, "--input", "gone.npy"], "input: gone.npy: No such file"),
        (["layers", ""], "Invalid value for 'FILE': got '', allowed: a name"),
        (["run", "--layer", LAYER, "--input", "x.txt"], "input: got 'x.txt', allowed: none, noise"),
        (["run", "--layer", LAYER, "--bias", "0.3"], "bias: got 0.3 with a layer, allowed: 0.0"),
        (["run", "--layer", LAYER, "--untied"], "tied: got False with a layer"),
        (["run", "--layer", LAYER, "--width", "8"], f"width: got 8, allowed with {LAYER}: 5"),
        (["run", "--layer", LAYER, "--cell", "gru"], "cell: got 'gru', allowed with"),
        (["run", "--layer", LAYER, "--layer-digest", "ab"], "layer_digest: got 'ab', allowed: 64"),
        (["run", "--layer", LAYER, "--layer-digest", "ab" * 32], "layer_digest: "),
        (["train", "--layer", LAYER], "layer: got"),
        (
            ["sweep", "--x", "width=3,5", "--y", "depth=9", "--layer", LAYER],
            "axes: got width with a layer",
        ),
        (["plot", "--layer", f"{MODELS}/quantised.pt#x"], "layer: "),
    ],
)
def test_what_is_refused_is_one_line(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    code, line = failure(capsys, words)
    assert code == 2
    assert line.startswith(said)


def test_a_sweep_of_a_layer(capsys: pytest.CaptureFixture[str], signal: str) -> None:
    words = ["--x", "radius=0.5,1.5", "--y", "depth=10,60", "--layer", LAYER, "--input", signal]
    assert cli.main(["sweep", *words]) == 0
    lines = [one for one in capsys.readouterr().out.splitlines() if not one.startswith("#")]
    assert len(lines) == 1 + 4
    layer = next(one for one in read_layers(NET) if one.name == "encoder.l1")
    for line in lines[1:]:
        radius, depth, value = (float(one) for one in line.split(",")[:3])
        run = simulate(layer.experiment(radius=radius, depth=int(depth), batch=2, input=signal))
        assert value == pytest.approx(run.gradient_rate, rel=1e-12)


def test_inputs_that_are_no_arrays(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    for content, said in (
        (b"", "no array of NumPy"),
        (b"\x93NUMPY\x01\x00broken", "no array of NumPy"),
        (b"PK\x03\x04 and no archive", "no array of NumPy"),
    ):
        path.write_bytes(content)
        code, line = failure(capsys, ["run", "--layer", LAYER, "--input", str(path)])
        assert (code, said in line) == (2, True)
    for array, said in (
        (np.zeros(3), "got shape (3,), allowed: (T, m) or (T, batch, m)"),
        (np.full((4, 3), np.nan), "entries that are not finite"),
        (np.array([["a"]]), "no array of real numbers"),
        (np.array([[None]]), "no array of NumPy"),
        (np.zeros((4, 7)), "7 numbers a step, allowed with encoder.l0: 3"),
    ):
        np.save(path, array, allow_pickle=True)
        code, line = failure(capsys, ["run", "--layer", LAYER, "--input", str(path)])
        assert (code, said in line) == (2, True), line
