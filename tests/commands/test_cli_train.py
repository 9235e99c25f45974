"""tuisim train: every update as JSON or CSV, the picture as text, errors in one line."""

from __future__ import annotations

import csv
import io
import json
import shlex
from pathlib import Path

import attrs
import numpy as np
import pytest

from tests.support.command import failure, tuisim
from tuisim import cli, read_layers
from tuisim.engine.trained.measures import gate_measures
from tuisim.engine.training.training import train
from tuisim.figures.drawing.numbers import format_value
from tuisim.values.experiment import FIELDS, Experiment
from tuisim.values.plan import Plan

WORDS = ["--width", "6", "--depth", "9", "--batch", "4", "--clip", "norm", "--radius", "1.0"]
HOW = ["--task", "copy", "--learning-rate", "0.5", "--momentum", "0.9", "--l2", "0.01"]
EXPERIMENT = Experiment(width=6, depth=9, batch=4, clip="norm", radius=1.0)
PLAN = Plan(task="copy", learning_rate=0.5, momentum=0.9, l2=0.01, steps=12)
#: Without clipping its states leave float64 after a few updates.
WILD = shlex.split("--depth 30 --batch 16 --activation relu --spectrum identity --radius 1.0")


def test_json_is_every_update(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["train", *WORDS, *HOW, "--steps", "12", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found["experiment"]) == set(FIELDS)
    assert found["plan"]["task"] == "copy"
    assert found["chance"]["accuracy"] == 1 / 8
    steps = list(train(EXPERIMENT, PLAN))
    assert len(found["steps"]) == len(steps) == 12
    for row, step in zip(found["steps"], steps, strict=True):
        for name in (
            "update",
            "loss",
            "accuracy",
            "gradient_norm",
            "clipped_gradient_norm",
            "update_ratio",
        ):
            assert row[name] == getattr(step, name)
        assert row["spectral_radius"] == step.spectral_radius
        assert row["largest_singular_value"] == step.largest_singular_value
        assert row["gradient_log10_first"] == step.gradient_log10[0]
        assert row["trouble"] is None
    # The command that it names does the same again.
    assert cli.main([*shlex.split(found["command"])[1:], "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == found


def test_what_is_said_of_the_matrix_at_the_end_is_of_the_net_that_is_saved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "net.npz"
    # So few updates at such a rate that the last one is seen in the digits.
    words = [
        "train",
        *WORDS,
        "--steps",
        "3",
        "--learning-rate",
        "2",
        "--save",
        str(path),
        "--force",
    ]
    assert cli.main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    (layer,) = read_layers(path, activation="tanh")
    measured = gate_measures(layer)["a"]
    for name in ("spectral_radius", "largest_singular_value"):
        own = getattr(measured, name)
        assert found["left"][name] == pytest.approx(own, rel=1e-12)
        assert abs(found["steps"][-1][name] - own) > 0.01
    assert cli.main([*words, "--columns", "200"]) == 0
    said = capsys.readouterr().out
    assert (
        f"ρ {format_value(measured.spectral_radius, 3)} "
        f"σ₁ {format_value(measured.largest_singular_value, 3)}" in said
    )


def test_adam_brings_its_usual_rate_and_the_command_keeps_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["train", *WORDS, "--optimizer", "adam", "--steps", "3", "--json"]
    for more, rate, said in (
        ([], 0.001, "learning_rate is 0.001: usual with adam"),
        (["--learning-rate", "0.1"], 0.1, ""),
    ):
        assert cli.main([*words, *more]) == 0
        out, err = capsys.readouterr()
        found = json.loads(out)
        assert (found["plan"]["optimizer"], found["plan"]["learning_rate"]) == ("adam", rate)
        assert said in err
        assert bool(said) == bool(err)
        steps = list(train(EXPERIMENT, Plan(optimizer="adam", learning_rate=rate, steps=3)))
        assert [row["loss"] for row in found["steps"]] == [step.loss for step in steps]
        assert cli.main([*shlex.split(found["command"])[1:], "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == found
    assert failure(capsys, ["train", "--optimizer", "adam", "--momentum", "0.9"])[0] == 2


def test_csv_is_a_row_for_each_update(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["train", *WILD, "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    steps = list(train(Experiment(depth=30, batch=16, activation="relu", spectrum="identity",
                                  radius=1.0)))  # fmt: skip
    assert [float(row["gradient_norm"]) for row in rows[:-1]] == [
        step.gradient_norm for step in steps[:-1]
    ]
    assert steps[-1].trouble is not None
    assert rows[-1]["trouble"] == steps[-1].trouble.words
    assert rows[-1]["loss"] == "nan"
    assert {row["trouble"] for row in rows[:-1]} == {""}


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "steps.csv"
    assert cli.main(["train", *WORDS, "--steps", "3", "--csv", "--out", str(path)]) == 0
    assert len(path.read_text().splitlines()) == 4


def test_where_nothing_can_be_written_nothing_is_trained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "tuisim.engine.training.training.train", lambda *_: pytest.fail("it was trained")
    )
    path = tmp_path / "none" / "steps.csv"
    assert cli.main(["train", *WORDS, "--csv", "--out", str(path)]) == 1
    assert capsys.readouterr().err == f"tuisim: {path}: No such file or directory\n"


def test_text_is_the_curves_and_where_it_ended() -> None:
    done = tuisim("train", *WILD, "--columns", "80", "--rows", "40", "--ascii")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert done.stdout.isascii()
    assert max(map(len, lines[:-1])) <= 80
    assert lines[0].startswith("training recall | relu rnn")
    for words in ("loss: cross-entropy", "chance", "accuracy %", "update 3 of 2000", "clip off"):
        assert words in done.stdout
    assert lines[-1].startswith("update 3: h_t grew past every float64 at t = 3")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--untied"], "tied: got False, allowed: True (what is trained is one W for all steps)"),
        (["--task", "parity"], "task: got 'parity', allowed: recall, adding, copy"),
        (["--learning-rate", "fast"], "learning_rate: got 'fast', allowed: > 0"),
        (["--steps", "0"], "steps: got 0, allowed: 1…1000000"),
        (["--json", "--csv"], "format: got --json and --csv, allowed: one of them"),
        (["--task", "copy", "--depth", "2"], "depth: got 2, allowed: at least 3 for the task copy"),
    ],
)
def test_errors_are_one_line(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert failure(capsys, ["train", *words]) == (2, message)


def test_the_trained_net_is_saved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.NPZ"
    words = ["train", *WORDS, *HOW, "--steps", "3", "--csv", "--save", str(path)]
    assert cli.main(words) == 0
    said = capsys.readouterr().err
    assert said.startswith(f"tuisim: saved {path} under torch's names, for torch.nn.RNN(10, 6)")
    (found,) = read_layers(path)
    # What the next update meets is what the ones before made.
    *_, after = train(EXPERIMENT, attrs.evolve(PLAN, steps=4))
    assert (found.weights[0] == after.parameters.weights).all()
    assert (found.input_weights[0] == after.parameters.inputs).all()
    # It stays, and nothing is trained for another.
    before = path.read_bytes()
    code, line = failure(capsys, [*words, "--seed", "1"])
    assert (code, line) == (2, f"save: {path} is there already; --force replaces it")
    assert path.read_bytes() == before
    assert cli.main([*words, "--seed", "1", "--force"]) == 0
    assert path.read_bytes() != before


def test_a_net_is_saved_as_it_was_before_it_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "net.safetensors"
    assert cli.main(["train", *WILD, "--csv", "--save", str(path)]) == 0
    out, said = capsys.readouterr()
    assert "grew past" in out.splitlines()[-1]
    # The file does not say it.
    assert "--activation relu" in said
    (found,) = read_layers(path)
    assert np.isfinite(found.weights).all()
    assert found.activation == "tanh"


@pytest.mark.parametrize("name", ["net.pt", "net"])
def test_a_net_is_saved_as_npz_or_safetensors(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, line = failure(capsys, ["train", *WORDS, "--save", str(tmp_path / name)])
    assert (code, line) == (2, f"save: got {name!r}, allowed: a name in .npz, .safetensors")
    assert not list(tmp_path.iterdir())
