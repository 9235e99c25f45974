"""tuisim check, record and screenshot, as programs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.support.command import failure
from tests.support.processes import default_signals, until_it_catches
from tuisim import cli
from tuisim.commands.demos import sources
from tuisim.demos.acts import acts
from tuisim.demos.grammar.parser import parse
from tuisim.testing.kit import StillApp

TAPE = """Hide
Type "tuisim --width 4 --depth 20 --radius 0.8"
Enter
Show
# step one
Right
# expect radius 0.81
# step two
Type "c"
# expect cell lstm
Screenshot cell.png
"""
NET = ("--width", "4", "--depth", "20")


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    path = tmp_path / "mine.tape"
    path.write_text(TAPE)
    return path


def test_check_says_that_all_holds(tape: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", str(tape)]) == 0
    assert capsys.readouterr() == (f"{tape}: 2 expectations hold\n", "")


@pytest.mark.parametrize(("command", "does"), [("check", "playing"), ("record", "recording")])
def test_on_a_terminal_they_say_how_far_they_are(
    command: str,
    does: str,
    tape: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    told: list[int] = []
    monkeypatch.setattr(sources, "is_terminal", lambda stream: True)
    bars = type(click.progressbar(length=1))
    monkeypatch.setattr(bars, "update", lambda bar, steps: told.append(steps))
    assert cli.main([command, str(tape)]) == 0
    assert f"{does} {tape}" in capsys.readouterr().err
    # What was typed to begin with is no act of it.
    assert sum(told) == len([*acts(parse(TAPE))])


def test_check_says_what_differs_and_where(tape: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tape.with_name("other.tape")
    other.write_text("Output a.gif\nRight\n")
    tape.write_text(TAPE.replace("0.81", "0.82").replace("lstm", "gru"))
    assert cli.main(["check", str(tape), str(other)]) == 1
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        f"{tape}:7: radius: expected 0.82, got 0.81",
        f"{tape}:10: cell: expected gru, got lstm",
        f"{other}: plays, and expects nothing",
    ]
    assert err.startswith(f"tuisim: {other}: Output is VHS's")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Right\n  Slep 1s", "line 2, column 3: command: got 'Slep', allowed: Type, "),
        ('Type "tuisim --radius x" Enter', "line 1, column 7: radius: got 'x', allowed: "),
        ('Type "tuisim --nope 1" Enter', "line 1, column 7: No such option"),
        ('Type "tuisim plot" Enter', "line 1, column 7: Got unexpected extra argument (plot)"),
        (
            'Type "tuisim --width 2048 --depth 100000" Enter',
            "line 1, column 7: budget: the run takes",
        ),
    ],
)
def test_a_tape_that_cannot_be_read_is_bad_usage(
    text: str, said: str, tape: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tape.write_text(text)
    for command in ("check", "record"):
        code, line = failure(capsys, [command, str(tape)])
        assert code == 2
        assert line.startswith(f"{tape}: {said}")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check"], "tape: got none, allowed: FILE.tape, or the name of one"),
        (["check", "secnd"], "tape: got 'secnd', allowed: FILE.tape, essay, first"),
        (["check", "no/such.tape"], "no/such.tape: No such file or directory"),
        (["record", "first", "--size", "5x5"], "size: got '5x5', allowed: 40x12…500x160"),
        (["screenshot", "-o", "a.png"], "out: got a name in '.png', allowed: .svg, .txt, .ans, "),
        (["screenshot", "--press", "rigth"], "press: got 'rigth', allowed: names like right"),
        (["screenshot", *NET, "--at", "21"], "at: got '21', allowed: 0…20"),
        (["screenshot", "--tape", "first", "--at", "x"], "step: got 'x', allowed: a net that"),
        (["screenshot", "--tape", "first", "--radius", "1"], "tape: got one beside a net"),
        (["screenshot", "--theme", "x"], "theme: got 'x', allowed: "),
    ],
)
def test_bad_usage_is_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, line = failure(capsys, words)
    assert code == 2
    assert line.startswith(said)


def test_record_writes_a_cast_and_pictures(tape: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cast, pictures = tape.with_name("mine.cast"), tape.with_name("pictures")
    words = ["record", str(tape), "-o", str(cast), "--svg-dir", str(pictures)]
    assert cli.main(words) == 0
    lines = [*map(json.loads, cast.read_text().splitlines())]
    assert lines[0] == {"version": 2, "width": 100, "height": 30, "title": "mine"}
    assert [one[2] for one in lines[1:] if one[1] == "m"] == ["one", "two"]
    assert "lstm" in (pictures / "cell.svg").read_text()
    assert failure(capsys, words) == (2, f"out: {cast} is there already; --force replaces it")
    cast.unlink()
    code, said = failure(capsys, words)
    assert (code, said[:8]) == (2, "svg-dir:")
    assert not cast.exists()
    assert cli.main([*words, "--force", "--v3"]) == 0
    assert json.loads(cast.read_text().splitlines()[0])["version"] == 3


def test_record_says_what_differs_and_records_it(
    tape: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right, wrong = tape.with_name("right.cast"), tape.with_name("wrong.cast")
    assert cli.main(["record", str(tape), "-o", str(right)]) == 0
    tape.write_text(TAPE.replace("0.81", "0.82").replace("lstm", "gru"))
    assert cli.main(["record", str(tape), "-o", str(wrong)]) == 1
    assert capsys.readouterr() == (
        "",
        f"tuisim: {tape}:7: radius: expected 0.82, got 0.81\n"
        f"tuisim: {tape}:10: cell: expected gru, got lstm\n",
    )
    assert wrong.read_bytes() == right.read_bytes()
    # Beside a cast on stdout no line of it is lost.
    assert cli.main(["record", str(tape)]) == 1
    assert capsys.readouterr().out.encode() == right.read_bytes()


def test_a_tape_that_cannot_be_played_fails(tape: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tape.write_text(TAPE + 'Type "j"\n')
    out = tape.with_name("a.cast")
    said = failure(capsys, ["record", str(tape), "-o", str(out)])
    assert said == (1, f"{tape}: line 12: no binding took the key 'j'")
    assert not out.exists()


def test_a_screenshot_of_each_kind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["screenshot", *NET, "--view", "4", "--press", "right*5,a", "--at", "7"]
    assert cli.main([*words, "--size", "80x24"]) == 0
    text = capsys.readouterr().out
    rows = text.splitlines()
    assert len(rows) == 24
    (words_of_net,) = (one for one in rows[:4] if one.startswith(" sigmoid rnn · 4 units"))
    assert words_of_net.startswith(" sigmoid rnn · 4 units · 20 steps · tied · orthogonal ρ 0.95")
    assert words_of_net.endswith("t = 7")
    for ending in ("txt", "svg", "ans", "html"):
        path = tmp_path / f"a.{ending}"
        assert cli.main([*words, "--size", "80x24", "-o", str(path)]) == 0
        found = path.read_text()
        assert "sigmoid" in found
        assert (ending != "txt") or found == text


def test_a_screenshot_of_a_tape(tape: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for step, cell, radius in (("one", "rnn", "0.80"), ("2", "rnn", "0.81")):
        assert cli.main(["screenshot", "--tape", str(tape), "--at", step]) == 0
        status = "".join(capsys.readouterr().out.splitlines()[1:4])
        assert cell in status
        assert radius in status
    assert cli.main(["screenshot", "--tape", str(tape), "--press", "c"]) == 0
    assert "gru" in capsys.readouterr().out


def test_a_signal_ends_it_with_its_code_and_leaves_no_file(tape: Path) -> None:
    tape.write_text(TAPE + "Space\nSleep 1m\n" * 60)
    out = tape.with_name("a.cast")
    process = subprocess.Popen(
        [sys.executable, "-m", "tuisim", "record", str(tape), "-o", str(out)],
        stderr=subprocess.PIPE,
        preexec_fn=default_signals,
    )
    # The app has a handler of its own for it.
    until_it_catches(process.pid, signal.SIGQUIT, 60)
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=60)[1] == b""
    assert process.returncode == 128 + signal.SIGTERM
    assert not out.exists()


@pytest.mark.parametrize(
    ("keys", "said"),
    [("f3", "press: no binding took 'f3'"), ("q", "press: the app was left, and there is")],
)
def test_a_screenshot_fails_where_a_key_does(
    keys: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, line = failure(capsys, ["screenshot", *NET, "--press", keys])
    assert code == 1
    assert line.startswith(said)


def test_a_screenshot_of_what_does_not_settle_fails(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StillApp, "patience", 0.0)
    code, line = failure(capsys, ["screenshot", *NET, "--press", "right"])
    assert code == 1
    assert line.startswith("waited 0 s in vain for ")


OTHERS = [
    {
        "PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LANG": "C", "TERM": "dumb", "NO_COLOR": "1",
        "COLORTERM": "truecolor", "TEXTUAL_THEME": "nord", "COLUMNS": "20",
    },
    dict.fromkeys(("TZ", "LANG", "LC_ALL", "TERM", "COLORTERM", "NO_COLOR", "PYTHONHASHSEED"), ""),
]  # fmt: skip


def test_the_environment_changes_no_byte(tape: Path) -> None:
    def made(number: int, **environ: str) -> list[bytes]:
        folder = tape.with_name(f"{number}")
        folder.mkdir()
        cast, page = str(folder / "a.cast"), str(folder / "a.html")
        record = ["record", str(tape), "-o", cast, "--svg-dir", str(folder)]
        screenshot = ["screenshot", *NET, "--press", "space", "-o", page]
        # Each in a process of its own: rich's styles keep the colours that they first had in one.
        program = f"from tuisim.cli import main; print(main({record}), main({screenshot}))"
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert (done.stdout, done.stderr) == ("0 0\n", "")
        return [path.read_bytes() for path in sorted(folder.iterdir())]

    # The palette and a map, which threads and tasks fill.
    tape.write_text(f'{TAPE}Type ":r"\nEscape\nType "7"\nType "q"\n')
    first = made(0)
    assert len(first) == 3
    for number, environ in enumerate(OTHERS, 1):
        assert made(number, **environ) == first
