"""--svg: what a command draws, as a picture in a file."""

from __future__ import annotations

import os
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.support.command import failure
from tuisim import cli
from tuisim.tui.shell.picture import picture_of

NET = ("--width", "3", "--depth", "4")
SIZE = ("--columns", "70", "--rows", "20")
WORDS = {
    "plot": ("plot", *NET),
    "compare": ("compare", "leaky", "gru", *NET),
    "reservoir": ("reservoir", *NET, "--washout", "9", "--train", "30", "--test", "20"),
    "cliff": ("cliff", "--steps", "2", "--depth", "3"),
    "train": ("train", "--steps", "2", "--batch", "4", *NET),
    "sweep": ("sweep", "--x", "radius=0.5,1", "--y", "depth=3,9", "--width", "3", "--quiet"),
}
each = pytest.mark.parametrize("name", WORDS)
#: What the frame of a cell takes in a picture.
CELL, LINE = 12.2, 24.4

_SVG = "{http://www.w3.org/2000/svg}"


def read(picture: str) -> list[str]:
    """The rows of characters that a picture has, by where each of them stands."""
    rows: dict[int, dict[int, str]] = {}
    for text in ElementTree.fromstring(picture).iter(f"{_SVG}text"):
        words = text.text or ""
        if "clip-path" not in text.attrib:
            # The title of the window.
            continue
        row = rows.setdefault(round((float(text.attrib["y"]) - 20) / LINE), {})
        column = round(float(text.attrib["x"]) / CELL)
        row |= {column + place: one for place, one in enumerate(words)}
    lines = []
    for number in range(max(rows) + 1):
        row = rows.get(number, {})
        line = "".join(row.get(place, " ") for place in range(max(row, default=-1) + 1))
        lines.append(line.replace("\xa0", " ").rstrip())
    return lines


@pytest.mark.parametrize("name", ["plot", "compare", "reservoir", "train"])
def test_it_has_the_characters_that_the_terminal_has(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*WORDS[name], *SIZE]) == 0
    shown = capsys.readouterr().out.replace("\u2800", " ").splitlines()
    path = tmp_path / "a.svg"
    assert cli.main([*WORDS[name], *SIZE, "--svg", str(path)]) == 0
    assert capsys.readouterr().out == ""
    assert read(path.read_text()) == [line.rstrip() for line in shown]


@pytest.mark.parametrize("name", ["cliff", "sweep"])
def test_a_map_has_fields_of_colour(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    assert cli.main([*WORDS[name], *SIZE, "--svg", str(path)]) == 0
    picture = path.read_text()
    fills = set(re.findall(r'<rect fill="(#\w{6})"', picture)) - {"#121212"}
    assert len(fills) >= 2
    assert len(read(picture)) >= 19


def test_each_piece_has_the_colour_of_its_codes() -> None:
    text = "plain \x1b[38;2;242;86;75mred\x1b[m \x1b[1;48;2;224;50;59mfield\x1b[m\n"
    root = ElementTree.fromstring(picture_of(text, 20))
    styles = dict(re.findall(r"\.(\S+-r\d+) \{ (.*?) \}", "".join(root.itertext())))
    of = {(one.text or "").strip(): styles[one.attrib["class"]] for one in root.iter(f"{_SVG}text")
          if one.attrib["class"] in styles}  # fmt: skip
    assert "fill: #f2564b" in of["red"]
    assert "fill: #e0e0e0" in of["plain"]
    assert "bold" in of["field"]
    (field,) = [one for one in root.iter(f"{_SVG}rect") if one.get("fill") == "#e0323b"]
    assert float(field.attrib["x"]) == pytest.approx(10 * CELL)
    assert float(field.attrib["width"]) == pytest.approx(5 * CELL, abs=0.1)


def test_a_line_longer_than_the_terminal_is_there_whole() -> None:
    assert read(picture_of("short\n" + "long " * 9 + "end\n", 20)) == ["short", "long " * 9 + "end"]


def test_the_same_bytes_whatever_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = set()
    for number, name in enumerate(("", "NO_COLOR", "COLORTERM", "FORCE_COLOR")):
        if name:
            monkeypatch.setenv(name, "1")
        monkeypatch.setenv("TERM", ("dumb", "xterm")[number % 2])
        path = tmp_path / f"{number}.svg"
        assert cli.main([*WORDS["plot"], "--svg", str(path)]) == 0
        found.add(path.read_bytes())
    assert len(found) == 1


def test_ascii_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    assert cli.main([*WORDS["plot"], "--ascii", "--svg", str(path)]) == 0
    assert "".join(read(path.read_text())).isascii()


@each
def test_a_file_that_is_there_stays_and_nothing_is_done(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for work in (
        "runs.simulate.simulate", "diagnosis.comparison.compare", "reservoirs.echo.state_distance",
        "surfaces.landscape.descend", "training.course.Course", "sweeps.sweep.sweep",
    ):  # fmt: skip
        monkeypatch.setattr(f"tuisim.engine.{work}", lambda *_, **__: pytest.fail("it was done"))
    path = tmp_path / "mine.svg"
    path.write_text("another's")
    said = failure(capsys, [*WORDS[name], "--svg", str(path)])
    assert said == (2, f"svg: {path} is there already; --force replaces it")
    assert path.read_text() == "another's"
    assert os.listdir(tmp_path) == ["mine.svg"]
    monkeypatch.undo()
    assert cli.main([*WORDS[name], "--svg", str(path), "--force"]) == 0
    assert path.read_text().startswith("<svg")


@each
def test_help_says_so(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([name, "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "--svg FILE draw into this file, as a terminal shows it in colours" in said
    options = {"train": "--out, --svg or --save", "sweep": "--out or --svg"}.get(name, "--svg")
    assert f"--force replace the file of {options} that is there" in said


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ("compare", "--json", "--svg", "a.svg"),
            "--svg: got it with --json, allowed: one of them",
        ),
        (("train", "--svg", "a.svg", "-o", "b.csv"), "--svg: got it with --out, allowed: one of"),
        (("plot", "--svg", "a.PNG"), "svg: got a name in .PNG, allowed: .svg"),
    ],
)
def test_what_does_not_go_together(
    words: tuple[str, ...], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = failure(capsys, words)
    assert code == 2
    assert said.startswith(line)


def test_nowhere_to_write(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = failure(capsys, ["plot", *NET, "--svg", "none/a.svg"])
    assert said == (1, "none/a.svg: No such file or directory")


def test_a_sweep_writes_its_map_and_its_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = (tmp_path / "a.npz", tmp_path / "a.svg")
    assert cli.main([*WORDS["sweep"], "--out", str(paths[0]), "--svg", str(paths[1])]) == 0
    assert capsys.readouterr().out == ""
    assert all(path.stat().st_size for path in paths)
