"""The presenter's notes: what stands where, and how another terminal finds it."""

from __future__ import annotations

import os
from pathlib import Path

import attrs
import pytest

from tests.support.command import failure
from tests.support.harness import Bench
from tuisim import cli
from tuisim.demos import notes
from tuisim.demos.acts import acts
from tuisim.demos.grammar.parser import parse
from tuisim.demos.live import LiveTapeApp
from tuisim.demos.notes import Notes, forget, keep, kept, notes_at
from tuisim.values.experiment import Experiment

TAPE = parse("""# caption before
# step one
# caption ρ is {radius}
# note say hello
Right
# caption and then
# step two
# note point at the line
Sleep 60s
""")
MINE = Notes(process=os.getpid())


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(notes.places, "cache", lambda: tmp_path)
    return tmp_path / "notes.json"


def test_a_note_stands_until_the_next_step_or_caption() -> None:
    done = list(acts(TAPE))
    found = [notes_at(done, place) for place in range(len(done) + 1)]
    assert [(one.number, one.caption, one.note) for one in found] == [
        (0, "", ""),
        (0, "before", ""),
        (1, "", ""),
        (1, "ρ is {radius}", ""),
        (1, "ρ is {radius}", "say hello"),
        (1, "ρ is {radius}", "say hello"),
        (1, "and then", ""),
        (2, "", ""),
        (2, "", "point at the line"),
        (2, "", "point at the line"),
    ]
    assert [one.following for one in found] == ["one"] * 2 + ["two"] * 5 + [""] * 3
    assert {one.count for one in found} == {2}


def test_they_are_kept_and_forgotten(elsewhere: Path) -> None:
    assert kept() is None
    keep(attrs.evolve(MINE, note="hello"))
    assert kept() == attrs.evolve(MINE, note="hello")
    forget()
    assert not elsewhere.exists()


def test_those_of_another_process_stay(elsewhere: Path) -> None:
    keep(attrs.evolve(MINE, process=os.getppid()))
    forget()
    assert elsewhere.exists()


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"process": -1}', '{"step": 1, "x": 2}', '{"process": 999999999}']
)
def test_what_is_damaged_or_of_a_demo_that_is_gone_is_none(elsewhere: Path, content: str) -> None:
    elsewhere.write_text(content)
    assert kept() is None


def test_a_user_without_a_home_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes.places, "cache", lambda: None)
    keep(MINE)
    forget()
    assert kept() is None


async def test_a_demo_keeps_them_as_it_goes_and_takes_them_back() -> None:
    app = LiveTapeApp(Experiment(width=4, depth=20), tape=TAPE, noted=True)
    async with app.run_test(size=(90, 26)) as pilot:
        bench = Bench(app, pilot, app.still)
        await bench.wait_for(lambda: (found := kept()) and found.note == "point at the line")
        found = kept()
        assert found is not None
        assert (found.step, found.number, found.count) == ("two", 2, 2)
        for order in ("play", "back", "back"):
            app.presentation.order(order)
        await bench.wait_for(lambda: (found := kept()) and found.number == 1)
    assert kept() is None


async def test_a_demo_that_is_to_keep_none_keeps_none() -> None:
    app = LiveTapeApp(Experiment(width=4, depth=20), tape=TAPE)
    async with app.run_test(size=(90, 26)) as pilot:
        bench = Bench(app, pilot, app.still)
        await bench.wait_for(lambda: app.presentation.place == len(app.presentation.acts))
        await app.at_rest()
        assert kept() is None


def test_the_command_prints_them_once(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = failure(capsys, ["notes", "--once"])
    assert (code, said.split(";")[0]) == (1, "no demo plays")
    keep(attrs.evolve(MINE, step="one", number=1, count=2, note="say hello", caption="ρ is 0.90"))
    assert cli.main(["notes", "--once"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "1/2 one"
    assert "say hello" in lines
    assert lines[-2:] == ["they read: ρ is 0.90", "next: the end"]
