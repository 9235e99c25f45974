"""A log in its app: it grows before one's eyes, and keys show more of it, less, or otherwise."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from tuisim import cli
from tuisim.terminal.config import Config
from tuisim.testing.pictures import without_ids
from tuisim.testing.waiting import PATIENCE, until
from tuisim.tui.logbook import LogbookApp
from tuisim.tui.screens.help import HelpScreen
from tuisim.tui.shell.picture import picture as picture_of_app


def rows(first: int, last: int) -> str:
    return "".join(
        json.dumps({"step": k, "loss": 2 / (k + 1), "grad_norm": 1.0 + k % 7, "lr": 0.1}) + "\n"
        for k in range(first, last)
    )


class Log:
    """The app over a log, which it looks at when the test says so."""

    def __init__(self, app: LogbookApp, pilot: Any, path: Path) -> None:
        self.app, self.pilot, self.path = app, pilot, path

    @property
    def screen(self) -> Any:
        return self.app.screen_stack[0]

    @property
    def text(self) -> str:
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(part.text for part in strip) for strip in strips)

    async def settle(self, what: Callable[[], bool] = lambda: True) -> None:
        def missing() -> str:
            return "" if self.screen.settled and what() else "the log is read"

        await until(self.app, missing, PATIENCE)
        await self.pilot.pause()

    async def write(self, text: str, mode: str = "a") -> None:
        with self.path.open(mode, encoding="utf-8") as file:
            file.write(text)
        self.screen.reading.poll()
        await self.settle()

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
            await self.settle()


@asynccontextmanager
async def watching(
    path: Path, text: str, size: tuple[int, int] = (80, 24), **options: Any
) -> AsyncIterator[Log]:
    path.write_text(text, encoding="utf-8")
    os.utime(path, (0, 0))
    app = LogbookApp(path, **options)
    async with app.run_test(size=size) as pilot:
        log = Log(app, pilot, path)
        await log.settle()
        yield log


async def test_it_grows_and_is_read_anew_when_it_is_another(tmp_path: Path) -> None:
    async with watching(tmp_path / "log.jsonl", "") as log:
        assert "no numbers in it yet" in log.text
        await log.write(rows(0, 40))
        assert "log.jsonl · 40 rows · step 39" in log.text
        assert "3 plots, v turns" in log.text
        assert log.screen.look.figures[0].title == "grad_norm"
        await log.write(rows(40, 50) + '{"step": 50, "lo')
        assert "50 rows" in log.text
        await log.write('ss": 3}\n')
        assert "51 rows" in log.text
        await log.write(rows(0, 5), "w")
        assert "5 rows · step 4" in log.text
        assert "the file is another one: read anew" in log.text
        log.path.unlink()
        log.screen.reading.poll()
        await log.settle(lambda: "No such file" in log.text)
        await log.write(rows(0, 6), "w")
        assert "6 rows" in log.text


async def test_cursor_zoom_axis_and_plots(tmp_path: Path) -> None:
    async with watching(tmp_path / "log.jsonl", rows(0, 60)) as log:
        await log.press("left")
        assert log.screen.cursor == 59
        assert "59: 4.0" in log.text
        await log.press("left", "left_square_bracket", "right")
        assert log.screen.cursor == 49
        await log.press("home")
        assert log.screen.cursor == 0
        await log.press("escape", "z")
        # Without a cursor it is the newest that is looked at, and followed.
        assert log.screen.look.figures[0].x.high == 59
        await log.write(rows(60, 80))
        assert log.screen.look.figures[0].x.high == 79
        await log.press("Z", "l")
        assert not log.screen.look.figures[0].y.log
        assert "linear axis" in log.text
        await log.press("v")
        assert [one.title for one in log.screen.look.figures] == ["lr"]
        await log.press("v", "question_mark")
        assert isinstance(log.app.screen, HelpScreen)
        assert "THE LOG OF A TRAINING" in log.text
        await log.press("q", "ctrl+c")
        assert "press q to quit" in log.text
        await log.press("q")
        assert log.app._exit


async def test_another_log_with_fewer_plots_is_shown_from_its_first(tmp_path: Path) -> None:
    turning = Config(keys={"view_next": ["f8"]})
    async with watching(tmp_path / "log.jsonl", rows(0, 60), config=turning) as log:
        assert "3 plots, f8 turns" in log.text
        await log.press("f8")
        assert [one.title for one in log.screen.look.figures] == ["lr"]
        await log.write('{"step": 1234567, "loss": 1}\n', "w")
        assert [one.title for one in log.screen.look.figures] == ["loss"]
        assert "1 row · step 1234567" in log.text
        await log.write('{"epoch": 0, "loss": 1}\n' * 3 + '{"epoch": 1, "loss": 1}\n' * 3, "w")
        await log.press("home", "right")
        assert log.screen.cursor == 1


async def test_lines_of_text_are_told(tmp_path: Path) -> None:
    async with watching(tmp_path / "log.txt", "Epoch 1 loss 0.3\nEpoch 2 loss 0.2\n") as log:
        assert "log.txt · 2 lines not read" in log.text
        assert "no numbers in it yet: lines are neither JSON, nor CSV under a header" in log.text


@pytest.mark.parametrize("size", [(40, 12), (120, 40)])
async def test_it_fits(tmp_path: Path, size: tuple[int, int]) -> None:
    async with watching(tmp_path / "a.jsonl", rows(0, 9), size, ascii=True) as log:
        shown = log.text.splitlines()
        assert len(shown) == size[1]
        assert log.text.isascii()
        assert len(log.screen.look.figures) == (1 if size[1] == 12 else 3)
        assert "quit" in shown[-1]


async def test_with_vi_s_hands(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    async with watching(path, rows(0, 9), config=Config(keymap="vi")) as log:
        await log.press("h", "h", "l")
        assert log.screen.cursor == 8
        await log.press("L")
        assert not log.screen.look.figures[0].y.log


async def test_its_picture(tmp_path: Path, picture: SnapshotAssertion) -> None:
    text = rows(0, 300).replace('"grad_norm": 3.0', '"grad_norm": NaN', 3)
    async with watching(tmp_path / "log.jsonl", text, config=Config(theme="textual-dark")) as log:
        await log.press("left", "left_square_bracket")
        assert without_ids(picture_of_app(log.app)) == picture


def test_to_a_pipe_it_is_drawn_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "log.csv"
    path.write_text("epoch,loss,grad_norm\n1,0.5,2\n2,0.25,nan\n3,0.1,4\n", encoding="utf-8")
    assert cli.main(["watch", str(path), "--columns", "70", "--rows", "20", "--ascii"]) == 0
    captured = capsys.readouterr()
    drawn = captured.out.splitlines()
    assert captured.err == ""
    assert len(drawn) == 20
    assert captured.out.isascii()
    assert "grad_norm" in drawn[0]
    assert "not a number" in captured.out
    assert "epoch" in captured.out
    svg = tmp_path / "log.svg"
    assert cli.main(["watch", str(path), "--svg", str(svg)]) == 0
    assert svg.read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize(
    ("content", "said", "code"),
    [(b"\x00\x01", "no log: neither JSON lines, nor CSV", 2), (None, "No such file", 2)],
)
def test_what_cannot_be_read_is_told_in_a_line(
    content: bytes | None,
    said: str,
    code: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if content is not None:
        (tmp_path / "x").write_bytes(content)
    assert cli.main(["watch", str(tmp_path / "x")]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert len(captured.err.splitlines()) == 1
