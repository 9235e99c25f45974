"""tuisim layers: what it lists, as text and as JSON, and what it refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from tests.support.command import failure, tuisim
from tests.support.trained import MODELS
from tuisim import Network, cli, read_layers
from tuisim.commands.nets.layers import _lines
from tuisim.engine.trained.layer import Layer
from tuisim.engine.trained.measures import gate_measures
from tuisim.figures.drawing.numbers import ascii_text

CHECKPOINT = str(MODELS / "checkpoint.pt")


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert cli.main(["layers", *words]) == 0
    return capsys.readouterr().out


def test_a_line_for_each_gate(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, CHECKPOINT).splitlines()
    assert lines[0].split() == [
        "layer",
        "cell",
        "units",
        "inputs",
        "gate",
        "ρ",
        "σ₁",
        "departure",
        "mean",
        "bias",
    ]
    assert len(lines) == 1 + 4 * 4 + 2 * 3 + 1 + 1
    first = lines[1].split()
    assert first[:5] == ["state_dict.module._orig_mod.encoder.l0", "lstm", "5", "3", "i"]
    assert [line.split()[0] for line in lines[2:5]] == ["f", "g", "o"]
    layer = read_layers(CHECKPOINT)[0]
    assert float(first[5]) == pytest.approx(np.abs(np.linalg.eigvals(layer.weights[0])).max(), 1e-3)
    assert float(first[6]) == pytest.approx(np.linalg.norm(layer.weights[0], 2), 1e-3)
    assert lines[-1] == (
        "  assumed of state_dict.module._orig_mod.plain.l0: activation: not in the file; tanh taken"
    )


def test_json_is_the_layers(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(printed(capsys, CHECKPOINT, "--json", "--activation", "relu"))
    assert found["command"] == f"tuisim layers {CHECKPOINT} --json --activation relu"
    assert found["format"] == "torch"
    layers = read_layers(CHECKPOINT, activation="relu")
    assert [one["name"] for one in found["layers"]] == [layer.name for layer in layers]
    for one, layer in zip(found["layers"], layers, strict=True):
        assert (one["width"], one["input_width"]) == (layer.width, layer.input_width)
        assert one["activation"] == layer.activation
        assert one["assumed"] == [*layer.assumed]
        measures = gate_measures(layer)
        assert [*one["gates"]] == [*measures]
        assert [gate["spectral_radius"] for gate in one["gates"].values()] == [
            gate.spectral_radius for gate in measures.values()
        ]
        forget = layer.bias[1].mean() if layer.cell == "lstm" else None
        assert one["mean_forget_bias"] == forget
        assert (
            one["departure"] == measures["agm"[["rnn", "lstm", "gru"].index(layer.cell)]].departure
        )


def test_measures_are_those_of_a_network() -> None:
    layer = read_layers(CHECKPOINT)[0]
    zeros = np.zeros((1, 5))
    network = Network(layer.weights[2], layer.bias[2], np.zeros((1, 1, 5)), zeros, zeros)
    measures = gate_measures(layer)["g"]
    assert measures.spectral_radius == pytest.approx(network.spectral_radius, rel=1e-12)
    assert measures.largest_singular_value == network.largest_singular_value
    assert measures.departure == pytest.approx(network.departure, rel=1e-12)


def test_a_normal_matrix_departs_by_nothing_and_a_shift_by_all_of_itself() -> None:
    shift = np.diag(np.ones(3), 1)
    layer = Layer("a", "gru", [np.eye(4), shift, 2 * shift], np.zeros((3, 4, 1)))
    found = gate_measures(layer)
    assert [found[gate].departure for gate in "rzm"] == pytest.approx([0, 0.75**0.5, 2 * 0.75**0.5])
    assert [found[gate].spectral_radius for gate in "rzm"] == [1, 0, 0]


def test_what_is_not_finite_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.npz"
    np.savez(path, w_hh=np.full((4, 4), np.nan), w_ih=np.ones((4, 2)))
    assert "nan" in printed(capsys, str(path)).splitlines()[1]
    assert json.loads(printed(capsys, str(path), "--json"))["layers"][0]["departure"] == "nan"


def test_refused_layers_are_listed_with_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, str(MODELS / "made_of_others.pt")).splitlines()
    at = next(place for place, line in enumerate(lines) if line.startswith("projected.l0"))
    assert lines[at].split() == ["projected.l0", "lstm", "5", "3"]
    assert lines[at + 1].startswith("  refused: projection")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--gates", "tanh"], "gates: got 'tanh', allowed: sigmoid, hard_sigmoid_0.2"),
        (["--reset", "before"], "reset: got 'before', allowed: for layers of which"),
        (["--forget-bias", "x"], "forget_bias: got 'x', allowed: a number"),
    ],
)
def test_bad_usage(capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    code, line = failure(capsys, ["layers", CHECKPOINT, *words])
    assert code == 2
    assert said in line


def test_files_that_are_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.bin"
    path.write_bytes(b"nothing of the kind")
    code, line = failure(capsys, ["layers", str(path)])
    assert (code, line) == (2, f"{path}: no file of torch, safetensors, ONNX, Keras or NumPy (npz)")
    assert failure(capsys, ["layers", str(tmp_path / "none.pt")]) == (
        2,
        f"{tmp_path / 'none.pt'}: No such file or directory",
    )


@pytest.mark.parametrize("ascii", [False, True])
def test_each_column_ends_with_its_head_whatever_is_in_it(ascii: bool) -> None:
    def layer(scale: float) -> Layer:
        weights = scale * np.random.default_rng(1).standard_normal((1, 6, 6))
        return Layer("l0", "rnn", weights, np.ones((1, 6, 2)), bias=-scale * np.ones((1, 6)))

    head, *_ = _lines([layer(1.0)], 80, ascii)
    ends = [match.end() for match in re.finditer(r"mean bias|\S+", head)]
    for scale in (1.0, 1e-4, 12345.0, 3e21, 1e-150, 1e150):
        _, line = _lines([layer(scale)], 80, ascii)
        found = [match.end() for match in re.finditer(r"\S+", line)]
        # Names, cells and gates begin where their heads do, and numbers end there.
        assert found[5:] == ends[5:], line
        assert line.isascii() or not ascii
        numbers = line.split()[5:]
        spelled = [ascii_text(one) for one in numbers]
        measured = gate_measures(layer(scale))["a"]
        for text, value in zip(spelled, attrs.astuple(measured), strict=True):
            assert float(text) == pytest.approx(value, rel=0.5)


def test_names_too_long_for_a_column_stand_alone_and_whole() -> None:
    found = read_layers(CHECKPOINT)
    lines = [*_lines(found, 80, False)]
    assert max(map(len, lines)) <= 80
    assert [line for line in lines if line.startswith("state_dict")] == [one.name for one in found]
    assert lines[0].split()[0] == "cell"
    wide = [*_lines(found, 200, False)]
    assert wide[0].split()[0] == "layer"


def test_a_name_s_commands_to_a_terminal_are_not_passed_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "net.npz"
    np.savez(path, **{"a\x1b]0;b\x07.w_hh": np.ones((4, 4)), "a\x1b]0;b\x07.w_ih": np.ones((4, 2))})
    assert "a?]0;b?" in printed(capsys, str(path))
    assert json.loads(printed(capsys, str(path), "--json"))["layers"][0]["name"] == "a\x1b]0;b\x07"


def test_in_ascii() -> None:
    done: Any = tuisim("layers", CHECKPOINT, PYTHONIOENCODING="ascii", encoding="ascii")
    assert done.returncode == 0
    assert "rho" in done.stdout.splitlines()[0]
