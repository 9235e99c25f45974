"""tuisim cliff: the picture and the two paths' ends, the numbers as JSON, errors in one line."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.test_cli import failure, tuisim
from tuisim import cli
from tuisim.engine.landscape import descend, middles
from tuisim.engine.unit import OneUnit


def test_text_is_the_picture_and_the_ends() -> None:
    done = tuisim("cliff", "--columns", "80", "--rows", "24", "--ascii")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) == 24
    assert max(map(len, lines)) <= 80
    assert done.stdout.isascii()
    assert "S" in done.stdout
    assert lines[-2].startswith(" o  clipped at 0.3  step 100: 4.143, -2.031  loss 8.3e-4")
    assert lines[-1].startswith(" x  not clipped     step 100: 20.470, 30.184  loss 0.090")


def test_json_is_the_results(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--w", "4.8", "--b", "-2.1", "--rate", "0.1", "--clip", "0.2", "--steps", "7"]
    more = ["--activation", "tanh", "--depth", "20", "--columns", "50", "--rows", "12"]
    assert cli.main(["cliff", *words, *more, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    unit = OneUnit("tanh", 20)
    assert found["unit"]["activation"] == "tanh"
    w, b = (middles(np.array(found[name])) for name in ("w_edges", "b_edges"))
    assert (w[0] > 3.5, b[-1] < -1.5) == (True, True)
    assert found["loss_log10"][1] == pytest.approx(unit.losses(w, np.full(w.size, b[1])))
    for path, threshold in zip(found["paths"], (0.2, None), strict=True):
        expected = descend(unit, (4.8, -2.1), 0.1, threshold, 7)
        assert path["points"] == expected.points.tolist()
        assert path["threshold"] == threshold
        assert path["gradient_log10"] == expected.gradient_log10.tolist()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--rate", "0"], "learning_rate: got 0.0, allowed: > 0"),
        (["--clip", "-1"], "clip_threshold: got -1.0, allowed: > 0"),
        (["--depth", "0"], "steps: got 0, allowed: 1…100000"),
        (["--steps", "-1"], "steps: got -1, allowed: ≥ 0"),
        (["--w", "nan"], "start: got (nan, -2.2), allowed: two numbers up to 1e+90"),
        (["--activation", "swish"], "'swish' is not one of"),
    ],
)
def test_errors(words: list[str], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = failure(capsys, ["cliff", *words])
    assert code == 2
    assert reason in said
