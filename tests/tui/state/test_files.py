"""Files from the app: what is saved, what is loaded, and that neither is lost or holds up a key."""

from __future__ import annotations

import io
import json
import os
import threading
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from textual.command import CommandList
from textual.widgets import Input

from tests.support import palette
from tests.support.harness import Bench, running
from tuisim.engine.runs.simulate import simulate
from tuisim.engine.theory.theory import predict
from tuisim.files.arrays import run_npz
from tuisim.files.export import run_json
from tuisim.tui.keys.paths import matching
from tuisim.tui.state import saving
from tuisim.values import session, toml
from tuisim.values.experiment import Experiment

NET = Experiment(width=6, depth=9, batch=2, members=3, seed=3, radius=1.1, activation="gelu")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def answers(bench: Bench) -> list[str]:
    """What the palette offers."""
    found = bench.app.screen.query_one(CommandList)
    return [
        str(found.get_option_at_index(place).prompt).splitlines()[0].strip()
        for place in range(found.option_count)
    ]


async def ask(bench: Bench, text: str, answer: str | None = None) -> None:
    """Type into the palette, wait for an answer, and take it."""
    await bench.press("colon")
    palette = bench.app.screen
    palette.query_one(Input).value = text
    await bench.wait_for(lambda: (answers(bench) or [""])[0] == (answer or text))
    await bench.press("enter")
    await bench.wait_for(lambda: bench.app.screen is not palette)
    await bench.settle()


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_npz_holds_the_arrays_of_the_run_by_their_names(cell: str) -> None:
    run = simulate(attrs.evolve(NET, cell=cell))
    with np.load(io.BytesIO(run_npz(run)), allow_pickle=False) as found:
        names = set(found.files)
        assert {"states", "gradients", "hidden_log10", "gradient_log10", "saturation"} <= names
        assert ("cell_log10" in names) == (cell == "lstm")
        for name in names - {"about"}:
            wanted = np.asarray(getattr(run, name))
            assert found[name].dtype == wanted.dtype
            assert found[name].tobytes() == wanted.tobytes(), name
        about = json.loads(str(found["about"]))
    fields = about["experiment"] | {"eigenvalues": ()}
    assert Experiment(**fields) == run.experiment
    assert (about["regime"], about["command"][:7]) == (run.regime, "tuisim ")
    assert run_npz(run) == run_npz(simulate(run.experiment))


async def test_json_and_npz_are_saved_as_the_commands_have_them(here: Path) -> None:
    run = simulate(NET)
    async with running(NET) as bench:
        await ask(bench, "save json")
        assert bench.notice == "saved tuisim-1.json"
        text = (here / "tuisim-1.json").read_text()
        assert text == run_json(run, predict(NET, run.networks))
        await ask(bench, "save npz mine", answer="save mine.npz")
        assert bench.notice == "saved mine.npz"
        assert (here / "mine.npz").read_bytes() == run_npz(run)
        assert sorted(one.name for one in here.iterdir()) == ["mine.npz", "tuisim-1.json"]


async def test_files_are_written_in_a_thread_and_none_takes_anothers_place(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, plain = threading.Event(), saving.write_whole
    threads = []

    def held(*arguments: Any) -> None:
        threads.append(threading.current_thread())
        assert go_on.wait(60)
        plain(*arguments)

    monkeypatch.setattr(saving, "write_whole", held)
    async with running(NET) as bench:
        for kind in ("csv", "toml", "csv"):
            bench.app.main.save(kind)
        await bench.pilot.pause()
        assert not bench.app.settled
        await bench.pilot.press("q")
        assert not bench.app._exit
        assert bench.notice == "the file that is being written ends with the app: q again quits"
        go_on.set()
        await bench.settle()
        names = {"tuisim-1.csv", "tuisim-1.toml", "tuisim-2.csv"}
        assert {one.name for one in here.iterdir()} == names
    assert threading.main_thread() not in threads


async def test_what_was_saved_is_loaded_and_undone(here: Path) -> None:
    other = Experiment(cell="lstm", width=5, depth=12, forget_bias=2.5)
    (here / "other.toml").write_text(toml.dumps(other))
    async with running(NET) as bench:
        await ask(bench, "save toml")
        await bench.press("n", "a")
        changed = bench.experiment
        await ask(bench, "load tuisim-1.toml")
        assert bench.experiment == NET
        assert bench.notice == "loaded tuisim-1.toml"
        await ask(bench, "load other.toml")
        assert bench.experiment == other
        for before in (NET, changed):
            await bench.press("u")
            assert bench.experiment == before
        await bench.press("U", "U")
        assert bench.experiment == other


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "load: x.toml: No such file or directory"),
        (b"radius = ", "load: x.toml: not valid TOML"),
        (b"radius = -1", "load: x.toml: radius: got -1, allowed:"),
        (b"speed = 1", "load: x.toml: speed: "),
        (b"\xff\xfe", "load: x.toml: "),
        (b"#" * 3_000_000, "load: x.toml: larger than"),
        (b"width = 2048\ndepth = 100000", "load: budget: "),
        (b'cell = "lstm"\nleak = 0.5', "load: leak: "),
    ],
)
async def test_what_cannot_be_loaded_is_one_line(
    content: bytes | None, said: str, here: Path
) -> None:
    if content is not None:
        (here / "x.toml").write_bytes(content)
    async with running(NET) as bench:
        bench.app.laboratory.load("x.toml")
        await bench.settle()
        assert bench.notice.startswith(said), bench.notice
        # The notice may take more lines than one, to which it is wrapped.
        assert "\n" not in bench.app.main._news
        assert bench.experiment == NET


async def test_a_session_is_saved_by_name_and_nothing_is_written_over(here: Path) -> None:
    async with running(NET) as bench:
        await bench.press("p", "n", "2")
        there = bench.app.main.session()
        answer = "session save lesson one.toml"
        await palette.ask(bench, "session save lesson one", answer=answer)
        assert bench.notice == (
            "saved lesson one.toml; tuisim --session 'lesson one.toml' opens it"
        )
        assert session.load(here / "lesson one.toml") == there
        bench.app.main.save_session("lesson one.toml")
        await bench.settle()
        said = "session save: lesson one.toml is there already; type another name"
        assert bench.notice == said
        bench.app.main.save_session("none/x.toml")
        await bench.settle()
        assert bench.notice == "session save: none/x.toml: No such file or directory"


async def test_a_folder_and_a_pipe_are_no_files_to_load(here: Path) -> None:
    (here / "folder").mkdir()
    os.mkfifo(here / "pipe.toml")
    async with running(NET) as bench:
        for name in ("folder", "pipe.toml", "/dev/zero"):
            bench.app.laboratory.load(name)
            await bench.settle()
            assert bench.notice == f"load: {name}: not a file"


async def test_a_default_that_conflicts_with_the_file_is_reset_and_named(here: Path) -> None:
    (here / "x.toml").write_text("eigenvalues = ['0.5', '0.9']\n")
    async with running(NET) as bench:
        bench.app.laboratory.load("x.toml")
        await bench.settle()
        assert (bench.experiment.width, bench.experiment.spectrum) == (2, "eigenvalues")


async def test_the_palette_completes_names_and_looks_into_folders(here: Path) -> None:
    (here / "nets" / "deep").mkdir(parents=True)
    for name in ("nets/one.toml", "nets/two.toml", "nets/.hidden.toml", "nets/notes.txt"):
        (here / name).write_text("radius = 0.5\n")
    async with running(NET) as bench:
        await ask(bench, "load ne", answer="load nets/")
        await bench.wait_for(lambda: "load nets/one.toml" in answers(bench))
        assert answers(bench) == ["load nets/deep/", "load nets/one.toml", "load nets/two.toml"]
        assert bench.app.screen.query_one(Input).value == "load nets/"
        bench.app.screen.query_one(Input).value = "load nets/t"
        await bench.wait_for(lambda: answers(bench) == ["load nets/two.toml"])
        await bench.press("enter")
        await bench.wait_for(lambda: bench.app.experiment == Experiment(radius=0.5))
        await bench.settle()
        assert bench.experiment == Experiment(radius=0.5)
        await ask(bench, "load nowhere/at all.toml")
        assert bench.notice == "load: nowhere/at all.toml: No such file or directory"


def test_names_are_completed(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(here))
    (here / "a folder").mkdir()
    for name in ("ab.toml", "ac.toml", "a.csv", ".secret.toml", "a folder/x.toml"):
        (here / name).touch()
    assert matching("") == ("a folder/", "ab.toml", "ac.toml")
    assert matching("a") == ("a folder/", "ab.toml", "ac.toml")
    assert matching("ab.toml") == ("ab.toml",)
    assert matching("a.csv") == ("a.csv",)
    assert matching(".s") == (".secret.toml",)
    assert matching("a folder/") == ("a folder/x.toml",)
    assert matching("~/ac") == ("~/ac.toml",)
    assert matching(f"{here}/ac") == (f"{here}/ac.toml",)
    assert matching("none/") == matching("a.csv/") == matching("\0") == ()
    assert matching("~nobody-of-this-name/") == ()
