"""tuisim diagnose: its table, its JSON, and what it refuses."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import numpy as np
import pytest

from tests.support.command import failure
from tests.support.trained import MODELS
from tuisim import cli, read_layers, simulate
from tuisim.engine.diagnosis.ablation import diagnose
from tuisim.figures.words.diagnosis import diagnosis_lines, diagnosis_sentence

NET = f"{MODELS}/net.safetensors"
LAYER = f"{NET}#encoder.l1"


@pytest.fixture
def signal(tmp_path: Path) -> str:
    np.save(tmp_path / "x.npy", np.random.default_rng(0).standard_normal((30, 3)))
    return str(tmp_path / "x.npy")


def test_a_table_of_at_most_80_columns(capsys: pytest.CaptureFixture[str], signal: str) -> None:
    assert cli.main(["diagnose", LAYER, "--input", signal]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    layer = next(one for one in read_layers(NET) if one.name == "encoder.l1")
    found = diagnose(layer.experiment(input=signal, depth=30))
    assert captured.out.splitlines() == diagnosis_lines(found, 80)
    assert max(map(len, captured.out.splitlines())) <= 80


def test_json_names_every_net(capsys: pytest.CaptureFixture[str], signal: str) -> None:
    words = ["diagnose", LAYER, "--json", "--input", signal, "--forget-bias", "0.5"]
    assert cli.main(words) == 0
    out = capsys.readouterr().out
    content = json.loads(out)
    layer = next(one for one in read_layers(NET) if one.name == "encoder.l1")
    e = layer.experiment(input=signal, depth=30, forget_bias=0.5)
    found = diagnose(e)
    assert [one["kind"] for one in content["lines"]] == [one.kind for one in found.lines]
    assert {*content["lines"][0]} == {
        "name",
        "kind",
        "value",
        "regime",
        "rate",
        "horizon",
        "gradient_log10",
        "saturation",
        "weight_gradient_log10",
    }
    assert content["lines"][0]["rate"] == simulate(e).gradient_rate
    by_name = {one["name"]: one["rate"] for one in content["lines"]}
    half = found.line("gate pinned", 0.5)
    assert half is not None
    assert by_name["forget gate at 0.5"] == half.rate
    assert "weights in fp8 (e4m3)" in by_name
    assert content["sentence"] == diagnosis_sentence(found)
    assert {*content} >= {"carries", "loses", "experiment"}
    # The command that it names writes the same again, but for the digests that it was not given.
    assert cli.main(shlex.split(content["command"])[1:]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["lines"] == content["lines"]
    assert layer.digest in content["command"]


def test_what_carries_and_what_loses(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    bias = np.zeros((4, 3))
    bias[1] = 3.0
    np.savez(
        tmp_path / "net.npz",
        w_hh=0.2 * np.random.default_rng(0).standard_normal((12, 3)),
        w_ih=np.zeros((12, 2)),
        b_ih=bias.ravel(),
    )
    layer = read_layers(tmp_path / "net.npz")[0]
    words = ["diagnose", f"{layer.path}#{layer.name}", "--json"]
    assert cli.main(words) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["carries"]["part"] == "gate's bias"
    assert content["carries"]["absent"]["name"] == "forget gate at 0.5"
    assert content["carries"]["present"]["rate"] > content["carries"]["absent"]["rate"]


def test_what_the_file_does_not_say(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["diagnose", f"{NET}#plain.l0", "--activation", "relu", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    values = [one["value"] for one in content["lines"] if one["kind"] == "activation"]
    assert "tanh" in values
    assert "relu" not in values


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["diagnose"], "Missing argument 'FILE#NAME'"),
        (["diagnose", NET], f"layer: got '{NET}', allowed: FILE#NAME"),
        (["diagnose", ""], "layer: got '', allowed: FILE#NAME"),
        (["diagnose", f"{NET}#x"], "layer: got 'x', allowed in"),
        (["diagnose", "gone.pt#x"], "layer: gone.pt: No such file"),
        (["diagnose", LAYER, "--input", "gone.npy"], "input: gone.npy: No such file"),
        (["diagnose", LAYER, "--depth", "0"], "depth: got 0"),
        (["diagnose", LAYER, "--layer-digest", "ab" * 32], "layer_digest: "),
        (["--radius", "2", "diagnose", LAYER], "radius: got 2.0, allowed in a diagnosis: 1.0"),
        (["diagnose", f"{MODELS}/made_of_others.pt#projected.l0"], "layer: projected.l0 cannot"),
    ],
)
def test_bad_usage_is_one_line(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    code, line = failure(capsys, words)
    assert code == 2
    assert line.startswith(said)


def test_a_shorter_input_is_said(capsys: pytest.CaptureFixture[str], signal: str) -> None:
    assert cli.main(["diagnose", LAYER, "--input", signal, "--depth", "40"]) == 0
    assert (
        capsys.readouterr().err == f"tuisim: input: 30 steps in {signal}, and 0 from step 31 on\n"
    )
