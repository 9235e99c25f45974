"""What the app goes on with: --session, --resume, --fresh, and the sessions themselves."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from tests.support.command import failure
from tests.support.shown import shown
from tests.support.terminal import PROMPT, SIGNALS
from tuisim.commands.demos.sources import opening
from tuisim.commands.run.kept import Going, going_of, gone_on_with
from tuisim.commands.run.options import Asked
from tuisim.terminal.sessions import Sessions, directory
from tuisim.values import session as values
from tuisim.values.experiment import Experiment
from tuisim.values.session import Session

NET = Asked(Experiment(width=4), ("a note",))
KEPT = Session(Experiment(radius=1.25), past=(Experiment(),), view="spectrum")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state directory of its own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(name: str = "before") -> Path:
    """Let this be what was kept; its file."""
    made = Sessions(directory(), name)
    made.write(KEPT)
    made.close()
    return made._path(".toml")


def gone_on(going: Going, **given: bool) -> tuple[Asked, dict[str, Any]]:
    asked, options = gone_on_with(NET, going, given)
    assert isinstance(options.pop("sessions"), Sessions)
    return asked, options


def test_only_without_arguments_what_was_kept_is_offered() -> None:
    assert gone_on(Going(), radius=False) == (NET, {"offer": True})
    assert gone_on(Going(), radius=True) == (NET, {"offer": False})
    assert gone_on(Going(fresh=True)) == (NET, {"offer": False})


def test_resume_takes_the_newest_without_asking() -> None:
    asked, options = gone_on(Going(resume=True))
    assert (asked.experiment, options) == (NET.experiment, {})
    assert asked.notes == ("no session was kept",)
    put()
    asked, options = gone_on(Going(resume=True))
    assert asked == Asked(KEPT.experiment, ())
    assert options == {"session": KEPT}


def test_a_session_that_was_prepared_is_opened(state: Path) -> None:
    (state / "lesson.toml").write_text(values.dumps(KEPT), encoding="utf-8")
    asked, options = gone_on(Going(file=Path("lesson.toml")))
    assert asked == Asked(KEPT.experiment, ())
    assert options == {"session": KEPT}
    assert (state / "lesson.toml").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--resume", "--fresh"], "--session, --resume, --fresh: got two, allowed: one of them"),
        (["--session", "x.toml", "--resume"], "--session, --resume, --fresh: got two, allowed"),
        (["--session", "none.toml"], "none.toml: No such file or directory"),
        (["--session", "bad.toml"], "bad.toml: version: got None, allowed: 1; this is no session"),
        (["--session", "view.toml"], "view.toml: view: got 'x', allowed: 1 norms, 2 spectrum"),
        (["--session", "large.toml"], "large.toml: budget: the run takes "),
        (["--session", ""], "Invalid value for '--session': got '', allowed: a name"),
        (["--session", "x.toml", "--radius", "2"], "--session: got it with --radius, allowed: "),
        (["--resume", "--skip-share", "0.3"], "--resume: got it with --skip-share, allowed: wi"),
        (["--resume", "--view", "2"], "--resume: got it with --view, allowed: without what a"),
        (["--resume", "--record", "x.tape"], "--resume: got it with --record, allowed: one of"),
        (["--fresh", "plot"], "--fresh: got it before plot, allowed: for the app"),
    ],
)
def test_bad_usage_is_one_line(
    words: list[str], said: str, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (state / "bad.toml").write_text("radius = 1.5")
    (state / "view.toml").write_text("version = 1\nview = 'x'")
    (state / "large.toml").write_text("version = 1\n[experiment]\nwidth = 2048\ndepth = 100000")
    code, line = failure(capsys, words)
    assert code == 2
    assert line.startswith(said)
    assert (state / "bad.toml").exists()


def test_a_tape_opens_no_session() -> None:
    from tuisim.cli import cli

    with click.Context(cli) as ctx, pytest.raises(click.UsageError, match="session: a tape begins"):
        opening(ctx, ("--session", "x.toml"))


def test_two_of_them_are_refused_and_one_is_named() -> None:
    assert going_of(True, False, None).named == "--fresh"
    assert Going().named == ""


def test_a_session_outlives_the_signal_that_ends_the_app(state: Path) -> None:
    environ = {"XDG_STATE_HOME": str(state)}
    with shown("--width", "4", "--depth", "10", **environ) as app:
        app.shows("q quit")
        app.press(b"\x1b[C", "0.91")
        app.process.send_signal(SIGNALS["SIGTERM"])
        assert app.leave(PROMPT)[0] == 128 + SIGNALS["SIGTERM"]
        assert app.left_as_found()
    with shown(**environ) as app:
        app.shows("r goes on where you left it", "n 4", "0.90", "q quit")
        app.press(b"r", "0.91")
        app.press(b"u", "0.90")
        # A directory that cannot be written costs the saving alone, and is named.
        folder = state / "tuisim" / "sessions"
        for one in folder.iterdir():
            one.unlink()
        os.rename(folder, folder.with_name("moved"))
        folder.touch()
        app.press(b"q")
        code, drawn = app.leave(PROMPT)
        assert code == 0
        assert b"tuisim: the session is not kept: " in drawn


@pytest.mark.parametrize("how", ["no room for a byte", "a place that is read-only"])
def test_a_disk_that_takes_nothing_costs_the_saving_alone(state: Path, how: str) -> None:
    limit = "ulimit -f 0; " * (how == "no room for a byte")
    # Root may write wherever a file can be, which is not everywhere.
    place = str(state) if limit else "/proc/self"
    program = f"{shlex.quote(sys.executable)} -m tuisim --width 4 --depth 10"
    command = ["sh", "-c", f"{limit}exec {program}"]
    with shown(command=command, XDG_STATE_HOME=place) as app:
        app.shows("q quit")
        app.press(b"\x1b[C", "0.91")
        app.shows("the session is not kept: ")
        app.press(b"\x1b[C", "0.92")
        app.write(b"q")
        code, drawn = app.leave(PROMPT)
        assert code == 0
        assert b"tuisim: the session is not kept: " in drawn
