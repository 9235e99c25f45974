"""tuisim cliff: the picture and the two paths' ends, the numbers as JSON, errors in one line."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.support.command import failure, tuisim
from tuisim import cli
from tuisim.commands.run import cliff as command
from tuisim.engine.surfaces import landscape
from tuisim.engine.surfaces.landscape import descend, middles
from tuisim.engine.surfaces.one_unit import OneUnit

#: Of L = ½(w⁵⁰ − 1)² at w = 1.1, whose gradient is 50·1.1⁴⁹·(1.1⁵⁰ − 1) = 621055.522.
LINEAR = [
    "cliff", "--activation", "identity", "--depth", "50", "--w", "1.1", "--b", "0", "--start", "1",
    "--target", "1", "--scale", "0.5", "--columns", "80", "--rows", "24",
]  # fmt: skip


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
    path = descend(OneUnit(), (5.0, -2.2), 0.3, None, 100).points
    gone = next(at for at, (w, b) in enumerate(path) if not (3.5 <= w <= 5.5 and -3 <= b <= -1.5))
    assert lines[-1].endswith(f"  leaves at step {gone}")
    assert lines[-3] == (
        " S  at the start: 5.000, -2.200  loss 0.04616  dL/dw 0.05017  dL/db 0.05484"
    )


def test_the_printed_gradient_of_the_linear_net(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(LINEAR) == 0
    assert "  ∂L/∂w 621055.522  " in capsys.readouterr().out.splitlines()[-3]
    assert cli.main([*LINEAR, "--json"]) == 0
    start = json.loads(capsys.readouterr().out)["start"]
    assert (start["w"], start["b"]) == (1.1, 0.0)
    assert start["gradient"][0] == pytest.approx(621055.522, abs=5e-4)
    # ∂h_T/∂b = 1 + w + … + w⁴⁹.
    assert start["gradient"][1] == pytest.approx((1.1**50 - 1) ** 2 / 0.1, rel=1e-12)
    assert 10 ** start["loss_log10"] == pytest.approx(0.5 * (1.1**50 - 1) ** 2, rel=1e-12)
    assert 10 ** start["gradient_log10"] == pytest.approx(np.hypot(*start["gradient"]), rel=1e-12)


def test_why_a_path_ended_stays_where_there_is_little_room(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(LINEAR) == 0
    line = capsys.readouterr().out.splitlines()[-1]
    assert len(line) <= 80
    assert line.endswith("  step 2 left for beyond 1e90")


@pytest.mark.parametrize(
    ("words", "window"),
    [
        (["--w", "4.6", "--b", "-1.6"], (3.5, 5.5, -3.0, -1.5)),
        (["--w", "1.1", "--b", "0", "--activation", "tanh"], (0.1, 2.1, -0.75, 0.75)),
        (["--w", "5", "--b", "-1"], (4.0, 6.0, -1.75, -0.25)),
        (["--window", "-1:2:-4:0.5"], (-1.0, 2.0, -4.0, 0.5)),
        (["--w=1e80"], (1e80 - 1e74, 1e80 + 1e74, -2.95, -1.45)),
    ],
)
def test_the_window_holds_the_start_or_is_chosen(
    words: list[str],
    window: tuple[float, float, float, float],
    capsys: pytest.CaptureFixture[str],
) -> None:
    more = ["--columns", "40", "--rows", "12", "--steps", "2", "--json"]
    assert cli.main(["cliff", *words, *more]) == 0
    found = json.loads(capsys.readouterr().out)
    w, b = found["w_edges"], found["b_edges"]
    assert (w[0], w[-1], b[0], b[-1]) == pytest.approx(window, rel=1e-12)
    assert len(set(w)) == len(w)


def test_a_path_that_starts_outside_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--window", "0:1:0:1", "--columns", "120", "--rows", "12"]
    assert cli.main(["cliff", *words]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all("starts outside the picture" in line for line in lines[-2:])


def test_the_limits_are_the_engine_s() -> None:
    assert landscape.MOST_STEPS == command._MOST
    assert command._FARTHEST == landscape.FARTHEST


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
        (["--rate", "0"], "rate: got '0', allowed: > 0"),
        (["--rate", "fast"], "rate: got 'fast', allowed: > 0"),
        (["--clip", "-1"], "clip: got '-1', allowed: > 0"),
        (["--clip", "inf"], "clip: got 'inf', allowed: > 0"),
        (["--depth", "0"], "depth: got '0', allowed: 1…100000"),
        (["--steps", "-1"], "steps: got '-1', allowed: 0…100000"),
        (["--steps", "100001"], "steps: got '100001', allowed: 0…100000"),
        (
            ["--steps", "20000", "--depth", "20001"],
            "budget: a path takes 400020000 time steps, allowed: 400000000; lower steps (20000) "
            "or depth (20001)",
        ),
        (["--w", "nan"], "w: got 'nan', allowed: a number up to 1e+90 in size"),
        (["--b", "1e91"], "b: got '1e91', allowed: a number up to 1e+90 in size"),
        (["--start", "inf"], "start: got 'inf', allowed: a finite number"),
        (["--target", "nan"], "target: got 'nan', allowed: a finite number"),
        (["--scale", "0"], "scale: got '0', allowed: > 0"),
        (["--window", "1:1:0:1"], "window: got '1:1:0:1', allowed: W0:W1:B0:B1 with"),
        (["--window", "0:1:2"], "window: got '0:1:2', allowed: W0:W1:B0:B1 with"),
        (["--window", "0:nan:2:3"], "window: got '0:nan:2:3', allowed: W0:W1:B0:B1"),
        (["--window", "0:1e-80:2:3"], "window: got '0:1e-80:2:3', allowed: W0:W1"),
        (["--activation", "swish"], "Invalid value for '--activation': 'swish' is not one of"),
    ],
)
def test_errors(words: list[str], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = failure(capsys, ["cliff", *words])
    assert code == 2
    assert said.startswith(reason)
